import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Credentials, World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Probe, type Scenario, status } from '../../engine/scenario.ts';
import { mintedWith } from '../stolen.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
const lab = '444455556666';
const region = 'us-east-1';
const bucket = 'northwind-patient-records';
const record = 'records/2026/11/intake-0001.json';
const stolenKey = 'AKIAIOSFODNN7EXAMPLE';
const otherKey = 'AKIAI44QH8DHBEXAMPLE';
const app = `arn:aws:iam::${clinic}:role/records-app`;
const labReader = `arn:aws:iam::${lab}:role/results-reader`;

const reads = { Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` }] };
const assumedBy = (service: string) => ({
  Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
});

function seed(world: World): void {
  const account = world.account(clinic);
  account.addUser({ name: 'etl-nightly', inline: { etl: reads }, accessKeys: [{ id: stolenKey }] });
  account.addUser({ name: 'billing-export', inline: { billing: reads }, accessKeys: [{ id: otherKey }] });
  account.addRole({
    name: 'records-app',
    trust: assumedBy('ecs-tasks.amazonaws.com'),
    inline: { records: reads },
  });
  world
    .account(lab)
    .addRole({ name: 'results-reader', trust: assumedBy('lambda.amazonaws.com'), inline: { results: reads } });
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
      ],
    },
    objects: [
      { key: record, body: '{"synthetic":true}' },
      { key: 'access-logs/2026-11-21', body: 'log' },
    ],
  });
  account.addTrail({ name: 'organization-trail', homeRegion: region, bucket: 'northwind-trail', multiRegion: true });
}

/** The session token that the attacker has made with the stolen key. */
const minted = new WeakMap<Rehearsal, Credentials>();

async function attack(drill: Rehearsal): Promise<void> {
  minted.set(drill, await mintedWith(drill, stolenKey, region));
  // GuardDuty publishes every 15 minutes, and learns of S3 data events later than that
  await drill.clock.runFor(2230);
}

const reader = (name: string, kind: Probe['kind'], credentials: (drill: Rehearsal) => Credentials): Probe => ({
  name,
  kind,
  call: (drill) =>
    status(
      drill.aws
        .client(S3Client, { region, credentials: credentials(drill) })
        .send(new GetObjectCommand({ Bucket: bucket, Key: record })),
    ),
});

const scenario: Scenario = {
  id: 'bucket-exfiltration',
  title: 'Somebody takes records out of a bucket with a stolen key',
  story:
    'The key of etl-nightly is in the wrong hands. Since 02:41 UTC it reads one record after the other, far more than on any other night, and its holder has made a 36-hour session token too. Half an hour later the finding arrives.',
  start: '2026-11-21T02:41:09Z',
  seed,
  attack,
  events: () => [finding],
  probes: [
    reader('the stolen key reads a record', 'attack', (drill) => drill.world.keyCredentials(stolenKey)),
    reader('the session token made with it reads a record', 'attack', (drill) => {
      const session = minted.get(drill);
      if (!session) throw new Error('the attack has not run yet');
      return session;
    }),
    reader("the clinic's other key reads a record", 'care', (drill) => drill.world.keyCredentials(otherKey)),
    reader("the clinic's app reads a record", 'care', (drill) => drill.world.roleCredentials(app, 'records-app')),
    reader('the partner lab reads a record', 'care', (drill) => drill.world.roleCredentials(labReader, 'results')),
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
      ? { after: 60, person: 1, decision: 'approve', reason: 'rehearsal: the undo is practised too' }
      : {
          after: 52,
          person: 0,
          decision: 'approve',
          reason: 'the nightly job ran at one; nobody of ours reads at three',
        },
  restores: true,
  accounts: [clinic],
};
export default scenario;
