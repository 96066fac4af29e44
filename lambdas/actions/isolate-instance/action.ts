import { EC2Client, type Instance, ModifyNetworkInterfaceAttributeCommand } from '@aws-sdk/client-ec2';
import { BeforeStateChanged, Drift, Hindered } from '../../core/errors.ts';
import { equal } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Captured, Member } from '../../platform/action.ts';
import { readInstance } from '../../platform/instance.ts';
import {
  ensureQuarantineGroup,
  findQuarantineGroup,
  onceKnown,
  quarantineGroup,
  releaseQuarantineGroup,
  rulesOf,
} from '../../platform/quarantine-group.ts';
import { portsOf, sensitiveServices } from '../../platform/sensitive-ports.ts';
import {
  conversionGroup,
  ensureConversionGroup,
  findConversionGroup,
  releaseConversionGroup,
} from './conversion-group.ts';

export type State = {
  vpc: string;
  /** by interface id: the ids of its groups, sorted; our own two by name, because they may not be made yet */
  interfaces: { [id: string]: string[] };
  /** addresses at which the internet reaches the instance */
  publicAddresses: string[];
  /** administration and database services that its groups let anybody at all reach */
  services: string[];
  /** how many rules the quarantine group of the VPC has: none, unless somebody gave it some */
  quarantineRules: number;
  /** a machine that does not run has no connections */
  running: boolean;
  /** whether connections that are open at isolation are cut by it, as far as groups can; false: they go on */
  untied: boolean;
  /** AWS writes the tag, nobody else can */
  autoScalingGroup: string | null;
};

const isolated = [quarantineGroup];
const isAt = (groups: string[] | undefined, name: string) => groups?.length === 1 && groups[0] === name;
/** An interface that a crashed run left on the way counts as isolated: nobody but us puts it there. */
const settled = (groups: string[] = []): string[] => (isAt(groups, conversionGroup) ? isolated : groups);

/** The one VPC of the instance. Throws Hindered where the groups of an interface cannot be changed. */
function vpcOf(instance: Instance, target: Target): string {
  const managed = (instance.NetworkInterfaces ?? []).find(({ Operator }) => Operator?.Managed);
  if (managed)
    throw new Hindered(
      `interface ${managed.NetworkInterfaceId} of EC2 instance ${target.id} is managed by ${managed.Operator?.Principal ?? 'an AWS service'}, which alone may change its groups: isolate the workload there (drain the node, stop the task), or stop the instance`,
    );
  const vpcs = [...new Set((instance.NetworkInterfaces ?? []).flatMap(({ VpcId }) => VpcId ?? []))];
  const [vpc] = vpcs;
  if (vpc === undefined || vpcs.length > 1)
    throw new Hindered(
      `EC2 instance ${target.id} has interfaces in ${vpcs.join(', ') || 'no VPC'}: isolate each by hand, or stop the instance`,
    );
  return vpc;
}

async function read(target: Target, member: Member): Promise<State> {
  const instance = await readInstance(target, member);
  const vpc = vpcOf(instance, target);
  const interfaces = instance.NetworkInterfaces ?? [];
  const groups = [...new Set(interfaces.flatMap(({ Groups = [] }) => Groups.flatMap(({ GroupId }) => GroupId ?? [])))];
  const quarantine = await findQuarantineGroup(member, vpc);
  const [rules, ownRules] = await Promise.all([
    rulesOf(member, groups),
    rulesOf(member, quarantine === undefined ? [] : [quarantine]),
  ]);
  const served = rules.filter(({ IsEgress }) => !IsEgress).flatMap((rule) => sensitiveServices(portsOf(rule)));
  const named = ({ GroupId = '', GroupName }: { GroupId?: string; GroupName?: string }) =>
    GroupId === quarantine ? quarantineGroup : GroupName === conversionGroup ? conversionGroup : GroupId;
  const publicAddresses = interfaces.flatMap(({ Association, Ipv6Addresses = [] }) => [
    ...(Association?.PublicIp === undefined ? [] : [Association.PublicIp]),
    ...Ipv6Addresses.flatMap(({ Ipv6Address }) => Ipv6Address ?? []),
  ]);
  const services = [...new Set(served)];
  return {
    vpc,
    interfaces: Object.fromEntries(
      interfaces.map(({ NetworkInterfaceId = '', Groups = [] }) => [NetworkInterfaceId, Groups.map(named).sort()]),
    ),
    publicAddresses,
    services,
    quarantineRules: ownRules.length,
    running: instance.State?.Name !== 'stopped',
    untied: unties({ publicAddresses, services }),
    autoScalingGroup: instance.Tags?.find(({ Key }) => Key === 'aws:autoscaling:groupName')?.Value ?? null,
  };
}

