import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { readDeclarations } from './declarations.ts';
import { definitionOf } from './definition.ts';
import { exampleSettings, resources, root, statementsByRole, templatesOf } from './deployment.fixture.ts';
import { namesOf } from './names.ts';

const settings = await exampleSettings('organization');
const declarations = readDeclarations(root);
const there = { ...declarations, names: namesOf(settings) };
const { response } = templatesOf(settings);

const task = (resource: string, more: object = {}) =>
  JSON.stringify({ StartAt: 'Only', States: { Only: { Type: 'Task', Resource: resource, End: true, ...more } } });
const define = (text: string) => definitionOf({ name: 'sample', text }, there);

describe('a definition', () => {
  it('is refused for a placeholder that nothing stands for, with the choices', () => {
    expect(() => define(task('${PlanFuncton}'))).toThrow(
      /statemachines\/sample\.asl\.json: unknown placeholder \$\{PlanFuncton\}; choose of .*PlanFunction.*RespondMachine/,
    );
  });

  it('is refused when it calls what it does not name, because no right could be derived', () => {
    const text = task('arn:aws:states:::lambda:invoke', { Parameters: { 'FunctionName.$': '$.function' } });
    expect(() => define(text)).toThrow('must name what it calls by a placeholder');
  });

  it('is refused for an integration that no rights are known for', () => {
    expect(() => define(task('arn:aws:states:::dynamodb:putItem'))).toThrow(
      'no rights are known for Resource arn:aws:states:::dynamodb:putItem',
    );
  });

  it('may invoke the function that it names, and that is all', () => {
    expect(define(task('${PlanFunction}')).rights).toEqual([
      {
        actions: ['lambda:InvokeFunction'],
        resources: ['arn:aws:lambda:us-east-1:222222222222:function:tourniquet-plan'],
      },
    ]);
  });

  it('may start the machine that it names, without following it', () => {
    const text = task('arn:aws:states:::states:startExecution', {
      Parameters: { StateMachineArn: '${ContainMachine}' },
    });
    expect(define(text).rights).toEqual([
      {
        actions: ['states:StartExecution'],
        resources: ['arn:aws:states:us-east-1:222222222222:stateMachine:tourniquet-contain'],
      },
    ]);
  });

  it('may follow and stop the machine that it awaits, also from inside a Map', () => {
    const states = JSON.parse(
      task('arn:aws:states:::states:startExecution.sync:2', { Parameters: { StateMachineArn: '${ApproveMachine}' } }),
    );
    const text = JSON.stringify({
      StartAt: 'Each',
      States: { Each: { Type: 'Map', ItemProcessor: states, End: true } },
    });
    expect(define(text).rights.map(({ actions, resources: on }) => [actions, on])).toEqual([
      [['states:StartExecution'], ['arn:aws:states:us-east-1:222222222222:stateMachine:tourniquet-approve']],
      [
        ['states:DescribeExecution', 'states:StopExecution'],
        ['arn:aws:states:us-east-1:222222222222:execution:tourniquet-approve:*'],
      ],
      [
        ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
        ['arn:aws:events:us-east-1:222222222222:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule'],
      ],
    ]);
  });
});

describe.each(declarations.machines.map((machine) => [machine.name, machine] as const))('%s', (name, machine) => {
  const deployed = resources(response, 'AWS::StepFunctions::StateMachine').find(
    ([, r]) => r.Properties.StateMachineName === `tourniquet-${name}`,
  )?.[1].Properties;

  it('is a valid state machine once its placeholders are filled in', async () => {
    const { errors } = await aslValidator(JSON.parse(definitionOf(machine, there).text));
    expect(errors).toEqual([]);
  });

  it('is deployed with the text of its file, and logs everything but what was said', () => {
    expect(deployed?.DefinitionString).toBe(definitionOf(machine, there).text);
    expect(deployed?.LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: false });
    expect(deployed?.TracingConfiguration).toEqual({ Enabled: true });
  });

  it('calls only functions and machines that are deployed', () => {
    const ours = (type: string, property: string) => resources(response, type).map(([, r]) => r.Properties[property]);
    const called = (statementsByRole(response).get(`tourniquet-${name}-machine`) ?? [])
      .flatMap((s) => [s.Resource].flat() as string[])
      .filter((arn) => /:(?:function|stateMachine):/.test(arn));
    expect(called.length).toBeGreaterThan(0);
    for (const arn of called)
      expect([
        ...ours('AWS::Lambda::Function', 'FunctionName'),
        ...ours('AWS::StepFunctions::StateMachine', 'StateMachineName'),
      ]).toContain(arn.split(':').at(-1));
  });
});
