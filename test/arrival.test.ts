import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { keyOf } from '../lambdas/core/schedule.ts';
import {
  addBucket,
  approvals,
  bucket,
  chainsWhole,
  changes,
  clockPerTest,
  event,
  executions,
  findings,
  heads,
  ignored,
  obligations,
  openAgain,
  pascalEvent,
  plans,
  publicBuckets,
  rehearse,
  says,
  steps,
  ticks,
  timeline,
} from './arrivals.ts';

clockPerTest();

const native = 'public-bucket.guardduty-eventbridge';
type Form = () => Record<string, unknown>;
const same = (form: Form): [Form, Form] => [form, form];
const forms = [
  [() => event(native), pascalEvent] as [Form, Form],
  same(() => event('public-bucket.asff-imported')),
  same(() => event('public-bucket.asff-custom-action')),
  same(() => event('public-bucket.ocsf-v2')),
];

/** One incident, and nothing in it happened twice. */
function expectOnce(drill: Rehearsal) {
  expect(heads(drill)).toHaveLength(1);
  for (const { plan } of plans(drill))
    expect(executions(drill, 'respond').filter((e) => e.name.includes(`-p${plan.number}-`))).toHaveLength(1);
  const made = changes(drill);
  expect(made.map((c) => c.action).sort()).toEqual(['block-bucket-public-access', 'remove-public-bucket-grants']);
  expect(made.every((c) => c.generation === 1 && c.state === 'verified')).toBe(true);
  expect(approvals(drill)).toHaveLength(1);
  expect(heads(drill)[0]?.status).toBe('contained');
  expect(chainsWhole(drill)).toBe(true);
  expect(drill.deadLetters).toEqual([]);
}

/** Each form of each finding, as the timeline names it. */
const named = (drill: Rehearsal) =>
  timeline(drill)
    .filter((e) => e.kind === 'finding')
    .map((e) => `${e.by} ${e.text.split(' ')[0]}`)
    .sort();

describe('one cause, however it arrives', () => {
  it.each([2])(
    'is one incident when four forms arrive ten times each, shuffled and at once (seed %i)',
    async (seed) => {
      const deliveries = forms.flatMap(([form, also]) =>
        Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? form : also)()),
      );
      const [order = []] = fc.sample(fc.shuffledSubarray(deliveries, { minLength: deliveries.length }), {
        seed,
        numRuns: 1,
      });
      const drill = await rehearse({ approvesAfter: 40 });
      for (const [n, one] of order.entries()) {
        expect(drill.deliver({ ...one, id: `${seed}-${n}` })).toBe(true);
        if (seed > 1 && n % 7 === 0) await drill.clock.runFor(1);
      }
      await drill.settle();
      await ticks(drill, 2);
      expectOnce(drill);
      expect(
        findings(drill)
          .map((f) => f.occurrences)
          .sort(),
      ).toEqual([10, 40]);
      expect(named(drill)).toEqual([
        'guardduty Policy:S3/BucketAnonymousAccessGranted',
        'securityhub-asff Policy:S3/BucketAnonymousAccessGranted',
        'securityhub-asff S3.8',
        'securityhub-ocsf Policy:S3/BucketAnonymousAccessGranted',
      ]);
    },
  );
});

