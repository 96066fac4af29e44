import { DeleteBucketPolicyCommand, PutBucketAclCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { BeforeStateChanged, Drift, Hindered, NotYetRestored } from '../../core/errors.ts';
import { comparable, samePolicy } from '../../core/policy.ts';
import { publicStatements } from '../../core/public-access.ts';
import { equal, standing } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Member } from '../../platform/action.ts';
import { isCode } from '../../platform/aws-error.ts';
import {
  type Acl,
  bucketOf,
  type Flags,
  inForce,
  readAccountFlags,
  readAcl,
  readAclsCount,
  readFlags,
  readPolicy,
  readPolicyIsPublic,
} from '../../platform/bucket.ts';
import { withOursOf, withoutOurs } from '../../platform/bucket-statement.ts';
import { differences, lossesOf, publicAclGrants, publicBecause, type State, withoutPublicGrants } from './grants.ts';

/** The state, and the flags that decide whether AWS takes a public grant back. */
async function read(target: Target, member: Member): Promise<{ state: State; flags: (Flags | null)[] }> {
  const s3 = member.client(S3Client);
  const policy = await readPolicy(s3, target);
  const [policyPublic, acl, aclsCount, ...flags] = await Promise.all([
    readPolicyIsPublic(s3, target),
    readAcl(s3, target),
    readAclsCount(s3, target),
    readFlags(s3, target),
    readAccountFlags(target, member),
  ]);
  const seen = !aclsCount ? 'disabled' : inForce('IgnorePublicAcls', ...flags) ? 'hidden' : acl;
  return { state: { policy, policyPublic, acl: seen }, flags };
}

async function writePolicy(s3: S3Client, target: Target, policy: string | null): Promise<void> {
  if (policy === null) await s3.send(new DeleteBucketPolicyCommand(bucketOf(target)));
  else await s3.send(new PutBucketPolicyCommand({ ...bucketOf(target), Policy: policy }));
}

/** Denies that other actions of ours put in beside are theirs to compare. */
const sameOthers = (a: string | null, b: string | null) => samePolicy(withoutOurs(a), withoutOurs(b));

async function writeAcl(s3: S3Client, target: Target, { owner, grants }: Acl): Promise<void> {
  const Grants = grants.map(({ grantee, permission }) => ({
    Grantee:
      'uri' in grantee
        ? { Type: 'Group' as const, URI: grantee.uri }
        : { Type: 'CanonicalUser' as const, ID: grantee.id },
    Permission: permission as 'READ',
  }));
  await s3.send(
    new PutBucketAclCommand({ ...bucketOf(target), AccessControlPolicy: { Owner: { ID: owner }, Grants } }),
  );
}

async function apply(target: Target, member: Member, before: State, after: State): Promise<void> {
  const { state: live } = await read(target, member);
  const policy = standing(live.policy, before.policy, after.policy, sameOthers);
  const acl = standing(live.acl, before.acl, after.acl);
  if (policy === 'changed' || acl === 'changed')
    throw new BeforeStateChanged(
      `the ${policy === 'changed' ? 'policy' : 'ACL'} of bucket ${target.id} changed since it was read`,
    );
  const s3 = member.client(S3Client);
  if (policy === 'due') await writePolicy(s3, target, withOursOf(live.policy, after.policy));
  if (acl === 'due' && typeof after.acl !== 'string') await writeAcl(s3, target, after.acl);
}

/**
 * What the change left alone is not compared: an owner's later edit of it is no drift. Compared is what the change itself left,
 * not the recorded `after`: an edit that was read back with it must not be overwritten.
 */
async function undo(target: Target, member: Member, before: State): Promise<void> {
  const after = withoutPublicGrants(before);
  const { state: live, flags } = await read(target, member);
  const policy = sameOthers(before.policy, after.policy)
    ? 'done'
    : standing(live.policy, after.policy, before.policy, sameOthers);
  const acl = equal(before.acl, after.acl) ? 'done' : aclStanding(target, live.acl, after.acl, before.acl);
  if (policy === 'changed' || acl === 'changed')
    throw new Drift(
      `somebody changed the ${policy === 'changed' ? 'policy' : 'ACL'} of bucket ${target.id} after us: decide by hand`,
    );
  if (policy === 'due' && publicStatements(before.policy).length > 0) mayReturn('BlockPublicPolicy', target, flags);
  if (acl === 'due' && publicAclGrants(before).length > 0) mayReturn('BlockPublicAcls', target, flags);
  const s3 = member.client(S3Client);
  if (policy === 'due') await returned(target, writePolicy(s3, target, withOursOf(live.policy, before.policy)));
  if (acl === 'due' && typeof before.acl !== 'string') await returned(target, writeAcl(s3, target, before.acl));
}

/** The Block… flags are off when they are read, and are refused by for some seconds more after they were lifted. */
async function returned(target: Target, write: Promise<void>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isCode(error, 'AccessDenied')) throw error;
    throw new NotYetRestored(
      `S3 still refuses the recorded grants of bucket ${target.id}: a lifted public access block needs seconds to spread; if it stays so, the responder lacks s3:PutBucketPolicy or s3:PutBucketAcl`,
    );
  }
}

function aclStanding(target: Target, live: State['acl'], from: State['acl'], to: State['acl']) {
  if (live === 'hidden') throw hindered('IgnorePublicAcls', target);
  return standing(live, from, to);
}

/** AWS refuses public grants under the Block… flags: this undo comes after that of the block (`undoneAfter`). */
function mayReturn(flag: keyof Flags, target: Target, flags: (Flags | null)[]): void {
  if (inForce(flag, ...flags)) throw hindered(flag, target);
}

function hindered(flag: keyof Flags, target: Target): Hindered {
  return new Hindered(
    `${flag} is on for bucket ${target.id} or its account, so AWS does not take the public grants back: undo the public access block first, then this`,
  );
}

const action: Action<State> = {
  capture: async (target, member) => ({ state: (await read(target, member)).state, scope: {} }),
  // of the ACL only what is public is ours; `undo` itself compares the whole list before it writes one
  owned: (state, recorded = state) => ({
    policy: comparable(withoutOurs(state.policy)),
    publicAclGrants: typeof recorded.acl === 'string' ? [] : publicAclGrants(state),
  }),
  intend: withoutPublicGrants,
  losses: (state, target) => lossesOf(state, target.account),
  describe: differences,
  apply,
  verify: (live) => {
    const why = publicBecause(live);
    return why.length === 0 ? { safe: true } : { safe: false, why: why.join('; ') };
  },
  undo,
};
export default action;
