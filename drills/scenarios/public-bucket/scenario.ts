import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { anonymous, type World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Scenario, status } from '../../engine/scenario.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
const lab = '444455556666';
const bucket = 'northwind-patient-records';
const region = 'us-east-1';
const object = 'records/2026/11/intake-0001.json';
const app = `arn:aws:iam::${clinic}:role/records-app`;
const labReader = `arn:aws:iam::${lab}:role/results-reader`;

function seed(world: World): void {
  const account = world.account(clinic);
  account.addRole({
    name: 'records-app',
    trust: {
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
    inline: {
      records: {
        Statement: [
          { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: `arn:aws:s3:::${bucket}/*` },
        ],
      },
    },
  });
  world.account(lab).addRole({
    name: 'results-reader',
    trust: {
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
    inline: {
      results: {
        Statement: [
          { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: `arn:aws:s3:::${bucket}/*` },
        ],
      },
    },
  });
  account.addBucket({
    name: bucket,
    region,
    policy: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'PartnerLab',
          Effect: 'Allow',
          Principal: { AWS: labReader },
          Action: 's3:GetObject',
          Resource: `arn:aws:s3:::${bucket}/records/*`,
        },
        {
          Sid: 'LogDelivery',
          Effect: 'Allow',
          Principal: { Service: 'logging.s3.amazonaws.com' },
          Action: 's3:PutObject',
          Resource: `arn:aws:s3:::${bucket}/access-logs/*`,
          Condition: { StringEquals: { 'aws:SourceAccount': clinic } },
        },
        {
          Sid: 'TempShareForVendor',
          Effect: 'Allow',
          Principal: '*',
          Action: ['s3:GetObject', 's3:ListBucket'],
          Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
        },
      ],
    },
    tags: { DataClassification: 'phi' },
    objects: [
      ...Array.from({ length: 1200 }, (_, i) => ({
        key: `records/2026/11/intake-${String(i + 1).padStart(4, '0')}.json`,
        body: `{"synthetic":true,"record":${i + 1}}`,
      })),
      { key: 'access-logs/2026-11-21', body: 'log' },
    ],
  });
}

const as = (drill: Rehearsal, credentials = anonymous) => drill.aws.client(S3Client, { region, credentials });
const read = (client: S3Client) => status(client.send(new GetObjectCommand({ Bucket: bucket, Key: object })));

const scenario: Scenario = {
  id: 'public-bucket',
  title: 'A bucket of patient records is open to the internet',
  story:
    'At 02:02 UTC somebody shared a bucket with a vendor by making it public. A stranger has found it. GuardDuty saw the change; the finding arrives now.',
  start: '2026-11-21T02:06:30Z',
  seed,
  events: () => [finding],
  probes: [
    { name: 'a stranger reads a patient record', kind: 'attack', call: (drill) => read(as(drill)) },
    {
      name: 'a stranger lists the bucket',
      kind: 'attack',
      call: (drill) => status(as(drill).send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }))),
    },
    {
      name: "the clinic's app reads a record",
      kind: 'care',
      call: (drill) => read(as(drill, drill.world.roleCredentials(app, 'records-app'))),
    },
    {
      name: "the clinic's app writes a record",
      kind: 'care',
      call: (drill) =>
        status(
          as(drill, drill.world.roleCredentials(app, 'records-app')).send(
            new PutObjectCommand({
              Bucket: bucket,
              Key: 'records/2026/11/intake-1200.json',
              Body: '{"synthetic":true,"record":1200}',
            }),
          ),
        ),
    },
    {
      name: 'the partner lab reads a record',
      kind: 'care',
      call: (drill) => read(as(drill, drill.world.roleCredentials(labReader, 'results'))),
    },
    {
      name: 'access logs are delivered',
      kind: 'care',
      call: (drill) =>
        status(
          drill.aws.send(
            'S3',
            'PutObject',
            { Bucket: bucket, Key: 'access-logs/2026-11-21', Body: 'log' },
            drill.world.serviceCaller('logging.s3.amazonaws.com', { account: clinic }),
            region,
          ),
        ),
    },
  ],
  people: ({ approval }) =>
    approval.startsWith('restore-')
      ? { after: 60, person: 1, decision: 'approve', reason: 'rehearsal: the bucket goes back as it was' }
      : {
          after: 48,
          person: 0,
          decision: 'approve',
          reason: 'the vendor share was a mistake; the lab keeps its own statement',
        },
  restores: true,
  accounts: [clinic],
};
export default scenario;
