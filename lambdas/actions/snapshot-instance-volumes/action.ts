import {
  CreateSnapshotsCommand,
  DescribeVolumesCommand,
  EC2Client,
  paginateDescribeSnapshots,
} from '@aws-sdk/client-ec2';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { BeforeStateChanged } from '../../core/errors.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Captured, Member } from '../../platform/action.ts';
import { isAnswer } from '../../platform/aws-error.ts';
import { readInstance } from '../../platform/instance.ts';

/** Marks our snapshots; the value says of which change they are, so that a second run finds them and takes no others. */
const tag = 'tourniquet-evidence';

type Volume = {
  id: string;
  device: string;
  /** `own`: a key that can be shared, `aws`: AWS's own, `unknown`: KMS does not say; null: not encrypted */
  key: 'own' | 'aws' | 'unknown' | null;
};

export type State = {
  volumes: Volume[];
  /** snapshots of these volumes that are tagged as evidence */
  snapshots: { id: string; volume: string; state: string; evidence: string }[];
  /** the tag of this change's snapshots; null before it */
  evidence: string | null;
};

async function capture(target: Target, member: Member): Promise<Captured<State>> {
  const instance = await readInstance(target, member);
  const devices = (instance.BlockDeviceMappings ?? []).flatMap(({ DeviceName = '', Ebs }) =>
    Ebs?.VolumeId ? [{ id: Ebs.VolumeId, device: DeviceName }] : [],
  );
  if (devices.length === 0) return { state: { volumes: [], snapshots: [], evidence: null }, scope: {} };
  const ids = devices.map(({ id }) => id);
  const [keys, snapshots] = await Promise.all([keysOf(ids, member), snapshotsOf(ids, member)]);
  const volumes = devices.map((device) => ({ ...device, key: keys.get(device.id) ?? null }));
  return { state: { volumes, snapshots, evidence: null }, scope: {} };
}

async function keysOf(ids: string[], member: Member): Promise<Map<string, Volume['key']>> {
  const answer = await member.client(EC2Client).send(new DescribeVolumesCommand({ VolumeIds: ids }));
  const asked = new Map<string, Promise<Volume['key']>>();
  const keys = new Map<string, Volume['key']>();
  for (const { VolumeId = '', Encrypted, KmsKeyId = '' } of answer.Volumes ?? []) {
    if (!Encrypted) continue;
    const of = asked.get(KmsKeyId) ?? managerOf(KmsKeyId, member);
    asked.set(KmsKeyId, of);
    keys.set(VolumeId, await of);
  }
  return keys;
}

/** A snapshot under a key that AWS manages cannot be shared (EBS user guide); a key of another account is nobody's to ask about here. */
async function managerOf(KeyId: string, member: Member): Promise<'own' | 'aws' | 'unknown'> {
  try {
    const { KeyMetadata } = await member.client(KMSClient).send(new DescribeKeyCommand({ KeyId }));
    return KeyMetadata?.KeyManager === 'AWS' ? 'aws' : 'own';
  } catch (error) {
    if (!isAnswer(error)) throw error;
    return 'unknown';
  }
}

async function snapshotsOf(ids: string[], member: Member): Promise<State['snapshots']> {
  const found: State['snapshots'] = [];
  const Filters = [{ Name: 'volume-id', Values: ids }];
  const pages = paginateDescribeSnapshots({ client: member.client(EC2Client) }, { OwnerIds: ['self'], Filters });
  for await (const { Snapshots = [] } of pages)
    for (const { SnapshotId = '', VolumeId = '', State: state = '', Tags = [] } of Snapshots) {
      const evidence = Tags.find((t) => t.Key === tag)?.Value;
      if (evidence) found.push({ id: SnapshotId, volume: VolumeId, state, evidence });
    }
  return found;
}

/** The volumes without a started snapshot of this change, and why. Pending is enough: AWS copies the moment of the call. */
function missing(live: State, after: State): string[] {
  return after.volumes.flatMap(({ id }) => {
    const own = live.snapshots.filter((s) => s.volume === id && s.evidence === after.evidence);
    if (own.some((s) => s.state === 'pending' || s.state === 'completed')) return [];
    return [
      own.length === 0 ? `no snapshot of ${id} was started` : `the snapshot of ${id} is in state ${own[0]?.state}`,
    ];
  });
}

const unshareable = (volumes: Volume[]) => volumes.filter((v) => v.key === 'aws');

const action: Action<State> = {
  capture,
  // it adds and takes nothing away: there is nothing to put back, and nothing of anybody else's that it could overwrite
  owned: () => ({}),
  intend: (state, target, at) => ({
    ...state,
    evidence: `${target.id} ${at.toString({ smallestUnit: 'millisecond' })}`,
  }),
  losses: ({ volumes }) =>
    unshareable(volumes).map(
      ({ id }) =>
        `Volume ${id} is encrypted with the AWS-managed key: its snapshot cannot be shared: must be re-encrypted first.`,
    ),
  describe(before, after) {
    if (before.evidence === after.evidence) return [];
    const note = {
      own: '',
      aws: ' (cannot be shared: must be re-encrypted first)',
      unknown: ' (under a key that KMS does not show)',
    };
    return after.volumes.map(
      ({ id, device, key }) => `snapshot of ${id} (${device}): none → started${key ? note[key] : ''}`,
    );
  },
  async apply(target, member, before, after) {
    const live = (await capture(target, member)).state;
    const there = new Set(live.volumes.map((v) => v.id));
    if (before.volumes.some((v) => !there.has(v.id)) || there.size !== before.volumes.length)
      throw new BeforeStateChanged(`the volumes of instance ${target.id} are others than those that were read`);
    if (missing(live, after).length === 0) return;
    await member.client(EC2Client).send(
      new CreateSnapshotsCommand({
        InstanceSpecification: { InstanceId: target.id },
        Description: `Evidence of ${target.id}, taken by Tourniquet`,
        TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: tag, Value: after.evidence ?? target.id }] }],
      }),
    );
  },
  verify(live, _target, after) {
    const why = missing(live, after).join('; ');
    return why === '' ? { safe: true } : { safe: false, why };
  },
  // evidence is kept
  undo: async () => undefined,
};
export default action;
