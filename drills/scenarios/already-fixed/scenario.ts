import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Credentials, World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Scenario, status } from '../../engine/scenario.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
const region = 'us-east-1';
const bucket = 'northwind-patient-records';
const object = 'records/2026/11/intake-0001.json';
const app = `arn:aws:iam::${clinic}:role/records-app`;

/** As its owner left it two minutes before the finding: the public statement is gone and the block is on. */
function seed(world: World): void {
  const account = world.account(clinic);
  account.addRole({
    name: 'records-app',
    trust: {
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
    inline: {
      records: { Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` }] },
    },
  });
  account.addBucket({
    name: bucket,
    region,
    publicAccessBlock: {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    },
    objects: [{ key: object, body: '{"synthetic":true}' }],
  });
}

const read = (drill: Rehearsal, credentials: Credentials) =>
  status(
    drill.aws.client(S3Client, { region, credentials }).send(new GetObjectCommand({ Bucket: bucket, Key: object })),
  );

const scenario: Scenario = {
  id: 'already-fixed',
  title: 'The finding comes after the repair',
  story:
    'A bucket was public for a few minutes; whoever did it noticed and took it back. The finding arrives now. Nothing is left to change, and what was readable meanwhile still has to be known.',
  start: '2026-11-21T02:06:30Z',
  seed,
  events: () => [finding],
  probes: [
    {
      name: "the clinic's app reads a record",
      kind: 'care',
      call: (drill) => read(drill, drill.world.roleCredentials(app, 'records-app')),
    },
  ],
  people: () => undefined,
  expects: { untouched: true },
  restores: false,
  accounts: [clinic],
};
export default scenario;