describe('a later finding', () => {
  it('that repeats itself with one more bucket adds a plan of exactly the difference, and only that runs', async () => {
    const drill = await rehearse({
      approvesAfter: 5,
      seed: (w) => [bucket, 'second-bucket'].map((b) => addBucket(w, b)),
    });
    drill.deliver(publicBuckets('one', [bucket]));
    await drill.settle();
    const before = changes(drill);
    drill.deliver(publicBuckets('one', [bucket, 'second-bucket'], { updatedAt: '2026-11-20T04:00:00.000Z', count: 2 }));
    await drill.settle();
    expect(heads(drill)).toHaveLength(1);
    const [, second] = plans(drill).map(({ plan }) => plan);
    expect(second?.steps.map((s) => `${s.action} ${s.target.id}`)).toEqual([
      'block-bucket-public-access second-bucket',
      'remove-public-bucket-grants second-bucket',
    ]);
    expect(second?.evidence.every((e) => e.target.id === 'second-bucket')).toBe(true);
    expect(executions(drill, 'respond').map((e) => e.name.slice(27))).toEqual(['p1-a1', 'p2-a1']);
    expect(changes(drill).filter((c) => c.target.id === bucket)).toEqual(before);
    expect(changes(drill)).toHaveLength(4);
    expect(changes(drill).every((c) => c.generation === 1 && c.state === 'verified')).toBe(true);
    expect(heads(drill)[0]?.status).toBe('contained');
  });

  it('whose update forgets a bucket keeps it in the case', async () => {
    const drill = await rehearse({
      approvesAfter: 5,
      seed: (w) => [bucket, 'second-bucket'].map((b) => addBucket(w, b)),
    });
    drill.deliver(publicBuckets('one', [bucket]));
    await drill.settle();
    drill.deliver(publicBuckets('one', ['second-bucket'], { updatedAt: '2026-11-20T04:00:00.000Z' }));
    await drill.settle();
    expect(findings(drill)[0]?.finding.targets.map((t) => t.id)).toEqual([bucket, 'second-bucket']);
  });

  it('of another type on the same bucket joins its case, and adds nothing that is planned already', async () => {
    const drill = await rehearse({ approvesAfter: 5 });
    drill.deliver(publicBuckets('one', [bucket]));
    await drill.settle();
    drill.deliver(publicBuckets('two', [bucket], { type: 'Policy:S3/BucketPublicAccessGranted' }));
    await drill.settle();
    expect(heads(drill)).toHaveLength(1);
    expect(findings(drill)).toHaveLength(2);
    expect(plans(drill)).toHaveLength(1);
  });

  it('of a known type contains what a finding of an unknown type had only named', async () => {
    const drill = await rehearse({
      approvesAfter: 5,
      seed: (w) => [bucket, 'second-bucket'].map((b) => addBucket(w, b)),
    });
    drill.deliver(publicBuckets('one', [bucket]));
    drill.deliver(publicBuckets('unknown', [bucket, 'second-bucket'], { type: 'Policy:S3/SomethingNew' }));
    await drill.settle();
    expect(changes(drill).map((c) => c.target.id)).toEqual([bucket, bucket]);
    drill.deliver(publicBuckets('three', ['second-bucket']));
    await drill.settle();
    expect(changes(drill).filter((c) => c.target.id === 'second-bucket')).toHaveLength(2);
  });

  it('that moves discovery earlier moves every due date with it', async () => {
    const drill = await rehearse({ approvesAfter: 5 });
    drill.deliver(publicBuckets('one', [bucket]));
    await drill.settle();
    const due = () => obligations(drill).map((o) => `${keyOf(o)} ${o.dueLocal}`);
    expect(due()).toContain('us-hipaa-individual/individual 2027-01-18T23:59:59-08:00');
    drill.deliver(publicBuckets('two', [bucket], { createdAt: '2026-11-17T12:00:00.000Z' }));
    await drill.settle();
    expect(heads(drill)[0]?.discovery).toBe('2026-11-17T12:00:00.000Z');
    expect(due()).toContain('us-hipaa-individual/individual 2027-01-16T23:59:59-08:00');
    const [moved] = timeline(drill).filter((e) => e.text.includes('recomputed: '));
    expect(moved?.text).toMatch(
      /^a finding was written on 2026-11-17T12:00:00.000Z, before any known so far: recomputed: /,
    );
    expect(moved?.text).toContain('us-hipaa-individual individual due 2027-01-16, was 2027-01-18');
  });
});

describe('a finding on a closed case', () => {
  async function closed() {
    const drill = await rehearse({ approvesAfter: 5 });
    drill.deliver(publicBuckets('one', [bucket]));
    await drill.settle();
    const [first] = heads(drill);
    if (!first) throw new Error('no case was opened');
    await says(drill, { decision: 'close', incident: first.id, reason: 'the share was a mistake' });
    await drill.clock.runFor(60);
    return { drill, first };
  }

  it('that is older than the close is ignored, with the reason', async () => {
    const { drill, first } = await closed();
    drill.deliver(publicBuckets('two', [bucket], { updatedAt: '2026-11-20T03:10:00.000Z' }));
    await drill.settle();
    expect(heads(drill)).toHaveLength(1);
    expect(ignored(drill)).toMatchObject([
      { reason: expect.stringContaining(`older than the close of incident ${first.id}`) },
    ]);
  });

  it('that is newer, of a bucket that is open again, opens a new case, which contains it again', async () => {
    const { drill, first } = await closed();
    await openAgain(drill);
    drill.deliver(publicBuckets('two', [bucket], { updatedAt: '2026-11-20T03:30:00.000Z' }));
    await drill.settle();
    const second = heads(drill).find((h) => h.id !== first.id);
    expect(second?.status).toBe('contained');
    const made = changes(drill).filter((c) => c.incident === second?.id);
    expect(made.map((c) => [c.action, c.generation, c.state])).toEqual([
      ['block-bucket-public-access', 2, 'verified'],
      ['remove-public-bucket-grants', 2, 'verified'],
    ]);
  });

  it('that is newer, of a bucket that is still safe, opens a new case in which nothing is changed', async () => {
    const { drill, first } = await closed();
    const before = changes(drill).map((c) => [c.action, c.generation]);
    drill.deliver(publicBuckets('two', [bucket], { updatedAt: '2026-11-20T03:30:00.000Z' }));
    await drill.settle();
    const second = heads(drill).find((h) => h.id !== first.id);
    expect(second?.status).toBe('contained');
    expect(steps(drill).filter((s) => s.outcome === 'already-safe')).toHaveLength(2);
    expect(changes(drill).map((c) => [c.action, c.generation])).toEqual(before);
    expect(changes(drill).every((c) => c.reliedOnBy.includes(second?.id ?? ''))).toBe(true);
  });
});

