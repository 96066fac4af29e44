import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { canonicalId } from '../drills/aws/s3/bucket.ts';
import blockManifest from '../lambdas/actions/block-bucket-public-access/action.json' with { type: 'json' };
import block from '../lambdas/actions/block-bucket-public-access/action.ts';
import grantsManifest from '../lambdas/actions/remove-public-bucket-grants/action.json' with { type: 'json' };
import grants from '../lambdas/actions/remove-public-bucket-grants/action.ts';
import { Drift, Hindered, NotYetRestored, TargetForeign, TargetNotFound } from '../lambdas/core/errors.ts';
import { equal } from '../lambdas/core/standing.ts';
import type { Target } from '../lambdas/core/target.ts';
import { type AccountSeed, type Stage, stage } from './member-account.ts';

const account = '111122223333';
const id = 'clinic-records';
const target: Target = { kind: 's3-bucket', id, account, region: 'us-east-1' };
const resource = `arn:aws:s3:::${id}/*`;
const open = { Sid: 'Open', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: resource };
const partner = { Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: 's3:GetObject', Resource: resource };
const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement }) as never;
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const all = ({ permissions: { read, write } }: typeof blockManifest | typeof grantsManifest) => [...read, ...write];

const on = (bucket: Partial<NonNullable<AccountSeed['buckets']>[number]> = {}): Stage =>
  stage(
    { [account]: { buckets: [{ name: id, region: 'us-east-1', policy: policy(open, partner), ...bucket }] } },
    target,
    at,
    new Set(),
  );
const publicAcl = { ownership: 'ObjectWriter', acl: 'public-read', policy: policy(partner) } as const;
const put = (...statements: object[]) => ({
  service: 'S3',
  command: 'PutBucketPolicy',
  input: { Bucket: id, Policy: JSON.stringify(policy(...statements)) },
});

async function applied(stage: Stage, action: typeof block | typeof grants, manifest: typeof blockManifest) {
  const one = action as typeof block;
  const member = stage.member(all(manifest));
  const before = (await one.capture(target, member)).state;
  const after = one.intend(before, target, stage.now());
  await one.apply(target, member, before, after);
  return { before, after, undo: () => one.undo(target, member, before, after) };
}

describe('block and grants together', () => {
  it('come back exactly when the block is undone first', async () => {
    for (const bucket of [{}, publicAcl]) {
      const s = on(bucket);
      const start = s.world.snapshot();
      const first = await applied(s, block, blockManifest);
      s.pass({ seconds: 5 });
      const second = await applied(s, grants, grantsManifest);
      await first.undo();
      if (!('acl' in bucket)) await expect(second.undo()).rejects.toThrow(NotYetRestored);
      s.pass({ seconds: 5 });
      await second.undo();
      expect(s.world.snapshot()).toEqual(start);
      const live = (await grants.capture(target, s.member(all(grantsManifest)))).state;
      const before = second.before as unknown as typeof live;
      expect(equal(grants.owned(live, before), grants.owned(before, before))).toBe(true);
    }
  });

  it('cannot come back the other way round, and say what to do first', async () => {
    const s = on();
    await applied(s, block, blockManifest);
    const second = await applied(s, grants, grantsManifest);
    const blocked = s.world.snapshot();
    await expect(second.undo()).rejects.toThrow(Hindered);
    await expect(second.undo()).rejects.toThrow(/undo the public access block first/);
    expect(s.world.snapshot()).toEqual(blocked);
    expect(grantsManifest.undoneAfter).toEqual(['block-bucket-public-access']);
  });

  it('never expose more on the way back than at its end', async () => {
    const s = on({ objects: [{ key: 'a', body: 'patient' }] });
    const member = s.member([{ actions: ['s3:GetObject'], resources: ['*'] }]);
    const anyone = member.client(S3Client);
    anyone.config.credentials = async () => ({ accessKeyId: '', secretAccessKey: '' });
    const reads = () =>
      anyone.send(new GetObjectCommand({ Bucket: id, Key: 'a' })).then(
        () => true,
        () => false,
      );
    expect(await reads()).toBe(true);
    const first = await applied(s, block, blockManifest);
    const second = await applied(s, grants, grantsManifest);
    s.pass({ seconds: 5 });
    expect(await reads()).toBe(false);
    await first.undo();
    s.pass({ seconds: 5 });
    expect(await reads()).toBe(false);
    await second.undo();
    s.pass({ seconds: 5 });
    expect(await reads()).toBe(true);
  });

  it('leave hidden ACL grants alone, because what cannot be read is not changed', async () => {
    const s = on(publicAcl);
    await applied(s, block, blockManifest);
    s.pass({ seconds: 5 });
    const { before, after } = await applied(s, grants, grantsManifest);
    expect(before).toMatchObject({ acl: 'hidden' });
    expect(after).toEqual(before);
    expect(s.world.bucket(id)?.acl.stored).toHaveLength(2);
  });
});

