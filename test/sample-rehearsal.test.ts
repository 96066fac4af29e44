import { expect, it } from 'vitest';
import { stored } from '../drills/engine/report.ts';
import { records } from '../lambdas/platform/records.ts';
import {
  approvals,
  bucket,
  changes,
  clinic,
  clockPerTest,
  heads,
  ignored,
  rehearse,
  steps,
  timeline,
} from './arrivals.ts';
import { approves, decisionOn, finding, leakingBucket, mailed, mara, say, stranger, untilAsked } from './rehearsed.ts';

clockPerTest();

/** GuardDuty's sample findings say so in `service.additionalInfo`; their resources are made up. */
const sampleOf = (more: Record<string, unknown> = {}) =>
  finding({
    'detail.service.additionalInfo': { sample: true },
    'detail.resource.s3BucketDetails': [{ name: 'bucketName', arn: 'arn:aws:s3:::bucketName' }],
    ...more,
  });

it('a sample finding in the deployed system is a rehearsal: roles, reading, a question and mail, all marked, and no change', async () => {
  const drill = await rehearse({ drill: false, seed: leakingBucket });
  const before = JSON.stringify(drill.world.snapshot(clinic));
  drill.deliver(sampleOf());
  const [asked] = await untilAsked(drill);
  if (!asked) throw new Error('nobody was asked');
  await approves(drill, mara, asked);
  await drill.settle();

  expect(steps(drill).map((s) => s.outcome)).toEqual(['rehearsed', 'rehearsed']);
  expect(heads(drill)).toMatchObject([
    { drill: true, rehearsal: true, status: 'rehearsed', closedAt: expect.any(String) },
  ]);
  for (const s of steps(drill)) expect(s.why).toMatch(/both roles were assumed/);
  expect(changes(drill)).toEqual([]);
  expect(JSON.stringify(drill.world.snapshot(clinic))).toBe(before);
  expect(asked.shows.join(' ')).toMatch(/observer was assumed.*nothing is changed/);
  expect(mailed(drill).length).toBeGreaterThan(0);
  for (const mail of mailed(drill)) expect(mail.subject).toMatch(/^DRILL /);
  expect(timeline(drill).map((t) => t.text)).toContainEqual(expect.stringMatching(/a rehearsal: no clock runs/));
});

it('a sample that names a real bucket changes nothing there, and a real finding about it is a case of its own', async () => {
  const drill = await rehearse({ drill: false, seed: leakingBucket });
  drill.deliver(sampleOf({ 'detail.resource.s3BucketDetails': [{ name: bucket, arn: `arn:aws:s3:::${bucket}` }] }));
  await untilAsked(drill);
  expect(await stranger(drill)).toBe(200);
  const real =
    'arn:aws:guardduty:us-east-1:111122223333:detector/0123456789abcdef0123456789abcdef/finding/feedfacefeedfacefeedfacefeedface';
  drill.deliver(finding({ 'detail.arn': real }));
  await untilAsked(drill, 2);
  await drill.clock.runFor(10);
  expect(await stranger(drill)).toBe(403);
  expect(
    heads(drill)
      .map((h) => h.rehearsal)
      .sort(),
  ).toEqual([false, true]);
  expect(changes(drill).map((c) => c.action)).toEqual(['block-bucket-public-access']);
});

it('rehearses one sample at a time, since GuardDuty makes them by the hundred', async () => {
  const drill = await rehearse({ drill: false, seed: leakingBucket });
  drill.deliver(sampleOf());
  await untilAsked(drill);
  const another =
    'arn:aws:guardduty:us-east-1:111122223333:detector/0123456789abcdef0123456789abcdef/finding/feedfacefeedfacefeedfacefeedface';
  drill.deliver(sampleOf({ 'detail.arn': another }));
  await drill.clock.runFor(5);
  expect(heads(drill)).toHaveLength(1);
  expect(ignored(drill).map((i) => i.reason)).toEqual([expect.stringMatching(/rehearsal .* is under way/)]);
  expect(approvals(drill)).toHaveLength(1);
});

it('a rehearsal that a person declines ends by itself, pages nobody and holds no baseline', async () => {
  const drill = await rehearse({ drill: false, seed: leakingBucket });
  drill.deliver(sampleOf());
  const [asked] = await untilAsked(drill);
  if (!asked) throw new Error('nobody was asked');
  await say(drill, mara, decisionOn(asked, { decision: 'decline', reason: 'not tonight' }));
  await drill.settle();
  expect(steps(drill).map((s) => s.outcome)).toContain('declined');
  expect(heads(drill)).toMatchObject([{ rehearsal: true, closedAt: expect.any(String) }]);
  expect(mailed(drill).filter((m) => m.subject.includes('ACT NOW'))).toEqual([]);
  expect(stored(drill, /^BASELINE#/, 'HELD#', records.held)).toEqual([]);
});
