import {
  GetObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { anonymous, type Credentials, type World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Probe, type Scenario, status } from '../../engine/scenario.ts';
import { mintedWith } from '../stolen.ts';
import sequence from './finding.json' with { type: 'json' };
import signal from './signal.json' with { type: 'json' };

const clinic = '111122223333';
const region = 'us-east-1';
const [records, imaging, claims] = ['northwind-patient-records', 'northwind-imaging', 'northwind-claims'];
const object = '2026/11/0001.json';
const stolenKey = 'AKIAIOSFODNN7EXAMPLE';
const exporter = `arn:aws:iam::${clinic}:role/records-export`;
const app = `arn:aws:iam::${clinic}:role/records-app`;
const stolenSession = '0f1e2d3c';

const everything = [records, imaging, claims].flatMap((name) => [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`]);
const may = (...actions: string[]) => ({ Statement: [{ Effect: 'Allow', Action: actions, Resource: everything }] });
const tasks = {
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

function seed(world: World): void {
  const account = world.account(clinic);
  account.addUser({
    name: 'etl-nightly',
    inline: { etl: may('s3:GetObject', 's3:PutBucketPolicy') },
    accessKeys: [{ id: stolenKey }],
  });
  account.addRole({
    name: 'records-export',
    trust: tasks,
    inline: { exports: may('s3:GetObject', 's3:PutLifecycleConfiguration') },
  });
  account.addRole({ name: 'records-app', trust: tasks, inline: { app: may('s3:GetObject') } });
  for (const name of [records, imaging, claims])
    account.addBucket({ name, region, objects: [{ key: object, body: '{"synthetic":true}' }] });
  account.addTrail({ name: 'organization-trail', homeRegion: region, bucket: 'northwind-trail', multiRegion: true });
}

interface Held {
  token: Credentials;
  session: Credentials;
  /** a task of the clinic's that runs beside the stolen one */
  beside: Credentials;
}
const held = new WeakMap<Rehearsal, Held>();
const s3 = (drill: Rehearsal, credentials: Credentials) =>
  drill.aws.client(S3Client, { region, credentials, sourceIp: '203.0.113.77' });

const share = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Sid: 'Open', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${records}/*` },
  ],
});

async function attack(drill: Rehearsal): Promise<void> {
  const key = drill.world.keyCredentials(stolenKey);
  const session = drill.world.roleCredentials(exporter, stolenSession);
  const beside = drill.world.roleCredentials(exporter, 'honest-task');
  const token = await mintedWith(drill, stolenKey, region);
  held.set(drill, { token, session, beside });
  await s3(drill, key).send(new PutBucketPolicyCommand({ Bucket: records, Policy: share }));
  await s3(drill, session).send(wiping);
  await drill.clock.runFor(1825);
}

const wiping = new PutBucketLifecycleConfigurationCommand({
  Bucket: claims,
  LifecycleConfiguration: {
    Rules: [{ ID: 'wipe', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } }],
  },
});

const reads = (name: string, kind: Probe['kind'], bucket: string, as: (drill: Rehearsal) => Credentials): Probe => ({
  name,
  kind,
  call: (drill) => status(s3(drill, as(drill)).send(new GetObjectCommand({ Bucket: bucket, Key: object }))),
});

function has(drill: Rehearsal): Held {
  const taken = held.get(drill);
  if (!taken) throw new Error('the attack has not run yet');
  return taken;
}

const scenario: Scenario = {
  id: 'attack-sequence',
  title: 'One attack with two stolen credentials and three buckets',
  story:
    'A leaked key and a stolen task session work together: the key opened the bucket of records to the world, the session set the claims to be deleted in a day, and both read images. The finding about the key arrives first; GuardDuty then joins everything to one attack sequence.',
  start: '2026-11-21T01:50:10Z',
  seed,
  attack,
  events: () => [signal, sequence],
  probes: [
    reads('the stolen key reads an image', 'attack', imaging, (drill) => drill.world.keyCredentials(stolenKey)),
    reads('the session token made with it reads an image', 'attack', imaging, (drill) => has(drill).token),
    reads('the stolen task session reads a claim', 'attack', claims, (drill) => has(drill).session),
    {
      name: 'the stolen task session sets claims to be deleted',
      kind: 'attack',
      call: (drill) => status(s3(drill, has(drill).session).send(wiping)),
    },
    reads('a stranger reads a record', 'attack', records, () => anonymous),
    reads("the clinic's app reads a record", 'care', records, (drill) =>
      drill.world.roleCredentials(app, 'records-app'),
    ),
    reads("the clinic's app reads a claim", 'care', claims, (drill) => drill.world.roleCredentials(app, 'records-app')),
    reads('a task that runs with the same role reads an image', 'care', imaging, (drill) => has(drill).beside),
  ],
  people: ({ approval, action }) => {
    if (approval.startsWith('restore-'))
      return { after: 60, person: 1, decision: 'approve', reason: 'rehearsal: the undo is practised too' };
    const broad = /^(?:revoke-role-sessions|deny-role-by-scp|deny-user-by-scp)$/.test(action);
    return broad
      ? { after: 40, person: 0, decision: 'decline', reason: 'the stolen session is denied; honest tasks go on' }
      : { after: 40, person: 0, decision: 'approve', reason: 'this was not ours' };
  },
  restores: true,
  accounts: [clinic],
};
export default scenario;
