import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  GetBucketTaggingCommand,
  GetBucketWebsiteCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { allow, clinic, deny, outcome, partner, policy, region, testWorld } from '../testWorld.ts';
import { anonymous } from '../world.ts';
import type { BucketSeed } from './bucket.ts';

const Bucket = 'vault';

function withBucket(seed: Partial<BucketSeed> = {}) {
  const t = testWorld();
  const bucket = t.world.account(clinic).addBucket({ name: Bucket, region, ...seed });
  const admin = t.s3(t.userWith(clinic, allow('s3:*')));
  const put = (Key: string, Body: string, more: object = {}) =>
    admin.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  return { ...t, bucket, admin, put };
}

describe('objects', () => {
  it('come back with bytes, type, metadata and checksum', async () => {
    const t = withBucket();
    const ChecksumSHA256 = createHash('sha256').update('grün').digest('base64');
    await t.put('a', 'grün', { ContentType: 'text/plain', Metadata: { Case: '1' }, ChecksumSHA256 });
    const got = await t.admin.send(new GetObjectCommand({ Bucket, Key: 'a', ChecksumMode: 'ENABLED' }));
    expect(await got.Body?.transformToString()).toBe('grün');
    expect(got).toMatchObject({ ContentType: 'text/plain', Metadata: { case: '1' }, ContentLength: 5, ChecksumSHA256 });
  });

  it('are read in parts, with how long the whole is', async () => {
    const t = withBucket();
    await t.put('a', '0123456789');
    const part = async (Range: string) => {
      const got = await t.admin.send(new GetObjectCommand({ Bucket, Key: 'a', Range }));
      return [await got.Body?.transformToString(), got.ContentRange, got.ContentLength];
    };
    expect(await part('bytes=2-4')).toEqual(['234', 'bytes 2-4/10', 3]);
    expect(await part('bytes=8-99')).toEqual(['89', 'bytes 8-9/10', 2]);
    expect(await part('bytes=8-')).toEqual(['89', 'bytes 8-9/10', 2]);
    expect(await outcome(part('bytes=10-12'))).toBe('InvalidRange');
    await expect(part('bytes=-3')).rejects.toMatchObject({ name: 'NotModelled' });
  });

  it('are not overwritten with IfNoneMatch and not stored with a wrong checksum', async () => {
    const t = withBucket();
    expect(await outcome(t.put('a', 'first', { IfNoneMatch: '*' }))).toBe('200');
    expect(await outcome(t.put('a', 'second', { IfNoneMatch: '*' }))).toBe('PreconditionFailed');
    const wrong = createHash('sha256').update('other').digest('base64');
    expect(await outcome(t.put('b', 'text', { ChecksumSHA256: wrong }))).toBe('BadDigest');
    expect([...t.bucket.objects.keys()]).toEqual(['a']);
  });

  it('are listed over as many pages as it takes, in binary order', async () => {
    const t = withBucket();
    for (const key of ['b', 'a', 'Z', 'é', 'c/1']) await t.put(key, key);
    const keys: (string | undefined)[] = [];
    let pages = 0;
    for await (const page of paginateListObjectsV2({ client: t.admin, pageSize: 2 }, { Bucket })) {
      pages += 1;
      keys.push(...(page.Contents ?? []).map((object) => object.Key));
    }
    expect([pages, keys]).toEqual([3, ['Z', 'a', 'b', 'c/1', 'é']]);
  });

  it('answer 404 for a missing key only to those who may list, and without a body to HEAD', async () => {
    const t = withBucket();
    const reader = t.userWith(clinic, allow('s3:GetObject'));
    expect(await t.read(reader, Bucket, 'none')).toBe('AccessDenied');
    expect(await outcome(t.admin.send(new GetObjectCommand({ Bucket, Key: 'none' })))).toBe('NoSuchKey');
    expect(await outcome(t.admin.send(new HeadObjectCommand({ Bucket, Key: 'none' })))).toBe('NotFound');
    expect(await outcome(t.s3(anonymous).send(new HeadBucketCommand({ Bucket })))).toBe('Unknown');
  });

  it('in a versioned bucket survive overwriting and deleting', async () => {
    const t = withBucket({ versioning: 'Enabled' });
    const first = await t.put('a', 'one');
    await t.put('a', 'two');
    const gone = await t.admin.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    expect(gone.DeleteMarker).toBe(true);
    expect(await outcome(t.admin.send(new GetObjectCommand({ Bucket, Key: 'a' })))).toBe('NoSuchKey');
    const old = await t.admin.send(new GetObjectCommand({ Bucket, Key: 'a', VersionId: first.VersionId }));
    expect(await old.Body?.transformToString()).toBe('one');
    const versions = await t.admin.send(new ListObjectVersionsCommand({ Bucket }));
    expect([versions.Versions?.length, versions.DeleteMarkers?.length]).toEqual([2, 1]);
  });

  it('need the right for the Version action when a version is named', async () => {
    const t = withBucket({ versioning: 'Enabled' });
    const { VersionId } = await t.put('a', 'one');
    const reader = t.s3(t.userWith(clinic, allow('s3:GetObject')));
    expect(await outcome(reader.send(new GetObjectCommand({ Bucket, Key: 'a', VersionId })))).toBe('AccessDenied');
  });

  it('need kms:GenerateDataKey to be written where the bucket encrypts with a key of its owner', async () => {
    const keyArn = `arn:aws:kms:${region}:${clinic}:key/1`;
    const t = withBucket({
      encryption: { keyArn },
      policy: policy(allow('s3:PutObject', `arn:aws:s3:::${Bucket}/*`, { Principal: { AWS: partner } })),
    });
    const key = t.world.account(clinic).addKey({ arn: keyArn, policy: policy() });
    const collector = t.userWith(partner, allow(['s3:PutObject', 'kms:GenerateDataKey']));
    const put = () => outcome(t.s3(collector).send(new PutObjectCommand({ Bucket, Key: 'e', Body: 'x' })));
    key.policy.seed(JSON.stringify(policy(allow('kms:Decrypt', '*', { Principal: { AWS: partner } }))));
    expect(await put()).toBe('AccessDenied');
    key.policy.seed(JSON.stringify(policy(allow('kms:GenerateDataKey', '*', { Principal: { AWS: partner } }))));
    expect(await put()).toBe('200');
  });
});

