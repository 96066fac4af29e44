import type { PolicySource } from '../iam/evaluate.ts';
import { type PrincipalEntry, parsePolicy, type Statement } from '../iam/policy.ts';
import type { Caller, Need } from '../kernel.ts';
import type { World } from '../world.ts';
import {
  authenticatedUsers,
  type Bucket,
  type Grant,
  logDelivery,
  type ObjectVersion,
  type Permission,
} from './bucket.ts';
import { effectiveBlock, isPublicGrant, isPublicPolicyText } from './public.ts';

/** ACL permission → S3 actions (S3 user guide, "Access control list overview": mapping of ACL permissions). */
const aclActions: Record<'bucket' | 'object', Record<Exclude<Permission, 'FULL_CONTROL'>, string[]>> = {
  bucket: {
    READ: ['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'],
    WRITE: ['s3:PutObject'],
    READ_ACP: ['s3:GetBucketAcl'],
    WRITE_ACP: ['s3:PutBucketAcl'],
  },
  object: {
    READ: ['s3:GetObject', 's3:GetObjectVersion'],
    WRITE: [],
    READ_ACP: ['s3:GetObjectAcl', 's3:GetObjectVersionAcl'],
    WRITE_ACP: ['s3:PutObjectAcl', 's3:PutObjectVersionAcl'],
  },
};

function granteeOf(grant: Grant): PrincipalEntry {
  if (grant.Grantee.Type === 'CanonicalUser') return { type: 'CanonicalUser', value: grant.Grantee.ID };
  return grant.Grantee.URI === logDelivery
    ? { type: 'Service', value: 'logging.s3.amazonaws.com' }
    : { type: 'AWS', value: '*' };
}

/** An ACL as the policy statements that it amounts to. */
function aclStatements(kind: 'bucket' | 'object', grants: readonly Grant[]): Statement[] {
  return grants.flatMap((grant) => {
    const actions =
      grant.Permission === 'FULL_CONTROL' ? Object.values(aclActions[kind]).flat() : aclActions[kind][grant.Permission];
    const signedOnly = grant.Grantee.Type === 'Group' && grant.Grantee.URI === authenticatedUsers;
    const statement: Statement = {
      sid: undefined,
      effect: 'Allow',
      principals: [granteeOf(grant)],
      notPrincipals: undefined,
      actions,
      notActions: undefined,
      resources: ['*'],
      notResources: undefined,
      conditions: signedOnly ? [{ operator: 'StringNotEquals', key: 'aws:PrincipalType', values: ['Anonymous'] }] : [],
    };
    return actions.length > 0 ? [statement] : [];
  });
}

const aclSource = (kind: 'bucket' | 'object', grants: readonly Grant[]): PolicySource => ({
  name: `the ${kind} ACL`,
  policy: { variables: false, statements: aclStatements(kind, grants) },
});

const everybodyDenied = (name: string): PolicySource => ({
  name,
  policy: {
    variables: false,
    statements: [
      {
        sid: undefined,
        effect: 'Deny',
        principals: [{ type: 'AWS', value: '*' }],
        notPrincipals: undefined,
        actions: ['*'],
        notActions: undefined,
        resources: ['*'],
        notResources: undefined,
        conditions: [],
      },
    ],
  },
});

/** The ACL as access evaluation counts it: nothing when ownership is enforced, no public grants when they are ignored. */
export function countedGrants(world: World, bucket: Bucket, grants: readonly Grant[]): readonly Grant[] {
  if (bucket.ownership.effective === 'BucketOwnerEnforced') return [];
  return effectiveBlock(world, bucket).IgnorePublicAcls ? grants.filter((grant) => !isPublicGrant(grant)) : grants;
}

/** The account that owns an object: the bucket's when ownership is enforced. */
export function objectOwner(bucket: Bucket, version: ObjectVersion | undefined): string {
  return bucket.ownership.effective === 'BucketOwnerEnforced' ? bucket.account : (version?.owner ?? bucket.account);
}

/** The version that a call without a version id reads. */
export const newest = (bucket: Bucket, key: string): ObjectVersion | undefined => bucket.objects.get(key)?.at(-1);

/** Bucket policy, ACLs and Block Public Access, as the policies on the owner's side of an S3 request. */
export function bucketSources(world: World, need: Need, caller: Caller): PolicySource[] {
  const [name = '', ...rest] = need.resource.replace(/^arn:[^:]*:s3:::/, '').split('/');
  const bucket = world.bucket(name);
  if (!bucket) return [];
  const sources: PolicySource[] = [];
  const text = bucket.policy.effective;
  const version = rest.length > 0 ? versionOf(bucket, rest.join('/'), need) : undefined;
  if (text !== undefined) {
    const policy = parsePolicy(text, 'resource');
    // A bucket policy cannot grant access to an object that another account owns (S3 user guide, "How Amazon S3 authorizes a request").
    const foreign = version !== undefined && objectOwner(bucket, version) !== bucket.account;
    const statements = foreign ? policy.statements.filter((s) => s.effect === 'Deny') : policy.statements;
    sources.push({ name: `the policy of bucket ${name}`, policy: { ...policy, statements } });
  }
  if (version) sources.push(aclSource('object', countedGrants(world, bucket, version.acl.effective)));
  sources.push(aclSource('bucket', countedGrants(world, bucket, bucket.acl.effective)));
  // RestrictPublicBuckets leaves AWS services and the owner's account, also by the non-public statements of a public policy.
  const outside = caller.type !== 'service' && caller.account !== bucket.account;
  if (outside && effectiveBlock(world, bucket).RestrictPublicBuckets && isPublicPolicyText(text))
    sources.push(everybodyDenied(`RestrictPublicBuckets on bucket ${name}`));
  return sources;
}

function versionOf(bucket: Bucket, key: string, need: Need): ObjectVersion | undefined {
  const id = need.context?.['s3:VersionId'];
  return id === undefined ? newest(bucket, key) : bucket.objects.get(key)?.find((version) => version.versionId === id);
}