/**
 * Untying connections lets everybody in for a moment. That is no risk where the internet has no way to the instance, and a small one
 * where its groups let nobody at all reach an administration or database port, which then hardly listens.
 */
const unties = ({ publicAddresses, services }: Pick<State, 'publicAddresses' | 'services'>) =>
  publicAddresses.length === 0 || services.length === 0;

const owned = ({ interfaces }: State) => ({
  interfaces: Object.fromEntries(Object.entries(interfaces).map(([id, groups]) => [id, settled(groups)])),
});

function losses(state: State, { id }: Target): string[] {
  if (equal(owned(state), owned(intend(state)))) return [];
  const { publicAddresses, services, autoScalingGroup } = state;
  const why = `cutting them would let everybody in for a moment, and it has the public address ${publicAddresses[0]} and serves ${services.slice(0, 5).join(', ')}`;
  return [
    `Nobody reaches instance ${id} any more and it reaches nobody: its applications, monitoring, patching and remote sessions stop.`,
    unties(state)
      ? 'Not cut: open connections through a NAT or egress-only internet gateway, a Network Load Balancer, PrivateLink, Lambda, Network Firewall or Global Accelerator, until they end. Stopping the instance cuts them.'
      : `Not cut: connections that are open now, for up to five days: ${why}. Stopping the instance cuts them.`,
    'Not cut: DNS queries to Route 53 Resolver, through which data can leave slowly, and the instance metadata service with the credentials of its role.',
    ...(autoScalingGroup === null
      ? []
      : [
          `Auto Scaling group ${autoScalingGroup} will find it unhealthy and terminate it, unless it stands by or is detached first.`,
        ]),
  ];
}

function describe(before: State, after: State): string[] {
  const lines = Object.entries(after.interfaces).flatMap(([id, groups]) => {
    const was = before.interfaces[id] ?? [];
    return equal(was, groups)
      ? []
      : [
          `groups of ${id}: ${was.join(', ')} → ${groups.join(', ')}${isAt(groups, quarantineGroup) ? ' (no rules)' : ''}`,
        ];
  });
  if (lines.length === 0 || !Object.values(after.interfaces).some((groups) => isAt(groups, quarantineGroup)))
    return lines;
  const open = unties(before) ? 'cut, but for those that EC2 always tracks' : 'go on until they end';
  return [...lines, `open connections: go on → ${open}`];
}

const intend = (state: State): State => ({
  ...state,
  interfaces: Object.fromEntries(Object.keys(state.interfaces).map((id) => [id, isolated])),
  services: [],
  quarantineRules: 0,
});

/** The interfaces that are not yet where they belong. Throws where one is neither there nor where it was, before any is written. */
function due(live: State, from: State, to: State, changed: () => Error): string[] {
  const ids = Object.keys(live.interfaces);
  if (!equal([...ids].sort(), Object.keys(to.interfaces).sort())) throw changed();
  return ids.filter((id) => {
    const [now, start, goal] = [live.interfaces[id], from.interfaces[id], to.interfaces[id]];
    if (equal(now, goal)) return false;
    if (!equal(now, start) && !isAt(now, conversionGroup)) throw changed();
    return true;
  });
}

