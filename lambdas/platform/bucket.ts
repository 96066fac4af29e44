import {
  GetBucketAclCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetPublicAccessBlockCommand,
  type PublicAccessBlockConfiguration,
  type S3Client,
} from '@aws-sdk/client-s3';
import {
  GetPublicAccessBlockCommand as GetAccountPublicAccessBlockCommand,
  S3ControlClient,
} from '@aws-sdk/client-s3-control';
import { TargetForeign, TargetNotFound } from '../core/errors.ts';
import type { Target } from '../core/target.ts';
import type { Member } from './action.ts';
import { isCode } from './aws-error.ts';

/** The four flags of Block Public Access. */
export type Flags = {
  BlockPublicAcls: boolean;
  IgnorePublicAcls: boolean;
  BlockPublicPolicy: boolean;
  RestrictPublicBuckets: boolean;
};

/** All four on. */
export const blockedFlags: Flags = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};
const flagNames = Object.keys(blockedFlags) as (keyof Flags)[];

/** The flags that are not on. */
export function flagsOff(flags: Flags | null): string[] {
  return flagNames.filter((name) => flags?.[name] !== true);
}

/** `BlockPublicAcls: absent → on`, for each flag that differs. */
export function flagLines(before: Flags | null, after: Flags | null): string[] {
  const word = (of: Flags | null, name: keyof Flags) => (of === null ? 'absent' : of[name] ? 'on' : 'off');
  return flagNames.flatMap((name) => {
    const [was, becomes] = [word(before, name), word(after, name)];
    return was === becomes ? [] : [`${name}: ${was} → ${becomes}`];
  });
}

/** A grant of a bucket's ACL: a canonical user by id, or a group by URI. */
export type AclGrant = { grantee: { id: string } | { uri: string }; permission: string };
export type Acl = { owner: string; grants: AclGrant[] };

export type Bucketed = { Bucket: string; ExpectedBucketOwner: string };

/** What every S3 call names: the bucket, and the account that must own it (a mismatch is a 403). */
export function bucketOf(target: Target): Bucketed {
  return { Bucket: target.id, ExpectedBucketOwner: target.account };
}

/**
 * The answer of a reading call, or null when the bucket has no such configuration (one of the `absent` codes).
 * Throws TargetNotFound and TargetForeign; a read needs no HeadBucket before it to know whose the bucket is.
 */
export async function readBucket<T>(target: Target, call: Promise<T>, ...absent: string[]): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (absent.some((code) => isCode(error, code))) return null;
    throw bucketError(target, error);
  }
}

function bucketError(target: Target, error: unknown): unknown {
  const { name = '', $metadata: { httpStatusCode = 0 } = {} } = error as {
    name?: string;
    $metadata?: { httpStatusCode?: number };
  };
  if (name === 'NoSuchBucket')
    return new TargetNotFound(`bucket ${target.id} does not exist: check the finding, the bucket may be deleted`);
  if (httpStatusCode === 301 || name === 'PermanentRedirect' || name === 'AuthorizationHeaderMalformed')
    return new TargetNotFound(`bucket ${target.id} is not in ${target.region}, which the finding names`);
  if (httpStatusCode === 403)
    return new TargetForeign(
      `bucket ${target.id} answers 403 to account ${target.account}: another account owns it, or the observer or responder role lacks a permission or is denied by the bucket's policy`,
    );
  return error;
}

export async function readFlags(s3: S3Client, target: Target): Promise<Flags | null> {
  const answer = await readBucket(
    target,
    s3.send(new GetPublicAccessBlockCommand(bucketOf(target))),
    'NoSuchPublicAccessBlockConfiguration',
  );
  return answer && flags(answer.PublicAccessBlockConfiguration);
}

/** The account's own flags; where an organization manages them, the effective ones. */
export async function readAccountFlags(target: Target, member: Member): Promise<Flags | null> {
  try {
    const answer = await member
      .client(S3ControlClient)
      .send(new GetAccountPublicAccessBlockCommand({ AccountId: target.account }));
    return flags(answer.PublicAccessBlockConfiguration);
  } catch (error) {
    if (isCode(error, 'NoSuchPublicAccessBlockConfiguration')) return null;
    throw error;
  }
}

function flags(given: PublicAccessBlockConfiguration = {}): Flags {
  return {
    BlockPublicAcls: given.BlockPublicAcls === true,
    IgnorePublicAcls: given.IgnorePublicAcls === true,
    BlockPublicPolicy: given.BlockPublicPolicy === true,
    RestrictPublicBuckets: given.RestrictPublicBuckets === true,
  };
}

/** Whether a flag is in force: on the bucket or on the account. */
export function inForce(flag: keyof Flags, ...levels: (Flags | null)[]): boolean {
  return levels.some((level) => level?.[flag] === true);
}

/** The policy's text exactly as S3 returns it. */
export async function readPolicy(s3: S3Client, target: Target): Promise<string | null> {
  const answer = await readBucket(target, s3.send(new GetBucketPolicyCommand(bucketOf(target))), 'NoSuchBucketPolicy');
  return answer?.Policy ?? null;
}

/** AWS's own verdict on the policy (not on ACLs); false where there is none. */
export async function readPolicyIsPublic(s3: S3Client, target: Target): Promise<boolean> {
  const answer = await readBucket(
    target,
    s3.send(new GetBucketPolicyStatusCommand(bucketOf(target))),
    'NoSuchBucketPolicy',
  );
  return answer?.PolicyStatus?.IsPublic === true;
}

/** Under IgnorePublicAcls S3 shows the effective list, without the public grants that are still stored. */
export async function readAcl(s3: S3Client, target: Target): Promise<Acl> {
  const answer = await readBucket(target, s3.send(new GetBucketAclCommand(bucketOf(target))));
  return {
    owner: answer?.Owner?.ID ?? '',
    grants: (answer?.Grants ?? []).map(({ Grantee, Permission = '' }) => ({
      grantee: Grantee?.URI === undefined ? { id: Grantee?.ID ?? '' } : { uri: Grantee.URI },
      permission: Permission,
    })),
  };
}

/** Whether ACLs decide anything: BucketOwnerEnforced switches them off; a bucket without controls behaves as ObjectWriter. */
export async function readAclsCount(s3: S3Client, target: Target): Promise<boolean> {
  const answer = await readBucket(
    target,
    s3.send(new GetBucketOwnershipControlsCommand(bucketOf(target))),
    'OwnershipControlsNotFoundError',
  );
  return answer?.OwnershipControls?.Rules?.[0]?.ObjectOwnership !== 'BucketOwnerEnforced';
}