describe('Object Lock', () => {
  it('keeps a version until its retention ends, whatever the caller may do', async () => {
    const t = withBucket({ objectLock: { mode: 'COMPLIANCE', days: 30 } });
    const { VersionId } = await t.put('evidence', 'x');
    const remove = () =>
      outcome(
        t.admin.send(new DeleteObjectCommand({ Bucket, Key: 'evidence', VersionId, BypassGovernanceRetention: true })),
      );
    expect(await remove()).toBe('AccessDenied');
    t.wait({ hours: 24 * 30 + 1 });
    expect(await remove()).toBe('200');
  });

  it('in governance mode yields to s3:BypassGovernanceRetention, and a legal hold to nothing', async () => {
    const t = withBucket({ objectLock: { mode: 'GOVERNANCE', days: 30 } });
    const { VersionId } = await t.put('a', 'x');
    const held = await t.put('b', 'x', { ObjectLockLegalHoldStatus: 'ON' });
    const remove = (Key: string, version: string | undefined, BypassGovernanceRetention: boolean) =>
      outcome(t.admin.send(new DeleteObjectCommand({ Bucket, Key, VersionId: version, BypassGovernanceRetention })));
    expect(await remove('a', VersionId, false)).toBe('AccessDenied');
    expect(await remove('a', VersionId, true)).toBe('200');
    expect(await remove('b', held.VersionId, true)).toBe('AccessDenied');
  });

  it('shows the retention that PutObject asked for, needs the right to set it, and a bucket that has it', async () => {
    const t = withBucket({ objectLock: true });
    const retention = {
      ObjectLockMode: 'GOVERNANCE',
      ObjectLockRetainUntilDate: new Date('2033-11-03T00:00:00Z'),
    };
    await t.put('a', 'x', retention);
    expect(await t.admin.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).toMatchObject(retention);
    const writer = t.s3(t.userWith(clinic, allow('s3:PutObject')));
    const command = new PutObjectCommand({ Bucket, Key: 'b', Body: 'x', ...(retention as object) });
    expect(await outcome(writer.send(command))).toBe('AccessDenied');
    expect(await outcome(withBucket().put('a', 'x', retention))).toBe('InvalidRequest');
  });
});

