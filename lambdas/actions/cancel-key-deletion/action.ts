import { CancelKeyDeletionCommand, DescribeKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { BeforeStateChanged, TargetProtected } from '../../core/errors.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Member } from '../../platform/action.ts';
import { existingKey } from '../../platform/kms.ts';

type State = {
  /** as KMS names it: Enabled, Disabled, PendingDeletion, … */
  keyState: string;
};

/** What a deletion that waits is called; the second for a primary key with replicas (KMS developer guide, "Key states"). */
const waits = ({ keyState }: State) => keyState === 'PendingDeletion' || keyState === 'PendingReplicaDeletion';

async function read(target: Target, member: Member): Promise<State> {
  const call = member.client(KMSClient).send(new DescribeKeyCommand({ KeyId: target.id }));
  const { KeyMetadata } = await existingKey(target, call);
  if (KeyMetadata?.KeyManager === 'AWS')
    throw new TargetProtected(`KMS key ${target.id} is kept by a service of AWS, which alone deletes it`);
  return { keyState: KeyMetadata?.KeyState ?? 'unknown' };
}

/**
 * Keeps what a deletion would destroy for good. To put back a deletion, or to switch the key off, would take rights with which a
 * stolen session of ours could hold a clinic's data to ransom, so undo leaves the key as it is (`preserves`).
 */
const action: Action<State> = {
  capture: async (target, member) => ({ state: await read(target, member), scope: {} }),
  owned: () => ({}),
  intend: (state) => (waits(state) ? { keyState: 'Enabled' } : state),
  losses: () => [],
  describe: (before, after) => {
    if (before.keyState === after.keyState) return [];
    return waits(after)
      ? [`key: stays ${before.keyState}; to schedule its deletion again is left to its owner`]
      : [`key: ${before.keyState} → ${after.keyState}`];
  },
  apply: async (target, member, before, after) => {
    const live = await read(target, member);
    if (live.keyState === after.keyState) return;
    // cancelled, by an apply that was cut short or by somebody else, and not yet enabled
    const halfway = waits(before) && live.keyState === 'Disabled';
    if (!halfway && live.keyState !== before.keyState)
      throw new BeforeStateChanged(
        `KMS key ${target.id} is ${live.keyState} and was ${before.keyState} when it was read`,
      );
    const kms = member.client(KMSClient);
    if (!halfway) await kms.send(new CancelKeyDeletionCommand({ KeyId: target.id }));
    await kms.send(new EnableKeyCommand({ KeyId: target.id }));
  },
  verify: (live, _target, after) =>
    live.keyState === after.keyState && !waits(live)
      ? { safe: true }
      : { safe: false, why: `the key is ${live.keyState}, not ${after.keyState}` },
  undo: async () => undefined,
};
export default action;
