import { DescribeKeyCommand, GetKeyPolicyCommand, type GrantListEntry, KMSClient } from '@aws-sdk/client-kms';
import { canonical } from '../../core/json.ts';
import type { Target } from '../../core/target.ts';
import type { Collector, Member } from '../../platform/action.ts';
import { type Part, part, unread } from '../../platform/configuration.ts';
import { existingKey, grantsOf, holderOf } from '../../platform/kms.ts';

function stateOf(key: Part): string {
  if ('error' in key) return 'in a state that could not be read';
  const { KeyState, DeletionDate } = key.value as { KeyState?: string; DeletionDate?: string };
  return `${KeyState ?? 'in an unknown state'}${DeletionDate === undefined ? '' : `, to be deleted at ${DeletionDate}`}`;
}

function grantsTold(grants: Part, ours: readonly string[]): string {
  if ('error' in grants) return 'its grants could not be read';
  const entries = grants.value as GrantListEntry[];
  const held = (holder: string) => entries.filter((entry) => holderOf(entry, ours) === holder).length;
  const doubtful = held('service-like');
  return [
    `grants: ${entries.length}`,
    `to accounts outside your settings: ${held('stranger')}`,
    ...(doubtful > 0 ? [`to such accounts, but like an AWS service's: ${doubtful}`] : []),
  ].join(', ');
}

async function partsOf(target: Target, member: Member) {
  const kms = member.client(KMSClient);
  const KeyId = target.id;
  const read = <T>(call: Promise<T>) => part(existingKey(target, call));
  const [key, policy, grants] = await Promise.all([
    read(kms.send(new DescribeKeyCommand({ KeyId })).then((answer) => answer.KeyMetadata)),
    read(kms.send(new GetKeyPolicyCommand({ KeyId })).then((answer) => answer.Policy)),
    read(grantsOf(target, member)),
  ]);
  return { key, policy, grants };
}

/** The grants with their ids, which a revocation destroys: CloudTrail knows their use by them. */
const collector: Collector = {
  async collect(target, member) {
    const parts = await partsOf(target, member);
    const failed = unread(parts);
    const all = Object.keys(parts).length;
    return {
      body: new TextEncoder().encode(
        canonical({ key: target.id, account: target.account, region: target.region, configuration: parts }),
      ),
      contentType: 'application/json',
      summary: `KMS key ${target.id} is ${stateOf(parts.key)}; ${grantsTold(parts.grants, member.ours)}; key policy ${'error' in parts.policy ? 'unreadable' : 'kept'}.`,
      coverage: {
        level: failed.length === 0 ? 'complete' : failed.length === all ? 'none' : 'partial',
        notes: failed,
        to: member.now().toString(),
      },
      footholds: [],
    };
  },
};
export default collector;
