import { CreateAccessKeyCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, it } from 'vitest';
import type { Credentials, World } from '../drills/aws/world.ts';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { stored } from '../drills/engine/report.ts';
import { status } from '../drills/engine/scenario.ts';
import leaked from '../drills/scenarios/leaked-access-key/scenario.ts';
import { records } from '../lambdas/platform/records.ts';
import { bucket, clinic, clockPerTest, event, heads, region, rehearse, steps, ticks, timeline } from './arrivals.ts';
import { approves, askedAfter, inMode, mara, question, say, theCase } from './rehearsed.ts';

clockPerTest();

const key = 'AKIAIOSFODNN7EXAMPLE';
const object = 'records/2026/11/intake-0001.json';
const keyFinding = () =>
  event('leaked-key.guardduty-eventbridge', {
    'detail.type': 'CredentialAccess:IAMUser/CompromisedCredentials',
    'detail.resource.accessKeyDetails.userName': 'etl-nightly',
    'detail.resource.accessKeyDetails.accessKeyId': key,
  });

type Given = { AccessKeyId?: string; SecretAccessKey?: string; SessionToken?: string } | undefined;
const held = (given: Given): Credentials => ({
  accessKeyId: given?.AccessKeyId ?? '',
  secretAccessKey: given?.SecretAccessKey ?? '',
  sessionToken: given?.SessionToken,
});
const stsOf = (drill: Rehearsal, credentials = drill.world.keyCredentials(key), at = region) =>
  drill.aws.client(STSClient, { region: at, credentials });
const reads = (drill: Rehearsal, credentials: Credentials) =>
  drill.during(
    status(
      drill.aws.client(S3Client, { region, credentials }).send(new GetObjectCommand({ Bucket: bucket, Key: object })),
    ),
  );
const assume = (role: string) =>
  new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${clinic}:role/${role}`, RoleSessionName: 'q' });
const outcomes = (drill: Rehearsal) => Object.fromEntries(steps(drill).map((s) => [s.action, s.outcome]));
const footholds = (drill: Rehearsal) => stored(drill, /^INCIDENT#/, 'FOOTHOLD#', records.foothold);

it('a session minted while people are still asked about the key dies with it: the deny waits until the key is off', async () => {
  const drill = await rehearse({ seed: leaked.seed, settings: inMode('approval-required') });
  await askedAfter(drill, keyFinding(), 3);
  await approves(drill, mara, question(drill, 'deny-user-sessions'));
  await drill.clock.runFor(300);
  const minted = await drill.during(stsOf(drill).send(new GetSessionTokenCommand({ DurationSeconds: 129_600 })));
  expect(await reads(drill, held(minted.Credentials))).toBe(200);
  await approves(drill, mara, question(drill, 'deactivate-access-key'));
  await drill.settle(() => outcomes(drill)['deny-user-sessions'] === 'verified');
  await drill.clock.runFor(5);
  expect(await reads(drill, held(minted.Credentials))).toBe(403);
});

it('a session from a key that was made for another user dies too: that user is a foothold', async () => {
  const drill = await rehearse({ seed: widened, approvesAfter: 20 });
  const iam = drill.aws.client(IAMClient, { region, credentials: drill.world.keyCredentials(key) });
  const made = await drill.during(iam.send(new CreateAccessKeyCommand({ UserName: 'billing-export' })));
  const second = held(made.AccessKey);
  const minted = await drill.during(
    stsOf(drill, second).send(new GetSessionTokenCommand({ DurationSeconds: 129_600 })),
  );
  expect(await reads(drill, held(minted.Credentials))).toBe(200);
  await drill.clock.runFor(1800);
  drill.deliver(keyFinding());
  await drill.settle();
  expect(footholds(drill).map((f) => f.target.id)).toContain('billing-export');
  expect(theCase(drill).status).toBe('contained');
  expect(await reads(drill, held(minted.Credentials))).toBe(403);
});

it('a role assumed in a Region nobody watches is found and its session revoked', async () => {
  const drill = await rehearse({ seed: leaked.seed, approvesAfter: 20 });
  const minted = await drill.during(stsOf(drill, undefined, 'eu-west-1').send(assume('nightly-report')));
  await drill.clock.runFor(1800);
  drill.deliver(keyFinding());
  await drill.settle();
  expect(theCase(drill).status).toBe('contained');
  expect(await reads(drill, held(minted.Credentials))).toBe(403);
});

it('evidence that comes after the close reopens the case, and the session that it shows is revoked', async () => {
  const drill = await rehearse({ seed: leaked.seed, approvesAfter: 20 });
  const minted = await drill.during(stsOf(drill).send(assume('nightly-report')));
  drill.deliver(keyFinding());
  await drill.settle();
  const closed = await say(drill, mara, { decision: 'close', incident: theCase(drill).id, reason: 'all good' });
  expect(closed.status).toBe(200);
  await ticks(drill, 6);
  expect(
    timeline(drill)
      .map((e) => e.text)
      .join('\n'),
  ).toContain('reopened');
  expect(footholds(drill)).toHaveLength(1);
  expect(theCase(drill).status).toBe('contained');
  expect(await reads(drill, held(minted.Credentials))).toBe(403);
});

it('more doors than one transaction or one plan holds are each a foothold, and a step each', async () => {
  const drill = await rehearse({
    seed: (world) => {
      leaked.seed(world);
      for (let i = 0; i < 13; i++) world.account(clinic).addRole({ name: `job-${i}`, trust: trustsKey });
    },
  });
  for (let i = 0; i < 13; i++) await drill.during(stsOf(drill).send(assume(`job-${i}`)));
  await drill.clock.runFor(1800);
  drill.deliver(keyFinding());
  await drill.clock.runFor(15);
  expect(footholds(drill)).toHaveLength(13);
  expect(steps(drill).filter((s) => s.action === 'revoke-role-sessions')).toHaveLength(13);
  expect(heads(drill)[0]?.status).toBe('partly contained');
});

const trustsKey = {
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${clinic}:user/etl-nightly` }, Action: 'sts:AssumeRole' },
  ],
};

/** The leaked key may also make keys for another user. */
function widened(world: World): void {
  leaked.seed(world);
  const inline = world.account(clinic).users.get('etl-nightly')?.inline;
  const wide = { Statement: [{ Effect: 'Allow', Action: 'iam:CreateAccessKey', Resource: '*' }] };
  inline?.seed({ ...inline.stored, wide: JSON.stringify(wide) });
}
