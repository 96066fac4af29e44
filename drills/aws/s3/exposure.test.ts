import {
  GetBucketAclCommand,
  GetBucketPolicyCommand,
  PutBucketAclCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { PutPublicAccessBlockCommand as PutAccountBlockCommand } from '@aws-sdk/client-s3-control';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../lambdas/core/json.ts';
import { allow, clinic, deny, outcome, partner, policy, region, testWorld } from '../testWorld.ts';
import { anonymous } from '../world.ts';
import type { BucketSeed, PublicAccessBlock } from './bucket.ts';

const objects = 'arn:aws:s3:::records/*';
const publicRead = allow('s3:GetObject', objects, { Principal: '*' });
const allOn: PublicAccessBlock = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

function withBucket(seed: Partial<BucketSeed> = {}) {
  const t = testWorld();
  const bucket = t.world.account(clinic).addBucket({
    name: 'records',
    region,
    objects: [{ key: 'patients.csv', body: 'name,diagnosis', acl: seed.acl === undefined ? 'private' : 'public-read' }],
    ...seed,
  });
  return { ...t, bucket, admin: t.s3(t.userWith(clinic, allow('s3:*'))) };
}
const bucketPolicy = (...statements: JsonObject[]) => policy(...statements);

describe('a bucket with a public policy', () => {
  it('is read by anybody until RestrictPublicBuckets; BlockPublicPolicy alone stops nothing', async () => {
    const t = withBucket({ policy: bucketPolicy(publicRead) });
    expect(await t.readAnonymously('records')).toBe('200');
    t.bucket.publicAccessBlock.seed({ ...allOn, RestrictPublicBuckets: false });
    expect(await t.readAnonymously('records')).toBe('200');
    t.bucket.publicAccessBlock.seed({ ...allOn, BlockPublicPolicy: false });
    expect(await t.readAnonymously('records')).toBe('AccessDenied');
  });

  it('keeps AWS services and its own users under RestrictPublicBuckets and cuts the partner account', async () => {
    const trail = allow('s3:PutObject', objects, { Principal: { Service: 'cloudtrail.amazonaws.com' } });
    const shared = allow('s3:GetObject', objects, { Principal: { AWS: `arn:aws:iam::${partner}:root` } });
    const t = withBucket({
      policy: bucketPolicy(publicRead, trail, shared),
      publicAccessBlock: { RestrictPublicBuckets: true },
    });
    const own = t.userWith(clinic, allow('s3:GetObject', objects));
    const foreign = t.userWith(partner, allow('s3:GetObject', objects));
    const deliver = () =>
      outcome(
        t
          .s3(t.world.serviceCredentials('cloudtrail.amazonaws.com'))
          .send(new PutObjectCommand({ Bucket: 'records', Key: 'AWSLogs/1', Body: 'log' })),
      );
    expect([await t.read(own, 'records'), await t.read(foreign, 'records'), await deliver()]).toEqual([
      '200',
      'AccessDenied',
      '200',
    ]);
    t.bucket.policy.seed(JSON.stringify(bucketPolicy(trail, shared)));
    expect([await t.read(foreign, 'records'), await t.readAnonymously('records'), await deliver()]).toEqual([
      '200',
      'AccessDenied',
      '200',
    ]);
  });

  it('is blocked by the flags of the account or of the bucket, whichever has them', async () => {
    const t = withBucket({ policy: bucketPolicy(publicRead) });
    const account = t.world.account(clinic);
    account.publicAccessBlock.seed(allOn);
    expect(await t.readAnonymously('records')).toBe('AccessDenied');
    account.publicAccessBlock.seed(undefined);
    expect(await t.readAnonymously('records')).toBe('200');
    t.bucket.publicAccessBlock.seed(allOn);
    expect(await t.readAnonymously('records')).toBe('AccessDenied');
  });

  it('gives SSE-S3 objects to anybody and SSE-KMS objects only to signed callers that may use the key', async () => {
    const keyArn = `arn:aws:kms:${region}:${clinic}:key/1`;
    const t = withBucket({ policy: bucketPolicy(publicRead), encryption: { keyArn } });
    t.world.account(clinic).addKey({
      arn: keyArn,
      policy: policy(allow('kms:*', '*', { Principal: { AWS: `arn:aws:iam::${clinic}:root` } })),
    });
    expect(await t.readAnonymously('records')).toBe('AccessDenied');
    expect(await t.read(t.userWith(clinic, allow('s3:*')), 'records')).toBe('AccessDenied');
    expect(await t.read(t.userWith(clinic, allow(['s3:*', 'kms:Decrypt'])), 'records')).toBe('200');
    const plain = withBucket({ policy: bucketPolicy(publicRead) });
    expect(await plain.readAnonymously('records')).toBe('200');
  });

  it('does not give away an object that another account owns', async () => {
    const t = withBucket({
      policy: bucketPolicy(publicRead),
      ownership: 'ObjectWriter',
      objects: [{ key: 'patients.csv', body: 'x', owner: partner }],
    });
    expect(await t.readAnonymously('records')).toBe('AccessDenied');
    t.bucket.ownership.seed('BucketOwnerEnforced');
    expect(await t.readAnonymously('records')).toBe('200');
  });
});

describe('a bucket with public ACLs', () => {
  it('is read by anybody until IgnorePublicAcls or BucketOwnerEnforced; BlockPublicAcls alone stops nothing', async () => {
    const t = withBucket({ acl: 'public-read', ownership: 'ObjectWriter' });
    expect(await t.readAnonymously('records')).toBe('200');
    t.bucket.publicAccessBlock.seed({ ...allOn, IgnorePublicAcls: false });
    expect(await t.readAnonymously('records')).toBe('200');
    t.bucket.publicAccessBlock.seed({ ...allOn, BlockPublicAcls: false });
    expect(await t.readAnonymously('records')).toBe('AccessDenied');
    t.bucket.publicAccessBlock.seed(undefined);
    t.bucket.ownership.seed('BucketOwnerEnforced');
    expect(await t.readAnonymously('records')).toBe('AccessDenied');
  });

  it('gives AuthenticatedUsers grants to signed callers of every account only', async () => {
    const t = withBucket({
      ownership: 'ObjectWriter',
      objects: [{ key: 'patients.csv', body: 'x', acl: 'authenticated-read' }],
    });
    expect(await t.readAnonymously('records')).toBe('AccessDenied');
    expect(await t.read(t.userWith(partner, allow('s3:GetObject')), 'records')).toBe('200');
  });

  it('hides ignored grants from GetBucketAcl but keeps them stored, so that ownership cannot be enforced yet', async () => {
    const t = withBucket({
      acl: 'public-read',
      ownership: 'ObjectWriter',
      publicAccessBlock: { IgnorePublicAcls: true },
    });
    const acl = await t.admin.send(new GetBucketAclCommand({ Bucket: 'records' }));
    expect(acl.Grants).toHaveLength(1);
    const enforce = () =>
      outcome(
        t.admin.send(
          new PutBucketOwnershipControlsCommand({
            Bucket: 'records',
            OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
          }),
        ),
      );
    expect(await enforce()).toBe('InvalidBucketAclWithObjectOwnership');
    await t.admin.send(new PutBucketAclCommand({ Bucket: 'records', ACL: 'private' }));
    expect(await enforce()).toBe('200');
  });

  it('refuses new public ACLs under BlockPublicAcls and all ACLs under BucketOwnerEnforced', async () => {
    const t = withBucket({ ownership: 'ObjectWriter', publicAccessBlock: { BlockPublicAcls: true } });
    const put = (ACL: 'public-read' | 'private') =>
      outcome(t.admin.send(new PutBucketAclCommand({ Bucket: 'records', ACL })));
    const putObject = () =>
      outcome(t.admin.send(new PutObjectAclCommand({ Bucket: 'records', Key: 'patients.csv', ACL: 'public-read' })));
    expect([await put('public-read'), await putObject(), await put('private')]).toEqual([
      'AccessDenied',
      'AccessDenied',
      '200',
    ]);
    t.bucket.ownership.seed('BucketOwnerEnforced');
    expect([await put('private'), await putObject()]).toEqual([
      'AccessControlListNotSupported',
      'AccessControlListNotSupported',
    ]);
  });
});

describe('changes to exposure', () => {
  it('take effect after the propagation delay although the read-back shows them at once', async () => {
    const t = withBucket({ policy: bucketPolicy(publicRead) });
    await t.admin.send(new PutPublicAccessBlockCommand({ Bucket: 'records', PublicAccessBlockConfiguration: allOn }));
    expect(t.bucket.publicAccessBlock.stored).toEqual(allOn);
    expect(await t.readAnonymously('records')).toBe('200');
    t.wait({ milliseconds: 999 });
    expect(await t.readAnonymously('records')).toBe('200');
    t.wait({ milliseconds: 1 });
    expect(await t.readAnonymously('records')).toBe('AccessDenied');
  });

  it('on the account level come through S3 Control, for the own account only', async () => {
    const t = withBucket({ policy: bucketPolicy(publicRead) });
    const control = t.s3Control(t.userWith(clinic, allow('s3:*')));
    const put = (AccountId: string) =>
      outcome(control.send(new PutAccountBlockCommand({ AccountId, PublicAccessBlockConfiguration: allOn })));
    expect([await put(partner), await put(clinic)]).toEqual(['AccessDenied', '200']);
    t.wait();
    expect(await t.readAnonymously('records')).toBe('AccessDenied');
  });

  it('cannot make a policy public under BlockPublicPolicy', async () => {
    const t = withBucket({ publicAccessBlock: { BlockPublicPolicy: true } });
    const put = (statement: JsonObject) =>
      outcome(
        t.admin.send(
          new PutBucketPolicyCommand({ Bucket: 'records', Policy: JSON.stringify(bucketPolicy(statement)) }),
        ),
      );
    expect(await put(publicRead)).toBe('AccessDenied');
    expect(await put({ ...publicRead, Principal: { AWS: partner } })).toBe('200');
    expect(await put({ ...publicRead, Principal: { AWS: `arn:aws:iam::${clinic}:user/gone` } })).toBe(
      'MalformedPolicy',
    );
    expect(await put({ ...publicRead, Resource: 'arn:aws:s3:::other/*' })).toBe('MalformedPolicy');
  });

  it('to the bucket policy are for the owning account alone, and for its root despite any deny', async () => {
    const t = withBucket({ policy: bucketPolicy(deny('s3:*', ['arn:aws:s3:::records', objects], { Principal: '*' })) });
    const get = (credentials: Parameters<typeof t.s3>[0]) =>
      outcome(t.s3(credentials).send(new GetBucketPolicyCommand({ Bucket: 'records' })));
    expect(await outcome(t.admin.send(new GetBucketPolicyCommand({ Bucket: 'records' })))).toBe('AccessDenied');
    const root = t.world.rootCredentials(clinic);
    expect([await get(root), await t.read(root, 'records')]).toEqual(['200', 'AccessDenied']);
    t.bucket.policy.seed(
      JSON.stringify(bucketPolicy(allow('s3:*', 'arn:aws:s3:::records', { Principal: { AWS: partner } }))),
    );
    expect(await get(t.userWith(partner, allow('s3:*')))).toBe('MethodNotAllowed');
    expect(await get(anonymous)).toBe('AccessDenied');
  });
});

describe('a Deny on aws:PrincipalIsAWSService', () => {
  it('spares anonymous callers with Bool and reaches them with BoolIfExists', async () => {
    const guard = (operator: string) =>
      deny('s3:*', objects, { Principal: '*', Condition: { [operator]: { 'aws:PrincipalIsAWSService': 'false' } } });
    const t = withBucket({ policy: bucketPolicy(publicRead, guard('Bool')) });
    expect(await t.readAnonymously('records')).toBe('200');
    t.bucket.policy.seed(JSON.stringify(bucketPolicy(publicRead, guard('BoolIfExists'))));
    expect(await t.readAnonymously('records')).toBe('AccessDenied');
  });
});
