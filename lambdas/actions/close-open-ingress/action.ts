import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  paginateDescribeManagedPrefixLists,
  paginateDescribeNetworkInterfaces,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroupRule,
} from '@aws-sdk/client-ec2';
import { BeforeStateChanged, Drift, TargetForeign, TargetNotFound } from '../../core/errors.ts';
import { standing } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Member } from '../../platform/action.ts';
import { isCode } from '../../platform/aws-error.ts';
import { rulesOf } from '../../platform/quarantine-group.ts';
import { contentOf, inOrder, isOpen, type OpenRule, permissionOf, shown, webPorts } from './rules.ts';

export type State = {
  /** the rules that let the internet in on administration and database ports; all others are none of our business */
  open: OpenRule[];
  /** what has the group: instances, and other interfaces by their description */
  usedBy: string[];
};

/** Throws TargetNotFound, or TargetForeign for a group that another account shares with this one. */
async function requireOwn(target: Target, member: Member): Promise<void> {
  const command = new DescribeSecurityGroupsCommand({ GroupIds: [target.id] });
  const { SecurityGroups = [] } = await member
    .client(EC2Client)
    .send(command)
    .catch((error: unknown) => {
      if (isCode(error, 'InvalidGroup.NotFound')) return { SecurityGroups: [] };
      throw error;
    });
  const [group] = SecurityGroups;
  if (!group)
    throw new TargetNotFound(
      `security group ${target.id} does not exist in ${target.region} of account ${target.account}: it may be deleted`,
    );
  if (group.OwnerId !== undefined && group.OwnerId !== target.account)
    throw new TargetForeign(
      `security group ${target.id} belongs to account ${group.OwnerId}, not to ${target.account}`,
    );
}

/** The prefix lists in these rules that none of our accounts keeps: AWS's, or those that strangers share with us. */
async function foreignLists(member: Member, rules: SecurityGroupRule[]): Promise<string[]> {
  const ids = [...new Set(rules.flatMap(({ PrefixListId }) => PrefixListId ?? []))];
  if (ids.length === 0) return [];
  const own: string[] = [];
  const client = member.client(EC2Client);
  // by filter: an id that we may not see is no error then, and counts as foreign
  const Filters = [{ Name: 'prefix-list-id', Values: ids }];
  for await (const { PrefixLists = [] } of paginateDescribeManagedPrefixLists({ client }, { Filters }))
    for (const { PrefixListId = '', OwnerId = '' } of PrefixLists)
      if (member.ours.includes(OwnerId)) own.push(PrefixListId);
  return ids.filter((id) => !own.includes(id));
}

async function openRules(target: Target, member: Member): Promise<SecurityGroupRule[]> {
  const rules = await rulesOf(member, [target.id]);
  const foreign = await foreignLists(member, rules);
  return rules.filter((rule) => isOpen(rule, foreign));
}

async function usersOf(target: Target, member: Member): Promise<string[]> {
  const users = new Set<string>();
  const Filters = [{ Name: 'group-id', Values: [target.id] }];
  const client = member.client(EC2Client);
  for await (const { NetworkInterfaces = [] } of paginateDescribeNetworkInterfaces({ client }, { Filters }))
    for (const { Attachment, NetworkInterfaceId = '' } of NetworkInterfaces)
      users.add(Attachment?.InstanceId ?? NetworkInterfaceId);
  return [...users].sort();
}

const contents = (rules: SecurityGroupRule[]) => inOrder(rules.map(contentOf));

function losses({ open, usedBy }: State): string[] {
  const web = [...new Set(open.flatMap(webPorts))];
  const users = `${usedBy.slice(0, 10).join(', ')}${usedBy.length > 10 ? ` and ${usedBy.length - 10} more` : ''}`;
  return [
    ...open.map((rule) => `Whoever comes in by ${shown(rule)} no longer does, our own people and partners included.`),
    ...(web.length > 0
      ? [
          `The same rules let the public in on port ${web.join(' and ')}, which closes too: give it a rule of its own where it serves patients.`,
        ]
      : []),
    ...(open.length > 0 && usedBy.length > 0 ? [`The group is in use by ${users}.`] : []),
    ...(open.length > 0
      ? ['Sessions that are open now go on: where somebody may be in already, isolate the machine.']
      : []),
  ];
}

const action: Action<State> = {
  capture: async (target, member) => {
    await requireOwn(target, member);
    const [open, usedBy] = await Promise.all([openRules(target, member), usersOf(target, member)]);
    return { state: { open: contents(open), usedBy }, scope: {} };
  },
  owned: ({ open }) => ({ open }),
  intend: (state) => ({ ...state, open: [] }),
  losses,
  describe: (before, after) => {
    const only = (these: State, those: State) =>
      these.open.filter((rule) => !those.open.some((left) => shown(left) === shown(rule)));
    return [
      ...only(before, after).map((rule) => `ingress ${shown(rule)}: allowed → closed`),
      ...only(after, before).map((rule) => `ingress ${shown(rule)}: closed → allowed`),
    ];
  },
  apply: async (target, member, before, after) => {
    const live = await openRules(target, member);
    const now = standing(contents(live), before.open, after.open);
    if (now === 'changed')
      throw new BeforeStateChanged(`the open rules of security group ${target.id} changed since they were read`);
    if (now === 'done') return;
    // by id: by content a rule that hardly differs is missed, in a default VPC without an error
    const SecurityGroupRuleIds = live.flatMap(({ SecurityGroupRuleId }) => SecurityGroupRuleId ?? []);
    await member
      .client(EC2Client)
      .send(new RevokeSecurityGroupIngressCommand({ GroupId: target.id, SecurityGroupRuleIds }));
  },
  verify: ({ open }) =>
    open.length === 0 ? { safe: true } : { safe: false, why: `still open: ${open.slice(0, 5).map(shown).join('; ')}` },
  undo: async (target, member, before, after) => {
    const now = standing(contents(await openRules(target, member)), after.open, before.open);
    if (now === 'changed')
      throw new Drift(`somebody changed the open rules of security group ${target.id} after us: decide by hand`);
    if (now === 'done') return;
    const IpPermissions = before.open.map(permissionOf);
    await member
      .client(EC2Client)
      .send(new AuthorizeSecurityGroupIngressCommand({ GroupId: target.id, IpPermissions }));
  },
};
export default action;
