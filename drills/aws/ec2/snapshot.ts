import { Temporal } from 'temporal-polyfill';
import type { Json } from '../../../lambdas/core/json.ts';
import type { Account, Resource } from '../account.ts';
import type { Call } from '../kernel.ts';
import type { World } from '../world.ts';

/** The key of EBS itself: what is encrypted with it cannot be shared at all. */
export const defaultKey = 'alias/aws/ebs';

export interface SnapshotSeed {
  id: string;
  region: string;
  volume?: string;
  size?: number;
  /** the key's ARN, or `alias/aws/ebs`; absent: not encrypted */
  key?: string;
  description?: string;
  tags?: Record<string, string>;
  /** accounts that it is shared with; `all` is everyone */
  sharedWith?: string[];
}

/** Creating takes AWS minutes; long enough here that nobody can rely on it being ready at once. */
const pendingSeconds = 90;

export class Snapshot implements Resource {
  readonly id: string;
  readonly region: string;
  readonly owner: string;
  readonly volume: string;
  readonly size: number;
  readonly key: string | undefined;
  readonly description: string;
  readonly started: Temporal.Instant;
  readonly completed: Temporal.Instant;
  tags: Record<string, string>;
  sharedWith: ReadonlySet<string>;

  constructor(owner: string, seed: SnapshotSeed, started: Temporal.Instant, made: 'now' | 'before') {
    this.id = seed.id;
    this.region = seed.region;
    this.owner = owner;
    this.volume = seed.volume ?? 'vol-ffffffff';
    this.size = seed.size ?? 8;
    this.key = seed.key;
    this.description = seed.description ?? '';
    this.started = started;
    this.completed = made === 'now' ? started.add({ seconds: pendingSeconds }) : started;
    this.tags = { ...seed.tags };
    this.sharedWith = new Set(seed.sharedWith);
  }

  isComplete(now: Temporal.Instant): boolean {
    return Temporal.Instant.compare(this.completed, now) <= 0;
  }

  stored(): Json {
    const { id, region, volume, size, key = null, description } = this;
    const sharedWith = [...this.sharedWith].sort();
    return { id, region, volume, size, key, description, tags: { ...this.tags }, sharedWith };
  }
}

/** Snapshots have no account in their ARN (Service Authorization Reference, Amazon EC2). */
export const snapshotArn = (region: string, id: string): string => `arn:aws:ec2:${region}::snapshot/${id}`;

export function seedSnapshot(account: Account, seed: SnapshotSeed): Snapshot {
  return addSnapshot(account, seed, 'before');
}

export function addSnapshot(account: Account, seed: SnapshotSeed, made: 'now' | 'before'): Snapshot {
  const snapshot = new Snapshot(account.id, seed, account.ground.now(), made);
  account.resources.set(snapshotArn(snapshot.region, snapshot.id), snapshot);
  return snapshot;
}

/** Every account's snapshots in this Region. */
export function* allSnapshots(world: World, region: string): Generator<Snapshot> {
  for (const account of world.accounts.values())
    for (const resource of account.resources.values())
      if (resource instanceof Snapshot && resource.region === region) yield resource;
}

/** As DescribeSnapshots shows it. */
export const shownSnapshot = (snapshot: Snapshot, call: Call) => ({
  SnapshotId: snapshot.id,
  OwnerId: snapshot.owner,
  VolumeId: snapshot.volume,
  VolumeSize: snapshot.size,
  Description: snapshot.description,
  StartTime: new Date(snapshot.started.epochMilliseconds),
  State: snapshot.isComplete(call.now) ? 'completed' : 'pending',
  Progress: snapshot.isComplete(call.now) ? '100%' : '',
  Encrypted: snapshot.key !== undefined,
  ...(snapshot.key && { KmsKeyId: snapshot.key }),
  Tags: Object.entries(snapshot.tags).map(([Key, Value]) => ({ Key, Value })),
});
