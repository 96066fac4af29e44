import { expect, it } from 'vitest';
import type { World } from '../drills/aws/world.ts';
import type { Fault } from '../drills/engine/fault.ts';
import {
  addBucket,
  bucket,
  changes,
  clinic,
  clockPerTest,
  event,
  heads,
  ignored,
  plans,
  publicBuckets,
  rehearse,
  settings,
  steps,
  timeline,
} from './arrivals.ts';
import { finding, leakingBucket, stranger, theCase, untilAsked } from './rehearsed.ts';

clockPerTest();

const ourRole = {
  userType: 'AssumedRole',
  userName: 'tourniquet-responder',
  principalId: 'AROAEXAMPLE:tourniquet-case',
};

it('a finding about what our own role did is recorded and never answered', async () => {
  const drill = await rehearse({ seed: leakingBucket });
  drill.deliver(finding({ 'detail.resource.accessKeyDetails': ourRole }));
  await drill.settle();
  expect(heads(drill)).toEqual([]);
  expect(ignored(drill).map((i) => i.reason)).toEqual([expect.stringMatching(/^our own change/)]);
});

it.each([
  ['a role whose name only begins like ours', { ...ourRole, userName: 'tourniquet-responder-2' }],
  ['a session of our role that we never open', { ...ourRole, principalId: 'AROAEXAMPLE:somebody' }],
  [
    'a user with the name of our role',
    { userType: 'IAMUser', userName: 'tourniquet-responder', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
  ],
])('a finding about %s is answered', async (_who, accessKeyDetails) => {
  const drill = await rehearse({ seed: leakingBucket });
  drill.deliver(finding({ 'detail.resource.accessKeyDetails': accessKeyDetails }));
  await untilAsked(drill);
  await drill.clock.runFor(10);
  expect(await stranger(drill)).toBe(403);
});

it('more containments than the brake allows ask people, and plan and timeline say so', async () => {
  const names = Array.from({ length: 6 }, (_, i) => `flooded-${i}`);
  const seed = (world: World) => {
    for (const name of names) addBucket(world, name);
  };
  const drill = await rehearse({
    settings: { ...settings, brake: { perAccount: 4, total: 50, minutes: 10 } },
    seed,
  });
  for (const [i, name] of names.entries()) drill.deliver(publicBuckets(`${i}`.repeat(32), [name]));
  await drill.clock.runFor(60);
  const blocks = plans(drill).flatMap((p) => p.plan.steps.filter((s) => s.action === 'block-bucket-public-access'));
  expect(blocks.filter((s) => s.approval === 'none')).toHaveLength(4);
  const braked = blocks.filter((s) => s.approval === 'one');
  expect(braked).toHaveLength(2);
  for (const s of braked) expect([s.onTimeout, s.asks.join()]).toEqual(['hold', expect.stringMatching(/the brake: 4/)]);
  expect(timeline(drill).filter((t) => /the brake/.test(t.text)).length).toBe(2);
  expect(changes(drill)).toHaveLength(4);
});

it('lets containments through again when the minutes of the brake are over', async () => {
  const drill = await rehearse({
    settings: { ...settings, brake: { perAccount: 1, total: 50, minutes: 10 } },
    seed: (world) => {
      for (const name of ['first', 'second']) addBucket(world, `flooded-${name}`);
    },
  });
  drill.deliver(publicBuckets('a'.repeat(32), ['flooded-first']));
  await drill.clock.runFor(601);
  drill.deliver(publicBuckets('b'.repeat(32), ['flooded-second']));
  await drill.clock.runFor(20);
  expect(changes(drill).map((c) => c.target.id)).toEqual(['flooded-first', 'flooded-second']);
});

it('an exception withholds the change, keeps the evidence, and says whose it is', async () => {
  const target = { kind: 's3-bucket', id: bucket, account: clinic, region: 'us-east-1' } as const;
  const drill = await rehearse({
    settings: {
      ...settings,
      exceptions: [{ target, actions: [], reason: 'public by design', owner: 'web team', expires: '2027-01-01' }],
    },
    seed: leakingBucket,
  });
  drill.deliver(finding());
  await drill.settle();
  expect(await stranger(drill)).toBe(200);
  expect(changes(drill)).toEqual([]);
  expect(steps(drill)).toEqual([]);
  expect(theCase(drill).status).toBe('not contained');
  expect(theCase(drill).open.join()).toMatch(/exception of web team until 2027-01-01: public by design/);
});

it('a finding that says it is part of an attack sequence joins the case of the sequence', async () => {
  const sequence = event('attack-sequence.guardduty-eventbridge');
  const member = event('leaked-key.guardduty-eventbridge', {
    'detail.resource.accessKeyDetails': {
      userType: 'IAMUser',
      userName: 'somebody',
      accessKeyId: 'AKIAZZZZZZZZZZZZZZZZ',
    },
    'detail.associatedAttackSequenceArn': (sequence.detail as { arn: string }).arn,
  });
  const drill = await rehearse();
  drill.deliver(sequence);
  await drill.clock.runFor(1);
  drill.deliver(member);
  await drill.clock.runFor(1);
  expect(heads(drill)).toHaveLength(1);
  expect(timeline(drill).map((t) => t.text)).toContainEqual(expect.stringMatching(/part of the same attack sequence/));
});

it('stolen credentials of our own role are a case that people must see to', async () => {
  const drill = await rehearse({ seed: leakingBucket });
  drill.deliver(
    finding({ 'detail.type': 'UnauthorizedAccess:IAMUser/TorIPCaller', 'detail.resource.accessKeyDetails': ourRole }),
  );
  await drill.settle();
  expect(ignored(drill)).toEqual([]);
  expect(theCase(drill).open.join()).toMatch(/of Tourniquet itself/);
});

it('takes in more instances of one finding than one transaction could hold records of', async () => {
  // what the plans do is no part of this: their machines stand still
  const fault: Fault = (call) => (call.function === 'tourniquet-plan' ? 'never answers' : undefined);
  const drill = await rehearse({ fault });
  const names = Array.from({ length: 10 }, (_, i) => `i-0${(i + 1).toString(16).padStart(16, '0')}`);
  const sequence = event('attack-sequence.guardduty-eventbridge', {
    'detail.service.detection.sequence.actors': [],
    'detail.service.detection.sequence.resources': names.map((id) => ({
      uid: `arn:aws:ec2:us-east-1:${clinic}:instance/${id}`,
      name: id,
      accountId: clinic,
      resourceType: 'EC2_INSTANCE',
      region: 'us-east-1',
    })),
  });
  drill.deliver(sequence);
  const isolations = () => plans(drill).flatMap((p) => p.plan.steps.filter((s) => s.action === 'isolate-instance'));
  await drill.settle(() => isolations().length >= names.length || drill.deadLetters.length > 0);
  expect(drill.deadLetters).toEqual([]);
  const planned = isolations();
  expect(planned.map((s) => s.target.id).sort()).toEqual(names.sort());
});
