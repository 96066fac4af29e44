import type { Instance } from '@aws-sdk/client-ec2';
import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  paginateDescribeTargetGroups,
  RegisterTargetsCommand,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { BeforeStateChanged, Drift, Hindered } from '../../core/errors.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Captured, Member } from '../../platform/action.ts';
import { isCode } from '../../platform/aws-error.ts';
import { readInstance } from '../../platform/instance.ts';

/** One registration: the group's ARN and name, the instance's id or one of its addresses, and the port. */
type Registration = { group: string; name: string; id: string; port: number };

export type State = {
  registrations: Registration[];
  /** by group name: how many other targets it has that take requests */
  others: { [group: string]: number };
};

/** Groups asked at once: an account may have thousands, and the API is throttled. */
const atOnce = 10;

async function capture(target: Target, member: Member): Promise<Captured<State>> {
  const instance = await readInstance(target, member);
  const client = member.client(ElasticLoadBalancingV2Client);
  const groups: TargetGroup[] = [];
  for await (const { TargetGroups = [] } of paginateDescribeTargetGroups({ client }, {}))
    groups.push(...TargetGroups.filter((g) => g.VpcId === instance.VpcId && g.TargetType !== 'lambda'));
  const state: State = { registrations: [], others: {} };
  for (let from = 0; from < groups.length; from += atOnce)
    await Promise.all(groups.slice(from, from + atOnce).map((group) => note(state, client, group, namesOf(instance))));
  state.registrations.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return { state, scope: { region: target.region } };
}

/** What a target group may know it by: its id, or any of its addresses. */
function namesOf(instance: Instance): ReadonlySet<string> {
  const interfaces = instance.NetworkInterfaces ?? [];
  const addresses = interfaces.flatMap((eni) => [
    eni.PrivateIpAddress,
    ...(eni.PrivateIpAddresses ?? []).map((a) => a.PrivateIpAddress),
    ...(eni.Ipv6Addresses ?? []).map((a) => a.Ipv6Address),
  ]);
  return new Set([instance.InstanceId, ...addresses].filter((name) => name !== undefined));
}

async function note(
  state: State,
  client: ElasticLoadBalancingV2Client,
  group: TargetGroup,
  names: ReadonlySet<string>,
): Promise<void> {
  const { TargetGroupArn = '', TargetGroupName = '' } = group;
  const { TargetHealthDescriptions = [] } = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
  const registered = TargetHealthDescriptions.filter((t) => t.TargetHealth?.State !== 'draining');
  const own = registered.filter((t) => names.has(t.Target?.Id ?? ''));
  if (own.length === 0) return;
  for (const { Target: t } of own)
    state.registrations.push({
      group: TargetGroupArn,
      name: TargetGroupName,
      id: t?.Id ?? '',
      port: t?.Port ?? group.Port ?? 0,
    });
  state.others[TargetGroupName] = registered.filter(
    (t) => !own.includes(t) && t.TargetHealth?.State === 'healthy',
  ).length;
}

const keyOf = ({ group, id, port }: Registration) => `${group} ${id} ${port}`;
const shown = ({ name, id, port }: Registration) => `${name} (${id}, port ${port})`;

/** Registrations of `from` that are in `live`, for somebody else may have taken some out, or put them back, before us. */
async function read(
  target: Target,
  member: Member,
  from: State,
  changed: (why: string) => Error,
): Promise<Set<string>> {
  const known = new Set(from.registrations.map(keyOf));
  const live = (await capture(target, member)).state.registrations;
  const stranger = live.find((r) => !known.has(keyOf(r)));
  if (stranger) throw changed(`instance ${target.id} is registered in target group ${shown(stranger)}`);
  return new Set(live.map(keyOf));
}

/** One call for each group. A group that is gone has nothing to leave, and cannot be joined. */
async function each(
  registrations: Registration[],
  send: (input: { TargetGroupArn: string; Targets: { Id: string; Port: number }[] }) => Promise<unknown>,
): Promise<void> {
  for (const group of new Set(registrations.map((r) => r.group))) {
    const own = registrations.filter((r) => r.group === group);
    await send({ TargetGroupArn: group, Targets: own.map(({ id, port }) => ({ Id: id, Port: port })) });
  }
}

const action: Action<State> = {
  capture,
  owned: ({ registrations }) => ({ registrations }),
  intend: (state) => ({ ...state, registrations: [] }),
  losses: ({ others }) =>
    Object.entries(others).map(([group, count]) =>
      count === 0
        ? `Target group ${group} has no other healthy target: what its load balancer serves stops.`
        : `Target group ${group} goes on with ${count} other healthy ${count === 1 ? 'target' : 'targets'}.`,
    ),
  describe(before, after) {
    const names = (list: Registration[]) => list.map(shown).join(', ') || 'none';
    const [was, becomes] = [names(before.registrations), names(after.registrations)];
    return was === becomes ? [] : [`registered in target groups: ${was} → ${becomes}`];
  },
  async apply(target, member, before) {
    const live = await read(target, member, before, (why) => new BeforeStateChanged(`${why} since it was read`));
    const client = member.client(ElasticLoadBalancingV2Client);
    await each(
      before.registrations.filter((r) => live.has(keyOf(r))),
      (input) => client.send(new DeregisterTargetsCommand(input)),
    );
  },
  verify: ({ registrations }) =>
    registrations.length === 0
      ? { safe: true }
      : { safe: false, why: `still registered in ${registrations.map(shown).join(', ')}` },
  async undo(target, member, before) {
    const live = await read(target, member, before, (why) => new Drift(`${why} after us: decide by hand`));
    const client = member.client(ElasticLoadBalancingV2Client);
    await each(
      before.registrations.filter((r) => !live.has(keyOf(r))),
      (input) =>
        client.send(new RegisterTargetsCommand(input)).catch((error) => throwKnown(error, input.TargetGroupArn)),
    );
  },
};
export default action;

function throwKnown(error: unknown, group: string): never {
  if (!isCode(error, 'TargetGroupNotFound')) throw error;
  throw new Hindered(`target group ${group} was deleted meanwhile: register the instance by hand where it belongs now`);
}
