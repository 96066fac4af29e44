import { BlockList, isIPv6 } from 'node:net';
import type { World } from '../world.ts';
import { existing, lookup, type NetworkInterface, type Rule } from './state.ts';

/**
 * Who reaches whom over TCP, as security groups decide it: effective at once. Connections that are open are tracked, so a change of
 * groups does not cut them, unless they were untracked just before (EC2 user guide, "Security group connection tracking").
 * Does not model network ACLs, routes but `nat`, idle timeouts, UDP and ICMP; nor DNS of Route 53 Resolver and IMDS, which
 * no group stops.
 */

/** One end: an interface of an account, or an address outside. */
export type End = { account: string; region: string; interface: string } | { address: string };

export interface Path {
  from: End;
  to: End;
  port: number;
}

/** An open connection; `tracked` connections outlive a change of groups. */
export interface Flow extends Path {
  alive: boolean;
  tracked: boolean;
}

/** Beside the accounts, so that a whole-account comparison does not see connections. */
const flows = new WeakMap<World, Flow[]>();

const interfaceOf = (world: World, end: End): NetworkInterface | undefined =>
  'interface' in end ? lookup(world.account(end.account), end.region, 'network-interface', end.interface) : undefined;

/** The address that the other end sees. */
function addressOf(world: World, end: End, other: End): string | undefined {
  if ('address' in end) return end.address;
  const eni = interfaceOf(world, end);
  if ('interface' in other) return eni?.privateIp;
  return isIPv6(other.address) ? eni?.ipv6[0] : (eni?.publicIp?.address ?? (eni?.nat ? 'nat' : undefined));
}

const rulesOf = (world: World, eni: NetworkInterface, egress: boolean): Rule[] =>
  eni.groups
    .flatMap((id) => existing(world.account(eni.account), eni.region, 'security-group', id).rules)
    .filter((rule) => rule.egress === egress);

const inBlock = (block: string, address: string): boolean => {
  const [net = '', bits = ''] = block.split('/');
  const [family, asked] = [isIPv6(net) ? 'ipv6' : 'ipv4', isIPv6(address) ? 'ipv6' : 'ipv4'] as const;
  if (family !== asked) return false;
  const list = new BlockList();
  list.addSubnet(net, Number(bits), family);
  return list.check(address, family);
};

interface Peer {
  end: End;
  address: string;
}

function admits(world: World, eni: NetworkInterface, rule: Rule, peer: Peer, port: number): boolean {
  if (rule.protocol !== '-1' && (rule.protocol !== 'tcp' || port < rule.from || port > rule.to)) return false;
  if (rule.peer.startsWith('sg-')) return interfaceOf(world, peer.end)?.groups.includes(rule.peer) ?? false;
  if (!rule.peer.startsWith('pl-')) return inBlock(rule.peer, peer.address);
  const list = lookup(world.account(eni.account), eni.region, 'prefix-list', rule.peer);
  return (list?.entries ?? []).some((block) => inBlock(block, peer.address));
}

const passes = (world: World, eni: NetworkInterface | undefined, egress: boolean, peer: Peer, port: number) =>
  !eni || rulesOf(world, eni, egress).some((rule) => admits(world, eni, rule, peer, port));

/** Whether the machine behind an end runs, and listens where it is the receiver; outside ends and load balancers always do. */
function answers(world: World, end: End, port?: number): boolean {
  if ('address' in end) return true;
  const eni = interfaceOf(world, end);
  if (!eni) return false;
  const machine = lookup(world.account(eni.account), eni.region, 'instance', eni.instance);
  if (!machine) return eni.instance === undefined;
  return machine.state === 'running' && (port === undefined || machine.listening.includes(port));
}

/** Whether a new TCP connection is established now. */
export function connects(world: World, { from, to, port }: Path): boolean {
  if (!answers(world, from) || !answers(world, to, port)) return false;
  const [source, destination] = [addressOf(world, from, to), addressOf(world, to, from)];
  // nobody outside reaches a private address, nor one behind NAT
  if (!source || !destination || destination === 'nat') return false;
  return (
    passes(world, interfaceOf(world, from), true, { end: to, address: destination }, port) &&
    passes(world, interfaceOf(world, to), false, { end: from, address: source }, port)
  );
}

/** Everything from and to everywhere, in the family of the peer's address: such flows are not tracked. Behind NAT they always are. */
function untracked(world: World, eni: NetworkInterface | undefined, peer: string): boolean {
  if (!eni) return true;
  if (eni.nat && !eni.publicIp) return false;
  const anywhere = isIPv6(peer) ? '::/0' : '0.0.0.0/0';
  const whole = ({ protocol, from, to }: Rule) =>
    protocol === '-1' || (protocol === 'tcp' && from === 0 && to === 65535);
  return [true, false].every((egress) =>
    rulesOf(world, eni, egress).some((rule) => rule.peer === anywhere && whole(rule)),
  );
}

function isTracked(world: World, { from, to }: Path): boolean {
  const ends: [End, End][] = [
    [from, to],
    [to, from],
  ];
  return !ends.every(([end, other]) => untracked(world, interfaceOf(world, end), addressOf(world, other, end) ?? ''));
}

/** Opens a connection that stays; undefined where it is refused. Its `alive` tells whether it still carries data. */
export function openFlow(world: World, path: Path): Flow | undefined {
  if (!connects(world, path)) return undefined;
  const flow: Flow = { ...path, alive: true, tracked: isTracked(world, path) };
  flows.set(world, [...(flows.get(world) ?? []), flow]);
  return flow;
}

/** After every change of groups, rules or machines: what was untracked and is no longer allowed ends, as do flows of stopped machines. */
export function retrack(world: World): void {
  for (const flow of flows.get(world) ?? []) {
    if (!flow.alive) continue;
    const allowed = connects(world, flow);
    flow.alive = answers(world, flow.from) && answers(world, flow.to, flow.port) && (allowed || flow.tracked);
    if (allowed) flow.tracked = isTracked(world, flow);
  }
}
