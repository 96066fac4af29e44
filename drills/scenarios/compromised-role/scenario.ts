import { IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Credentials, World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Probe, type Scenario, status } from '../../engine/scenario.ts';
import { credentialsOf } from '../stolen.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
const outsider = '444455556666';
const region = 'us-east-1';
const bucket = 'northwind-patient-records';
const object = 'records/2026/11/intake-0001.json';
const outsiderKey = 'AKIAI44QH8DHBEXAMPLE';
/** as in the finding: the session of a task has the name of the task */
const stolen = '7f3c9a1e5b2d4680';
const honest = 'b81d02c7e94f4a35';
const task = `arn:aws:iam::${clinic}:role/records-export`;
const app = `arn:aws:iam::${clinic}:role/records-app`;
const reads = { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` };
const tasks = { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' };

function seed(world: World): void {
  const account = world.account(clinic);
  const editsItself = { Effect: 'Allow', Action: 'iam:UpdateAssumeRolePolicy', Resource: task };
  account.addRole({
    name: 'records-export',
    trust: { Version: '2012-10-17', Statement: [tasks] },
    inline: { records: { Statement: [reads, editsItself] } },
  });
  account.addRole({
    name: 'records-app',
    trust: { Version: '2012-10-17', Statement: [tasks] },
    inline: { records: { Statement: [reads] } },
  });
  account.addBucket({ name: bucket, region, objects: [{ key: object, body: '{"synthetic":true}' }] });
  account.addTrail({ name: 'organization-trail', homeRegion: region, bucket: 'northwind-trail', multiRegion: true });
  world.account(outsider).addUser({
    name: 'collector',
    inline: { any: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }] } },
    accessKeys: [{ id: outsiderKey }],
  });
}

/** What the attacker holds, and the task of the clinic's that runs beside. */
interface Held {
  task: Credentials;
  outside: Credentials;
  beside: Credentials;
}
const held = new WeakMap<Rehearsal, Held>();

const reenters = (drill: Rehearsal) =>
  drill.aws
    .client(STSClient, { region, credentials: drill.world.keyCredentials(outsiderKey), sourceIp: '203.0.113.77' })
    .send(new AssumeRoleCommand({ RoleArn: task, RoleSessionName: 'again' }));

async function attack(drill: Rehearsal): Promise<void> {
  const credentials = drill.world.roleCredentials(task, stolen);
  const iam = drill.aws.client(IAMClient, { region, credentials, sourceIp: '203.0.113.77' });
  const door = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${outsider}:root` }, Action: 'sts:AssumeRole' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [tasks, door] });
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'records-export', PolicyDocument }));
  await drill.clock.runFor(10);
  const { Credentials: given } = await reenters(drill);
  held.set(drill, {
    task: credentials,
    outside: credentialsOf(given),
    beside: drill.world.roleCredentials(task, honest),
  });
  // CloudTrail and GuardDuty take their time
  await drill.clock.runFor(1815);
}

const read = (drill: Rehearsal, credentials: Credentials) =>
  status(
    drill.aws.client(S3Client, { region, credentials }).send(new GetObjectCommand({ Bucket: bucket, Key: object })),
  );

const holder = (name: string, kind: Probe['kind'], with_: (held: Held) => Credentials): Probe => ({
  name,
  kind,
  call: (drill) => {
    const has = held.get(drill);
    if (!has) throw new Error('the attack has not run yet');
    return read(drill, with_(has));
  },
});

const scenario: Scenario = {
  id: 'compromised-role',
  title: "A task's credentials are in the wrong hands",
  story:
    'Somebody took the credentials of one ECS task that exports records. With them he let his own account assume the role, and reads records both ways. Half an hour later the finding arrives; it names the one session.',
  start: '2026-11-21T01:40:15Z',
  seed,
  attack,
  events: () => [finding],
  probes: [
    holder('the stolen session of the task reads a record', 'attack', (has) => has.task),
    holder("the session of the attacker's own account reads a record", 'attack', (has) => has.outside),
    {
      name: "the attacker's own account assumes the role again",
      kind: 'attack',
      call: (drill) => status(reenters(drill)),
    },
    holder('the task that was running beside reads a record', 'care', (has) => has.beside),
    {
      name: 'a task that starts afresh reads a record',
      kind: 'care',
      call: (drill) => read(drill, drill.world.roleCredentials(task, 'c5e70f1a2d3b4968')),
    },
    {
      name: "the clinic's app reads a record",
      kind: 'care',
      call: (drill) => read(drill, drill.world.roleCredentials(app, 'records-app')),
    },
  ],
  people: ({ approval, action }) => {
    if (approval.startsWith('restore-'))
      return { after: 60, person: 1, decision: 'approve', reason: 'rehearsal: the undo is practised too' };
    // the strongest step would stop the honest tasks as well
    if (action === 'deny-role-by-scp')
      return { after: 55, person: 0, decision: 'decline', reason: 'his session is denied and his way in is closed' };
    return {
      after: 45,
      person: 0,
      decision: 'approve',
      reason: 'nobody of ours has that account; the export may start again',
    };
  },
  restores: true,
  accounts: [clinic, outsider],
};
export default scenario;
