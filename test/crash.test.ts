import { describe, expect, it } from 'vitest';
import type { Fault, FunctionCall } from '../drills/engine/fault.ts';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import {
  approvals,
  bucket,
  chainsWhole,
  changes,
  clockPerTest,
  custody,
  evidence,
  executions,
  findings,
  heads,
  plans,
  publicBuckets,
  rehearse,
  steps,
  ticks,
} from './arrivals.ts';

clockPerTest();

/** Whole: 1. In the suite a prime number, so that every kind of call is met from run to run of the sequence. */
const stride = Number(process.env.CRASH_STRIDE ?? 17);
const stops = ['stop before', 'stop after'] as const;

/** Stops one function at its call number `at`, once. */
function stopping(name: string, at: number, how: (typeof stops)[number]): Fault {
  let seen = 0;
  return ({ function: who }: FunctionCall) => {
    if (who !== name) return undefined;
    seen += 1;
    return seen === at ? how : undefined;
  };
}

async function answered(fault?: Fault): Promise<Rehearsal> {
  const drill = await rehearse({ approvesAfter: 20, fault });
  drill.deliver(publicBuckets('one', [bucket]));
  await drill.settle();
  await ticks(drill, 10);
  return drill;
}

/** Whatever stopped: one case, contained, each change once, everything told of once and in order, nothing left on the tick's list half done. */
function state(drill: Rehearsal) {
  return {
    heads: heads(drill).map((h) => h.status),
    findings: findings(drill).length,
    plans: plans(drill).map((p) => p.state),
    changes: changes(drill).map((c) => `${c.action} ${c.generation} ${c.state}`),
    steps: steps(drill).map((s) => s.outcome),
    approvals: approvals(drill).map((a) => a.outcome),
    custody: [...new Set(custody(drill).map((c) => c.collector))].sort(),
    evidence: evidence(drill).map((e) => e.problem ?? 'collected'),
    chains: chainsWhole(drill),
    deadLetters: drill.deadLetters,
    running: executions(drill, 'respond').filter((e) => e.status === 'RUNNING').length,
  };
}

const whole = {
  heads: ['contained'],
  findings: 1,
  plans: ['done'],
  changes: ['block-bucket-public-access 1 verified', 'remove-public-bucket-grants 1 verified'],
  steps: ['verified', 'verified'],
  approvals: ['approved'],
  custody: ['bucket-configuration', 'bucket-exposure'],
  evidence: ['collected', 'collected'],
  chains: true,
  deadLetters: [],
  running: 0,
};

describe('a function that stops at any of its AWS calls', () => {
  it.each(['intake', 'plan', 'observe', 'act', 'collect', 'tell', 'approve', 'archive', 'tick'])(
    'tourniquet-%s: the tick, the queue and the machines bring the case to the same end',
    async (name) => {
      const full = `tourniquet-${name}`;
      let count = 0;
      await answered((call) => {
        count += call.function === full ? 1 : 0;
        return undefined;
      });
      expect(count).toBeGreaterThan(0);
      const wrong: string[] = [];
      for (let at = 1; at <= count; at += name === 'intake' ? 1 : stride)
        for (const how of name === 'intake' || stride === 1 ? stops : [stops[at % 2 === 0 ? 0 : 1]]) {
          const drill = await answered(stopping(full, at, how as (typeof stops)[number]));
          const end = JSON.stringify(state(drill));
          if (end !== JSON.stringify(whole)) wrong.push(`${how} call ${at} of ${count}: ${end}`);
        }
      expect(wrong).toEqual([]);
    },
    1_200_000,
  );
});
