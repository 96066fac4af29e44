import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import imageBlockManifest from '../lambdas/actions/block-image-sharing/action.json' with { type: 'json' };
import imageBlock from '../lambdas/actions/block-image-sharing/action.ts';
import snapshotBlock from '../lambdas/actions/block-snapshot-sharing/action.ts';
import snapshotManifest from '../lambdas/actions/unshare-ebs-snapshot/action.json' with { type: 'json' };
import unshareSnapshot from '../lambdas/actions/unshare-ebs-snapshot/action.ts';
import unshareImage from '../lambdas/actions/unshare-machine-image/action.ts';
import collectorManifestJson from '../lambdas/collectors/shared-snapshots/collector.json' with { type: 'json' };
import sharedSnapshots from '../lambdas/collectors/shared-snapshots/collector.ts';
import { BeforeStateChanged, Hindered, TargetForeign } from '../lambdas/core/errors.ts';
import { actionManifest, collectorManifest } from '../lambdas/core/manifest.ts';
import type { Target } from '../lambdas/core/target.ts';
import sharedSnapshot from '../lambdas/playbooks/shared-snapshot.json' with { type: 'json' };
import { type AccountSeed, stage } from './member-account.ts';

const account = '111122223333';
const ours = '555566667777';
const partner = '444455556666';
const region = 'us-east-1';
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const snapshot: Target = { kind: 'ebs-snapshot', id: 'snap-0a1b2c3d4e5f60718', account, region };
const image: Target = { kind: 'machine-image', id: 'ami-0a1b2c3d4e5f60718', account, region };
const here: Target = { kind: 'account-region', id: region, account, region };

function staged(manifest: unknown, target: Target, seed: AccountSeed, more: Record<string, AccountSeed> = {}) {
  const { read, write } = actionManifest.parse(manifest).permissions;
  const on = stage({ [account]: seed, ...more }, target, at, new Set());
  return { on, member: on.member([...read, ...write]) };
}
const shared = (sharedWith: string[]) => ({
  sharing: { snapshots: [{ id: snapshot.id, region, sharedWith }] },
});
const sharedNow = async (on: ReturnType<typeof stage>) => {
  const input = { SnapshotId: snapshot.id, Attribute: 'createVolumePermission' };
  const answer = await on.act({ service: 'EC2', command: 'DescribeSnapshotAttribute', input });
  return (answer as { CreateVolumePermissions: { Group?: string; UserId?: string }[] }).CreateVolumePermissions.map(
    (one) => one.Group ?? one.UserId,
  );
};

