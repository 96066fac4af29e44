import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { anonymous, type World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Scenario, status } from '../../engine/scenario.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
/** an account of the settings */
const lab = '444455556666';
/** an honest partner that nobody has put into the settings */
const insurer = '777788889999';
const stranger = '999988887777';
const bucket = 'northwind-patient-records';
const drop = 'analytics-drop-7f3a';
const region = 'us-east-1';
const record = 'records/2026/11/intake-0001.json';
const app = `arn:aws:iam::${clinic}:role/records-app`;
const copier = `arn:aws:iam::${clinic}:role/replication`;
const reader = (account: string) => `arn:aws:iam::${account}:role/reader`;

const assumedBy = (service: string) => ({
  Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
});
const objects = (of: string) => `arn:aws:s3:::${of}/*`;
const shared = (Sid: string, account: string) => ({
  Sid,
  Effect: 'Allow',
  Principal: { AWS: reader(account) },
  Action: 's3:GetObject',
  Resource: objects(bucket),
});

function seedClinic(world: World): void {
  const account = world.account(clinic);
  account.addRole({
    name: 'records-app',
    trust: assumedBy('ecs-tasks.amazonaws.com'),
    inline: { records: { Statement: [{ Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: '*' }] } },
  });
  account.addRole({
    name: 'replication',
    trust: assumedBy('s3.amazonaws.com'),
    inline: {
      copy: {
        Statement: [
          { Effect: 'Allow', Action: ['s3:GetObjectVersionForReplication', 's3:ReplicateObject'], Resource: '*' },
        ],
      },
    },
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
    policy: {
      Version: '2012-10-17',
      Statement: [
        shared('PartnerLab', lab),
        shared('Insurer', insurer),
        {
          Sid: 'LogDelivery',
          Effect: 'Allow',
          Principal: { Service: 'logging.s3.amazonaws.com' },
          Action: 's3:PutObject',
          Resource: `arn:aws:s3:::${bucket}/access-logs/*`,
          Condition: { StringEquals: { 'aws:SourceAccount': clinic } },
        },
        shared('AnalyticsTrial', stranger),
      ],
    },
    replication: {
      Role: copier,
      Rules: [
        {
          ID: 'analytics-trial',
          Priority: 1,
          Filter: { Prefix: 'records/' },
          Status: 'Enabled',
          DeleteMarkerReplication: { Status: 'Disabled' },
          Destination: { Bucket: `arn:aws:s3:::${drop}` },
        },
      ],
    },
    tags: { DataClassification: 'phi' },
    objects: [{ key: record, body: '{"synthetic":true,"record":1}' }],
  });
}

function seed(world: World): void {
  seedClinic(world);
  for (const account of [lab, insurer, stranger])
    world.account(account).addRole({
      name: 'reader',
      trust: assumedBy('lambda.amazonaws.com'),
      inline: { read: { Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }] } },
    });
  world.account(stranger).addBucket({
    name: drop,
    region,
    versioning: 'Enabled',
    policy: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: copier }, Action: 's3:ReplicateObject', Resource: objects(drop) },
      ],
    },
  });
}

const as = (drill: Rehearsal, role?: string) =>
  drill.aws.client(S3Client, {
    region,
    credentials: role === undefined ? anonymous : drill.world.roleCredentials(role, 'session'),
  });
const read = (drill: Rehearsal, role: string, from = bucket, key = record) =>
  status(as(drill, role).send(new GetObjectCommand({ Bucket: from, Key: key })));

/** Writes an object, looks, and takes it away again in every bucket: what a probe leaves behind would be no undo. */
async function written(drill: Rehearsal, key: string, look: (write: Promise<unknown>) => Promise<number>) {
  const body = '{"synthetic":true}';
  try {
    return await look(as(drill, app).send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body })));
  } finally {
    for (const name of [bucket, drop]) drill.world.bucket(name)?.objects.delete(key);
  }
}

const deliverLog = (drill: Rehearsal) => {
  const key = 'access-logs/probe';
  const service = drill.world.serviceCaller('logging.s3.amazonaws.com', { account: clinic });
  const delivered = drill.aws.send('S3', 'PutObject', { Bucket: bucket, Key: key, Body: 'log' }, service, region);
  return status(delivered).finally(() => drill.world.bucket(bucket)?.objects.delete(key));
};

const scenario: Scenario = {
  id: 'shared-bucket',
  title: 'A bucket of patient records is shared with an unknown account',
  story:
    'At 02:12 UTC somebody let an unknown AWS account read a bucket, and copies every new record into a bucket of that account. Public access is blocked already, and that stops neither. GuardDuty saw the change; the finding arrives now.',
  start: '2026-11-21T02:31:00Z',
  settings: (settings) => {
    const [own] = settings.accounts.members;
    const members = own ? [own, { ...own, id: lab, alias: 'northwind-lab' }] : [];
    return { ...settings, accounts: { ...settings.accounts, members } };
  },
  seed,
  events: () => [finding],
  probes: [
    {
      name: 'the unknown account reads a patient record',
      kind: 'attack',
      call: (drill) => read(drill, reader(stranger)),
    },
    {
      name: "a new record arrives in the unknown account's bucket",
      kind: 'attack',
      call: (drill) => {
        const key = 'records/2026/11/intake-probe.json';
        return written(drill, key, async (write) => {
          await write;
          return read(drill, reader(stranger), drop, key);
        });
      },
    },
    { name: "the clinic's app reads a record", kind: 'care', call: (drill) => read(drill, app) },
    {
      name: "the clinic's app writes a record",
      kind: 'care',
      call: (drill) => written(drill, 'records/2026/11/intake-0002.json', status),
    },
    { name: 'our own lab reads a record', kind: 'care', call: (drill) => read(drill, reader(lab)) },
    { name: 'the insurer reads a record', kind: 'care', call: (drill) => read(drill, reader(insurer)) },
    { name: 'access logs are delivered', kind: 'care', call: deliverLog },
  ],
  people: ({ approval }) =>
    approval.startsWith('restore-')
      ? { after: 60, person: 1, decision: 'approve', reason: 'rehearsal: the bucket goes back as it was' }
      : {
          after: 48,
          person: 0,
          decision: 'approve',
          reason: 'nobody knows the analytics account; the insurer can wait until morning',
        },
  restores: true,
  accounts: [clinic],
};
export default scenario;
