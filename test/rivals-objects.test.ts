import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import manifest from '../lambdas/actions/quarantine-object/action.json' with { type: 'json' };
import quarantine from '../lambdas/actions/quarantine-object/action.ts';
import { sha256 } from '../lambdas/core/json.ts';
import type { Target } from '../lambdas/core/target.ts';
import { type Stage, stage } from './member-account.ts';

/** Mistakes of others that are ours to avoid, by their number in the list of the project. */

const account = '111122223333';
const bucket = 'records';
const region = 'us-east-1';
const key = 'intake/2026/1';
const target: Target = { kind: 's3-object', id: `${bucket}/${sha256(key)}/v1`, account, region };
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const { read: reads, write: writes } = manifest.permissions;

/** The named key with three versions, keys that begin like it or end like it, and the folder above it. */
function grounds(): Stage {
  const versions = ['v0', 'v1', 'v2'].map((versionId) => ({ key, body: versionId, versionId }));
  const near = [`${key}0`, `${key}/a`, `${key} `, 'intake/2026/', `copy/${key}`, key.toUpperCase()];
  const objects = [...versions, ...near.map((other) => ({ key: other, body: 'x', versionId: 'v1' }))];
  const all = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const reader = { name: 'reader', inline: { all }, accessKeys: [{ id: 'AKIAI44QH8DHBEXAMPLE' }] };
  return stage(
    { [account]: { users: [reader], buckets: [{ name: bucket, region, versioning: 'Enabled', objects }] } },
    target,
    at,
    new Set(),
  );
}

/** `key version` of everything in the bucket, with its tags. */
const tagged = (s: Stage) =>
  [...(s.world.bucket(bucket)?.objects ?? [])].flatMap(([of, versions]) =>
    versions.map(({ versionId, tags }) => ({ version: `${of} ${versionId}`, tags: { ...tags } })),
  );

/** What a reader with every right is refused. */
async function refused(s: Stage): Promise<string[]> {
  const s3 = s.member(reads).client(S3Client, region, s.world.keyCredentials('AKIAI44QH8DHBEXAMPLE'));
  const versions = [...(s.world.bucket(bucket)?.objects ?? [])].flatMap(([Key, list]) =>
    list.map(({ versionId: VersionId }) => ({ Key, VersionId })),
  );
  const tried = versions.map(({ Key, VersionId }) =>
    s3.send(new GetObjectCommand({ Bucket: bucket, Key, VersionId })).then(
      () => [],
      () => [`${Key} ${VersionId}`],
    ),
  );
  return (await Promise.all(tried)).flat();
}

describe('mistake 3: a hold on a whole prefix where one object was meant', () => {
  it('quarantines exactly the named version: no other version, no neighbour, no folder; the undo too', async () => {
    const s = grounds();
    const before = tagged(s);
    expect(await refused(s)).toEqual([]);
    const { state } = await quarantine.capture(target, s.member(reads));
    const after = quarantine.intend(state, target, at);
    const responder = s.member([...reads, ...writes]);
    await quarantine.apply(target, responder, state, after);
    s.pass({ seconds: 30 });
    expect(await refused(s)).toEqual([`${key} v1`]);
    expect(tagged(s).filter((one, n) => JSON.stringify(one) !== JSON.stringify(before[n]))).toEqual([
      { version: `${key} v1`, tags: { 'tourniquet-quarantine': after.tag } },
    ]);
    await quarantine.undo(target, responder, state, after);
    s.pass({ seconds: 30 });
    expect(await refused(s)).toEqual([]);
    expect(tagged(s)).toEqual(before);
  });
});
