import type { Account, Resource } from '../account.ts';
import { AwsError, type Call, type Command, type Service } from '../kernel.ts';
import { Staged } from '../staged.ts';
import type { World } from '../world.ts';

export type SnapshotBlock = 'unblocked' | 'block-new-sharing' | 'block-all-sharing';
export type ImageBlock = 'unblocked' | 'block-new-sharing';
type Manager = 'account' | 'declarative-policy';

export interface SharingBlockSeed {
  region: string;
  snapshots?: SnapshotBlock;
  images?: ImageBlock;
  /** `declarative-policy`: an organization's policy sets both, and the account cannot */
  managedBy?: Manager;
  /** how long AWS takes to put an image block in force: it promises no more than 10 minutes, and that much is assumed */
  imageSeconds?: number;
}

/** "It can take up to 10 minutes … During this time, the value will be unblocked" (EnableImageBlockPublicAccess). */
const slowest = 600;

/** One Region's blocks of public sharing. The image block reads as it was until it is in force. */
class SharingBlocks implements Resource {
  snapshots: SnapshotBlock;
  readonly images: Staged<ImageBlock>;
  readonly managedBy: Manager;
  readonly seeded: boolean;

  constructor(account: Account, seed: SharingBlockSeed, seeded: boolean) {
    this.snapshots = seed.snapshots ?? 'unblocked';
    const delay = (seed.imageSeconds ?? slowest) * 1000;
    this.images = new Staged<ImageBlock>(account.ground.now, delay, seed.images ?? 'unblocked');
    this.managedBy = seed.managedBy ?? 'account';
    this.seeded = seeded;
  }

  stored() {
    return { snapshots: this.snapshots, images: this.images.stored, managedBy: this.managedBy };
  }
}

const arnOf = (account: Account, region: string) => `arn:aws:ec2:${region}:${account.id}:sharing-blocks`;

function blocksOf(account: Account, region: string): SharingBlocks {
  const known = account.resources.get(arnOf(account, region));
  return known instanceof SharingBlocks ? known : new SharingBlocks(account, { region }, false);
}

/** A Region with nothing blocked is as if nobody had ever touched it. */
function keep(account: Account, region: string, blocks: SharingBlocks): void {
  const { snapshots, images } = blocks.stored();
  if (!blocks.seeded && snapshots === 'unblocked' && images === 'unblocked')
    account.resources.delete(arnOf(account, region));
  else account.resources.set(arnOf(account, region), blocks);
}

export function seedSharingBlock(account: Account, seed: SharingBlockSeed): void {
  account.resources.set(arnOf(account, seed.region), new SharingBlocks(account, seed, true));
}

export const snapshotBlock = (account: Account, region: string): SnapshotBlock => blocksOf(account, region).snapshots;
export const imageBlock = (account: Account, region: string): ImageBlock => blocksOf(account, region).images.effective;

type Run<I> = (blocks: SharingBlocks, input: I) => object;

function command<I>(world: World, name: string, parameters: readonly string[], run: Run<I>): Command<I, object> {
  return {
    parameters,
    needs: (_input, call: Call) => [{ action: `ec2:${name}`, resource: '*', owner: call.caller.account }],
    run(input, call) {
      const account = world.account(call.caller.account);
      const blocks = blocksOf(account, call.region);
      if (!name.startsWith('Get') && blocks.managedBy === 'declarative-policy')
        throw new AwsError(
          'DeclarativePolicyViolation',
          400,
          'The request is not allowed because this setting is managed by a declarative policy',
        );
      const answer = run(blocks, input);
      keep(account, call.region, blocks);
      return answer;
    },
  };
}

function blocked<T extends string>(state: string | undefined, known: readonly T[], parameter: string): T {
  const found = known.find((k) => k === state);
  if (found) return found;
  throw new AwsError('InvalidParameterValue', 400, `Value (${state}) for parameter ${parameter} is invalid`);
}

/** The blocks of public sharing of snapshots and images, per account and Region. */
export function blockPublicAccessCommands(world: World): Service {
  return {
    EnableSnapshotBlockPublicAccess: command<{ State?: string }>(
      world,
      'EnableSnapshotBlockPublicAccess',
      ['State'],
      (blocks, { State }) => {
        blocks.snapshots = blocked(State, ['block-all-sharing', 'block-new-sharing'], 'State');
        return { State: blocks.snapshots };
      },
    ),
    DisableSnapshotBlockPublicAccess: command(world, 'DisableSnapshotBlockPublicAccess', [], (blocks) => {
      blocks.snapshots = 'unblocked';
      return { State: blocks.snapshots };
    }),
    GetSnapshotBlockPublicAccessState: command(world, 'GetSnapshotBlockPublicAccessState', [], (blocks) => ({
      State: blocks.snapshots,
      ManagedBy: blocks.managedBy,
    })),
    EnableImageBlockPublicAccess: command<{ ImageBlockPublicAccessState?: string }>(
      world,
      'EnableImageBlockPublicAccess',
      ['ImageBlockPublicAccessState'],
      (blocks, { ImageBlockPublicAccessState: given }) => {
        const state = blocked<ImageBlock>(given, ['block-new-sharing'], 'ImageBlockPublicAccessState');
        if (blocks.images.stored !== state) blocks.images.set(state);
        return { ImageBlockPublicAccessState: state };
      },
    ),
    DisableImageBlockPublicAccess: command(world, 'DisableImageBlockPublicAccess', [], (blocks) => {
      blocks.images.seed('unblocked');
      return { ImageBlockPublicAccessState: 'unblocked' };
    }),
    GetImageBlockPublicAccessState: command(world, 'GetImageBlockPublicAccessState', [], (blocks) => ({
      ImageBlockPublicAccessState: blocks.images.effective,
      ManagedBy: blocks.managedBy,
    })),
  };
}
