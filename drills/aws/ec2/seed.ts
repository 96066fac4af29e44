import type { Account } from '../account.ts';
import {
  all,
  type BlockDevice,
  existing,
  hexId,
  type Instance,
  keep,
  type NetworkInterface,
  newId,
  type Rule,
  type SecurityGroup,
  storedGroup,
  storedInstance,
  storedInterface,
  type Vpc,
} from './state.ts';

/** A rule as a seed writes it: `port` for one, `from` and `to` for several; neither: all of them. */
export interface RuleSeed {
  /** tcp unless it says otherwise; `-1` is every protocol */
  protocol?: string;
  port?: number;
  from?: number;
  to?: number;
  /** an IPv4 or IPv6 block, `pl-…` or `sg-…` */
  peer: string;
  description?: string;
}

export interface SecurityGroupSeed {
  id?: string;
  name: string;
  description?: string;
  vpc: string;
  ingress?: RuleSeed[];
  /** absent: what EC2 gives a new group, everything to everywhere */
  egress?: RuleSeed[];
  tags?: Record<string, string>;
}

export interface InterfaceSeed {
  id?: string;
  vpc?: string;
  /** ids of security groups; the default group of the VPC when absent */
  groups?: string[];
  privateIp?: string;
  ipv6?: string[];
  publicIp?: string;
  elastic?: boolean;
  nat?: boolean;
  operator?: string;
  tags?: Record<string, string>;
}

export interface VolumeSeed {
  id?: string;
  device?: string;
  size?: number;
  encrypted?: boolean;
  kmsKey?: string;
  deleteOnTermination?: boolean;
}

export interface InstanceSeed {
  id: string;
  vpc: string;
  state?: 'running' | 'stopped';
  /** the first is the primary one; one in the default group when absent */
  interfaces?: InterfaceSeed[];
  /** the first is the root volume; one of 8 GiB when absent */
  volumes?: VolumeSeed[];
  /** ARN of an instance profile */
  profile?: string;
  disableApiTermination?: boolean;
  disableApiStop?: boolean;
  shutdownBehavior?: 'stop' | 'terminate';
  instanceStore?: boolean;
  spot?: boolean;
  httpTokens?: 'required' | 'optional';
  /** TCP ports on which something answers */
  listening?: number[];
  image?: string;
  type?: string;
  tags?: Record<string, string>;
}

/** One Region's EC2 as JSON. Every VPC has a default group (`default`) from the start; seed one of that name to give it other rules. */
export interface Ec2Seed {
  region: string;
  vpcs?: { id: string; cidr?: string; ipv6?: string; isDefault?: boolean; tags?: Record<string, string> }[];
  prefixLists?: { id: string; name: string; owner?: string; entries: string[] }[];
  securityGroups?: SecurityGroupSeed[];
  instances?: InstanceSeed[];
  /** interfaces that no instance has (a load balancer's, a function's) */
  interfaces?: (InterfaceSeed & { vpc: string })[];
}

/** Puts what the seed says into an account; takes effect at once. Throws EC2's own error for what refers to nothing. */
export function seedEc2(account: Account, seed: Ec2Seed): void {
  const { region } = seed;
  const place = { account: account.id, region };
  for (const { id, cidr = '10.0.0.0/16', ipv6, isDefault = false, tags = {} } of seed.vpcs ?? []) {
    const vpc: Vpc = { ...place, id, cidr, ipv6Cidr: ipv6, isDefault, tags, stored: () => ({ cidr }) };
    keep(account, 'vpc', vpc);
  }
  for (const { id, name, owner = account.id, entries } of seed.prefixLists ?? [])
    keep(account, 'prefix-list', { ...place, id, name, owner, entries, tags: {}, stored: () => ({ name, entries }) });
  for (const group of seed.securityGroups ?? []) seedGroup(account, region, group);
  for (const vpc of all(account, region, 'vpc')) if (!defaultGroup(account, vpc)) seedGroup(account, region, own(vpc));
  for (const instance of seed.instances ?? []) seedInstance(account, region, instance);
  for (const eni of seed.interfaces ?? []) seedInterface(account, region, eni.vpc, eni);
}

const own = (vpc: Vpc): SecurityGroupSeed => {
  const id = hexId('sg', vpc.id);
  const description = 'default VPC security group';
  return { id, name: 'default', description, vpc: vpc.id, ingress: [{ protocol: '-1', peer: id }] };
};

function defaultGroup(account: Account, vpc: Vpc): SecurityGroup | undefined {
  return all(account, vpc.region, 'security-group').find((g) => g.vpc === vpc.id && g.name === 'default');
}

/** What EC2 lets a new group send: everything, in IPv4, and in IPv6 where the VPC has it. */
function defaultEgress(vpc: Vpc): RuleSeed[] {
  const everywhere = vpc.ipv6Cidr === undefined ? ['0.0.0.0/0'] : ['0.0.0.0/0', '::/0'];
  return everywhere.map((peer) => ({ protocol: '-1', peer }));
}

