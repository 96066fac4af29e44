import { StateMachine } from 'aws-local-stepfunctions';
import type { Json } from '../../lambdas/core/json.ts';
import type { DeployedMachine } from '../aws/cloudformation/deployment.ts';
import { AwsError } from '../aws/kernel.ts';
import { type DescribedExecution, type Executions, executionArn, taskErrors } from '../aws/statesClient.ts';
import type { DrillClock } from './clock.ts';
import { guard } from './guard.ts';

/** 256 KiB: the hard quota on what crosses a state boundary. */
const payloadBytes = 262_144;

interface Execution extends DescribedExecution {
  arn: string;
  abort: () => void;
}

interface Waiting {
  execution: string;
  open: boolean;
  answered: Promise<Json>;
  resolve: (output: Json) => void;
  reject: (error: Error) => void;
}

/** By definition text: checking one takes longer than running it, and a process may rehearse many times. */
const checked = new Map<string, { machine: StateMachine; tasks: Map<string, string> }>();

/** A definition that this engine runs as AWS does. Throws NotUnderstood, or what the validator finds. */
function understood(text: string): { machine: StateMachine; tasks: Map<string, string> } {
  const known = checked.get(text);
  if (known) return known;
  const definition = JSON.parse(text);
  const tasks = guard(definition);
  const made = { machine: new StateMachine(definition, { validationOptions: { checkArn: false } }), tasks };
  checked.set(text, made);
  return made;
}

export interface EngineOptions {
  clock: DrillClock;
  machines: Iterable<DeployedMachine>;
  /** invokes a deployed function by its ARN */
  invoke(functionArn: string, payload: Json): Promise<Json>;
  /** starts an execution as the role of a machine, so that a grant missing in lib is a refusal here */
  startAs(
    machine: DeployedMachine,
    target: { stateMachineArn: string; name: string; input: string },
  ): Promise<{ executionArn: string }>;
  onEnd?(execution: DescribedExecution): void;
}

/** Runs the deployed state machine definitions, on the drill's clock, with what each state names as deployed. */
export class Engine implements Executions {
  readonly #options: EngineOptions;
  readonly #machines = new Map<
    string,
    { deployed: DeployedMachine; machine: StateMachine; tasks: Map<string, string> }
  >();
  readonly #executions = new Map<string, Execution>();
  readonly #tokens = new Map<string, Waiting>();
  readonly #ends = new Map<string, ((ended: Execution) => void)[]>();

  constructor(options: EngineOptions) {
    this.#options = options;
    for (const deployed of options.machines) {
      this.#machines.set(deployed.arn, { deployed, ...understood(deployed.definition) });
    }
  }

