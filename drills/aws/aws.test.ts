import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { allow, clinic, outcome, partner, region, testWorld } from './testWorld.ts';

function withBucket() {
  const t = testWorld();
  t.world.account(clinic).addBucket({ name: 'records', region, publicAccessBlock: { BlockPublicAcls: true } });
  t.world.account(partner);
  return { ...t, s3: t.s3(t.userWith(clinic, allow('s3:*'))), credentials: t.userWith(clinic, allow('s3:*')) };
}

describe('the simulated AWS', () => {
  it('throws NotModelled for a command or a parameter that it does not model, and changes nothing', async () => {
    const t = withBucket();
    const before = t.world.snapshot();
    expect(await outcome(t.s3.send(new CreateBucketCommand({ Bucket: 'new-one' })))).toBe('NotModelled');
    const odd = new PutObjectCommand({ Bucket: 'records', Key: 'a', Body: 'x', WebsiteRedirectLocation: '/b' });
    await expect(t.s3.send(odd)).rejects.toThrow('WebsiteRedirectLocation of S3.PutObject');
    expect(t.world.snapshot()).toEqual(before);
    expect(await outcome(t.s3.send(new ListObjectsV2Command({ Bucket: 'records', Delimiter: '/' })))).toBe(
      'NotModelled',
    );
    expect(await outcome(t.s3.send(new ListObjectsV2Command({ Bucket: 'records', Delimiter: undefined })))).toBe('200');
  });

  it('keeps no reference to what callers pass in or get back', async () => {
    const t = withBucket();
    const flags = {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    };
    const bytes = new TextEncoder().encode('one');
    await t.s3.send(new PutPublicAccessBlockCommand({ Bucket: 'records', PublicAccessBlockConfiguration: flags }));
    await t.s3.send(new PutObjectCommand({ Bucket: 'records', Key: 'a', Body: bytes }));
    const before = t.world.snapshot(clinic);
    flags.BlockPublicAcls = false;
    bytes.fill(0);
    expect(t.world.snapshot(clinic)).toEqual(before);
  });

  it('shows a change and its undo in the snapshot, and nothing that reading leaves behind', async () => {
    const t = withBucket();
    const before = t.world.snapshot();
    const put = (BlockPublicAcls: boolean) =>
      t.s3.send(
        new PutPublicAccessBlockCommand({ Bucket: 'records', PublicAccessBlockConfiguration: { BlockPublicAcls } }),
      );
    await put(false);
    expect(t.world.snapshot()).not.toEqual(before);
    await put(true);
    await outcome(t.s3.send(new GetBucketPolicyCommand({ Bucket: 'records' })));
    t.wait({ hours: 1 });
    expect(t.world.snapshot()).toEqual(before);
    expect(t.world.snapshot(partner)).toMatchObject({ buckets: [], users: [] });
  });

  it('answers callers that are not SDK clients too: services, by name', async () => {
    const t = withBucket();
    const call = t.aws.send(
      'S3',
      'GetBucketLogging',
      { Bucket: 'records' },
      t.world.serviceCaller('config.amazonaws.com'),
      region,
    );
    expect(await outcome(call)).toBe('AccessDenied');
    const own = t.aws.send('S3', 'GetBucketLogging', { Bucket: 'records' }, t.credentials, region);
    expect(await outcome(own)).toBe('200');
  });

  it('tells callers with an identity why they were refused', async () => {
    const t = withBucket();
    const user = t.userWith(clinic, allow('s3:ListBucket'));
    const call = t.aws.send('S3', 'GetBucketLogging', { Bucket: 'records' }, user, region);
    await expect(call).rejects.toThrow(
      /user-\d+ is not authorized to perform: s3:GetBucketLogging on resource: arn:aws:s3:::records: no identity-based policy/,
    );
  });
});
