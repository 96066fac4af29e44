import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { anonymous, type World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Scenario, status } from '../../engine/scenario.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
const region = 'us-east-1';
const bucket = 'northwind-patient-records';
const object = 'records/2026/11/intake-0001.json';
const app = `arn:aws:iam::${clinic}:role/records-app`;

const open = {
  Sid: 'TempShareForVendor',
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: `arn:aws:s3:::${bucket}/*`,
};

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
    policy: { Version: '2012-10-17', Statement: [open] },
    objects: [{ key: object, body: '{"synthetic":true}' }],
  });
}

const scenario: Scenario = {
  id: 'changed-meanwhile',
  title: 'Somebody has changed the bucket between the containment and its undo',
  story:
    'A public bucket is contained. In the afternoon its owner loosens one of the four flags that we set, for a website that is being built. Then somebody asks for the undo: it would overwrite what the owner decided, so it is refused, with both states shown.',
  start: '2026-11-21T02:06:30Z',
  seed,
  events: () => [finding],
  probes: [
    {
      name: 'a stranger reads a patient record',
      kind: 'attack',
      call: (drill: Rehearsal) =>
        status(
          drill.aws
            .client(S3Client, { region, credentials: anonymous })
            .send(new GetObjectCommand({ Bucket: bucket, Key: object })),
        ),
    },
    {
      name: "the clinic's app reads a record",
      kind: 'care',
      call: (drill: Rehearsal) =>
        status(
          drill.aws
            .client(S3Client, { region, credentials: drill.world.roleCredentials(app, 'records-app') })
            .send(new GetObjectCommand({ Bucket: bucket, Key: object })),
        ),
    },
  ],
  people: () => ({ after: 48, person: 0, decision: 'approve', reason: 'the vendor share was a mistake' }),
  async beforeUndo(drill) {
    await drill.clock.runFor(12 * 3600);
    const flags = drill.world.bucket(bucket)?.publicAccessBlock;
    if (flags?.stored) flags.set({ ...flags.stored, BlockPublicAcls: false });
  },
  expects: { undoRefused: true },
  restores: true,
  accounts: [clinic],
};
export default scenario;
