import {
  DescribeExecutionCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { account, region, sampleStage } from './sampleStack.ts';

const stateMachineArn = `arn:aws:states:${region}:${account}:stateMachine:respond`;
const running = `arn:aws:states:${region}:${account}:execution:respond:inc-p1-a1`;

function stage() {
  const made = sampleStage();
  const client = made.aws.client(SFNClient, { region, credentials: made.worker });
  const start = (input: object) =>
    client.send(new StartExecutionCommand({ stateMachineArn, name: 'inc-p1-a1', input: '{"a":1}', ...input }));
  return { ...made, client, start };
}

describe('StartExecution', () => {
  it('starts once: the same name with the same input while it runs is the same execution', async () => {
    const { start, executions } = stage();
    const first = await start({});
    expect(first.executionArn).toBe(running);
    expect((await start({})).executionArn).toBe(running);
    expect(executions.calls).toEqual(['start inc-p1-a1']);
  });

  it.each([
    ['another input while it runs', 'RUNNING', '{"a":2}'],
    ['the same input after it failed', 'FAILED', '{"a":1}'],
    ['the same input after it succeeded', 'SUCCEEDED', '{"a":1}'],
  ] as const)('says ExecutionAlreadyExists for %s', async (_what, status, input) => {
    const { start, executions } = stage();
    await start({});
    const execution = executions.executions.get(running);
    if (execution) execution.status = status;
    await expect(start({ input })).rejects.toMatchObject({
      name: 'ExecutionAlreadyExists',
      $metadata: { httpStatusCode: 400 },
    });
    expect(executions.calls).toHaveLength(1);
  });

  it('takes only names of the documented grammar', async () => {
    const { start, executions } = stage();
    await start({ name: 'x'.repeat(80) });
    const bad = fc.oneof(
      fc.constantFrom('', 'x'.repeat(81), 'a b', 'a\nb', 'arn:x', '../x', '${x}', '{% x %}', '<b>', '"', 'a\u{7f}'),
      fc.tuple(fc.string(), fc.constantFrom(...' <>{}[]?*"#%\\^|~`$&,;:/\t\u0000\u009f')).map(([s, c]) => s + c),
    );
    await fc.assert(
      fc.asyncProperty(bad, async (name) => {
        await expect(start({ name })).rejects.toMatchObject({ name: 'InvalidName' });
      }),
    );
    expect(executions.calls).toHaveLength(1);
  });

  it.each([
    ['a machine that is not deployed', { stateMachineArn: `${stateMachineArn}2` }, 'StateMachineDoesNotExist'],
    ['something that is no machine', { stateMachineArn: running }, 'InvalidArn'],
    ['an input that is not JSON', { input: '{' }, 'InvalidExecutionInput'],
    ['an input over 256 KiB', { input: JSON.stringify('é'.repeat(131_072)) }, 'ValidationException'],
    ['a trace header', { traceHeader: 'x' }, 'NotModelled'],
  ])('refuses %s', async (_what, input, name) => {
    const { start, executions } = stage();
    await expect(start(input)).rejects.toMatchObject({ name });
    expect(executions.calls).toEqual([]);
  });

  it('takes an input of exactly 256 KiB', async () => {
    const { start } = stage();
    await start({ input: JSON.stringify('x'.repeat(262_142)) });
  });

  it('refuses a role without the right', async () => {
    const { aws, reader, executions } = stage();
    const client = aws.client(SFNClient, { region, credentials: reader });
    await expect(client.send(new StartExecutionCommand({ stateMachineArn }))).rejects.toThrow('states:StartExecution');
    await expect(client.send(new SendTaskSuccessCommand({ taskToken: 'token-1', output: '{}' }))).rejects.toThrow(
      'states:SendTaskSuccess',
    );
    expect(executions.calls).toEqual([]);
  });
});

describe('a running execution', () => {
  it('can be described and stopped, an unknown one cannot', async () => {
    const { client, start } = stage();
    await start({});
    const describeIt = () => client.send(new DescribeExecutionCommand({ executionArn: running }));
    expect(await describeIt()).toMatchObject({
      executionArn: running,
      stateMachineArn,
      name: 'inc-p1-a1',
      status: 'RUNNING',
      input: '{"a":1}',
    });
    await client.send(new StopExecutionCommand({ executionArn: running, cause: 'paused' }));
    expect((await describeIt()).status).toBe('ABORTED');
    const other = client.send(new DescribeExecutionCommand({ executionArn: `${running}0` }));
    await expect(other).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  });
});

describe('a task token', () => {
  it('carries an output or a failure to the execution', async () => {
    const { client, executions } = stage();
    await client.send(new SendTaskSuccessCommand({ taskToken: 'token-1', output: '{"ok":true}' }));
    await client.send(new SendTaskFailureCommand({ taskToken: 'token-1', error: 'Refused', cause: 'why' }));
    expect(executions.calls).toEqual(['succeed {"ok":true}', 'fail Refused why']);
  });

  it.each([
    ['token-late', '{}', 'TaskTimedOut'],
    ['token-unknown', '{}', 'TaskDoesNotExist'],
    ['', '{}', 'InvalidToken'],
    ['x'.repeat(2049), '{}', 'InvalidToken'],
    ['token-1', 'no json', 'InvalidOutput'],
  ])('"%.12s" with output %s is refused', async (taskToken, output, name) => {
    const { client, executions } = stage();
    await expect(client.send(new SendTaskSuccessCommand({ taskToken, output }))).rejects.toMatchObject({ name });
    expect(executions.calls).toEqual([]);
  });
});
