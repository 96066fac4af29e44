import { createHash } from 'node:crypto';
import type { Json } from '../../../lambdas/core/json.ts';
import type { Account, Resource } from '../account.ts';
import { AwsError } from '../kernel.ts';

/**
 * What EC2 holds: every entity lives in `account.resources` under its ARN. What AWS hands out anew whenever something is made again
 * (rule ids, association ids, leased public addresses) is no part of `stored()`, so that an undone change leaves the account equal.
 */
interface Entity extends Resource {
  id: string;
  account: string;
  region: string;
  tags: Record<string, string>;
}

export interface Vpc extends Entity {
  cidr: string;
  ipv6Cidr: string | undefined;
  isDefault: boolean;
}

/** A managed prefix list; `owner` is an account id, or `AWS`. */
export interface PrefixList extends Entity {
  name: string;
  owner: string;
  entries: string[];
}

/** `peer`: an IPv4 or IPv6 block, a prefix list (`pl-…`) or a security group (`sg-…`). Ports are -1 where the protocol has none. */
export interface Rule {
  id: string;
  egress: boolean;
  protocol: string;
  from: number;
  to: number;
  peer: string;
  description: string | undefined;
}

export interface SecurityGroup extends Entity {
  name: string;
  description: string;
  vpc: string;
  rules: Rule[];
}

export interface NetworkInterface extends Entity {
  vpc: string;
  subnet: string;
  groups: string[];
  privateIp: string;
  ipv6: string[];
  /** `elastic` addresses stay when the instance stops, others are given back */
  publicIp: { address: string; elastic: boolean } | undefined;
  /** whether the subnet's route to the internet goes through a NAT gateway, whose flows are always tracked */
  nat: boolean;
  /** the AWS service that manages it, and refuses changes of anybody else */
  operator: string | undefined;
  instance: string | undefined;
  deviceIndex: number;
}

export interface Volume extends Entity {
  /** GiB */
  size: number;
  encrypted: boolean;
  /** ARN; undefined while encrypted: EBS's own key */
  kmsKey: string | undefined;
}

export interface BlockDevice {
  device: string;
  volume: string;
  deleteOnTermination: boolean;
}

export interface Instance extends Entity {
  vpc: string;
  subnet: string;
  zone: string;
  image: string;
  type: string;
  state: 'running' | 'stopped' | 'terminated';
  /** `association` is new every time */
  profile: { association: string; arn: string; id: string } | undefined;
  disableApiTermination: boolean;
  disableApiStop: boolean;
  shutdownBehavior: 'stop' | 'terminate';
  devices: BlockDevice[];
  rootDevice: string;
  /** the type has disks of its own, whose content a stop loses for good */
  instanceStore: boolean;
  spot: boolean;
  httpTokens: 'required' | 'optional';
  /** TCP ports on which something answers */
  listening: number[];
}

/** Resource types as ARNs name them. Snapshots and images have no account in theirs. */
export interface Kinds {
  vpc: Vpc;
  'prefix-list': PrefixList;
  'security-group': SecurityGroup;
  'network-interface': NetworkInterface;
  volume: Volume;
  instance: Instance;
}

/** How EC2 says that there is no such thing. */
const missing: Record<keyof Kinds, string> = {
  vpc: 'InvalidVpcID.NotFound',
  'prefix-list': 'InvalidPrefixListID.NotFound',
  'security-group': 'InvalidGroup.NotFound',
  'network-interface': 'InvalidNetworkInterfaceID.NotFound',
  volume: 'InvalidVolume.NotFound',
  instance: 'InvalidInstanceID.NotFound',
};

export const arnOf = (account: string, region: string, kind: keyof Kinds, id: string): string =>
  `arn:aws:ec2:${region}:${account}:${kind}/${id}`;

/** Everything of one kind in one Region, in the order of their making. */
export function all<K extends keyof Kinds>(account: Account, region: string, kind: K): Kinds[K][] {
  const prefix = arnOf(account.id, region, kind, '');
  return [...account.resources].flatMap(([arn, entity]) => (arn.startsWith(prefix) ? [entity as Kinds[K]] : []));
}

export function lookup<K extends keyof Kinds>(
  account: Account,
  region: string,
  kind: K,
  id: string | undefined,
): Kinds[K] | undefined {
  return account.resources.get(arnOf(account.id, region, kind, id ?? '')) as Kinds[K] | undefined;
}

/** Throws EC2's own `Invalid….NotFound`. */
export function existing<K extends keyof Kinds>(
  account: Account,
  region: string,
  kind: K,
  id: string | undefined,
): Kinds[K] {
  const found = lookup(account, region, kind, id);
  if (!found) throw new AwsError(missing[kind], 400, `The ${kind.replaceAll('-', ' ')} ID '${id}' does not exist`);
  return found;
}

export function keep<K extends keyof Kinds>(account: Account, kind: K, entity: Kinds[K]): Kinds[K] {
  account.resources.set(arnOf(account.id, entity.region, kind, entity.id), entity);
  return entity;
}

export function drop(account: Account, kind: keyof Kinds, entity: Entity): void {
  account.resources.delete(arnOf(account.id, entity.region, kind, entity.id));
}

/** `sg-` and 17 hexadecimal digits, from the world's own counter. */
export function newId(account: Account, prefix: string): string {
  return hexId(prefix, account.ground.nextId(prefix));
}

/** The same text gives the same id. */
export function hexId(prefix: string, text: string): string {
  return `${prefix}-${createHash('sha256').update(`${prefix}#${text}`).digest('hex').slice(0, 17)}`;
}

/** A rule without its id, which changes when the same rule is authorised again. */
const storedRule = ({ id: _, ...rule }: Rule): { [key: string]: Json } => ({
  ...rule,
  description: rule.description ?? null,
});

const byText = (a: Json, b: Json): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

export const storedGroup = (group: Omit<SecurityGroup, 'stored'>): Json => ({
  name: group.name,
  description: group.description,
  vpc: group.vpc,
  rules: group.rules.map(storedRule).sort(byText),
  tags: { ...group.tags },
});

export const storedInterface = (eni: Omit<NetworkInterface, 'stored'>): Json => ({
  vpc: eni.vpc,
  groups: [...eni.groups].sort(),
  privateIp: eni.privateIp,
  ipv6: [...eni.ipv6],
  publicIp: eni.publicIp ? (eni.publicIp.elastic ? eni.publicIp.address : 'leased') : null,
  operator: eni.operator ?? null,
  instance: eni.instance ?? null,
  tags: { ...eni.tags },
});

export const storedInstance = (instance: Omit<Instance, 'stored'>): Json => ({
  state: instance.state,
  profile: instance.profile?.arn ?? null,
  disableApiTermination: instance.disableApiTermination,
  disableApiStop: instance.disableApiStop,
  shutdownBehavior: instance.shutdownBehavior,
  devices: instance.devices.map((device) => ({ ...device })),
  httpTokens: instance.httpTokens,
  tags: { ...instance.tags },
});