describe('block-bucket-public-access', () => {
  it("does not take the owner's edit of the policy for drift of the flags", async () => {
    const s = on();
    const { undo } = await applied(s, block, blockManifest);
    await s.act(put(partner));
    await undo();
    expect(s.world.bucket(id)?.publicAccessBlock.stored).toBeUndefined();
    expect(s.world.bucket(id)?.policy.stored).toBe(JSON.stringify(policy(partner)));
  });

  it('records what the public ACL grants were before the block hides them', async () => {
    const s = on(publicAcl);
    const { before } = await applied(s, block, blockManifest);
    expect(before.exposure.publicAclGrants).toEqual(['AllUsers READ']);
  });
});

describe('remove-public-bucket-grants', () => {
  it("keeps the owner's edit of an ACL that it did not touch", async () => {
    const s = on({ ownership: 'ObjectWriter' });
    const { undo } = await applied(s, grants, grantsManifest);
    await s.act({ service: 'S3', command: 'PutBucketAcl', input: { Bucket: id, ACL: 'log-delivery-write' } });
    const acl = s.world.bucket(id)?.acl.stored;
    await undo();
    expect(s.world.bucket(id)?.acl.stored).toEqual(acl);
    expect(s.world.bucket(id)?.policy.stored).toBe(JSON.stringify(policy(open, partner)));
  });

  it('refuses to overwrite an edit that was read back together with its own result', async () => {
    const s = on();
    const { before } = await applied(s, grants, grantsManifest);
    await s.act(put(partner, { ...partner, Sid: 'Second' }));
    const member = s.member(all(grantsManifest));
    const readBack = (await grants.capture(target, member)).state;
    await expect(grants.undo(target, member, before as never, readBack)).rejects.toThrow(Drift);
  });

  it('finishes what a crash left half done', async () => {
    const s = on({ ...publicAcl, policy: policy(open, partner) });
    const member = s.member(all(grantsManifest));
    const before = (await grants.capture(target, member)).state;
    const after = grants.intend(before, target, at);
    await s.act(put(partner));
    await grants.apply(target, member, before, after);
    const live = (await grants.capture(target, member)).state;
    expect(grants.verify(live, target, after)).toEqual({ safe: true });
    expect(s.world.bucket(id)?.acl.stored).toEqual([
      { Grantee: { Type: 'CanonicalUser', ID: canonicalId(account) }, Permission: 'FULL_CONTROL' },
    ]);
  });
});

describe.each([block, grants])('a bucket that is not ours to touch', (action) => {
  const refused = async (s: Stage, of: Target) =>
    (action as typeof block).capture(of, s.member(all(grantsManifest), {}, of)).catch((error: unknown) => error);

  it('is foreign when another account owns it, even one that lets us in', async () => {
    const s = on();
    const generous = { Effect: 'Allow', Principal: { AWS: account }, Action: 's3:*', Resource: 'arn:aws:s3:::theirs' };
    s.world.account('777788889999').addBucket({ name: 'theirs', region: 'us-east-1', policy: policy(generous) });
    const error = await refused(s, { ...target, id: 'theirs' });
    expect(error).toBeInstanceOf(TargetForeign);
    expect(String(error)).toMatch(/another account owns it, or .* lacks a permission/);
  });

  it('is not found when it is gone, or in another Region', async () => {
    expect(await refused(on(), { ...target, id: 'gone' })).toBeInstanceOf(TargetNotFound);
    expect(await refused(on(), { ...target, region: 'eu-west-1' })).toBeInstanceOf(TargetNotFound);
  });
});
