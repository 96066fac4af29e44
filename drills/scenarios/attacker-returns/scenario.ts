import { DeleteUserPolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Credentials, World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Scenario, status } from '../../engine/scenario.ts';
import { mintedWith } from '../stolen.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
const region = 'us-east-1';
const bucket = 'northwind-patient-records';
const object = 'records/2026/11/intake-0001.json';
const leakedKey = 'AKIAIOSFODNN7EXAMPLE';
const user = 'etl-nightly';
const ops = `arn:aws:iam::${clinic}:role/ops-automation`;
const app = `arn:aws:iam::${clinic}:role/records-app`;
const ourDeny = 'TourniquetDenyOlderSessions';

const reads = { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` };
const tasks = {
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

function seed(world: World): void {
  const account = world.account(clinic);
  account.addUser({ name: user, inline: { etl: { Statement: [reads] } }, accessKeys: [{ id: leakedKey }] });
  account.addRole({
    name: 'ops-automation',
    trust: tasks,
    inline: { ops: { Statement: [{ Effect: 'Allow', Action: 'iam:*', Resource: '*' }] } },
  });
  account.addRole({ name: 'records-app', trust: tasks, inline: { records: { Statement: [reads] } } });
  account.addBucket({ name: bucket, region, objects: [{ key: object, body: '{"synthetic":true}' }] });
  account.addTrail({ name: 'organization-trail', homeRegion: region, bucket: 'northwind-trail', multiRegion: true });
}

const minted = new WeakMap<Rehearsal, Credentials>();

async function attack(drill: Rehearsal): Promise<void> {
  minted.set(drill, await mintedWith(drill, leakedKey, region));
  await drill.clock.runFor(1825);
}

const denied = (drill: Rehearsal) => drill.world.account(clinic).users.get(user)?.inline.stored[ourDeny] !== undefined;

/** With a second foothold that no finding names, the attacker takes the deny back five seconds after it has landed. */
async function returns(drill: Rehearsal): Promise<void> {
  while (!denied(drill)) await drill.clock.after(1);
  await drill.clock.after(5);
  const iam = drill.aws.client(IAMClient, {
    region,
    credentials: drill.world.roleCredentials(ops, 'build-442'),
    sourceIp: '203.0.113.77',
  });
  await iam.send(new DeleteUserPolicyCommand({ UserName: user, PolicyName: ourDeny }));
  // the next heartbeat sends the page that the read-back has left
  await drill.clock.after(290);
  await drill.tick();
}

const read = (drill: Rehearsal, credentials: Credentials) =>
  status(
    drill.aws.client(S3Client, { region, credentials }).send(new GetObjectCommand({ Bucket: bucket, Key: object })),
  );

const scenario: Scenario = {
  id: 'attacker-returns',
  title: 'The attacker takes our deny back five seconds after it has landed',
  story:
    'A leaked key and a 36-hour session made with it are cut off. But the attacker also holds a role with rights over IAM, which nobody knows of, and deletes our deny. The next read-back sees it, reopens the case and pages; a person then denies the user through the organization, which nobody in the account can lift.',
  start: '2026-11-21T01:40:15Z',
  seed,
  attack,
  events: () => [finding],
  meanwhile: returns,
  probes: [
    {
      name: 'the leaked key reads a record',
      kind: 'attack',
      call: (drill) => read(drill, drill.world.keyCredentials(leakedKey)),
    },
    {
      name: 'the session token made with it reads a record',
      kind: 'attack',
      call: (drill) => {
        const session = minted.get(drill);
        if (!session) throw new Error('the attack has not run yet');
        return read(drill, session);
      },
    },
    {
      name: "the clinic's app reads a record",
      kind: 'care',
      call: (drill) => read(drill, drill.world.roleCredentials(app, 'records-app')),
    },
  ],
  people: ({ action }) =>
    action === 'deny-user-by-scp'
      ? { after: 60, person: 0, decision: 'approve', reason: 'he takes our denies back; this one he cannot' }
      : { after: 30, person: 0, decision: 'decline', reason: 'he would take that back too' },
  expects: { drifts: ['deny-user-sessions'] },
  restores: false,
  accounts: [clinic],
};
export default scenario;