async function apply(target: Target, member: Member, before: State, after: State): Promise<void> {
  const live = await read(target, member);
  const waiting = due(live, before, after, () => {
    return new BeforeStateChanged(
      `the interfaces of EC2 instance ${target.id} or their groups changed since they were read`,
    );
  });
  if (unties(before)) waiting.push(...(await halfDone(live, before, member)));
  const group =
    live.quarantineRules > 0 || waiting.length > 0 ? await ensureQuarantineGroup(member, live.vpc) : undefined;
  if (group !== undefined && waiting.length > 0) {
    const untie = unties(before) ? await ensureConversionGroup(member, live.vpc) : undefined;
    for (const id of waiting) await cutOff(member, id, { group, untie, live, before });
  }
  await releaseConversionGroup(member, live.vpc);
}

/** Isolated already, but perhaps not untied: while the conversion group exists, a run may have broken off between the two. */
async function halfDone(live: State, before: State, member: Member): Promise<string[]> {
  const ids = Object.keys(live.interfaces).filter(
    (id) => isAt(live.interfaces[id], quarantineGroup) && !isAt(before.interfaces[id], quarantineGroup),
  );
  return ids.length > 0 && (await findConversionGroup(member, live.vpc)) !== undefined ? ids : [];
}

type Way = { group: string; untie: string | undefined; live: State; before: State };

/**
 * Isolates one interface. It goes into the quarantine group first: that proves that EC2 knows the group before anything is opened, and
 * is the state that a failure leaves. Where it cannot go back into it after untying, it gets the groups that it had.
 */
async function cutOff(member: Member, id: string, { group, untie, live, before }: Way): Promise<void> {
  const put = putter(member);
  await put(id, [group]);
  if (untie === undefined || isAt(live.interfaces[id], conversionGroup)) return;
  await put(id, [untie]);
  try {
    await put(id, [group]);
  } catch (error) {
    const had = before.interfaces[id] ?? [];
    if (!isAt(had, conversionGroup) && had.length > 0) await put(id, had);
    throw error;
  }
}

const putter = (member: Member) => (NetworkInterfaceId: string, Groups: string[]) =>
  onceKnown(() =>
    member.client(EC2Client).send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups })),
  );

async function undo(target: Target, member: Member, before: State, after: State): Promise<void> {
  const live = await read(target, member);
  const waiting = due(live, after, before, () => {
    return new Drift(`the interfaces of EC2 instance ${target.id} or their groups changed after us: decide by hand`);
  });
  const put = putter(member);
  for (const id of waiting) {
    const groups = before.interfaces[id] ?? [];
    // it was on the way already when it was read: where it had been nobody knows, and it stays isolated
    if (!isAt(groups, conversionGroup)) await put(id, groups);
  }
  await releaseConversionGroup(member, live.vpc);
  await releaseQuarantineGroup(member, live.vpc);
}

const action: Action<State> = {
  capture: async (target, member): Promise<Captured<State>> => {
    const state = await read(target, member);
    const vpcArn = `arn:${member.partition}:ec2:${target.region}:${target.account}:vpc/${state.vpc}`;
    return { state, scope: { vpcArn } };
  },
  owned,
  intend,
  losses,
  describe,
  apply,
  verify: ({ interfaces, quarantineRules, running }, _target, { untied }) => {
    const open = Object.keys(interfaces).filter((id) => !isAt(interfaces[id], quarantineGroup));
    if (open.length > 0) return { safe: false, why: `not in the quarantine group: ${open.join(', ')}` };
    if (quarantineRules > 0)
      return { safe: false, why: `somebody gave the group ${quarantineGroup} ${quarantineRules} rules: take them out` };
    return untied || !running
      ? { safe: true }
      : { safe: false, why: 'cut off from new connections, but open connections go on: stop the instance' };
  },
  undo,
};
export default action;