describe('every S3 call', () => {
  it('is refused when ExpectedBucketOwner names another account', async () => {
    const t = withBucket();
    const read = (ExpectedBucketOwner: string) =>
      outcome(t.admin.send(new GetBucketLocationCommand({ Bucket, ExpectedBucketOwner })));
    expect([await read(clinic), await read(partner)]).toEqual(['200', 'AccessDenied']);
    const put = t.put('a', 'x', { ExpectedBucketOwner: partner });
    expect([await outcome(put), t.bucket.objects.size]).toEqual(['AccessDenied', 0]);
  });

  it('must go to the Region of the bucket, and to a bucket that exists', async () => {
    const t = withBucket();
    const abroad = t.s3(t.userWith(clinic, allow('s3:*')), { region: 'us-east-1' });
    expect(await outcome(abroad.send(new GetBucketPolicyCommand({ Bucket })))).toBe('PermanentRedirect');
    expect(await outcome(abroad.send(new GetBucketLocationCommand({ Bucket })))).toBe('200');
    expect(await outcome(t.admin.send(new GetBucketPolicyCommand({ Bucket: 'nobody' })))).toBe('NoSuchBucket');
    expect(await outcome(t.admin.send(new GetBucketPolicyCommand({ Bucket: '../etc' })))).toBe('InvalidBucketName');
  });

  it('names absent configuration by the code of its kind', async () => {
    const t = withBucket({ ownership: 'none' });
    const codes = [
      t.admin.send(new GetPublicAccessBlockCommand({ Bucket })),
      t.admin.send(new GetBucketPolicyCommand({ Bucket })),
      t.admin.send(new GetBucketOwnershipControlsCommand({ Bucket })),
      t.admin.send(new GetBucketWebsiteCommand({ Bucket })),
      t.admin.send(new GetBucketReplicationCommand({ Bucket })),
      t.admin.send(new GetBucketTaggingCommand({ Bucket })),
      t.admin.send(new GetObjectLockConfigurationCommand({ Bucket })),
    ].map((answer) => outcome(answer));
    expect(await Promise.all(codes)).toEqual([
      'NoSuchPublicAccessBlockConfiguration',
      'NoSuchBucketPolicy',
      'OwnershipControlsNotFoundError',
      'NoSuchWebsiteConfiguration',
      'ReplicationConfigurationNotFoundError',
      'NoSuchTagSet',
      'ObjectLockConfigurationNotFoundError',
    ]);
  });

  it('sees aws:SourceIp of the caller', async () => {
    const outside = { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } };
    const t = withBucket({
      objects: [{ key: 'a', body: 'x' }],
      policy: policy(deny('s3:*', `arn:aws:s3:::${Bucket}/*`, { Principal: '*', Condition: outside })),
    });
    const user = t.userWith(clinic, allow('s3:GetObject'));
    expect(await t.read(user, Bucket, 'a', '203.0.113.9')).toBe('200');
    expect(await t.read(user, Bucket, 'a', '192.0.2.9')).toBe('AccessDenied');
  });
});