describe('cases that must not merge, and cases that meet', () => {
  it('keeps what happened in another Region or account apart, even under one name', async () => {
    const drill = await rehearse({ approvesAfter: 5 });
    drill.deliver(publicBuckets('one', [bucket]));
    drill.deliver(publicBuckets('two', [bucket], { region: 'us-west-2' }));
    drill.deliver(publicBuckets('three', [bucket], { account: '444455556666' }));
    await drill.settle();
    const all = heads(drill).map((h) => [h.account, h.status, h.open.join()]);
    expect(all).toHaveLength(3);
    expect(all).toContainEqual(['111122223333', 'contained', '']);
    expect(all).toContainEqual(['111122223333', 'not contained', expect.stringContaining('is not in us-west-2')]);
    expect(all).toContainEqual(['444455556666', 'not contained', expect.stringContaining('is not in the settings')]);
    expect(changes(drill).map((c) => c.target.region)).toEqual(['us-east-1', 'us-east-1']);
    expect(executions(drill, 'contain')).toHaveLength(4);
  });

  it.each(['one after the other', 'all at once', 'a second apart'])(
    'rests two cases on one change when both name a bucket (%s)',
    async (how) => {
      const drill = await rehearse({
        approvesAfter: 5,
        latency: how === 'a second apart' ? 0.3 : 0,
        seed: (w) => ['aaa-bucket', 'bbb-bucket'].map((b) => addBucket(w, b)),
      });
      const three = [
        publicBuckets('one', ['aaa-bucket']),
        publicBuckets('two', ['bbb-bucket']),
        publicBuckets('three', ['aaa-bucket', 'bbb-bucket']),
      ];
      for (const one of three) {
        drill.deliver(one);
        if (how === 'one after the other') await drill.settle();
        if (how === 'a second apart') await drill.clock.runFor(0.9);
      }
      await drill.settle();
      await ticks(drill, 2);
      expect(heads(drill)).toHaveLength(2);
      expect(heads(drill).map((h) => h.status)).toEqual(['contained', 'contained']);
      const made = changes(drill).filter((c) => c.target.id === 'bbb-bucket');
      expect(made.map((c) => [c.action, c.generation])).toEqual([
        ['block-bucket-public-access', 1],
        ['remove-public-bucket-grants', 1],
      ]);
      for (const c of made) expect(c.reliedOnBy).toHaveLength(2);
      expect(chainsWhole(drill)).toBe(true);
    },
  );

  it('takes in a finding that names more buckets than one transaction can hold', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `clinic-bucket-${i}`);
    const closedDoor = Object.assign(new Error('only the taking in is looked at'), { name: 'AccessDenied' });
    const drill = await rehearse({ fault: (call) => (call.function === 'tourniquet-plan' ? closedDoor : undefined) });
    drill.deliver(publicBuckets('one', names));
    await drill.settle();
    expect(drill.deadLetters).toEqual([]);
    expect(heads(drill)).toHaveLength(1);
    expect(plans(drill).map(({ plan }) => plan.steps.length)).toEqual([24, 24, 12]);
    const planned = plans(drill).flatMap(({ plan }) => plan.steps.map((s) => `${s.action} ${s.target.id}`));
    expect(new Set(planned).size).toBe(60);
    expect(executions(drill, 'respond').map((e) => e.name.slice(27))).toEqual(['p1-a1', 'p2-a1', 'p3-a1']);
    drill.deliver(publicBuckets('two', ['clinic-bucket-29']));
    await drill.settle();
    expect(heads(drill)).toHaveLength(1);
  });
});