export function ruleOf(account: Account, egress: boolean, seed: RuleSeed): Rule {
  const { protocol = 'tcp', peer, port, description } = seed;
  const whole = protocol === 'tcp' || protocol === 'udp' ? [0, 65535] : [-1, -1];
  const ports = protocol === '-1' ? [-1, -1] : [seed.from ?? port ?? whole[0], seed.to ?? port ?? whole[1]];
  const [from = -1, to = -1] = ports;
  return { id: newId(account, 'sgr'), egress, protocol, from, to, peer, description };
}

export function seedGroup(account: Account, region: string, seed: SecurityGroupSeed): SecurityGroup {
  const vpc = existing(account, region, 'vpc', seed.vpc);
  const group: SecurityGroup = {
    id: seed.id ?? newId(account, 'sg'),
    account: account.id,
    region,
    name: seed.name,
    description: seed.description ?? seed.name,
    vpc: vpc.id,
    rules: [
      ...(seed.ingress ?? []).map((rule) => ruleOf(account, false, rule)),
      ...(seed.egress ?? defaultEgress(vpc)).map((rule) => ruleOf(account, true, rule)),
    ],
    tags: { ...seed.tags },
    stored: () => storedGroup(group),
  };
  return keep(account, 'security-group', group);
}

function seedInterface(account: Account, region: string, vpcId: string, seed: InterfaceSeed): NetworkInterface {
  const vpc = existing(account, region, 'vpc', vpcId);
  const address = all(account, region, 'network-interface').length + 10;
  const groups = seed.groups ?? [defaultGroup(account, vpc)?.id ?? ''];
  for (const group of groups) existing(account, region, 'security-group', group);
  const eni: NetworkInterface = {
    id: seed.id ?? newId(account, 'eni'),
    account: account.id,
    region,
    vpc: vpc.id,
    subnet: hexId('subnet', vpc.id),
    groups: [...groups],
    privateIp: seed.privateIp ?? vpc.cidr.replace(/\d+\.\d+\/\d+$/, `${address >> 8}.${address & 255}`),
    ipv6: [...(seed.ipv6 ?? [])],
    publicIp: seed.publicIp === undefined ? undefined : { address: seed.publicIp, elastic: seed.elastic ?? false },
    nat: seed.nat ?? false,
    operator: seed.operator,
    instance: undefined,
    deviceIndex: 0,
    tags: { ...seed.tags },
    stored: () => storedInterface(eni),
  };
  return keep(account, 'network-interface', eni);
}

function seedVolumes(account: Account, region: string, seeds: VolumeSeed[]): BlockDevice[] {
  return seeds.map((seed, index) => {
    const { id = newId(account, 'vol'), device, size = 8, kmsKey, deleteOnTermination } = seed;
    const encrypted = seed.encrypted ?? kmsKey !== undefined;
    const name = device ?? (index === 0 ? '/dev/xvda' : `/dev/sd${'fghijklmnop'[index - 1]}`);
    const stored = () => ({ size, encrypted, kmsKey: kmsKey ?? null });
    keep(account, 'volume', { id, account: account.id, region, size, encrypted, kmsKey, tags: {}, stored });
    // EC2 deletes the root volume with its instance and keeps the others, unless told otherwise
    return { device: name, volume: id, deleteOnTermination: deleteOnTermination ?? index === 0 };
  });
}

function seedInstance(account: Account, region: string, seed: InstanceSeed): Instance {
  const devices = seedVolumes(account, region, seed.volumes ?? [{}]);
  const instance: Instance = {
    id: seed.id,
    account: account.id,
    region,
    vpc: seed.vpc,
    subnet: hexId('subnet', seed.vpc),
    zone: `${region}a`,
    image: seed.image ?? 'ami-0123456789abcdef0',
    type: seed.type ?? (seed.instanceStore ? 'm5d.large' : 'm5.large'),
    state: seed.state ?? 'running',
    profile: undefined,
    disableApiTermination: seed.disableApiTermination ?? false,
    disableApiStop: seed.disableApiStop ?? false,
    shutdownBehavior: seed.shutdownBehavior ?? 'stop',
    devices,
    rootDevice: devices[0]?.device ?? '/dev/xvda',
    instanceStore: seed.instanceStore ?? false,
    spot: seed.spot ?? false,
    httpTokens: seed.httpTokens ?? 'optional',
    listening: [...(seed.listening ?? [])],
    tags: { ...seed.tags },
    stored: () => storedInstance(instance),
  };
  if (seed.profile !== undefined) associate(account, instance, seed.profile);
  for (const [index, one] of (seed.interfaces ?? [{}]).entries()) {
    const eni = seedInterface(account, region, one.vpc ?? seed.vpc, one);
    Object.assign(eni, { instance: seed.id, deviceIndex: index });
  }
  return keep(account, 'instance', instance);
}

/** Gives an instance its profile, under a new association. */
export function associate(account: Account, instance: Instance, arn: string): void {
  instance.profile = { association: newId(account, 'iip-assoc'), arn, id: hexId('AIPA', arn).toUpperCase() };
}
