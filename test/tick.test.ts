import { DeletePublicAccessBlockCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../drills/engine/fault.ts';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import {
  addBucket,
  bucket,
  changes,
  clinic,
  clockPerTest,
  executions,
  heads,
  plans,
  publicBuckets,
  region,
  rehearse,
  says,
  steps,
  ticks,
  timeline,
} from './arrivals.ts';

clockPerTest();

const refusal = Object.assign(new Error('not now'), { name: 'ServiceUnavailable' });
const names = (drill: Rehearsal, machine: string) => executions(drill, machine).map((e) => e.name.slice(27));

/** Calls of a function fail while this says so. */
function failing(name: string, command: string, while_: () => boolean): Fault {
  return (call) =>
    call.function === `tourniquet-${name}` && call.command === command && while_() ? refusal : undefined;
}

function stopAll(drill: Rehearsal): void {
  for (const e of drill.engine.executions) if (e.status === 'RUNNING') drill.engine.stop(e.arn);
}

/** A record as a newer release would have written it. */
function spoil(drill: Rehearsal, pk: RegExp, sk: string): void {
  for (const table of drill.deployment.tables.values()) {
    const spoiled = table.snapshot().filter((item) => pk.test(item.pk?.S ?? '') && item.sk?.S === sk);
    expect(spoiled).toHaveLength(1);
    const written = spoiled.map((item) => ({
      ...item,
      record: { M: { ...item.record?.M, schemaVersion: { N: '99' } } },
    }));
    table.write(written, drill.clock.now());
  }
}

