import { afterEach, describe, expect, it } from 'vitest';
import type { Json } from '../../lambdas/core/json.ts';
import type { DeployedMachine } from '../aws/cloudformation/deployment.ts';
import { DrillClock } from './clock.ts';
import { Engine } from './engine.ts';

const arn = 'arn:aws:states:us-east-1:222222222222:stateMachine:one';
const lambda = 'arn:aws:lambda:us-east-1:222222222222:function:tourniquet-plan';
const start = '2026-11-20T03:16:00Z';
let clock: DrillClock;
afterEach(() => clock.uninstall());

/** An engine with one machine; `work` is what its function does. */
function engine(states: object, work: (payload: Json) => Promise<Json>, more: object = {}) {
  clock = new DrillClock(start);
  const machine: DeployedMachine = {
    stackName: 'test',
    logicalId: 'One',
    account: '222222222222',
    region: 'us-east-1',
    name: 'one',
    arn,
    roleArn: 'arn:aws:iam::222222222222:role/one',
    definition: JSON.stringify({ StartAt: 'First', States: states, ...more }),
    source: '',
    placeholders: {},
  };
  return new Engine({
    clock,
    machines: [machine],
    invokeAs: (_machine, _function, payload) => work(payload),
    startAs: async (_machine, { name, input }) => made.start(arn, name, input),
  });
}
let made: Engine;

async function run(states: object, work: (payload: Json) => Promise<Json>, input: Json = {}, more: object = {}) {
  made = engine(states, work, more);
  const { executionArn } = made.start(arn, 'run', JSON.stringify(input));
  await clock.run(() => !made.running());
  const seconds = Math.round(clock.now().since(start).total('seconds'));
  return { ...made.describe(executionArn), seconds };
}

const task = { Type: 'Task', Resource: lambda, TimeoutSeconds: 60, End: true };
const never = () => new Promise<Json>(() => undefined);

describe('time in the engine', () => {
  it('is the drill clock: a task that never answers ends at its limit, and no real time passes', async () => {
    const real = performance.now();
    expect(await run({ First: task }, never)).toMatchObject({ status: 'FAILED', error: 'States.Timeout', seconds: 60 });
    expect(performance.now() - real).toBeLessThan(5000);
  });

  it('waits between retries as the definition says', async () => {
    const at: number[] = [];
    const Retry = [{ ErrorEquals: ['Busy'], IntervalSeconds: 30, MaxAttempts: 2, BackoffRate: 2 }];
    const end = await run({ First: { ...task, Retry } }, async () => {
      at.push(Math.round(clock.now().since(start).total('seconds')));
      throw Object.assign(new Error('busy'), { name: 'Busy' });
    });
    expect(at).toEqual([0, 30, 90]);
    expect(end).toMatchObject({ status: 'FAILED', error: 'Busy', seconds: 90 });
  });

  it('ends a whole execution at the time limit of its machine', async () => {
    const wait = { Type: 'Wait', Seconds: 10_000, End: true };
    const end = await run({ First: wait }, never, {}, { TimeoutSeconds: 3600 });
    expect(end).toMatchObject({ status: 'TIMED_OUT', seconds: 3600 });
  });

  it('limits a wait for a person by the path that the definition names, and wakes it by its token, once', async () => {
    const ask = {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: {
        FunctionName: lambda,
        Payload: { 'token.$': '$$.Task.Token', 'waitSeconds.$': '$.Payload.waitSeconds' },
      },
      TimeoutSecondsPath: '$.Payload.waitSeconds',
      End: true,
    };
    const input = { Payload: { waitSeconds: 300 } };
    expect(await run({ First: ask }, async () => ({}), input)).toMatchObject({ error: 'States.Timeout', seconds: 300 });
    clock.uninstall();
    const answered = await run(
      { First: ask },
      async (payload) => {
        const { token } = payload as { token: string };
        setTimeout(() => {
          made.succeed(token, '{"said":"yes"}');
          expect(() => made.succeed(token, '{}')).toThrow('timed out');
        }, 20_000);
        return {};
      },
      input,
    );
    expect(answered).toMatchObject({ status: 'SUCCEEDED', output: '{"said":"yes"}', seconds: 20 });
    expect(() => made.succeed('token-1-of-nobody', '{}')).toThrow('Invalid token');
  });
});

describe('what crosses a state boundary', () => {
  const large = 'x'.repeat(262_144);

  it.each<[string, object]>([
    ['what a function gives back', { First: task }],
    [
      'what States.ALL would catch',
      { First: { ...task, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'After' }] }, After: { Type: 'Succeed' } },
    ],
  ])('fails the execution when it is over 256 KiB: %s', async (_what, states) => {
    const end = await run(states, async () => large);
    expect(end).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(end.cause).toContain('at most 262144 may pass');
  });

  it('also where no task stands: what many iterations give together', async () => {
    const items = Array.from({ length: 6 }, (_, n) => n);
    const states = {
      First: {
        Type: 'Map',
        ItemsPath: '$.items',
        ItemProcessor: { StartAt: 'Each', States: { Each: task } },
        Next: 'After',
      },
      After: { Type: 'Pass', End: true },
    };
    const fits = await run(states, async () => 'x'.repeat(40_000), { items });
    expect(fits.status).toBe('SUCCEEDED');
    clock.uninstall();
    const end = await run(states, async () => 'x'.repeat(50_000), { items });
    expect(end).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('lets 256 KiB through', async () => {
    const end = await run({ First: task }, async () => 'x'.repeat(262_144 - 2));
    expect(end.status).toBe('SUCCEEDED');
  });
});

describe('an execution that is over', () => {
  it('runs none of its further states, wherever they stand', async () => {
    const ran: string[] = [];
    const named = (name: string, more: object) => ({ ...task, Parameters: { name }, End: undefined, ...more });
    const branch = {
      StartAt: 'Slow',
      States: {
        Slow: named('slow', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Further' }], Next: 'Further' }),
        Further: named('further', { End: true }),
      },
    };
    made = engine({ First: { Type: 'Parallel', Branches: [branch], End: true } }, async (payload) => {
      ran.push((payload as { name: string }).name);
      await clock.after(10);
      throw new Error('it stopped');
    });
    const { executionArn } = made.start(arn, 'run', '{}');
    await clock.runFor(5);
    made.stop(executionArn);
    await clock.runFor(60);
    expect(made.describe(executionArn)?.status).toBe('ABORTED');
    expect(ran).toEqual(['slow']);
  });
});
