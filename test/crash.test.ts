import { beforeAll, describe, expect, it } from 'vitest';
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

/** The suite looks at a few calls of each function; CRASH_STRIDE=1 at every one, before and after (some minutes). */
const stride = Number(process.env.CRASH_STRIDE ?? 0);
type Stop = 'stop before' | 'stop after';
const stops: [Stop, Stop] = ['stop before', 'stop after'];

/** Stops one function at its call number `at`, once. */
function stopping(name: string, at: number, how: Stop): Fault {
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
  await ticks(drill, 6);
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

/** Starts a case whose intake stopped between starting its plan and writing that down; the queue brings the finding again. */
async function redelivered(more: { latency?: number; fault?: Fault } = {}): Promise<Rehearsal> {
  let stopped = false;
  const drill = await rehearse({
    approvesAfter: 20,
    latency: more.latency,
    fault: (call) => {
      if (stopped || call.function !== 'tourniquet-intake' || call.command !== 'StartExecution')
        return more.fault?.(call);
      stopped = true;
      return 'stop after';
    },
  });
  drill.deliver(publicBuckets('one', [bucket]));
  await drill.settle(() => findings(drill)[0]?.occurrences === 2);
  return drill;
}

const attempts = (drill: Rehearsal) =>
  executions(drill, 'respond').map((e) => `${e.name.slice(27)} ${e.status.toLowerCase()}`);

describe('a finding that comes again after its plan was started', () => {
  it('leaves an execution that runs alone', async () => {
    const drill = await redelivered({ latency: 20 });
    expect(attempts(drill)).toEqual(['p1-a1 running']);
    await drill.settle();
    expect(attempts(drill)).toEqual(['p1-a1 succeeded']);
    expect(changes(drill).map((c) => c.generation)).toEqual([1, 1]);
  });

  it('leaves an execution that has succeeded alone', async () => {
    const drill = await redelivered();
    await drill.settle();
    expect(attempts(drill)).toEqual(['p1-a1 succeeded']);
    expect(plans(drill)).toMatchObject([{ state: 'done', attempt: 1 }]);
  });

  it('counts an execution that has failed as not started: the next attempt starts at once, not at some later tick', async () => {
    let refusals = 0;
    const broken = Object.assign(new Error('not now'), { name: 'InternalServerError' });
    const drill = await redelivered({
      fault: (call) => {
        if (call.function !== 'tourniquet-plan' || refusals === 1) return undefined;
        refusals += 1;
        return broken;
      },
    });
    await drill.settle();
    expect(attempts(drill)).toEqual(['p1-a1 failed', 'p1-a2 succeeded']);
    expect(state(drill)).toEqual(whole);
  });
});

describe('a function that stops at any of its AWS calls', () => {
  const names = ['intake', 'plan', 'observe', 'act', 'collect', 'tell', 'approve', 'archive', 'tick'];
  const counts = new Map<string, number>();
  beforeAll(async () => {
    const drill = await answered(({ function: who }) => {
      counts.set(who, (counts.get(who) ?? 0) + 1);
      return undefined;
    });
    expect(state(drill)).toEqual(whole);
  });

  it.each(names)(
    'tourniquet-%s: the tick, the queue and the machines bring the case to the same end',
    async (name) => {
      const full = `tourniquet-${name}`;
      const count = counts.get(full) ?? 0;
      expect(count).toBeGreaterThan(0);
      const wrong: string[] = [];
      const every = stride || (name === 'intake' ? 2 : Math.ceil(count / 2));
      for (let at = stride ? 1 : Math.ceil(every / 2); at <= count; at += every)
        for (const how of stride === 1 ? stops : [stops[Math.floor(at / every) % 2 === 0 ? 0 : 1]]) {
          const drill = await answered(stopping(full, at, how));
          const end = JSON.stringify(state(drill));
          if (end !== JSON.stringify(whole)) wrong.push(`${how} call ${at} of ${count}: ${end}`);
        }
      expect(wrong).toEqual([]);
    },
    1_200_000,
  );
});
