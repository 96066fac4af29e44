import {
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { allow, clinic, deny, outcome, policy, region, testWorld } from '../testWorld.ts';

const Bucket = 'records';
const Key = 'a/b c+é.csv';
const tags = (...names: string[]) => ({ TagSet: names.map((name) => ({ Key: name, Value: 'yes' })) });
const customerKey = { SSECustomerAlgorithm: 'AES256' as const, SSECustomerKey: 'k'.repeat(32) };

function withVersions(text?: ReturnType<typeof policy>) {
  const t = testWorld();
  const bucket = t.world.account(clinic).addBucket({
    name: Bucket,
    region,
    versioning: 'Enabled',
    ...(text && { policy: text }),
    objects: ['v1', 'v2'].map((versionId) => ({ key: Key, body: versionId, versionId })),
  });
  return { ...t, bucket, admin: t.s3(t.userWith(clinic, allow('s3:*'))) };
}

describe('the tags of an object version', () => {
  it('are replaced as a whole, on the named version only', async () => {
    const t = withVersions();
    const get = async (VersionId: string) =>
      (await t.admin.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }))).TagSet?.map((tag) => tag.Key);
    await t.admin.send(new PutObjectTaggingCommand({ Bucket, Key, VersionId: 'v1', Tagging: tags('a', 'b') }));
    await t.admin.send(new PutObjectTaggingCommand({ Bucket, Key, VersionId: 'v1', Tagging: tags('c') }));
    expect([await get('v1'), await get('v2')]).toEqual([['c'], []]);
    await t.admin.send(new DeleteObjectTaggingCommand({ Bucket, Key, VersionId: 'v1' }));
    expect(await get('v1')).toEqual([]);
  });

  it('need the right for versions where a version is named', async () => {
    const t = withVersions();
    const plain = t.s3(t.userWith(clinic, allow('s3:PutObjectTagging')));
    const put = (VersionId?: string) =>
      outcome(plain.send(new PutObjectTaggingCommand({ Bucket, Key, VersionId, Tagging: tags('a') })));
    expect([await put(), await put('v2')]).toEqual(['200', 'AccessDenied']);
  });

  it('are ten at most, each name once', async () => {
    const t = withVersions();
    const put = (...names: string[]) =>
      outcome(t.admin.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: tags(...names) })));
    expect(await put(...'abcdefghijk')).toBe('BadRequest');
    expect(await put('a', 'a')).toBe('InvalidTag');
    expect(await put('aws:a')).toBe('InvalidTag');
    expect(await put(...'abcdefghij')).toBe('200');
  });

  it('decide about reading and tagging that version, never about overwriting or deleting it', async () => {
    const tagged = { Principal: '*', Condition: { StringEquals: { 's3:ExistingObjectTag/shut': 'yes' } } };
    const t = withVersions(policy(deny('s3:*', `arn:aws:s3:::${Bucket}/*`, tagged)));
    await t.admin.send(new PutObjectTaggingCommand({ Bucket, Key, VersionId: 'v2', Tagging: tags('shut') }));
    const read = (VersionId?: string) => outcome(t.admin.send(new GetObjectCommand({ Bucket, Key, VersionId })));
    expect([await read('v1'), await read('v2'), await read()]).toEqual(['200', 'AccessDenied', 'AccessDenied']);
    expect(await outcome(t.admin.send(new DeleteObjectTaggingCommand({ Bucket, Key })))).toBe('AccessDenied');
    expect(await outcome(t.admin.send(new PutObjectCommand({ Bucket, Key, Body: 'x' })))).toBe('200');
    expect(await outcome(t.admin.send(new DeleteObjectCommand({ Bucket, Key, VersionId: 'v2' })))).toBe('200');
  });
});

describe('a listing with EncodingType url', () => {
  it('writes keys as in a URL', async () => {
    const t = withVersions();
    const list = (EncodingType?: 'url') =>
      t.admin.send(new ListObjectVersionsCommand({ Bucket, EncodingType, MaxKeys: 1 }));
    expect((await list()).Versions?.[0]?.Key).toBe(Key);
    const { Versions, NextKeyMarker } = await list('url');
    expect([Versions?.[0]?.Key, NextKeyMarker]).toEqual(['a/b+c%2B%C3%A9.csv', 'a/b+c%2B%C3%A9.csv']);
  });
});

describe("an object under a customer's own key", () => {
  it('is read by nobody who does not name that key', async () => {
    const t = withVersions();
    await t.admin.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...customerKey }));
    const read = (more: object = {}) => outcome(t.admin.send(new GetObjectCommand({ Bucket, Key, ...more })));
    expect(await read()).toBe('InvalidRequest');
    expect(await read({ ...customerKey, SSECustomerKey: 'x'.repeat(32) })).toBe('AccessDenied');
    expect(await read(customerKey)).toBe('200');
    expect(await read({ VersionId: 'v1' })).toBe('200');
  });

  it('is refused where the policy denies the header', async () => {
    const header = { Null: { 's3:x-amz-server-side-encryption-customer-algorithm': 'false' } };
    const t = withVersions(
      policy(deny('s3:PutObject', `arn:aws:s3:::${Bucket}/*`, { Principal: '*', Condition: header })),
    );
    const put = (more: object) => outcome(t.admin.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more })));
    expect([await put(customerKey), await put({})]).toEqual(['AccessDenied', '200']);
  });
});
