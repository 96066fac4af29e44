import {
  DeleteBucketReplicationCommand,
  GetBucketReplicationCommand,
  ListBucketsCommand,
  PutBucketReplicationCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import {
  DeletePublicAccessBlockCommand,
  GetPublicAccessBlockCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3-control';
import { describe, expect, it } from 'vitest';
import { allow, clinic, outcome, partner, policy, region, testWorld, trust } from '../testWorld.ts';
import { manageAccountBlock } from './block.ts';
import type { BucketSeed } from './bucket.ts';

const role = `arn:aws:iam::${clinic}:role/replicator`;
const config = {
  Role: role,
  Rules: [
    {
      ID: 'all',
      Priority: 1,
      Filter: { Prefix: 'records/' },
      Status: 'Enabled' as const,
      DeleteMarkerReplication: { Status: 'Disabled' as const },
      Destination: { Bucket: 'arn:aws:s3:::theirs' },
    },
  ],
};
const copies = allow(['s3:GetObjectVersionForReplication', 's3:ReplicateObject']);
const into = (principal: string) =>
  policy(allow('s3:ReplicateObject', 'arn:aws:s3:::theirs/*', { Principal: { AWS: principal } }));

function withReplication(source: Partial<BucketSeed> = {}, destination: Partial<BucketSeed> = {}) {
  const t = testWorld();
  const account = t.world.account(clinic);
  account.addRole({
    name: 'replicator',
    trust: trust({ Service: 's3.amazonaws.com' }),
    inline: { copy: policy(copies) },
  });
  account.addBucket({ name: 'records', region, versioning: 'Enabled', replication: config, ...source });
  t.world
    .account(partner)
    .addBucket({ name: 'theirs', region, versioning: 'Enabled', policy: into(role), ...destination });
  const admin = t.s3(t.userWith(clinic, allow(['s3:*', 'iam:PassRole'])));
  const write = (Key: string) => admin.send(new PutObjectCommand({ Bucket: 'records', Key, Body: 'x' }));
  const arrived = () => [...(t.world.bucket('theirs')?.objects.keys() ?? [])];
  return { ...t, admin, write, arrived };
}

describe('replication', () => {
  it("copies new objects under the rule's prefix into the other account, until it is deleted", async () => {
    const t = withReplication();
    await t.write('records/1');
    await t.write('other/1');
    expect(t.arrived()).toEqual(['records/1']);
    await t.admin.send(new DeleteBucketReplicationCommand({ Bucket: 'records' }));
    await t.write('records/2');
    expect(t.arrived()).toEqual(['records/1']);
    expect(await outcome(t.admin.send(new GetBucketReplicationCommand({ Bucket: 'records' })))).toBe(
      'ReplicationConfigurationNotFoundError',
    );
  });

  it('copies nothing into a bucket that does not let the role in', async () => {
    const t = withReplication({}, { policy: into(partner) });
    await t.write('records/1');
    expect(t.arrived()).toEqual([]);
  });

  it('is taken only with the right to pass the role, and with versioning at both ends', async () => {
    const put = () => new PutBucketReplicationCommand({ Bucket: 'records', ReplicationConfiguration: config });
    const t = withReplication();
    expect(await outcome(t.s3(t.userWith(clinic, allow('s3:*'))).send(put()))).toBe('AccessDenied');
    expect(await outcome(t.admin.send(put()))).toBe('200');
    const unversioned = withReplication({ versioning: 'Suspended' });
    await expect(unversioned.admin.send(put())).rejects.toThrow(/Versioning must be 'Enabled'/);
    const there = withReplication({}, { versioning: 'Suspended' });
    await expect(there.admin.send(put())).rejects.toThrow('Destination bucket must have versioning enabled.');
    const gone = withReplication();
    const nowhere = { ...config, Rules: [{ ...config.Rules[0], Destination: { Bucket: 'arn:aws:s3:::gone' } }] };
    const elsewhere = new PutBucketReplicationCommand({
      Bucket: 'records',
      ReplicationConfiguration: nowhere as typeof config,
    });
    await expect(gone.admin.send(elsewhere)).rejects.toThrow('Destination bucket must exist.');
  });
});

describe('the block of an account', () => {
  const flags = {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  };
  const put = () => new PutPublicAccessBlockCommand({ AccountId: clinic, PublicAccessBlockConfiguration: flags });
  const remove = () => new DeletePublicAccessBlockCommand({ AccountId: clinic });
  const get = () => new GetPublicAccessBlockCommand({ AccountId: clinic });

  it('is put, read and deleted', async () => {
    const t = testWorld();
    const control = t.s3Control(t.userWith(clinic, allow('s3:*')));
    await control.send(put());
    expect((await control.send(get())).PublicAccessBlockConfiguration).toEqual(flags);
    await control.send(remove());
    expect(await outcome(control.send(get()))).toBe('NoSuchPublicAccessBlockConfiguration');
  });

  it('is read, and not changed, where the organization manages it', async () => {
    const t = testWorld();
    manageAccountBlock(t.world.account(clinic), flags);
    const control = t.s3Control(t.userWith(clinic, allow('s3:*')));
    expect((await control.send(get())).PublicAccessBlockConfiguration).toEqual(flags);
    expect(await outcome(control.send(put()))).toBe('AccessDenied');
    expect(await outcome(control.send(remove()))).toBe('AccessDenied');
  });
});

describe('the list of buckets', () => {
  it('is of the own account, in pages, with Regions when it is paginated', async () => {
    const t = withReplication();
    t.world.account(clinic).addBucket({ name: 'archive', region: 'us-east-1' });
    const first = await t.admin.send(new ListBucketsCommand({ MaxBuckets: 1 }));
    expect(first.Buckets).toMatchObject([{ Name: 'archive', BucketRegion: 'us-east-1' }]);
    const ContinuationToken = first.ContinuationToken;
    const second = await t.admin.send(new ListBucketsCommand({ MaxBuckets: 1, ContinuationToken }));
    expect(second).toMatchObject({ Buckets: [{ Name: 'records' }] });
    expect(second.ContinuationToken).toBeUndefined();
  });
});
