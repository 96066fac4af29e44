import type { PutBucketOwnershipControlsRequest } from '@aws-sdk/client-s3';
import { AwsError, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { type Bucket, cannedGrants, type Encryption, type ObjectOwnership } from './bucket.ts';
import { bucketCommand } from './requests.ts';

const notFound = (code: string) => new AwsError(code, 404, `The bucket has no such configuration: ${code}`);

/** The value, or the 404 of its kind (S3 error responses). */
function found<T>(value: T | undefined, code: string): T {
  if (value === undefined) throw notFound(code);
  return value;
}

function putOwnership(bucket: Bucket, input: PutBucketOwnershipControlsRequest): void {
  const rules = input.OwnershipControls?.Rules ?? [];
  const ownership = rules[0]?.ObjectOwnership;
  const known: readonly (string | undefined)[] = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'];
  if (rules.length !== 1 || !known.includes(ownership))
    throw new AwsError('MalformedXML', 400, 'OwnershipControls must have one rule with a known ObjectOwnership');
  // Also a public ACL that IgnorePublicAcls hides stands in the way: the stored list counts.
  const isPrivate = JSON.stringify(bucket.acl.stored) === JSON.stringify(cannedGrants('private', bucket.account));
  if (ownership === 'BucketOwnerEnforced' && !isPrivate)
    throw new AwsError('InvalidBucketAclWithObjectOwnership', 400, 'Bucket cannot have ACLs set with this ownership');
  bucket.ownership.set(ownership as ObjectOwnership);
}

const ownershipCommands = (world: World): Service => ({
  GetBucketOwnershipControls: bucketCommand(world, {
    action: 's3:GetBucketOwnershipControls',
    run: (bucket) => ({
      OwnershipControls: {
        Rules: [{ ObjectOwnership: found(bucket.ownership.stored, 'OwnershipControlsNotFoundError') }],
      },
    }),
  }),
  PutBucketOwnershipControls: bucketCommand<PutBucketOwnershipControlsRequest, void>(world, {
    action: 's3:PutBucketOwnershipControls',
    parameters: ['OwnershipControls', 'ChecksumAlgorithm'],
    run: putOwnership,
  }),
  DeleteBucketOwnershipControls: bucketCommand(world, {
    action: 's3:PutBucketOwnershipControls',
    run: (bucket) => bucket.ownership.set(undefined),
  }),
});

const defaultEncryption = (encryption: Encryption) =>
  encryption === 'sse-s3' ? { SSEAlgorithm: 'AES256' } : { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: encryption.keyArn };

const lockRule = (rule: { mode: string; days: number }) => ({
  DefaultRetention: { Mode: rule.mode, Days: rule.days },
});

/** What can only be read here: the scenario seeds it. */
const readOnlyCommands = (world: World): Service => ({
  GetBucketWebsite: bucketCommand(world, {
    action: 's3:GetBucketWebsite',
    run(bucket) {
      const website = found(bucket.website, 'NoSuchWebsiteConfiguration');
      return {
        IndexDocument: { Suffix: website.IndexDocument },
        ErrorDocument: website.ErrorDocument === undefined ? undefined : { Key: website.ErrorDocument },
      };
    },
  }),
  GetBucketVersioning: bucketCommand(world, {
    action: 's3:GetBucketVersioning',
    run: (bucket) => ({ Status: bucket.versioning }),
  }),
  GetBucketLocation: bucketCommand(world, {
    action: 's3:GetBucketLocation',
    anyRegion: true,
    // us-east-1 has no location constraint (S3 API reference, GetBucketLocation).
    run: (bucket) => ({ LocationConstraint: bucket.region === 'us-east-1' ? undefined : bucket.region }),
  }),
  GetBucketEncryption: bucketCommand(world, {
    action: 's3:GetEncryptionConfiguration',
    run: (bucket) => ({
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: defaultEncryption(bucket.encryption), BucketKeyEnabled: false }],
      },
    }),
  }),
  GetBucketTagging: bucketCommand(world, {
    action: 's3:GetBucketTagging',
    run(bucket) {
      const tags = Object.entries(bucket.tags).map(([Key, Value]) => ({ Key, Value }));
      if (tags.length === 0) throw notFound('NoSuchTagSet');
      return { TagSet: tags };
    },
  }),
  GetObjectLockConfiguration: bucketCommand(world, {
    action: 's3:GetBucketObjectLockConfiguration',
    run(bucket) {
      const { rule } = found(bucket.objectLock, 'ObjectLockConfigurationNotFoundError');
      return { ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: rule && lockRule(rule) } };
    },
  }),
  HeadBucket: bucketCommand(world, {
    action: 's3:ListBucket',
    run: (bucket) => ({ BucketRegion: bucket.region }),
  }),
});

export const settingCommands = (world: World): Service => ({
  ...ownershipCommands(world),
  ...readOnlyCommands(world),
});
