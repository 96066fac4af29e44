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
import {
  contentOf,
  inOrder,
  isOpen,
  isWeb,
  keptBecause,
  type OpenRule,
  permissionOf,
  placeOf,
  shown,
  webPorts,
  webRules,
} from './rules.ts';

export type State = {
  /** the rules that let the internet in on administration and database ports; all others are none of our business */
  open: OpenRule[];
  /** web rules of ours, which stand in for a wide rule that was closed */
  kept: OpenRule[];
  /** web rules of others to whoever, which need no stand-in */
  web: OpenRule[];
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

/**
 * The prefix lists in these rules that strangers share with us. Ours are not open, nor are those that AWS keeps: they hold the addresses of
 * one of its services, as CloudFront's or EC2 Instance Connect's, and never everybody's.
 */
async function foreignLists(member: Member, rules: SecurityGroupRule[]): Promise<string[]> {
  const ids = [...new Set(rules.flatMap(({ PrefixListId }) => PrefixListId ?? []))];
  if (ids.length === 0) return [];
  const own: string[] = [];
  const client = member.client(EC2Client);
  // by filter: an id that we may not see is no error then, and counts as foreign
  const Filters = [{ Name: 'prefix-list-id', Values: ids }];
  for await (const { PrefixLists = [] } of paginateDescribeManagedPrefixLists({ client }, { Filters }))
    for (const { PrefixListId = '', OwnerId = '' } of PrefixLists)
      if (OwnerId === 'AWS' || member.ours.includes(OwnerId)) own.push(PrefixListId);
  return ids.filter((id) => !own.includes(id));
}

type Rules = { open: SecurityGroupRule[]; kept: SecurityGroupRule[]; web: SecurityGroupRule[] };

async function sorted(target: Target, member: Member): Promise<Rules> {
  const rules = await rulesOf(member, [target.id]);
  const foreign = await foreignLists(member, rules);
  const web = rules.filter(isWeb);
  return {
    open: rules.filter((rule) => isOpen(rule, foreign)),
    kept: web.filter(({ Description }) => Description === keptBecause),
    web: web.filter(({ Description }) => Description !== keptBecause),
  };
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

/** The web rules that must be made before the open ones are closed, so that the public still comes in on 80 and 443. */
function standIns({ open, kept, web }: Pick<State, 'open' | 'kept' | 'web'>): OpenRule[] {
  const there = [...kept, ...web];
  const wanted = new Map(open.flatMap(webRules).map((rule) => [placeOf(rule), rule]));
  return [...wanted.values()].filter((rule) => !there.some((one) => placeOf(one) === placeOf(rule)));
}

const contents = (rules: SecurityGroupRule[]) => inOrder(rules.map(contentOf));

function losses({ open, usedBy }: State): string[] {
  const web = [...new Set(open.flatMap(webPorts))];
  const users = `${usedBy.slice(0, 10).join(', ')}${usedBy.length > 10 ? ` and ${usedBy.length - 10} more` : ''}`;
  return [
    ...open.map((rule) => `Whoever comes in by ${shown(rule)} no longer does, our own people and partners included.`),
    ...(web.length > 0
      ? [
          `The same rules let the public in on port ${web.join(' and ')}, which gets a rule of its own and stays; every other port closes, 8080 and 8443 too.`,
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
    const [{ open, kept, web }, usedBy] = await Promise.all([sorted(target, member), usersOf(target, member)]);
    return { state: { open: contents(open), kept: contents(kept), web: contents(web), usedBy }, scope: {} };
  },
  owned: ({ open, kept }) => ({ open, kept }),
  intend: (state) => ({ ...state, open: [], kept: inOrder([...state.kept, ...standIns(state)]) }),
  losses,
  describe: (before, after) => {
    const only = (these: State, those: State, part: 'open' | 'kept' = 'open') =>
      these[part].filter((rule) => !those[part].some((left) => placeOf(left) === placeOf(rule)));
    return [
      ...only(after, before, 'kept').map((rule) => `ingress ${shown(rule)}: by a wider rule → by a rule of its own`),
      ...only(before, after).map((rule) => `ingress ${shown(rule)}: allowed → closed`),
      ...only(after, before).map((rule) => `ingress ${shown(rule)}: closed → allowed`),
      ...only(before, after, 'kept').map((rule) => `ingress ${shown(rule)}: by a rule of its own → by a wider rule`),
    ];
  },
  apply: async (target, member, before, after) => {
    const live = await sorted(target, member);
    const now = standing(contents(live.open), before.open, after.open);
    if (now === 'changed')
      throw new BeforeStateChanged(`the open rules of security group ${target.id} changed since they were read`);
    if (now === 'done') return;
    const ec2 = member.client(EC2Client);
    // first, so that patients are never locked out; a run that died in between has made them already
    const add = standIns({ open: before.open, kept: contents(live.kept), web: contents(live.web) });
    if (add.length > 0)
      await ec2.send(
        new AuthorizeSecurityGroupIngressCommand({ GroupId: target.id, IpPermissions: add.map(permissionOf) }),
      );
    // by id: by content a rule that hardly differs is missed, in a default VPC without an error
    const SecurityGroupRuleIds = live.open.flatMap(({ SecurityGroupRuleId }) => SecurityGroupRuleId ?? []);
    await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: target.id, SecurityGroupRuleIds }));
  },
  verify: ({ open }) =>
    open.length === 0 ? { safe: true } : { safe: false, why: `still open: ${open.slice(0, 5).map(shown).join('; ')}` },
  undo: async (target, member, before, after) => {
    const live = await sorted(target, member);
    const now = standing(contents(live.open), after.open, before.open);
    if (now === 'changed')
      throw new Drift(`somebody changed the open rules of security group ${target.id} after us: decide by hand`);
    const ec2 = member.client(EC2Client);
    const IpPermissions = before.open.map(permissionOf);
    if (now === 'due') await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: target.id, IpPermissions }));
    const had = new Set(before.kept.map(placeOf));
    const SecurityGroupRuleIds = live.kept
      .filter((rule) => !had.has(placeOf(contentOf(rule))))
      .flatMap(({ SecurityGroupRuleId }) => SecurityGroupRuleId ?? []);
    if (SecurityGroupRuleIds.length > 0)
      await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: target.id, SecurityGroupRuleIds }));
  },
};
export default action;
