import type {
  AccessControlPolicy,
  GetObjectAclRequest,
  PutBucketAclRequest,
  PutObjectAclRequest,
  Grant as SdkGrant,
} from '@aws-sdk/client-s3';
import { AwsError, NotModelled, type Service } from '../kernel.ts';
import { onlyModelled } from '../modelled.ts';
import type { World } from '../world.ts';
import {
  allUsers,
  authenticatedUsers,
  type Bucket,
  type CannedAcl,
  cannedGrants,
  canonicalId,
  type Grant,
  logDelivery,
  type Permission,
} from './bucket.ts';
import { objectCommand } from './objectRequests.ts';
import { effectiveBlock, isPublicGrant } from './public.ts';
import { accessDenied, bucketCommand } from './requests.ts';

const permissions: readonly string[] = ['READ', 'WRITE', 'READ_ACP', 'WRITE_ACP', 'FULL_CONTROL'];
const canned: readonly string[] = [
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'log-delivery-write',
  'bucket-owner-read',
  'bucket-owner-full-control',
];
const malformed = (message: string) => new AwsError('MalformedACLError', 400, message);

function grantOf(grant: SdkGrant): Grant {
  onlyModelled(grant, ['Grantee', 'Permission'], 'AccessControlPolicy.Grants');
  const { Grantee, Permission: permission = '' } = grant;
  onlyModelled(Grantee ?? {}, ['Type', 'ID', 'URI', 'DisplayName'], 'AccessControlPolicy.Grants.Grantee');
  if (!permissions.includes(permission)) throw malformed(`${permission} is no ACL permission`);
  const Permission = permission as Permission;
  if (Grantee?.Type === 'Group') {
    const URI = Grantee.URI ?? '';
    if (![allUsers, authenticatedUsers, logDelivery].includes(URI)) throw malformed(`${URI} is no predefined group`);
    return { Grantee: { Type: 'Group', URI }, Permission };
  }
  if (Grantee?.Type === 'CanonicalUser' && /^[0-9a-f]{64}$/.test(Grantee.ID ?? ''))
    return { Grantee: { Type: 'CanonicalUser', ID: Grantee.ID ?? '' }, Permission };
  throw malformed(`the grantee ${JSON.stringify(Grantee)} is neither a group nor a canonical user id`);
}

export interface AclInput {
  ACL?: string | undefined;
  AccessControlPolicy?: AccessControlPolicy | undefined;
}

/** The grants that a request sets. Throws for anything but one canned ACL or one list. */
function requestedGrants(input: AclInput, owner: string, bucketAccount: string): Grant[] {
  if ((input.ACL === undefined) === (input.AccessControlPolicy === undefined))
    throw new AwsError('InvalidRequest', 400, 'give either a canned ACL or an AccessControlPolicy');
  if (input.ACL !== undefined) {
    if (!canned.includes(input.ACL)) throw new NotModelled(`the simulated AWS does not model the ACL ${input.ACL}`);
    return cannedGrants(input.ACL as CannedAcl, owner, bucketAccount);
  }
  const { Owner, Grants } = input.AccessControlPolicy ?? {};
  if (Owner?.ID !== canonicalId(owner)) throw malformed('the Owner of an AccessControlPolicy is the present owner');
  return (Grants ?? []).map(grantOf);
}

/**
 * Grants for a write, after the two refusals: BucketOwnerEnforced accepts only full control of the bucket owner,
 * BlockPublicAcls no public grant (S3 user guide, "Controlling ownership of objects", "Blocking public access").
 */
export function writtenGrants(world: World, bucket: Bucket, input: AclInput, owner: string): Grant[] {
  const grants = requestedGrants(input, owner, bucket.account);
  const ownerOnly = JSON.stringify(grants) === JSON.stringify(cannedGrants('private', bucket.account));
  if (bucket.ownership.effective === 'BucketOwnerEnforced' && (input.ACL === 'private' || !ownerOnly))
    throw new AwsError('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs');
  if (effectiveBlock(world, bucket).BlockPublicAcls && grants.some(isPublicGrant))
    throw accessDenied('public ACLs are prevented by the BlockPublicAcls setting');
  return grants;
}

/** What Get…Acl shows: under BucketOwnerEnforced the owner alone, under IgnorePublicAcls no public grants. */
function shownAcl(world: World, bucket: Bucket, owner: string, grants: readonly Grant[]): object {
  const enforced = bucket.ownership.effective === 'BucketOwnerEnforced';
  const shown = enforced
    ? cannedGrants('private', bucket.account)
    : grants.filter((grant) => !effectiveBlock(world, bucket).IgnorePublicAcls || !isPublicGrant(grant));
  return { Owner: { ID: canonicalId(enforced ? bucket.account : owner) }, Grants: structuredClone(shown) };
}

const aclParameters = ['ACL', 'AccessControlPolicy', 'ChecksumAlgorithm'];

export function aclCommands(world: World): Service {
  return {
    GetBucketAcl: bucketCommand(world, {
      action: 's3:GetBucketAcl',
      run: (bucket) => shownAcl(world, bucket, bucket.account, bucket.acl.stored),
    }),
    PutBucketAcl: bucketCommand<PutBucketAclRequest, void>(world, {
      action: 's3:PutBucketAcl',
      parameters: aclParameters,
      context: (input) => ({ 's3:x-amz-acl': input.ACL }),
      run: (bucket, input) => bucket.acl.set(writtenGrants(world, bucket, input, bucket.account)),
    }),
    GetObjectAcl: objectCommand<GetObjectAclRequest, object>(world, {
      action: (input) => (input.VersionId === undefined ? 's3:GetObjectAcl' : 's3:GetObjectVersionAcl'),
      run: ({ bucket, version }) => shownAcl(world, bucket, version.owner, version.acl.stored),
    }),
    PutObjectAcl: objectCommand<PutObjectAclRequest, void>(world, {
      action: (input) => (input.VersionId === undefined ? 's3:PutObjectAcl' : 's3:PutObjectVersionAcl'),
      parameters: aclParameters,
      context: (input) => ({ 's3:x-amz-acl': input.ACL }),
      run: ({ bucket, version }, input) => version.acl.set(writtenGrants(world, bucket, input, version.owner)),
    }),
  };
}
