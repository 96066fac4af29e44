import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Fault } from '../drills/engine/fault.ts';
import {
  approvals,
  chainsWhole,
  changes,
  clockPerTest,
  event,
  executions,
  findings,
  heads,
  plans,
  rehearse,
  steps,
  ticks,
} from './arrivals.ts';

clockPerTest();

/** One leak as five products and forms tell it. */
const forms = [
  'public-bucket.guardduty-eventbridge',
  'public-bucket.asff-imported',
  'public-bucket.ocsf-v2',
  'macie-public-bucket.eventbridge',
  'access-analyzer-public.eventbridge',
];

/** Stops a function at each of these calls, counted over all functions: once before it is made, once after. */
function crashes(at: readonly number[]): Fault {
  let calls = 0;
  return () => {
    calls += 1;
    const nth = at.indexOf(calls);
    if (nth < 0) return undefined;
    return nth % 2 === 0 ? 'stop before' : 'stop after';
  };
}

/** `FIVE_FORMS_RUNS=50` looks at as many orders and crashes. */
const seeds = Array.from({ length: Number(process.env.FIVE_FORMS_RUNS ?? 3) }, (_, n) => n + 1);

it.each(seeds)(
  'five forms of one leak, ten times each, shuffled and with crashes, are one incident with each change once (seed %i)',
  async (seed) => {
    const deliveries = forms.flatMap((form) => Array.from({ length: 10 }, () => event(form)));
    const one = <T>(arbitrary: fc.Arbitrary<T>) => fc.sample(arbitrary, { seed, numRuns: 1 })[0] as T;
    const order = one(fc.shuffledSubarray(deliveries, { minLength: deliveries.length }));
    const at = one(fc.uniqueArray(fc.integer({ min: 1, max: 900 }), { minLength: 8, maxLength: 8 }));
    const drill = await rehearse({ approvesAfter: 40, fault: crashes(at) });
    for (const [n, delivered] of order.entries()) {
      expect(drill.deliver({ ...delivered, id: `${seed}-${n}` })).toBe(true);
      if (n % 5 === seed % 5) await drill.clock.runFor(1);
    }
    await drill.settle();
    await ticks(drill, 8);

    expect(heads(drill).map((h) => h.status)).toEqual(['contained']);
    expect(
      changes(drill)
        .map((c) => `${c.action} ${c.generation} ${c.state}`)
        .sort(),
    ).toEqual(['block-bucket-public-access 1 verified', 'remove-public-bucket-grants 1 verified']);
    expect(steps(drill).every((s) => s.outcome === 'verified')).toBe(true);
    expect(plans(drill).every((p) => p.state === 'done')).toBe(true);
    expect(approvals(drill).map((a) => a.outcome)).toEqual(['approved']);
    expect(findings(drill).reduce((sum, f) => sum + f.occurrences, 0)).toBeGreaterThanOrEqual(50);
    expect(executions(drill, 'respond').filter((e) => e.status === 'RUNNING')).toEqual([]);
    expect(chainsWhole(drill)).toBe(true);
  },
);
