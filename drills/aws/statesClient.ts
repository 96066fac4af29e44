import type {
  DescribeExecutionInput,
  DescribeExecutionOutput,
  ExecutionStatus,
  SendTaskFailureInput,
  SendTaskSuccessInput,
  StartExecutionInput,
  StartExecutionOutput,
  StopExecutionInput,
  StopExecutionOutput,
} from '@aws-sdk/client-sfn';
import { sha256 } from '../../lambdas/core/json.ts';
import { AwsError, type Call, type Command, type Need, type Service } from './kernel.ts';

export interface DescribedExecution {
  name: string;
  status: ExecutionStatus;
  /** JSON text */
  input: string;
  startDate: Date;
  stopDate?: Date;
  /** JSON text */
  output?: string;
  error?: string;
  cause?: string;
}

/**
 * What runs the state machines. All texts are JSON texts. Execution ARNs are `executionArn(machineArn, name)`.
 * `succeed` and `fail` throw `taskErrors` for a token that is late, gone or no token at all.
 */
export interface Executions {
  start(machineArn: string, name: string, input: string): { executionArn: string; startDate: Date };
  describe(executionArn: string): DescribedExecution | undefined;
  succeed(token: string, output: string): void;
  fail(token: string, error: string, cause: string): void;
  stop(executionArn: string, error?: string, cause?: string): void;
}

/** The three ways in which a task token is refused (SendTaskSuccess reference). */
export const taskErrors = {
  timedOut: () =>
    new AwsError('TaskTimedOut', 400, 'Task Timed Out: the task has timed out or its execution has ended'),
  doesNotExist: () => new AwsError('TaskDoesNotExist', 400, 'Task does not exist'),
  invalidToken: () => new AwsError('InvalidToken', 400, 'Invalid token'),
};

export function executionArn(machineArn: string, name: string): string {
  return `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}

/** 262,144 bytes of UTF-8: the quota for input, state and output. */
const payloadBytes = 262_144;
// StartExecution reference: no white space, brackets, wildcards, special or control characters, surrogates; 80 characters
const forbiddenInName = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\p{Cs}\u{fffe}\u{ffff}\u{10ffff}]/u;

function need(action: string, resource: string | undefined, call: Call): Need[] {
  const owner = resource?.startsWith('arn:') ? (resource.split(':')[4] ?? '') : call.caller.account;
  return [{ action: `states:${action}`, resource: resource ?? '', owner }];
}

function refuse(code: string, message: string): never {
  throw new AwsError(code, 400, message);
}

function checkPayload(text: string, code: 'InvalidExecutionInput' | 'InvalidOutput'): void {
  if (Buffer.byteLength(text) > payloadBytes)
    refuse('ValidationException', `1 validation error detected: length must be less than or equal to ${payloadBytes}`);
  try {
    JSON.parse(text);
  } catch {
    refuse(code, 'Invalid JSON');
  }
}

function startExecution(
  machines: ReadonlySet<string>,
  executions: Executions,
): Command<StartExecutionInput, StartExecutionOutput> {
  let unnamed = 0;
  return {
    parameters: ['stateMachineArn', 'name', 'input'],
    needs: ({ stateMachineArn }, call) => need('StartExecution', stateMachineArn, call),
    run({ stateMachineArn = '', name, input = '{}' }) {
      if (!/^arn:aws:states:[a-z0-9-]+:\d{12}:stateMachine:[^:]+$/.test(stateMachineArn))
        refuse('InvalidArn', `Invalid Arn: '${stateMachineArn}'`);
      if (!machines.has(stateMachineArn))
        refuse('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
      if (name !== undefined && (name.length < 1 || name.length > 80 || forbiddenInName.test(name)))
        refuse('InvalidName', `Invalid Name: '${name}'`);
      checkPayload(input, 'InvalidExecutionInput');
      if (name === undefined) unnamed += 1;
      const own = name ?? sha256(`unnamed ${unnamed}`).slice(0, 32);
      const arn = executionArn(stateMachineArn, own);
      const earlier = executions.describe(arn);
      if (!earlier) return executions.start(stateMachineArn, own, input);
      if (earlier.status === 'RUNNING' && earlier.input === input)
        return { executionArn: arn, startDate: earlier.startDate };
      return refuse('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    },
  };
}

function known(executions: Executions, arn: string | undefined): DescribedExecution & { arn: string } {
  const found = arn === undefined ? undefined : executions.describe(arn);
  if (!found || arn === undefined) return refuse('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return { arn, ...found };
}

function describeExecution(executions: Executions): Command<DescribeExecutionInput, DescribeExecutionOutput> {
  return {
    parameters: ['executionArn'],
    needs: (input, call) => need('DescribeExecution', input.executionArn, call),
    run(input) {
      const { arn, ...described } = known(executions, input.executionArn);
      const stateMachineArn = arn.slice(0, arn.lastIndexOf(':')).replace(':execution:', ':stateMachine:');
      return { ...described, executionArn: arn, stateMachineArn };
    },
  };
}

function stopExecution(executions: Executions): Command<StopExecutionInput, StopExecutionOutput> {
  return {
    parameters: ['executionArn', 'error', 'cause'],
    needs: (input, call) => need('StopExecution', input.executionArn, call),
    run(input, call) {
      const { arn, status, stopDate } = known(executions, input.executionArn);
      if (status === 'RUNNING') executions.stop(arn, input.error, input.cause);
      return { stopDate: stopDate ?? new Date(call.now.epochMilliseconds) };
    },
  };
}

function checkToken(token: string | undefined): string {
  if (token === undefined || token.length < 1 || token.length > 2048) throw taskErrors.invalidToken();
  return token;
}

function sendTaskSuccess(executions: Executions): Command<SendTaskSuccessInput, Record<string, never>> {
  return {
    parameters: ['taskToken', 'output'],
    needs: (_input, call) => need('SendTaskSuccess', '*', call),
    run({ taskToken, output = '' }) {
      checkPayload(output, 'InvalidOutput');
      executions.succeed(checkToken(taskToken), output);
      return {};
    },
  };
}

function sendTaskFailure(executions: Executions): Command<SendTaskFailureInput, Record<string, never>> {
  return {
    parameters: ['taskToken', 'error', 'cause'],
    needs: (_input, call) => need('SendTaskFailure', '*', call),
    run({ taskToken, error = '', cause = '' }) {
      if (error.length > 256) refuse('ValidationException', "Value at 'error' must have length at most 256");
      if (cause.length > 32_768) refuse('ValidationException', "Value at 'cause' must have length at most 32768");
      executions.fail(checkToken(taskToken), error, cause);
      return {};
    },
  };
}

/** Service `SFN` for the deployed standard machines (by ARN), in front of whatever runs them. */
export function sfn(machines: ReadonlySet<string>, executions: Executions): Service {
  return {
    StartExecution: startExecution(machines, executions),
    DescribeExecution: describeExecution(executions),
    StopExecution: stopExecution(executions),
    SendTaskSuccess: sendTaskSuccess(executions),
    SendTaskFailure: sendTaskFailure(executions),
  };
}