describe('unsharing', () => {
  it('takes a snapshot from the public and a partner, says so of each, and leaves it with our own account', async () => {
    const { on, member } = staged(snapshotManifest, snapshot, shared(['all', partner, ours]));
    const { state: before } = await unshareSnapshot.capture(snapshot, member);
    const after = unshareSnapshot.intend(before, snapshot, at);
    expect(unshareSnapshot.losses(before, snapshot)).toEqual([
      expect.stringMatching(/^Account 444455556666 can no longer restore/),
      expect.stringMatching(/^Everyone outside loses/),
    ]);
    await unshareSnapshot.apply(snapshot, member, before, after);
    expect(await sharedNow(on)).toEqual([ours]);
  });

  it('goes on after a crash between two calls where strangers are more than one call takes, and puts all back', async () => {
    const strangers = Array.from({ length: 1100 }, (_, i) => String(600_000_000_000 + i));
    const { on, member } = staged(snapshotManifest, snapshot, shared(strangers));
    const { state: before } = await unshareSnapshot.capture(snapshot, member);
    const after = unshareSnapshot.intend(before, snapshot, at);
    const first = strangers.slice(0, 500).map((UserId) => ({ UserId }));
    const input = { SnapshotId: snapshot.id, Attribute: 'createVolumePermission' };
    const change = (CreateVolumePermission: object) =>
      on.act({
        service: 'EC2',
        command: 'ModifySnapshotAttribute',
        input: { ...input, CreateVolumePermission },
      });
    await change({ Remove: first });
    await unshareSnapshot.apply(snapshot, member, before, after);
    expect(await sharedNow(on)).toEqual([]);
    await change({ Add: first });
    await unshareSnapshot.undo(snapshot, member, before, after);
    expect(await sharedNow(on)).toEqual(strangers);
  });

  it('does not take part of a change for a crash of its own', async () => {
    const { on, member } = staged(snapshotManifest, snapshot, shared(['all', partner]));
    const { state: before } = await unshareSnapshot.capture(snapshot, member);
    const CreateVolumePermission = { Remove: [{ Group: 'all' }] };
    const input = { SnapshotId: snapshot.id, Attribute: 'createVolumePermission', CreateVolumePermission };
    await on.act({ service: 'EC2', command: 'ModifySnapshotAttribute', input });
    const applied = unshareSnapshot.apply(snapshot, member, before, unshareSnapshot.intend(before, snapshot, at));
    await expect(applied).rejects.toThrow(BeforeStateChanged);
  });

  it('says what to restore first when AWS will not share it again', async () => {
    const { on, member } = staged(snapshotManifest, snapshot, shared(['all']));
    const { state: before } = await unshareSnapshot.capture(snapshot, member);
    const after = unshareSnapshot.intend(before, snapshot, at);
    await unshareSnapshot.apply(snapshot, member, before, after);
    const input = { State: 'block-all-sharing' };
    await on.act({ service: 'EC2', command: 'EnableSnapshotBlockPublicAccess', input });
    const undone = unshareSnapshot.undo(snapshot, member, before, after);
    await expect(undone).rejects.toThrow(Hindered);
    await expect(undone).rejects.toThrow(/public sharing may be blocked in us-east-1/);
  });

  it("refuses another account's public snapshot", async () => {
    const { member } = staged(snapshotManifest, snapshot, {}, { [partner]: shared(['all']) });
    await expect(unshareSnapshot.capture(snapshot, member)).rejects.toThrow(TargetForeign);
  });

  it('names organizations and their units in words', () => {
    const strangers = [
      'arn:aws:organizations::444455556666:organization/o-partner1234',
      'arn:aws:organizations::444455556666:ou/o-partner1234/ou-ab12-vendor34',
    ];
    expect(unshareImage.describe({ strangers, ours: [] }, { strangers: [], ours: [] })).toEqual([
      'shared with organization o-partner1234: yes → no',
      'shared with organizational unit o-partner1234/ou-ab12-vendor34: yes → no',
    ]);
    expect(unshareImage.losses({ strangers: ['all'], ours: [] }, image)).toEqual([
      expect.stringContaining('can no longer start instances from it'),
    ]);
  });
});

describe('blocking public sharing', () => {
  it('of images is safe only when AWS says that it is in force, up to 10 minutes later', async () => {
    const { on, member } = staged(imageBlockManifest, here, {});
    const { state: before } = await imageBlock.capture(here, member);
    const after = imageBlock.intend(before, here, at);
    await imageBlock.apply(here, member, before, after);
    const verdict = async () => imageBlock.verify((await imageBlock.capture(here, member)).state, here, after);
    expect(await verdict()).toEqual({ safe: false, why: expect.stringContaining('10 minutes') });
    on.pass({ minutes: 10 });
    expect(await verdict()).toEqual({ safe: true });
  });

  it('of images does not come into force after it was undone on its way', async () => {
    const { on, member } = staged(imageBlockManifest, here, {});
    const { state: before } = await imageBlock.capture(here, member);
    const after = imageBlock.intend(before, here, at);
    await imageBlock.apply(here, member, before, after);
    await imageBlock.undo(here, member, before, after);
    on.pass({ minutes: 11 });
    expect((await imageBlock.capture(here, member)).state.state).toBe('unblocked');
  });

  it('is refused where a declarative policy of the organization sets it', async () => {
    const seed: AccountSeed = { sharing: { blocks: [{ region, managedBy: 'declarative-policy' }] } };
    const { member } = staged(imageBlockManifest, here, seed);
    await expect(imageBlock.capture(here, member)).rejects.toThrow(/declarative policy of the organization/);
  });

  it('of snapshots names those that the public loses', () => {
    const open = ['snap-0a', 'snap-0b'];
    expect(snapshotBlock.losses({ state: 'block-new-sharing', open }, here)).toEqual([
      '2 snapshots in us-east-1 can no longer be restored by the public: snap-0a, snap-0b.',
    ]);
    expect(snapshotBlock.losses({ state: 'block-all-sharing', open }, here)).toEqual([]);
  });
});

