import { describe, expect, it } from 'vitest';
import { allow, clinic, outcome, partner, region, testWorld } from '../testWorld.ts';
import { seedEc2 } from './seed.ts';
import { type SharingSeed, seedSharing } from './sharing-seed.ts';

const snapshot = 'snap-0a1b2c3d';
const image = 'ami-0a1b2c3d';

function withShared(seed: SharingSeed) {
  const t = testWorld();
  seedSharing(t.world.account(clinic), seed);
  const owner = t.userWith(clinic, allow('ec2:*'));
  const stranger = t.userWith(partner, allow('ec2:*'));
  const send = (who: typeof owner, command: string, input: object) => t.aws.send('EC2', command, input, who, region);
  const modify = (CreateVolumePermission: object) =>
    outcome(
      send(owner, 'ModifySnapshotAttribute', {
        SnapshotId: snapshot,
        Attribute: 'createVolumePermission',
        CreateVolumePermission,
      }),
    );
  const restore = (who = stranger) =>
    outcome(send(who, 'CreateVolume', { SnapshotId: snapshot, AvailabilityZone: `${region}a` }));
  return { ...t, owner, stranger, send, modify, restore };
}
const shared = (sharedWith: string[], more: object = {}) =>
  withShared({ snapshots: [{ id: snapshot, region, sharedWith, ...more }] });

describe('a shared snapshot', () => {
  it('is restored by the public and by whom it names, and its owner is told by the trail', async () => {
    expect(await shared([]).restore()).toBe('InvalidSnapshot.NotFound');
    expect(await shared([partner]).restore()).toBe('200');
    const open = shared(['all']);
    expect(await open.restore()).toBe('200');
    expect(open.world.account(clinic).trail.map((event) => event.eventName)).toContain('SharedSnapshotVolumeCreated');
  });

  it('takes additions or removals, not both in one call, and at most 500 of them', async () => {
    const t = shared(['all']);
    const [all, one] = [[{ Group: 'all' }], [{ UserId: partner }]];
    expect(await t.modify({ Add: one, Remove: all })).toBe('InvalidParameterCombination');
    const many = Array.from({ length: 501 }, (_, i) => ({ UserId: String(100_000_000_000 + i) }));
    expect(await t.modify({ Add: many })).toBe('InvalidParameterValue');
    expect(await t.modify({ Remove: all })).toBe('200');
    expect(await t.restore()).toBe('InvalidSnapshot.NotFound');
  });

  it('is never public when encrypted, and never shared under the default key', async () => {
    const key = `arn:aws:kms:${region}:${clinic}:key/one`;
    expect(await shared([], { key }).modify({ Add: [{ Group: 'all' }] })).toBe('OperationNotPermitted');
    expect(await shared([], { key }).modify({ Add: [{ UserId: partner }] })).toBe('200');
    const underDefault = shared([], { key: 'alias/aws/ebs' });
    expect(await underDefault.modify({ Add: [{ UserId: partner }] })).toBe('OperationNotPermitted');
  });

  it('is closed to the public, but not to whom it names, by a block that keeps the permission stored', async () => {
    const t = shared(['all']);
    await t.send(t.owner, 'EnableSnapshotBlockPublicAccess', { State: 'block-all-sharing' });
    expect(await t.restore()).toBe('InvalidSnapshot.NotFound');
    expect(await t.modify({ Add: [{ UserId: partner }] })).toBe('200');
    expect(await t.restore()).toBe('200');
    expect(await t.modify({ Remove: [{ UserId: partner }] })).toBe('200');
    await t.send(t.owner, 'DisableSnapshotBlockPublicAccess', {});
    expect(await t.restore()).toBe('200');
  });

  it('is only looked at and changed by its owner', async () => {
    const t = shared(['all']);
    const asked = { SnapshotId: snapshot, Attribute: 'createVolumePermission' };
    expect(await outcome(t.send(t.stranger, 'DescribeSnapshotAttribute', asked))).toBe('AuthFailure');
    const nobody = t.userWith(clinic, allow('s3:*'));
    expect(await outcome(t.send(nobody, 'DescribeSnapshotAttribute', asked))).toBe('UnauthorizedOperation');
  });
});

describe('a block of public images', () => {
  it('reads unblocked until it is in force, leaves public images public, and can be taken back on its way', async () => {
    const t = withShared({ images: [{ id: image, region, name: 'app', launchableBy: ['all'] }] });
    const state = async () =>
      ((await t.send(t.owner, 'GetImageBlockPublicAccessState', {})) as { ImageBlockPublicAccessState?: string })
        .ImageBlockPublicAccessState;
    const enable = () =>
      t.send(t.owner, 'EnableImageBlockPublicAccess', { ImageBlockPublicAccessState: 'block-new-sharing' });
    await enable();
    expect(await state()).toBe('unblocked');
    await t.send(t.owner, 'DisableImageBlockPublicAccess', {});
    t.wait({ minutes: 11 });
    expect(await state()).toBe('unblocked');
    await enable();
    t.wait({ minutes: 10 });
    expect(await state()).toBe('block-new-sharing');
    expect(await outcome(t.send(t.stranger, 'DescribeImages', { ImageIds: [image] }))).toBe('200');
    const again = { ImageId: image, Attribute: 'LaunchPermission', LaunchPermission: { Add: [{ Group: 'all' }] } };
    expect(await outcome(t.send(t.owner, 'ModifyImageAttribute', again))).toBe('OperationNotPermitted');
  });

  it('cannot be changed where a declarative policy sets it', async () => {
    const t = withShared({ blocks: [{ region, managedBy: 'declarative-policy' }] });
    expect(await outcome(t.send(t.owner, 'DisableImageBlockPublicAccess', {}))).toBe('DeclarativePolicyViolation');
  });
});

describe('CreateSnapshots', () => {
  it('copies every volume of the instance at once, with its tags, and is pending at first', async () => {
    const t = withShared({});
    const vpc = 'vpc-0a1b2c3d';
    seedEc2(t.world.account(clinic), {
      region,
      vpcs: [{ id: vpc }],
      instances: [{ id: 'i-0a1b2c3d', vpc, volumes: [{ size: 8 }, { size: 100, encrypted: true }] }],
    });
    const TagSpecifications = [{ ResourceType: 'snapshot', Tags: [{ Key: 'case', Value: 'one' }] }];
    const input = { InstanceSpecification: { InstanceId: 'i-0a1b2c3d' }, TagSpecifications };
    const { Snapshots } = (await t.send(t.owner, 'CreateSnapshots', input)) as { Snapshots?: object[] };
    expect(Snapshots).toMatchObject([
      { VolumeSize: 8, Encrypted: false, State: 'pending', Tags: [{ Key: 'case', Value: 'one' }] },
      { VolumeSize: 100, Encrypted: true, State: 'pending' },
    ]);
    t.wait({ minutes: 2 });
    const all = (await t.send(t.owner, 'DescribeSnapshots', { OwnerIds: ['self'] })) as { Snapshots?: object[] };
    expect(all.Snapshots).toMatchObject([{ State: 'completed' }, { State: 'completed' }]);
    const untagging = t.userWith(clinic, allow('ec2:CreateSnapshots'));
    expect(await outcome(t.send(untagging, 'CreateSnapshots', input))).toBe('UnauthorizedOperation');
    const unknown = { InstanceSpecification: { InstanceId: 'i-0fffffff' } };
    expect(await outcome(t.send(t.owner, 'CreateSnapshots', unknown))).toBe('InvalidInstanceID.NotFound');
  });
});
