import { Temporal } from 'temporal-polyfill';
import type { Json, JsonObject } from '../../../lambdas/core/json.ts';
import type { Account, Resource } from '../account.ts';
import { AwsError, type Call } from '../kernel.ts';
import type { World } from '../world.ts';

/** The key of RDS itself: what is encrypted with it cannot be shared. */
export const defaultKey = 'alias/aws/rds';

export interface ClusterSeed {
  id: string;
  region: string;
  engine?: string;
  vpc?: string;
  /** ids of VPC security groups */
  groups?: string[];
  /** the key's ARN, or `alias/aws/rds`; absent: not encrypted */
  key?: string;
  /** `available` unless it says otherwise */
  status?: string;
  /** changes that wait for the maintenance window, as PendingModifiedValues names them */
  pending?: JsonObject;
  /** the logs that it exports to CloudWatch, such as `postgresql` */
  logs?: string[];
}

export interface InstanceSeed extends ClusterSeed {
  publiclyAccessible?: boolean;
  /** the cluster that it is a member of */
  cluster?: string;
}

/** A DB instance or cluster. The security groups of a member are those of its cluster. */
export class Database implements Resource {
  readonly kind: 'db' | 'cluster';
  readonly id: string;
  readonly region: string;
  readonly account: string;
  readonly engine: string;
  readonly vpc: string;
  readonly key: string | undefined;
  readonly cluster: string | undefined;
  readonly logs: readonly string[];
  status: string;
  groups: readonly string[];
  publiclyAccessible: boolean;
  /** what an applied pending change leaves */
  settings: JsonObject = {};
  pending: JsonObject;

  constructor(kind: 'db' | 'cluster', account: string, seed: InstanceSeed) {
    this.kind = kind;
    this.id = seed.id.toLowerCase();
    this.region = seed.region;
    this.account = account;
    this.engine = seed.engine ?? 'postgres';
    this.vpc = seed.vpc ?? 'vpc-0000000000000000a';
    this.key = seed.key;
    this.cluster = seed.cluster;
    this.logs = seed.logs ?? [];
    this.status = seed.status ?? 'available';
    this.groups = seed.groups ?? [];
    this.publiclyAccessible = seed.publiclyAccessible ?? false;
    this.pending = { ...seed.pending };
  }

  stored(): Json {
    const { kind, id, region, engine, vpc, key = null, cluster = null, status, publiclyAccessible } = this;
    const { groups, logs, settings, pending } = this;
    const what = { kind, id, region, engine, vpc, key, cluster, status, publiclyAccessible };
    return { ...what, groups: [...groups].sort(), logs: [...logs], settings: { ...settings }, pending: { ...pending } };
  }
}

export interface SnapshotSeed {
  id: string;
  region: string;
  /** the DB instance or cluster that it was made of */
  of: string;
  type?: 'manual' | 'automated' | 'awsbackup';
  key?: string;
  engine?: string;
  vpc?: string;
  /** accounts, or `all` */
  sharedWith?: string[];
}

/** Creating takes RDS minutes. */
const creatingSeconds = 180;

/** A DB snapshot or a DB cluster snapshot. */
export class DbSnapshot implements Resource {
  readonly kind: 'snapshot' | 'cluster-snapshot';
  readonly id: string;
  readonly region: string;
  readonly account: string;
  readonly of: string;
  readonly type: 'manual' | 'automated' | 'awsbackup';
  readonly key: string | undefined;
  readonly engine: string;
  readonly vpc: string;
  readonly created: Temporal.Instant;
  readonly available: Temporal.Instant;
  sharedWith: ReadonlySet<string>;

  constructor(kind: DbSnapshot['kind'], account: Account, seed: SnapshotSeed, made: 'now' | 'before') {
    this.kind = kind;
    this.id = seed.id.toLowerCase();
    this.region = seed.region;
    this.account = account.id;
    this.of = seed.of.toLowerCase();
    this.type = seed.type ?? 'manual';
    this.key = seed.key;
    this.engine = seed.engine ?? 'postgres';
    this.vpc = seed.vpc ?? 'vpc-0000000000000000a';
    this.created = account.ground.now();
    this.available = made === 'now' ? this.created.add({ seconds: creatingSeconds }) : this.created;
    this.sharedWith = new Set(seed.sharedWith);
  }

  isAvailable(now: Temporal.Instant): boolean {
    return Temporal.Instant.compare(this.available, now) <= 0;
  }

  stored(): Json {
    const { kind, id, region, of, type, key = null, engine, vpc } = this;
    return { kind, id, region, of, type, key, engine, vpc, sharedWith: [...this.sharedWith].sort() };
  }
}

export type RdsKind = 'db' | 'cluster' | 'snapshot' | 'cluster-snapshot';

export const rdsArn = (account: string, region: string, kind: RdsKind, id: string): string =>
  `arn:aws:rds:${region}:${account}:${kind}:${id.toLowerCase()}`;

export function keep<R extends Database | DbSnapshot>(account: Account, resource: R): R {
  account.resources.set(rdsArn(account.id, resource.region, resource.kind, resource.id), resource);
  return resource;
}

export function databases(world: World, call: Call, kind: Database['kind']): Database[] {
  return [...world.account(call.caller.account).resources.values()].filter(
    (r): r is Database => r instanceof Database && r.kind === kind && r.region === call.region,
  );
}

/** Every account's snapshots in this Region. */
export function dbSnapshots(world: World, region: string, kind: DbSnapshot['kind']): DbSnapshot[] {
  return [...world.accounts.values()]
    .flatMap((account) => [...account.resources.values()])
    .filter((r): r is DbSnapshot => r instanceof DbSnapshot && r.kind === kind && r.region === region);
}

/** The name that a call gives: an identifier, or an ARN. */
export const bare = (name: string | undefined, kind: RdsKind): string =>
  (name ?? '').replace(new RegExp(`^arn:aws:rds:[^:]*:\\d*:${kind}:`), '').toLowerCase();

/** A page of 20 to 100 results; the marker is the position. */
export function pageOf<T>(items: T[], input: { MaxRecords?: number | undefined; Marker?: string | undefined }) {
  const { MaxRecords = 100, Marker = '0' } = input;
  if (MaxRecords < 20 || MaxRecords > 100)
    throw new AwsError(
      'InvalidParameterValue',
      400,
      `Invalid value ${MaxRecords} for MaxRecords. Must be between 20 and 100`,
    );
  const start = Number(Marker);
  const end = start + MaxRecords;
  return { items: items.slice(start, end), ...(end < items.length && { Marker: String(end) }) };
}
