import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRootCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { rootKey, seedRootUser } from '../../aws/iam/root.ts';
import type { Credentials, World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Scenario, status } from '../../engine/scenario.ts';
import { credentialsOf } from '../stolen.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
const management = '777777777777';
const region = 'us-east-1';
const bucket = 'northwind-patient-records';
const object = 'records/2026/11/intake-0001.json';
const stolenKey = 'AKIAROOTEXAMPLE00001';
const app = `arn:aws:iam::${clinic}:role/records-app`;
const administrator = `arn:aws:iam::${management}:role/root-access`;
const reads = { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` };

function seed(world: World): void {
  const account = world.account(clinic);
  seedRootUser(account, { accessKeys: [stolenKey], loginProfile: true });
  account.addRole({
    name: 'records-app',
    trust: {
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
    inline: { records: { Statement: [reads] } },
  });
  account.addUser({
    name: 'front-desk',
    inline: { records: { Statement: [reads] } },
    accessKeys: [{ id: 'AKIAI44QH8DHBEXAMPLE' }],
  });
  account.addBucket({ name: bucket, region, objects: [{ key: object, body: '{"synthetic":true}' }] });
  world.account(management).addRole({
    name: 'root-access',
    trust: { Statement: [{ Effect: 'Allow', Principal: { AWS: management }, Action: 'sts:AssumeRole' }] },
    inline: { root: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRoot', Resource: '*' }] } },
  });
}

/** The session that the attacker opened with the key: no policy of the account can be put on it. */
const sessions = new WeakMap<Rehearsal, Credentials>();

async function attack(drill: Rehearsal): Promise<void> {
  const sts = drill.aws.client(STSClient, { region, credentials: rootKey(stolenKey), sourceIp: '203.0.113.77' });
  const { Credentials: given } = await sts.send(new GetSessionTokenCommand({ DurationSeconds: 3600 }));
  sessions.set(drill, credentialsOf(given));
  // CloudTrail and GuardDuty take their time
  await drill.clock.runFor(905);
}

const read = (drill: Rehearsal, credentials: Credentials) =>
  status(
    drill.aws.client(S3Client, { region, credentials }).send(new GetObjectCommand({ Bucket: bucket, Key: object })),
  );

function assumesRoot(drill: Rehearsal): Promise<number> {
  const credentials = drill.world.roleCredentials(administrator, 'morning-check');
  const arn = 'arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials';
  return status(
    drill.aws
      .client(STSClient, { region, credentials })
      .send(new AssumeRootCommand({ TargetPrincipal: clinic, TaskPolicyArn: { arn }, DurationSeconds: 900 })),
  );
}

const reason = 'nobody of ours uses the root user; two of us looked';

const scenario: Scenario = {
  id: 'root-credentials',
  title: 'The root key of an account is in the wrong hands',
  story:
    'The root user of the clinic account has a forgotten access key. Somebody found it, opened a session with it and reads records with both. No policy inside the account stops a root user; the organization can.',
  start: '2026-11-21T01:55:15Z',
  seed,
  attack,
  events: () => [finding],
  probes: [
    { name: 'the root key reads a record', kind: 'attack', call: (drill) => read(drill, rootKey(stolenKey)) },
    {
      name: 'the session opened with it reads a record',
      kind: 'attack',
      call: (drill) => read(drill, sessions.get(drill) ?? rootKey(stolenKey)),
    },
    {
      name: "the clinic's app reads a record",
      kind: 'care',
      call: (drill) => read(drill, drill.world.roleCredentials(app, 'records-app')),
    },
    {
      name: 'the front desk reads a record',
      kind: 'care',
      call: (drill) => read(drill, drill.world.keyCredentials('AKIAI44QH8DHBEXAMPLE')),
    },
    { name: 'the organization still reaches the root user through AssumeRoot', kind: 'care', call: assumesRoot },
  ],
  // the deny is approved by two people; to delete for good is declined until the key's owner was asked
  people: ({ approval, action }) => {
    if (approval.startsWith('restore-'))
      return { after: 60, person: 1, decision: 'approve', reason: 'rehearsal: the undo is practised too' };
    if (action === 'delete-root-credentials')
      return {
        after: 90,
        person: 1,
        decision: 'decline',
        reason: 'denied is enough tonight: ask the owner of the key first',
      };
    return [
      { after: 45, person: 0, decision: 'approve', reason },
      { after: 30, person: 1, decision: 'approve', reason },
    ];
  },
  restores: true,
  accounts: [clinic, management],
};
export default scenario;
