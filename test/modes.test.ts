import { expect, it } from 'vitest';
import type { World } from '../drills/aws/world.ts';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { stored } from '../drills/engine/report.ts';
import { records } from '../lambdas/platform/records.ts';
import {
  approvals,
  bucket,
  canary,
  changes,
  clinic,
  clockPerTest,
  event,
  publicRead,
  region,
  rehearse,
  steps,
  ticks,
  timeline,
} from './arrivals.ts';
import {
  approves,
  askedAfter,
  finding,
  flags,
  inMode,
  leakingBucket,
  mailed,
  mara,
  priya,
  question,
  say,
  stranger,
  theCase,
  tomas,
} from './rehearsed.ts';

clockPerTest();

const suspicion = () => finding({ 'detail.type': 'Policy:S3/BucketBlockPublicAccessDisabled' });
const outcomes = (drill: Rehearsal) => Object.fromEntries(steps(drill).map((s) => [s.action, s.outcome]));
const account = (drill: Rehearsal) => JSON.stringify(drill.world.snapshot(clinic));
const onlyStep = { 'block-bucket-public-access': 'verified', 'remove-public-bucket-grants': 'waiting' };

it('changes nothing in an account of the default mode before a person says yes, and holds when nobody answers', async () => {
  const drill = await rehearse({ settings: inMode('approval-required'), seed: leakingBucket });
  const before = account(drill);
  const asked = await askedAfter(drill, finding(), 2);
  expect(asked.map((a) => a.subject.action).sort()).toEqual([
    'block-bucket-public-access',
    'remove-public-bucket-grants',
  ]);
  expect(account(drill)).toBe(before);
  await drill.settle();
  expect(outcomes(drill)).toEqual({ 'block-bucket-public-access': 'held', 'remove-public-bucket-grants': 'held' });
  expect(account(drill)).toBe(before);
  expect(changes(drill)).toEqual([]);
  expect(theCase(drill).status).toBe('not contained');
});

it('changes in the default mode exactly what a person approved', async () => {
  const drill = await rehearse({ settings: inMode('approval-required'), seed: leakingBucket });
  await askedAfter(drill, finding(), 2);
  expect(await stranger(drill)).toBe(200);
  await approves(drill, mara, question(drill, 'block-bucket-public-access'));
  await drill.settle(() => theCase(drill).status === 'partly contained');
  await drill.clock.runFor(2);
  expect(await stranger(drill)).toBe(403);
  expect(changes(drill).map((c) => c.action)).toEqual(['block-bucket-public-access']);
});

it('contains what is confirmed at once in contain-confirmed mode', async () => {
  const drill = await rehearse({ settings: inMode('contain-confirmed'), seed: leakingBucket });
  await askedAfter(drill);
  expect(outcomes(drill)).toEqual(onlyStep);
  expect(flags(drill)).toMatchObject({ RestrictPublicBuckets: true, IgnorePublicAcls: true });
});

it('asks before it acts on a suspicion in contain-confirmed mode', async () => {
  const drill = await rehearse({ settings: inMode('contain-confirmed'), seed: leakingBucket });
  const before = account(drill);
  await askedAfter(drill, suspicion(), 2);
  expect(account(drill)).toBe(before);
  expect(question(drill, 'block-bucket-public-access').asks.join()).toContain('suspicion');
});

it('contains a suspicion at once in contain-suspected mode', async () => {
  const drill = await rehearse({ settings: inMode('contain-suspected'), seed: leakingBucket });
  await askedAfter(drill, suspicion());
  expect(outcomes(drill)).toEqual(onlyStep);
});

it('contains nothing in an account that it does not know, and tells', async () => {
  const other = '999988887777';
  const drill = await rehearse({
    seed: (world: World) =>
      world.account(other).addBucket({ name: bucket, region, policy: { Statement: [publicRead(bucket)] } }),
  });
  const before = JSON.stringify(drill.world.snapshot(other));
  drill.deliver(finding({ 'detail.accountId': other }));
  await drill.settle();
  expect(theCase(drill).status).toBe('not contained');
  expect(theCase(drill).open.join()).toContain(`account ${other} is not in the settings`);
  expect(JSON.stringify(drill.world.snapshot(other))).toBe(before);
  expect(changes(drill)).toEqual([]);
  expect(mailed(drill).at(-1)?.text).toContain('unknown account');
});

it('always asks about what care depends on, tells the clinical contact too, and holds when nobody answers', async () => {
  const contact = { name: 'Ward Desk', email: 'ward@clinic.example', principal: 'arn:aws:iam::222222222222:user/ward' };
  const target = { kind: 's3-bucket' as const, id: bucket, account: clinic, region };
  const drill = await rehearse({
    settings: inMode('contain-suspected', { careCritical: [{ target, contact }] }),
    seed: leakingBucket,
  });
  const before = account(drill);
  await askedAfter(drill, finding(), 2);
  expect(account(drill)).toBe(before);
  const question = mailed(drill).filter((m) => m.text?.includes('tourniquet approve'));
  expect(question.length).toBeGreaterThan(0);
  for (const mail of question) expect(mail.to).toContain(contact.email);
  await drill.settle();
  expect(Object.values(outcomes(drill))).toEqual(['held', 'held']);
  expect(account(drill)).toBe(before);
});

