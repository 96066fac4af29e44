import type { Account } from '../account.ts';
import type { World } from '../world.ts';
import { attach } from './network.ts';
import { type ClusterSeed, Database, DbSnapshot, type InstanceSeed, keep, type SnapshotSeed } from './state.ts';

/** What RDS holds in an account, as JSON can write it. */
export interface RdsSeed {
  clusters?: ClusterSeed[];
  instances?: InstanceSeed[];
  snapshots?: SnapshotSeed[];
  clusterSnapshots?: SnapshotSeed[];
}

export function seedRds(world: World, account: Account, seed: RdsSeed): void {
  for (const one of seed.clusters ?? []) keep(account, new Database('cluster', account.id, one));
  for (const one of seed.instances ?? []) attach(world, keep(account, new Database('db', account.id, one)));
  for (const one of seed.snapshots ?? []) keep(account, new DbSnapshot('snapshot', account, one, 'before'));
  for (const one of seed.clusterSnapshots ?? [])
    keep(account, new DbSnapshot('cluster-snapshot', account, one, 'before'));
}
