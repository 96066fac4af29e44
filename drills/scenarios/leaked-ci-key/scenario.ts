import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Credentials, World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Scenario, status } from '../../engine/scenario.ts';
import { mintedWith } from '../stolen.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
const region = 'us-east-1';
const bucket = 'northwind-releases';
const object = 'portal/current.json';
const key = 'AKIAIOSFODNN7EXAMPLE';
const user = 'ci-deploy';
const deploys = {
  Effect: 'Allow',
  Action: ['s3:GetObject', 's3:PutObject'],
  Resource: `arn:aws:s3:::${bucket}/*`,
};

function seed(world: World): void {
  const account = world.account(clinic);
  account.addUser({ name: user, inline: { deploy: { Statement: [deploys] } }, accessKeys: [{ id: key }] });
  account.addBucket({ name: bucket, region, objects: [{ key: object, body: '{"release":1}' }] });
  account.addTrail({ name: 'organization-trail', homeRegion: region, bucket: 'northwind-trail', multiRegion: true });
}

/** The key must go on signing, and so must its user; sessions that the key made are nobody's release. */
const exception = (kind: 'iam-access-key' | 'iam-user', id: string, actions: string[]) => ({
  target: { kind, id, account: clinic, region },
  actions,
  reason: 'every release of the patient portal signs with it: rotate it with the platform team first',
  owner: 'platform-team@example.com',
  expires: '2026-12-31',
});

const minted = new WeakMap<Rehearsal, Credentials>();

async function attack(drill: Rehearsal): Promise<void> {
  minted.set(drill, await mintedWith(drill, key, region));
  // CloudTrail and GuardDuty take their time
  await drill.clock.runFor(1825);
}

const s3 = (drill: Rehearsal, credentials = drill.world.keyCredentials(key)) =>
  drill.aws.client(S3Client, { region, credentials });
const release = { Bucket: bucket, Key: object };

const scenario: Scenario = {
  id: 'leaked-ci-key',
  title: 'The key that CI deploys with is in the wrong hands',
  story:
    'The key of ci-deploy is leaked, and a session of 36 hours was made with it. The settings except the key, with a reason, an owner and an end: without it no release of the patient portal gets out. The session dies at once; the key is left alone, and people are told why.',
  start: '2026-11-21T01:40:15Z',
  settings: (settings) => ({
    ...settings,
    exceptions: [
      exception('iam-access-key', key, ['deactivate-access-key']),
      exception('iam-user', user, ['deny-user', 'deny-user-by-scp']),
    ],
  }),
  seed,
  attack,
  events: () => [finding],
  probes: [
    {
      name: 'the session token made with the key reads a release',
      kind: 'attack',
      call: (drill) => status(s3(drill, minted.get(drill)).send(new GetObjectCommand(release))),
    },
    {
      name: 'CI reads the release that runs',
      kind: 'care',
      call: (drill) => status(s3(drill).send(new GetObjectCommand(release))),
    },
    {
      name: 'CI deploys a release',
      kind: 'care',
      call: (drill) => status(s3(drill).send(new PutObjectCommand({ ...release, Body: '{"release":1}' }))),
    },
  ],
  people: () => ({ after: 60, person: 1, decision: 'approve', reason: 'rehearsal: the undo is practised too' }),
  restores: true,
  accounts: [clinic],
};
export default scenario;
