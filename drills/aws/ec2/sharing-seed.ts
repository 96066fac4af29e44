import type { Account } from '../account.ts';
import { type SharingBlockSeed, seedSharingBlock } from './block-public-access.ts';
import { type ImageSeed, seedImage } from './image.ts';
import { type SnapshotSeed, seedSnapshot } from './snapshot.ts';

/** What EC2 can share, and what stops it, as JSON can write it. */
export interface SharingSeed {
  snapshots?: SnapshotSeed[];
  images?: ImageSeed[];
  blocks?: SharingBlockSeed[];
}

export function seedSharing(account: Account, seed: SharingSeed): void {
  for (const one of seed.snapshots ?? []) seedSnapshot(account, one);
  for (const one of seed.images ?? []) seedImage(account, one);
  for (const one of seed.blocks ?? []) seedSharingBlock(account, one);
}
