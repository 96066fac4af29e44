import { readFileSync } from 'node:fs';
import { GetObjectCommand, PutObjectTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import type { PolicyDocument } from '../../../drills/aws/iam/principals.ts';
import { type AccountSeed, type Stage, stage } from '../../../test/member-account.ts';
import { Hindered, TargetNotFound } from '../../core/errors.ts';
import { sha256 } from '../../core/json.ts';
import { actionManifest, type Statement } from '../../core/manifest.ts';
import type { Target } from '../../core/target.ts';
import action from './action.ts';
import { mostPages } from './object.ts';

const manifest = actionManifest.parse(JSON.parse(readFileSync(new URL('action.json', import.meta.url), 'utf8')));
const { read: reads, write: writes } = manifest.permissions;
const account = '111122223333';
const bucket = 'records';
const key = 'intake/jane-doe oncology+é.csv';
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const named = (versionId: string, of = key): Target => ({
  kind: 's3-object',
  id: `${bucket}/${sha256(of)}/${versionId}`,
  account,
  region: 'us-east-1',
});
type Objects = NonNullable<NonNullable<AccountSeed['buckets']>[number]['objects']>;
const versions: Objects = [
  { key, body: 'first', versionId: 'v1', tags: { patient: 'jane-doe' } },
  { key, body: 'second', versionId: 'v2' },
];

function grounds(objects: Objects = versions, policy?: PolicyDocument): Stage {
  const seed: AccountSeed = {
    buckets: [{ name: bucket, region: 'us-east-1', versioning: 'Enabled', objects, ...(policy && { policy }) }],
  };
  return stage({ [account]: seed }, named('v1'), at, new Set());
}

async function quarantined(s: Stage, target: Target) {
  const responder = s.member([...reads, ...writes], {}, target);
  const { state: before } = await action.capture(target, s.member(reads, {}, target));
  const after = action.intend(before, target, at);
  await action.apply(target, responder, before, after);
  return { before, after, undo: () => action.undo(target, responder, before, after) };
}
const statement = (s: Stage) => {
  const text = s.world.bucket(bucket)?.policy.stored;
  return text === undefined ? undefined : JSON.parse(text).Statement;
};
const digests = (s: Stage): string[] =>
  statement(s)?.[0].Condition.StringEquals['s3:ExistingObjectTag/tourniquet-quarantine'] ?? [];
const everything: Statement[] = [{ actions: ['s3:GetObject', 's3:GetObjectVersion'], resources: ['${arn}/*'] }];

describe('quarantine-object', () => {
  it('keeps one statement for all versions of a bucket: letting one go keeps the other shut, the last takes it away', async () => {
    const s = grounds();
    const found = s.world.snapshot();
    const one = await quarantined(s, named('v1'));
    const two = await quarantined(s, named('v2'));
    expect(statement(s)).toHaveLength(1);
    expect(digests(s)).toHaveLength(2);
    await one.undo();
    expect(digests(s)).toEqual([two.after.tag]);
    const { state: live } = await action.capture(named('v2'), s.member(reads, {}, named('v2')));
    expect(action.verify(live, named('v2'), two.after)).toEqual({ safe: true });
    await two.undo();
    expect(s.world.snapshot()).toEqual(found);
  });

  it('shuts out an administrator, who cannot take the tag off either; Tourniquet still reads', async () => {
    const s = grounds();
    s.world.account(account).addUser({
      name: 'admin',
      inline: { all: { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } },
      accessKeys: [{ id: 'AKIAI44QH8DHBEXAMPLE' }],
    });
    await quarantined(s, named('v1'));
    s.pass({ seconds: 30 });
    const version = { Bucket: bucket, Key: key, VersionId: 'v1' };
    const admin = s.member(reads).client(S3Client, 'us-east-1', s.world.keyCredentials('AKIAI44QH8DHBEXAMPLE'));
    const refused = { name: 'AccessDenied' };
    await expect(admin.send(new GetObjectCommand(version))).rejects.toMatchObject(refused);
    const untag = new PutObjectTaggingCommand({ ...version, Tagging: { TagSet: [] } });
    await expect(admin.send(untag)).rejects.toMatchObject(refused);
    await admin.send(new GetObjectCommand({ ...version, VersionId: 'v2' }));
    await s.member(everything).client(S3Client).send(new GetObjectCommand(version));
  });

  it('lets no key, no tag of others and no text of the policy into its states, words or errors', async () => {
    const s = grounds(versions, {
      Statement: [
        {
          Sid: 'Jane',
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:DeleteObject',
          Resource: `arn:aws:s3:::${bucket}/jane`,
        },
      ],
    });
    const { before, after } = await quarantined(s, named('v1'));
    const gone = await action.capture(named('v9'), s.member(reads, {}, named('v9'))).catch(String);
    const words = [before, after, action.describe(before, after), action.losses(before, named('v1')), gone];
    expect(JSON.stringify(words)).not.toMatch(/jane|intake|oncology/i);
  });

  it('denies nothing that cannot be tied to a tag, and says that replication is not stopped', async () => {
    const s = grounds();
    await quarantined(s, named('v1'));
    expect(statement(s)?.[0].Action).not.toContain('s3:GetObjectVersionForReplication');
    expect(manifest.protects).toMatch(/replication may still copy it/);
  });

  it('keeps the other tags, which PutObjectTagging would replace; so does the undo', async () => {
    const s = grounds();
    const tags = () => s.world.bucket(bucket)?.objects.get(key)?.[0]?.tags;
    const { after, undo } = await quarantined(s, named('v1'));
    expect(tags()).toEqual({ patient: 'jane-doe', 'tourniquet-quarantine': after.tag });
    Object.assign(tags() ?? {}, { added: 'meanwhile' });
    await undo();
    expect(tags()).toEqual({ patient: 'jane-doe', added: 'meanwhile' });
  });

  it('says so where the version has ten tags already', async () => {
    const ten = Object.fromEntries('abcdefghij'.split('').map((name) => [name, 'x']));
    const s = grounds([{ key, body: 'x', versionId: 'v1', tags: ten }]);
    await expect(quarantined(s, named('v1'))).rejects.toThrow(Hindered);
    await expect(quarantined(s, named('v1'))).rejects.toThrow(/10 tags/);
  });

  it('finds the version behind the first page, and gives up after a bounded number of pages', async () => {
    const many = Array.from({ length: 1200 }, (_, n) => ({ key: `a/${n}`, body: '' }));
    const s = grounds([...many, ...versions]);
    expect((await action.capture(named('v1'), s.member(reads))).state.tag).toBeNull();
    s.answer('S3', 'ListObjectVersions', { IsTruncated: true, NextKeyMarker: 'a', NextVersionIdMarker: 'v' });
    await expect(action.capture(named('v1'), s.member(reads))).rejects.toThrow(Hindered);
    await expect(action.capture(named('v1'), s.member(reads))).rejects.toThrow(`more than ${mostPages},000`);
  });

  it('takes no delete marker and no other key for the version', async () => {
    const s = grounds([...versions, { key: `${key}2`, body: '', versionId: 'v3' }]);
    const marker = s.world.bucket(bucket)?.objects.get(key)?.at(-1);
    if (marker) marker.deleteMarker = true;
    for (const target of [named('v2'), named('v3')])
      await expect(action.capture(target, s.member(reads, {}, target))).rejects.toThrow(TargetNotFound);
  });

  it('is not safe, and not undone over, when somebody weakened the deny; a person looks at it', async () => {
    const s = grounds();
    const { after, undo } = await quarantined(s, named('v1'));
    const weak = (s.world.bucket(bucket)?.policy.stored ?? '').replace('"s3:GetObject",', '');
    s.world.bucket(bucket)?.policy.seed(weak);
    const { state: live } = await action.capture(named('v1'), s.member(reads));
    expect(action.verify(live, named('v1'), after)).toMatchObject({ safe: false });
    await expect(undo()).rejects.toMatchObject({ name: 'Drift' });
    expect(() => action.intend(live, named('v1'), at)).toThrow(Hindered);
    expect(s.world.bucket(bucket)?.policy.stored).toBe(weak);
  });
});
