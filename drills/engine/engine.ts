import { ExecutionTimeoutError, StateMachine } from 'aws-local-stepfunctions';
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
  /** what every state was given and gave, as the execution history would hold it: JSON texts */
  history: string[];
}

type Events = ReturnType<StateMachine['run']>['eventLogs'];

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
  // the schema is checked once, by lib/definition.test.ts; compiling it costs a second in every process
  const tasks = guard(definition);
  const made = { machine: new StateMachine(definition, { validationOptions: { noValidate: true } }), tasks };
  checked.set(text, made);
  return made;
}

export interface EngineOptions {
  clock: DrillClock;
  machines: Iterable<DeployedMachine>;
  /** invokes a deployed function by its ARN, as the role of a machine */
  invokeAs(machine: DeployedMachine, functionArn: string, payload: Json): Promise<Json>;
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

  get executions(): Execution[] {
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
    const execution: Execution = {
      arn,
      name,
      status: 'RUNNING',
      input,
      startDate,
      abort: () => undefined,
      history: [],
    };
    this.#executions.set(arn, execution);
    const { result, abort, eventLogs } = known.machine.run(JSON.parse(input), {
      overrides: { taskResourceLocalHandlers: this.#handlers(known.deployed, known.tasks, arn) },
      context: this.#context(known.deployed, arn, name),
    });
    execution.abort = abort;
    const followed = this.#follow(arn, eventLogs);
    result.then(
      async (output) => {
        await followed;
        this.#end(arn, { status: 'SUCCEEDED', output: JSON.stringify(output) });
      },
      (error: Error) => {
        const reason = (error.cause as Error)?.name ?? error.name;
        const status = error instanceof ExecutionTimeoutError ? 'TIMED_OUT' : 'FAILED';
        this.#end(arn, { status, error: reason, cause: error.message });
      },
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

  /** Every state's input and output crosses a boundary, also where no Task stands. */
  async #follow(arn: string, events: Events): Promise<void> {
    for await (const event of events) {
      if (event.type !== 'StateEntered' && event.type !== 'StateExited') continue;
      const { name } = event.state;
      const text = JSON.stringify(event.type === 'StateEntered' ? event.state.input : event.state.output) ?? 'null';
      this.#executions.get(arn)?.history.push(text);
      if (Buffer.byteLength(text) > payloadBytes) this.#overflow(arn, `state "${name}": ${tooLarge(text)}`);
    }
  }

  /** As AWS: the execution fails, and no Catch of States.ALL can stop that. */
  #overflow(arn: string, cause: string): void {
    this.#executions.get(arn)?.abort();
    this.#end(arn, { status: 'FAILED', error: 'States.DataLimitExceeded', cause });
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
        async (input: Json): Promise<Json> => {
          // the library lets the branches of an execution that was stopped run on
          if (this.#executions.get(arn)?.status !== 'RUNNING') return new Promise(() => undefined);
          return this.#bounded(arn, state, await this.#task(machine, resource, this.#bounded(arn, state, input), arn));
        },
      ]),
    );
  }

  /** A copy, as what crosses a boundary is JSON. Throws after the execution has failed when it is over 256 KiB. */
  #bounded(arn: string, state: string, value: unknown): Json {
    const text = JSON.stringify(value ?? null);
    if (Buffer.byteLength(text) > payloadBytes) {
      this.#overflow(arn, `state "${state}": ${tooLarge(text)}`);
      throw Object.assign(new Error(tooLarge(text)), { name: 'States.DataLimitExceeded' });
    }
    return JSON.parse(text);
  }

  async #task(machine: DeployedMachine, resource: string, input: Json, arn: string): Promise<Json> {
    if (resource.includes(':function:')) return this.#options.invokeAs(machine, resource, input);
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
      await this.#options.invokeAs(machine, parameters.FunctionName, parameters.Payload);
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

const tooLarge = (text: string) => `${Buffer.byteLength(text)} bytes, and at most ${payloadBytes} may pass`;