const leakedKey = (userName: string, accessKeyId = 'AKIAIOSFODNN7EXAMPLE') =>
  event('leaked-key.guardduty-eventbridge', {
    'detail.resource.accessKeyDetails.userName': userName,
    'detail.resource.accessKeyDetails.accessKeyId': accessKeyId,
  });

it('never touches a protected principal, not even when only the live read shows whose key it is', async () => {
  const key = 'AKIAIOSFODNN7EXAMPLE';
  const drill = await rehearse({
    settings: inMode('contain-suspected'),
    seed: (world) => {
      world.account(clinic).addUser({ name: 'break-glass-1', path: '/emergency/', accessKeys: [{ id: key }] });
    },
  });
  const before = account(drill);
  drill.deliver(leakedKey('break-glass-1', key));
  await drill.settle();
  expect(account(drill)).toBe(before);
  expect(changes(drill)).toEqual([]);
  const { status, open } = theCase(drill);
  expect(status).toBe('not contained');
  expect([...new Set(open)]).toEqual([
    expect.stringMatching(/not touched: IAM user break-glass-1: protected principal/),
    expect.stringMatching(new RegExp(`${key}.*refused.*protected principal`)),
  ]);
});

it('never touches a principal or a bucket of its own', async () => {
  const trial = inMode('contain-suspected');
  const drill = await rehearse({
    // a trial: everything of ours stands in the one account
    settings: { ...trial, accounts: { ...trial.accounts, forensic: clinic } },
    seed: (world) => {
      world.account(clinic).addUser({ name: 'tourniquet-responder', accessKeys: [{ id: 'AKIAIOSFODNN7EXAMPLE' }] });
      world
        .account(clinic)
        .addBucket({ name: 'tourniquet-vault-x', region, policy: { Statement: [publicRead('tourniquet-vault-x')] } });
    },
  });
  const before = account(drill);
  drill.deliver(leakedKey('tourniquet-responder'));
  drill.deliver(
    finding({
      'detail.resource.s3BucketDetails.0.name': 'tourniquet-vault-x',
      'detail.resource.s3BucketDetails.0.arn': 'arn:aws:s3:::tourniquet-vault-x',
    }),
  );
  await drill.settle();
  expect(account(drill)).toBe(before);
  const open = stored(drill, /^INCIDENT#/, 'HEAD', records.head)
    .flatMap((h) => h.open)
    .join('\n');
  expect(open).toContain('it is a principal of Tourniquet itself');
  expect(open).toContain('it is a bucket of Tourniquet itself');
});

const pausing = { decision: 'pause', reason: 'the vendor migration is running' };

it('stops every containment while it is paused, also an approved one, and goes on when it is let go on', async () => {
  const drill = await rehearse({ seed: leakingBucket });
  await askedAfter(drill);
  expect((await say(drill, tomas, pausing)).status).toBe(200);
  await approves(drill, mara, question(drill, 'remove-public-bucket-grants'));
  await drill.settle();
  expect(outcomes(drill)).toEqual({ ...onlyStep, 'remove-public-bucket-grants': 'paused' });
  const policy = () => drill.world.bucket(bucket)?.policy.stored;
  expect(policy()).toContain('TempShareForVendor');
  expect(theCase(drill).open.join()).toMatch(/paused by Tomas Okafor at .*: the vendor migration is running/);
  const told = mailed(drill).length;
  await ticks(drill, 2);
  expect(policy()).toContain('TempShareForVendor');
  expect(mailed(drill)).toHaveLength(told);

  await say(drill, tomas, { decision: 'resume', reason: 'the migration is over' });
  await ticks(drill, 2);
  expect(policy()).not.toContain('TempShareForVendor');
  expect(theCase(drill).status).toBe('contained');
  expect(approvals(drill)).toHaveLength(1);
  const said = stored(drill, /^SETTING$/, 'pause#', records.setting).map(({ by, reason, value }) => ({
    by,
    reason,
    value,
  }));
  expect(said).toEqual([
    { by: 'Tomas Okafor', reason: 'the vendor migration is running', value: { paused: true } },
    { by: 'Tomas Okafor', reason: 'the migration is over', value: { paused: false } },
  ]);
});

it('changes nothing for a finding that arrives during a pause', async () => {
  const drill = await rehearse({ seed: leakingBucket });
  const before = account(drill);
  await say(drill, priya, pausing);
  drill.deliver(finding());
  await drill.settle(() => outcomes(drill)['block-bucket-public-access'] === 'paused');
  expect(account(drill)).toBe(before);
  expect(theCase(drill).status).not.toBe('contained');
  expect(
    timeline(drill)
      .map((e) => e.text)
      .join('\n'),
  ).not.toContain(canary);
});