describe('the tick', () => {
  it('starts a plan that nobody started, whatever became of the message that brought its finding', async () => {
    let broken = true;
    const drill = await rehearse({ approvesAfter: 5, fault: failing('intake', 'StartExecution', () => broken) });
    drill.deliver(publicBuckets('one', [bucket]));
    await drill.settle();
    expect(drill.deadLetters).toHaveLength(1);
    expect(plans(drill)).toMatchObject([{ state: 'drawn', attempt: 0 }]);
    expect(heads(drill)).toHaveLength(1);
    broken = false;
    await ticks(drill, 1);
    expect(names(drill, 'respond')).toEqual(['p1-a1']);
    expect(heads(drill)).toMatchObject([{ status: 'contained' }]);
  });

  it('starts the next attempt of a plan whose execution died, and what is over stays over', async () => {
    let broken = false;
    const drill = await rehearse({ approvesAfter: 5, fault: failing('plan', 'GetItem', () => broken) });
    drill.deliver(publicBuckets('one', [bucket]));
    broken = true;
    await drill.settle();
    expect(executions(drill, 'respond').map((e) => e.status)).toEqual(['FAILED']);
    broken = false;
    await ticks(drill, 3);
    expect(names(drill, 'respond')).toEqual(['p1-a1', 'p1-a2']);
    expect(plans(drill)).toMatchObject([{ state: 'done', attempt: 2 }]);
    expect(changes(drill).map((c) => [c.action, c.generation])).toEqual([
      ['block-bucket-public-access', 1],
      ['remove-public-bucket-grants', 1],
    ]);
    await ticks(drill, 3);
    expect(names(drill, 'respond')).toHaveLength(2);
  });

  it.each(['recorded', 'applying', 'accepted'] as const)('finishes a change that is stuck as %s', async (stuck) => {
    let armed = true;
    const drill: Rehearsal = await rehearse({
      approvesAfter: 5,
      fault: ({ function: who }) => {
        if (!armed || !/-(?:act|observe)$/.test(who) || changes(drill)[0]?.state !== stuck) return undefined;
        armed = false;
        // the machines die with the function: neither retries nor catchers see to it
        stopAll(drill);
        return 'stop before';
      },
    });
    drill.deliver(publicBuckets('one', [bucket]));
    await drill.settle();
    expect(armed).toBe(false);
    expect(changes(drill).map((c) => `${c.action} ${c.state}`)).toContain(`block-bucket-public-access ${stuck}`);
    await ticks(drill, 6);
    expect(changes(drill).map((c) => [c.action, c.generation, c.state])).toEqual([
      ['block-bucket-public-access', 1, 'verified'],
      ['remove-public-bucket-grants', 1, 'verified'],
    ]);
    expect(heads(drill)).toMatchObject([{ status: 'contained' }]);
  });

  it('asks again, and only once, when the machine that was asking died', async () => {
    const drill = await rehearse();
    drill.deliver(publicBuckets('one', [bucket]));
    await drill.clock.runFor(30);
    stopAll(drill);
    await drill.settle();
    expect(steps(drill).map((s) => s.outcome)).toEqual(['verified', 'waiting']);
    await ticks(drill, 7);
    expect(names(drill, 'respond')).toEqual(['p1-a1', 'p1-a2']);
    expect(steps(drill).map((s) => s.outcome)).toEqual(['verified', 'held']);
    await ticks(drill, 6);
    expect(names(drill, 'respond')).toHaveLength(2);
  });

  it('does not apply again what people have restored, when another step of the plan is repaired', async () => {
    const drill = await rehearse({
      approvesAfter: 5,
      seed: (w) => [bucket, 'second-bucket'].map((b) => addBucket(w, b)),
    });
    drill.deliver(publicBuckets('one', [bucket, 'second-bucket']));
    await drill.settle();
    const [head] = heads(drill);
    const mine = changes(drill).filter((c) => c.target.id === bucket);
    await says(drill, {
      decision: 'restore',
      incident: head?.id ?? '',
      reason: 'the vendor needs it until Monday',
      changes: mine.map(({ action, target, generation }) => ({ action, target: { ...target }, generation })),
    });
    await drill.settle();
    expect(
      changes(drill)
        .filter((c) => c.target.id === bucket)
        .map((c) => c.state),
    ).toEqual(['undone', 'undone']);
    await drill.during(
      drill.invoke('tourniquet-plan', { op: 'open', incident: head?.id ?? '', plan: 1, attempt: 9 }).then((opened) => {
        expect((opened as { stages: unknown[] }).stages).toEqual([]);
      }),
    );
  });

  it('twice at once does each thing once, and fails at nothing', async () => {
    const drill = await rehearse({ approvesAfter: 5 });
    drill.deliver(publicBuckets('one', [bucket]));
    await drill.settle();
    const watches = () => executions(drill, 'watch').length;
    const before = watches();
    await drill.clock.runFor(300);
    await drill.during(Promise.all([drill.tick(), drill.tick(), drill.tick()]));
    await drill.settle();
    expect(watches() - before).toBe(2);
    expect(drill.metrics.TickFailed).toBeUndefined();
    expect(changes(drill).every((c) => c.state === 'verified')).toBe(true);
  });

  it('catches up after an hour without one, in one look', async () => {
    const drill = await rehearse({ approvesAfter: 5, fault: failing('intake', 'StartExecution', () => true) });
    drill.deliver(publicBuckets('one', [bucket]));
    await drill.settle();
    await drill.clock.runFor(3600);
    await drill.during(drill.tick());
    await drill.settle();
    expect(heads(drill)).toMatchObject([{ status: 'contained' }]);
  });

  it('goes on to the other records when one cannot be read, and counts it', async () => {
    const drill = await rehearse({
      approvesAfter: 5,
      seed: (w) => ['aaa-bucket', 'bbb-bucket'].map((b) => addBucket(w, b)),
    });
    drill.deliver(publicBuckets('one', ['aaa-bucket']));
    drill.deliver(publicBuckets('two', ['bbb-bucket']));
    await drill.settle();
    const s3 = drill.aws.client(S3Client, { region, credentials: drill.world.rootCredentials(clinic) });
    for (const Bucket of ['aaa-bucket', 'bbb-bucket']) await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
    spoil(drill, /^TARGET#.*aaa-bucket$/, 'CHANGE#block-bucket-public-access#000001');
    await ticks(drill, 2);
    expect(drill.metrics.TickFailed).toBeGreaterThan(0);
    const drifted = steps(drill).filter((s) => s.outcome === 'drifted');
    expect(drifted.map((s) => s.target.id)).toEqual(['bbb-bucket']);
  });

  it('pages until somebody acknowledges', async () => {
    const drill = await rehearse({ fault: (c) => (c.command === 'PutPublicAccessBlock' ? refusal : undefined) });
    drill.deliver(publicBuckets('one', [bucket]));
    await drill.settle();
    const pages = () => timeline(drill).filter((e) => e.kind === 'page').length;
    await ticks(drill, 3);
    const before = pages();
    expect(before).toBeGreaterThanOrEqual(3);
    await says(drill, { decision: 'acknowledge', incident: heads(drill)[0]?.id ?? '', reason: 'I have it' });
    const after = pages();
    await ticks(drill, 3);
    expect(pages()).toBe(after);
  });
});