describe('shared-snapshots', () => {
  const seed: AccountSeed = {
    sharing: {
      snapshots: [
        { id: snapshot.id, region, sharedWith: ['all'] },
        { id: 'snap-0a1b2c3d4e5f60719', region, sharedWith: [ours] },
        { id: 'snap-0a1b2c3d4e5f60720', region: 'eu-west-1', sharedWith: ['all'] },
      ],
      images: [{ id: image.id, region, name: 'app', launchableBy: [partner] }],
    },
    rds: {
      snapshots: [
        { id: 'copy', region, of: 'records', sharedWith: ['all'] },
        { id: 'rds:records-2026-03-01', region, of: 'records', type: 'automated' },
      ],
      clusterSnapshots: [{ id: 'pair-copy', region, of: 'pair', sharedWith: [partner] }],
    },
  };

  async function collected(target: Target, given = seed) {
    const used = new Set<string>();
    const on = stage({ [account]: given }, target, at, used);
    const { permissions } = collectorManifest.parse(collectorManifestJson);
    const result = await sharedSnapshots.collect(target, on.member(permissions), at.subtract({ hours: 24 }));
    return { used, result, declared: permissions.flatMap((s) => s.actions) };
  }

  it('finds all that strangers can use in the Region of a finding that names only the account', async () => {
    const { used, result, declared } = await collected({ kind: 'aws-account', id: account, account, region });
    expect(result.footholds.map(({ target, how }) => [target.kind, target.id, how])).toEqual([
      ['ebs-snapshot', snapshot.id, 'shared with the public'],
      ['machine-image', image.id, 'shared with account 444455556666'],
      ['rds-snapshot', 'copy', 'shared with the public'],
      ['rds-cluster-snapshot', 'pair-copy', 'shared with account 444455556666'],
      ['account-region', region, 'public sharing of snapshots and images is not blocked in us-east-1'],
    ]);
    expect(result.coverage.level).toBe('complete');
    expect([...used].sort()).toEqual([...declared].sort());
  });

  it('does not name again the snapshot that it was asked about, and opens no door where all is blocked', async () => {
    const blocks = [{ region, snapshots: 'block-all-sharing' as const, images: 'block-new-sharing' as const }];
    const closed = { sharing: { snapshots: [{ id: snapshot.id, region, sharedWith: ['all'] }], blocks } };
    const { result } = await collected(snapshot, closed);
    expect(result.footholds).toEqual([]);
    expect(result.summary).toMatch(/1 EBS snapshots \(1 public\)/);
  });
});

describe('the playbook of shared snapshots', () => {
  const stageOf = (id: string) => sharedSnapshot.stages.findIndex((steps) => steps.some((s) => s.action === id));

  it('asks before it takes an image from an organization, which may be our own and launch from it', () => {
    const steps = sharedSnapshot.stages.flat().filter((s) => s.action === 'unshare-machine-image');
    expect(steps).toMatchObject([{ approval: 'one', onTimeout: 'hold' }]);
  });

  it('blocks public sharing in a later stage, so that a restore lifts the block before it shares again', () => {
    expect(stageOf('unshare-machine-image')).toBeLessThan(stageOf('block-image-sharing'));
    expect(stageOf('unshare-ebs-snapshot')).toBeLessThan(stageOf('block-snapshot-sharing'));
  });
});
