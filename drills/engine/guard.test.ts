import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { settings } from '../../lambdas/core/settings.ts';
import example from '../../settings.example.json' with { type: 'json' };
import { deploy } from '../aws/deploy.ts';
import { World } from '../aws/world.ts';
import { guard, NotUnderstood } from './guard.ts';
import { templates } from './templates.ts';

const lambda = 'arn:aws:lambda:us-east-1:222222222222:function:tourniquet-plan';
const task = { Type: 'Task', Resource: lambda, TimeoutSeconds: 60, End: true };
const alone = (state: object, more: object = {}) => ({ StartAt: 'One', States: { One: state }, ...more });
const processor = { StartAt: 'Inner', States: { Inner: task } };
const map = { Type: 'Map', ItemProcessor: processor, End: true };

/** The toolchain's facts: what aws-local-stepfunctions 3.0.0 would run, and run wrongly. */
const misread: [string, object, RegExp][] = [
  ['JSONata for the machine', alone(task, { QueryLanguage: 'JSONata' }), /the machine.*QueryLanguage/],
  ['JSONata for one state', alone({ ...task, QueryLanguage: 'JSONata' }), /"One".*QueryLanguage/],
  ['JSONata Arguments', alone({ ...task, Arguments: {} }), /"One".*Arguments/],
  ['JSONata Output', alone({ ...task, Output: '{% $states.result %}' }), /"One".*Output/],
  ['Assign in a state', alone({ ...task, Assign: { a: 1 } }), /"One".*Assign/],
  [
    'Assign in a catcher',
    alone({ ...task, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'One', Assign: { a: 1 } }] }),
    /Catch of state "One".*Assign/,
  ],
  [
    'Assign in a rule of a choice',
    alone({ Type: 'Choice', Choices: [{ Variable: '$.a', IsPresent: true, Next: 'One', Assign: { a: 1 } }] }),
    /rule of state "One".*Assign/,
  ],
  ['HeartbeatSeconds', alone({ ...task, HeartbeatSeconds: 10 }), /"One".*HeartbeatSeconds/],
  ['HeartbeatSecondsPath', alone({ ...task, HeartbeatSecondsPath: '$.a' }), /"One".*HeartbeatSecondsPath/],
  ['ItemReader', alone({ ...map, ItemReader: {} }), /"One".*ItemReader/],
  ['ItemBatcher', alone({ ...map, ItemBatcher: {} }), /"One".*ItemBatcher/],
  ['ResultWriter', alone({ ...map, ResultWriter: {} }), /"One".*ResultWriter/],
  ['ToleratedFailurePercentage', alone({ ...map, ToleratedFailurePercentage: 5 }), /"One".*ToleratedFailurePercentage/],
  ['ToleratedFailureCount', alone({ ...map, ToleratedFailureCount: 1 }), /"One".*ToleratedFailureCount/],
  [
    'a Distributed Map',
    alone({ ...map, ItemProcessor: { ...processor, ProcessorConfig: { Mode: 'DISTRIBUTED' } } }),
    /Map mode DISTRIBUTED/,
  ],
  ['a task without a time limit', alone({ Type: 'Task', Resource: lambda, End: true }), /"One" has no time limit/],
  [
    'a service that nothing here answers',
    alone({ ...task, Resource: 'arn:aws:states:::sns:publish' }),
    /"One": the engine does not run arn:aws:states:::sns:publish/,
  ],
  ['an unknown type of state', alone({ ...task, Type: 'Sleep' }), /"One" has no type/],
  [
    'two states of one name',
    alone({ ...map, ItemProcessor: { StartAt: 'One', States: { One: task } } }),
    /two states are named "One"/,
  ],
];

describe('the guard before the local engine', () => {
  it.each(misread)('refuses %s by name, wherever it stands', (_what, definition, message) => {
    expect(() => guard(definition)).toThrow(NotUnderstood);
    expect(() => guard(definition)).toThrow(message);
    const nested = alone({ Type: 'Parallel', Branches: [definition], End: true });
    const renamed = { StartAt: 'Outer', States: { Outer: nested.States.One } };
    expect(() => guard(renamed)).toThrow(NotUnderstood);
  });

  it('passes every definition that is deployed, and finds each of its tasks', async () => {
    const now = () => Temporal.Instant.from('2026-11-20T03:16:00Z');
    const { machines } = deploy(new World(now), await templates(settings.parse(example)));
    expect([...machines.keys()].sort()).toEqual(
      ['approve', 'contain', 'gather', 'notify', 'respond', 'restore', 'watch'].map((name) => `tourniquet-${name}`),
    );
    for (const { definition } of machines.values()) {
      const tasks = guard(JSON.parse(definition));
      expect(tasks.size).toBe([...definition.matchAll(/"Type": ?"Task"/g)].length);
    }
  });
});