  get executions(): DescribedExecution[] {
    return [...this.#executions.values()];
  }

  running(): boolean {
    return this.executions.some((e) => e.status === 'RUNNING');
  }

  start(machineArn: string, name: string, input: string): { executionArn: string; startDate: Date } {
    const known = this.#machines.get(machineArn);
    if (!known) throw new AwsError('StateMachineDoesNotExist', 400, `State Machine Does Not Exist: '${machineArn}'`);
    const arn = executionArn(machineArn, name);
    const startDate = new Date();
    const { result, abort } = known.machine.run(JSON.parse(input), {
      overrides: { taskResourceLocalHandlers: this.#handlers(known.deployed, known.tasks, arn) },
      context: this.#context(known.deployed, arn, name),
    });
    this.#executions.set(arn, { arn, name, status: 'RUNNING', input, startDate, abort });
    result.then(
      (output) => this.#end(arn, { status: 'SUCCEEDED', output: JSON.stringify(output) }),
      (error: Error) =>
        this.#end(arn, { status: 'FAILED', error: (error.cause as Error)?.name ?? error.name, cause: error.message }),
    );
    return { executionArn: arn, startDate };
  }

  describe(arn: string): DescribedExecution | undefined {
    return this.#executions.get(arn);
  }

  succeed(token: string, output: string): void {
    this.#answer(token).resolve(JSON.parse(output));
  }

  fail(token: string, error: string, cause: string): void {
    this.#answer(token).reject(Object.assign(new Error(cause), { name: error }));
  }

  stop(arn: string): void {
    const execution = this.#executions.get(arn);
    if (!execution) throw new AwsError('ExecutionDoesNotExist', 400, `Execution Does Not Exist: '${arn}'`);
    execution.abort();
    this.#end(arn, { status: 'ABORTED' });
  }

  #answer(token: string): Waiting {
    const waiting = this.#tokens.get(token);
    if (!waiting) throw taskErrors.invalidToken();
    if (!waiting.open || this.#executions.get(waiting.execution)?.status !== 'RUNNING') throw taskErrors.timedOut();
    waiting.open = false;
    return waiting;
  }

  #end(arn: string, ended: Partial<DescribedExecution>): void {
    const execution = this.#executions.get(arn);
    if (execution?.status !== 'RUNNING') return;
    Object.assign(execution, ended, { stopDate: new Date() });
    this.#options.onEnd?.(execution);
    for (const tell of this.#ends.get(arn) ?? []) tell(execution);
  }

  #context(machine: DeployedMachine, arn: string, name: string) {
    const tokens = this.#tokens;
    return {
      Execution: { Id: arn, Name: name, RoleArn: machine.roleArn },
      StateMachine: { Id: machine.arn, Name: machine.name },
      Task: {
        /** each reading is a new wait, as in AWS */
        get Token() {
          const token = `token-${tokens.size + 1}-${arn}`;
          const { promise, resolve, reject } = Promise.withResolvers<Json>();
          promise.catch(() => undefined);
          tokens.set(token, { execution: arn, open: true, answered: promise, resolve, reject });
          return token;
        },
      },
    };
  }

  #handlers(machine: DeployedMachine, tasks: Map<string, string>, arn: string) {
    return Object.fromEntries(
      [...tasks].map(([state, resource]) => [
        state,
        async (input: Json): Promise<Json> =>
          bounded(await this.#task(machine, resource, bounded(input, state), arn), state),
      ]),
    );
  }

  async #task(machine: DeployedMachine, resource: string, input: Json, arn: string): Promise<Json> {
    if (resource.includes(':function:')) return this.#options.invoke(resource, input);
    const parameters = input as {
      FunctionName: string;
      Payload: Json;
      StateMachineArn: string;
      Name: string;
      Input: Json;
    };
    if (resource.endsWith('waitForTaskToken')) {
      const waiting = [...this.#tokens.values()].filter((w) => w.execution === arn).at(-1);
      if (!waiting) throw new Error('a state waits for a task token that no payload carries');
      await this.#options.invoke(parameters.FunctionName, parameters.Payload);
      return waiting.answered;
    }
    const started = await this.#options.startAs(machine, {
      stateMachineArn: parameters.StateMachineArn,
      name: parameters.Name,
      input: JSON.stringify(parameters.Input),
    });
    if (!resource.endsWith('.sync:2')) return { ExecutionArn: started.executionArn };
    const ended = await this.#ended(started.executionArn);
    if (ended.status !== 'SUCCEEDED')
      throw Object.assign(new Error(ended.cause ?? ended.status), { name: 'States.TaskFailed' });
    return {
      ExecutionArn: ended.arn,
      Name: ended.name,
      Status: ended.status,
      Output: JSON.parse(ended.output ?? 'null'),
    };
  }

  async #ended(arn: string): Promise<Execution> {
    const execution = this.#executions.get(arn);
    if (!execution) throw new Error(`no execution ${arn}`);
    if (execution.status !== 'RUNNING') return execution;
    return new Promise((resolve) => this.#ends.set(arn, [...(this.#ends.get(arn) ?? []), resolve]));
  }
}

/** What crosses a state boundary is JSON, at most 256 KiB. Throws States.DataLimitExceeded as AWS does. */
function bounded(value: unknown, state: string): Json {
  const text = JSON.stringify(value ?? null);
  if (Buffer.byteLength(text) > payloadBytes)
    throw Object.assign(
      new Error(`state "${state}": ${Buffer.byteLength(text)} bytes, and at most ${payloadBytes} may pass`),
      { name: 'States.DataLimitExceeded' },
    );
  return JSON.parse(text);
}
