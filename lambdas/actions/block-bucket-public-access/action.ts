import { DeletePublicAccessBlockCommand, PutPublicAccessBlockCommand, S3Client } from '@aws-sdk/client-s3';
import { BeforeStateChanged, Drift } from '../../core/errors.ts';
import { foreignPrincipals, publicGroup } from '../../core/public-access.ts';
import { standing } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Captured, Member } from '../../platform/action.ts';
import {
  blockedFlags,
  bucketOf,
  type Flags,
  flagLines,
  flagsOff,
  inForce,
  readAccountFlags,
  readAcl,
  readAclsCount,
  readFlags,
  readPolicy,
  readPolicyIsPublic,
} from '../../platform/bucket.ts';

/**
 * `flags` is what this action owns: approval, `apply` and `undo` compare nothing else, so the owner's edit of the policy or the
 * ACL is no drift of the flags. The rest says what is lost.
 */
export type State = {
  /** null: the bucket has no configuration, which is not the same as four flags off (undo deletes it) */
  flags: Flags | null;
  accountFlags: Flags | null;
  exposure: {
    policyPublic: boolean;
    aclsCount: boolean;
    /** `AllUsers READ`; recorded before the block, because GetBucketAcl hides them afterwards */
    publicAclGrants: string[];
    foreignPrincipals: string[];
  };
};

async function capture(target: Target, member: Member): Promise<Captured<State>> {
  const s3 = member.client(S3Client);
  const flags = await readFlags(s3, target);
  const [accountFlags, policy, policyPublic, acl, aclsCount] = await Promise.all([
    readAccountFlags(target, member),
    readPolicy(s3, target),
    readPolicyIsPublic(s3, target),
    readAcl(s3, target),
    readAclsCount(s3, target),
  ]);
  const publicAclGrants = acl.grants.flatMap(({ grantee, permission }) => {
    const group = publicGroup('uri' in grantee ? grantee.uri : undefined);
    return group && aclsCount ? [`${group} ${permission}`] : [];
  });
  const owner = { account: target.account, canonicalId: acl.owner };
  const exposure = {
    policyPublic,
    aclsCount,
    publicAclGrants,
    foreignPrincipals: foreignPrincipals(policy, owner),
  };
  return { state: { flags, accountFlags, exposure }, scope: {} };
}

function losses({ flags, accountFlags, exposure }: State, target: Target): string[] {
  const lost: string[] = [];
  if (exposure.policyPublic && !inForce('RestrictPublicBuckets', flags, accountFlags)) {
    lost.push(
      `Everyone without credentials loses what the policy of bucket ${target.id} gives to the public, such as visitors of a website that it serves.`,
    );
    for (const who of exposure.foreignPrincipals)
      lost.push(
        `${who.charAt(0).toUpperCase()}${who.slice(1)} in the same policy cannot read until the public statement is removed.`,
      );
  }
  if (exposure.aclsCount && !inForce('IgnorePublicAcls', flags, accountFlags)) {
    for (const grant of exposure.publicAclGrants)
      lost.push(
        `The bucket ACL's public grant ${grant} stops to count; it stays stored, and lifting the block would revive it.`,
      );
    lost.push(
      `Objects of bucket ${target.id} that are public by their own ACL are no longer readable without credentials.`,
    );
  }
  return lost;
}

async function write(s3: S3Client, target: Target, flags: Flags | null): Promise<void> {
  if (flags === null) await s3.send(new DeletePublicAccessBlockCommand(bucketOf(target)));
  else
    await s3.send(
      new PutPublicAccessBlockCommand({ ...bucketOf(target), PublicAccessBlockConfiguration: { ...flags } }),
    );
}

async function move(target: Target, member: Member, from: State, to: State, changed: () => Error): Promise<void> {
  const s3 = member.client(S3Client);
  const now = standing(await readFlags(s3, target), from.flags, to.flags);
  if (now === 'changed') throw changed();
  if (now === 'due') await write(s3, target, to.flags);
}

const action: Action<State> = {
  capture,
  owned: ({ flags }) => ({ flags }),
  intend: ({ accountFlags, exposure }) => ({
    flags: blockedFlags,
    accountFlags,
    exposure: { ...exposure, publicAclGrants: [] },
  }),
  losses,
  describe: (before, after) => flagLines(before.flags, after.flags),
  apply: (target, member, before, after) =>
    move(target, member, before, after, () => {
      return new BeforeStateChanged(`the public access block of bucket ${target.id} changed since it was read`);
    }),
  verify: ({ flags }) => {
    const off = flagsOff(flags);
    return off.length === 0 ? { safe: true } : { safe: false, why: `${off.join(', ')} not on for the bucket` };
  },
  undo: (target, member, before, after) =>
    move(target, member, after, before, () => {
      return new Drift(`somebody changed the public access block of bucket ${target.id} after us: decide by hand`);
    }),
};
export default action;
