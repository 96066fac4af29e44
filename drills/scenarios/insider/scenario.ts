import { GetObjectCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { signIn } from '../../aws/iam/logins.ts';
import type { Credentials, World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Probe, type Scenario, status } from '../../engine/scenario.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
const region = 'us-east-1';
const bucket = 'northwind-patient-records';
const object = 'records/2026/11/intake-0001.json';
const rosa = `arn:aws:iam::${clinic}:user/rosa.diaz`;
const key = 'AKIAIOSFODNN7EXAMPLE';
const reads = { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` };

function seed(world: World): void {
  const account = world.account(clinic);
  for (const [name, id] of [
    ['rosa.diaz', key],
    ['noor.haddad', 'AKIAI44QH8DHBEXAMPLE'],
  ] as const)
    account.addUser({
      name,
      inline: { ward: { Statement: [reads] } },
      loginProfile: { password: `password of ${name}` },
      accessKeys: [{ id }],
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

/** The console session that Rosa Diaz is signed in with. */
const signedIn = new WeakMap<Rehearsal, Credentials>();

async function attack(drill: Rehearsal): Promise<void> {
  const session = signIn(drill.world, rosa, 'password of rosa.diaz');
  if (!session) throw new Error('rosa.diaz cannot sign in');
  signedIn.set(drill, session);
  // refused, and seen
  await status(drill.aws.client(S3Client, { region, credentials: session }).send(new ListBucketsCommand({})));
  // GuardDuty takes its time
  await drill.clock.runFor(1825);
}

const read = (drill: Rehearsal, credentials: Credentials) =>
  status(
    drill.aws.client(S3Client, { region, credentials }).send(new GetObjectCommand({ Bucket: bucket, Key: object })),
  );

/** 403 where the console does not let the person in at all. */
const afresh = (drill: Rehearsal, name: string) => {
  const session = signIn(drill.world, `arn:aws:iam::${clinic}:user/${name}`, `password of ${name}`);
  return session ? read(drill, session) : Promise.resolve(403);
};

const probes: Probe[] = [
  {
    name: 'the console session of rosa.diaz reads a record',
    kind: 'attack',
    call: (drill) => {
      const session = signedIn.get(drill);
      if (!session) throw new Error('the attack has not run yet');
      return read(drill, session);
    },
  },
  { name: 'rosa.diaz signs in afresh and reads a record', kind: 'attack', call: (drill) => afresh(drill, 'rosa.diaz') },
  {
    name: 'a program with the key of rosa.diaz reads a record',
    kind: 'attack',
    call: (drill) => read(drill, drill.world.keyCredentials(key)),
  },
  { name: 'a colleague signs in and reads a record', kind: 'care', call: (drill) => afresh(drill, 'noor.haddad') },
  {
    name: "the clinic's app reads a record",
    kind: 'care',
    call: (drill) => read(drill, drill.world.roleCredentials(`arn:aws:iam::${clinic}:role/records-app`, 'records-app')),
  },
];

/** Steps 0 and 1 deny; step 2 would delete the password, which nobody can put back. */
const deletesLogin = (approval: string) => /^p\d+-s2-/.test(approval);

const scenario: Scenario = {
  id: 'insider',
  title: 'A user works in a way that is not usual for it',
  story:
    'A nurse opens records of patients who are not hers, from home, with her own password. Nothing is stolen and nothing is broken into. The finding is of low severity; people decide, and nobody but them is told.',
  start: '2026-11-21T01:40:15Z',
  seed,
  attack,
  events: () => [finding],
  probes,
  people: ({ approval }) => {
    if (approval.startsWith('restore-'))
      return { after: 60, person: 1, decision: 'approve', reason: 'rehearsal: the undo is practised too' };
    if (deletesLogin(approval))
      return {
        after: 120,
        person: 0,
        decision: 'decline',
        reason: 'she is denied everything already, and it may be a misunderstanding: her password stays',
      };
    return { after: 90, person: 0, decision: 'approve', reason: 'her manager and the privacy officer agree' };
  },
  restores: true,
  accounts: [clinic],
};
export default scenario;
