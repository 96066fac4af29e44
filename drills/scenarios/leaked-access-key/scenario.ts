import { CreateAccessKeyCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import type { Credentials, World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Probe, type Scenario, status } from '../../engine/scenario.ts';
import { credentialsOf } from '../stolen.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
const region = 'us-east-1';
const bucket = 'northwind-patient-records';
const object = 'records/2026/11/intake-0001.json';
const leakedKey = 'AKIAIOSFODNN7EXAMPLE';
const otherKey = 'AKIAI44QH8DHBEXAMPLE';
const reporting = `arn:aws:iam::${clinic}:role/nightly-report`;
const app = `arn:aws:iam::${clinic}:role/records-app`;

const reads = { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` };

function seed(world: World): void {
  const account = world.account(clinic);
  account.addUser({
    name: 'etl-nightly',
    inline: {
      etl: {
        Statement: [
          reads,
          { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: reporting },
          {
            Effect: 'Allow',
            Action: ['iam:CreateAccessKey', 'iam:GetUser'],
            Resource: `arn:aws:iam::${clinic}:user/etl-nightly`,
          },
        ],
      },
    },
    accessKeys: [{ id: leakedKey }],
  });
  account.addUser({
    name: 'billing-export',
    inline: { billing: { Statement: [reads] } },
    accessKeys: [{ id: otherKey }],
  });
  account.addRole({
    name: 'nightly-report',
    trust: {
      Statement: [
        { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${clinic}:user/etl-nightly` }, Action: 'sts:AssumeRole' },
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ],
    },
    inline: { report: { Statement: [reads] } },
  });
  account.addRole({
    name: 'records-app',
    trust: {
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
    inline: { records: { Statement: [reads] } },
  });
  account.addBucket({ name: bucket, region, objects: [{ key: object, body: '{"synthetic":true}' }] });
  account.addTrail({ name: 'organization-trail', homeRegion: region, bucket: 'northwind-trail', multiRegion: true });
}

/** What the attacker holds, and a session that the clinic's own report is running with. */
interface Held {
  session: Credentials;
  role: Credentials;
  secondKey: Credentials;
  report: Credentials;
}
const held = new WeakMap<Rehearsal, Held>();

async function attack(drill: Rehearsal): Promise<void> {
  const credentials = drill.world.keyCredentials(leakedKey);
  const sts = drill.aws.client(STSClient, { region, credentials, sourceIp: '203.0.113.77' });
  const iam = drill.aws.client(IAMClient, { region, credentials, sourceIp: '203.0.113.77' });
  const session = await sts.send(new GetSessionTokenCommand({ DurationSeconds: 129_600 }));
  const role = await sts.send(new AssumeRoleCommand({ RoleArn: reporting, RoleSessionName: 'quarterly' }));
  const created = await iam.send(new CreateAccessKeyCommand({ UserName: 'etl-nightly' }));
  held.set(drill, {
    session: credentialsOf(session.Credentials),
    role: credentialsOf(role.Credentials),
    secondKey: {
      accessKeyId: created.AccessKey?.AccessKeyId ?? '',
      secretAccessKey: created.AccessKey?.SecretAccessKey ?? '',
    },
    report: drill.world.roleCredentials(reporting, 'nightly-report'),
  });
  // CloudTrail and GuardDuty take their time
  await drill.clock.runFor(1825);
}

const read = (drill: Rehearsal, credentials: Credentials) =>
  status(
    drill.aws.client(S3Client, { region, credentials }).send(new GetObjectCommand({ Bucket: bucket, Key: object })),
  );

const attacker = (name: string, with_: (held: Held, drill: Rehearsal) => Credentials): Probe => ({
  name,
  kind: 'attack',
  call: (drill) => {
    const has = held.get(drill);
    if (!has) throw new Error('the attack has not run yet');
    return read(drill, with_(has, drill));
  },
});

const scenario: Scenario = {
  id: 'leaked-access-key',
  title: 'A long-term access key is in the wrong hands',
  story:
    'The key of etl-nightly was leaked. Within a minute the attacker made a 36-hour session token, a role session and a second key with it, and reads records with all four. Half an hour later the finding arrives.',
  start: '2026-11-21T01:40:15Z',
  seed,
  attack,
  events: () => [finding],
  probes: [
    attacker('the leaked key reads a record', (_, drill) => drill.world.keyCredentials(leakedKey)),
    attacker('the session token made with it reads a record', (has) => has.session),
    attacker('the role session made with it reads a record', (has) => has.role),
    attacker('the second key made with it reads a record', (has) => has.secondKey),
    {
      name: "the clinic's other key reads a record",
      kind: 'care',
      call: (drill) => read(drill, drill.world.keyCredentials(otherKey)),
    },
    {
      name: "the clinic's app reads a record",
      kind: 'care',
      call: (drill) => read(drill, drill.world.roleCredentials(app, 'records-app')),
    },
    {
      name: 'the nightly report, started afresh, reads a record',
      kind: 'care',
      call: (drill) => read(drill, drill.world.roleCredentials(reporting, 'nightly-report')),
    },
    {
      name: 'the nightly report that was running reads a record',
      kind: 'care',
      call: (drill) => read(drill, held.get(drill)?.report ?? drill.world.roleCredentials(reporting, 'nightly-report')),
    },
  ],
  people: ({ approval }) =>
    approval.startsWith('restore-')
      ? { after: 60, person: 1, decision: 'approve', reason: 'rehearsal: the undo is practised too' }
      : { after: 45, person: 0, decision: 'approve', reason: 'nobody of ours made it; the report may start again' },
  restores: true,
  accounts: [clinic],
};
export default scenario;
