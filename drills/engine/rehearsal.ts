import type { Json } from '../../lambdas/core/json.ts';
import type { Person, Settings } from '../../lambdas/core/settings.ts';
import type { ClientClass } from '../../lambdas/platform/action.ts';
import { type Catalogue, readCatalogue } from '../../lambdas/platform/catalogue.ts';
import type { Handler } from '../../lambdas/platform/handler.ts';
import type { Log, Platform } from '../../lambdas/platform/platform.ts';
import { SimulatedAws } from '../aws/aws.ts';
import { matches, route } from '../aws/bus.ts';
import type { DeployedFunction, DeployedMachine } from '../aws/cloudformation/deployment.ts';
import { type Deployment, deploy, type Synthesised } from '../aws/deploy.ts';
import { NotModelled } from '../aws/kernel.ts';
import { platformServices } from '../aws/platform.ts';
import { coreServices } from '../aws/services.ts';
import { type Credentials, World } from '../aws/world.ts';
import type { DrillClock } from './clock.ts';
import { Engine } from './engine.ts';
import { type Fault, simulatedClient } from './fault.ts';
import { seededIds } from './ids.ts';

export interface RehearsalOptions {
  clock: DrillClock;
  settings: Settings;
  templates: Synthesised[];
  /** builds the member accounts as they are before the leak */
  seed(world: World): void;
  /** called when the product has asked people to decide */
  onAsked?(asked: { incident: string; approval: string }): void;
  fault?: Fault;
  /** seconds of drill time that one invocation takes */
  latency?: number;
  /** false: the product believes that it runs for real, and answers no sample findings */
  drill?: boolean;
}

export interface LogLine {
  level: keyof Log;
  message: string;
  fields: Record<string, unknown>;
}

/** As the deployed event source mapping of the stream: the first attempt and MaximumRetryAttempts. */
const streamAttempts = 21;

/** Read once in a process: it stands in the code. */
let catalogue: Promise<Catalogue> | undefined;

/** The deployed product on a laptop: the real handlers and state machines against a simulated AWS. */
export class Rehearsal {
  readonly clock: DrillClock;
  readonly settings: Settings;
  readonly world: World;
  readonly aws: SimulatedAws;
  readonly deployment: Deployment;
  readonly engine: Engine;
  /** everything that was logged, and every metric: sinks that tests search for what must not be there */
  readonly logged: LogLine[] = [];
  readonly metrics: Record<string, number> = {};
  /** what the drill itself cannot do: never ignored */
  readonly fatal: Error[] = [];
  /** messages that the findings queue gave up on */
  readonly deadLetters: string[] = [];
  readonly #options: RehearsalOptions;
  readonly #ids: () => string;
  #inflight = 0;
  /** messages and stream records that no function has taken yet */
  #queued = 0;
  #streamed: Promise<void> = Promise.resolve();

  constructor(options: RehearsalOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.settings = options.settings;
    const now = () => this.clock.now();
    this.world = new World(now);
    options.seed(this.world);
    this.deployment = deploy(this.world, options.templates);
    this.engine = new Engine({
      clock: this.clock,
      machines: this.deployment.machines.values(),
      invoke: (arn, payload) => this.invoke(arn.split(':').at(-1) ?? '', payload),
      startAs: (machine, target) => this.#startAs(machine, target),
    });
    const services = { ...coreServices(this.world), ...platformServices(this.world, this.deployment, this.engine) };
    this.aws = new SimulatedAws({ now, world: this.world, services });
    this.#ids = seededIds(now);
    for (const table of this.deployment.tables.values()) table.subscribe((records) => this.#stream(records));
  }

  /** Puts an event on the default bus; the deployed rules decide whether it reaches the findings queue. Returns whether any did. */
  deliver(event: Record<string, unknown>): boolean {
    const targets = route(event, this.deployment.rules);
    for (const arn of targets) {
      const mapping = this.deployment.mappings.find((m) => m.sourceArn === arn);
      if (!mapping) throw new Error(`rule target ${arn} is no queue that a function reads`);
      void this.#receive(
        mapping.functionName,
        JSON.stringify(event),
        this.deployment.queues.get(arn)?.deadLetter?.maxReceiveCount ?? 3,
      );
    }
    return targets.length > 0;
  }

  /** One heartbeat, as the deployed schedule sends it. */
  async tick(): Promise<unknown> {
    return this.invoke('tourniquet-tick', {});
  }

  /** A signed-in person's call to the console API: who it is comes from the authorizer. */
  async asPerson(
    person: Pick<Person, 'principal'>,
    method: 'GET' | 'POST',
    path: string,
    body?: Json,
  ): Promise<{ status: number; body: Json }> {
    const event = {
      version: '2.0',
      rawPath: path,
      body: body === undefined ? undefined : JSON.stringify(body),
      requestContext: { http: { method }, authorizer: { iam: { userArn: person.principal } } },
    };
    const answer = (await this.invoke('tourniquet-console', JSON.parse(JSON.stringify(event)))) as {
      statusCode: number;
      body: string;
    };
    return { status: answer.statusCode, body: JSON.parse(answer.body) };
  }

  /** Invokes a deployed function as its own role. Errors are what Lambda would report: their names. */
  async invoke(name: string, payload: Json): Promise<Json> {
    const deployed = this.deployment.functions.get(name);
    if (!deployed)
      throw new Error(`no function ${name} is deployed; there are ${[...this.deployment.functions.keys()].join(', ')}`);
    this.#inflight += 1;
    try {
      if (this.#options.latency) await this.clock.after(this.#options.latency);
      const result = await this.#run(deployed, payload);
      this.#noticeAsk(name, payload);
      return result;
    } catch (error) {
      if (error instanceof NotModelled) this.fatal.push(error);
      throw error;
    } finally {
      this.#inflight -= 1;
    }
  }

  /** Runs drill time until nothing is going on, or `done`. Throws what the drill itself could not do. */
  async settle(done: () => boolean = () => this.idle()): Promise<void> {
    await this.clock.run(() => this.fatal.length > 0 || done());
    if (this.fatal[0]) throw this.fatal[0];
  }

  /** Runs drill time until this piece of work is done, and gives its result. */
  async during<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const settled = work.finally(() => {
      done = true;
    });
    settled.catch(() => undefined);
    await this.settle(() => done);
    return settled;
  }

  idle(): boolean {
    return !this.engine.running() && this.#inflight === 0 && this.#queued === 0;
  }

  async #run(deployed: DeployedFunction, payload: Json): Promise<Json> {
    const { promise: crashed, reject } = Promise.withResolvers<never>();
    crashed.catch(() => undefined);
    const crash = () => reject(Object.assign(new Error('the function stopped'), { name: 'Lambda.Unknown' }));
    const build = await this.clock.still(() => this.#builder(deployed.name));
    const result = await Promise.race([build(this.#platform(deployed, crash))(payload), crashed]);
    return JSON.parse(JSON.stringify(result ?? null));
  }

  #builders = new Map<string, Promise<(platform: Platform) => Handler>>();

  #builder(name: string): Promise<(platform: Platform) => Handler> {
    const folder = name.replace(/^tourniquet-/, '');
    const known = this.#builders.get(name) ?? import(`../../lambdas/${folder}/handler.ts`).then((m) => m.build);
    this.#builders.set(name, known);
    return known;
  }

  #platform(deployed: DeployedFunction, crash: () => void): Platform {
    const credentials = this.world.roleCredentials(deployed.roleArn, deployed.name);
    const clients = new Map<unknown, unknown>();
    const made = <C>(kind: ClientClass<C>, region: string, given: Credentials) =>
      simulatedClient(this.aws, kind, {
        region,
        credentials: given,
        function: deployed.name,
        fault: this.#options.fault,
        crash,
        onNotModelled: (error) => this.fatal.push(error),
      });
    const log =
      (level: keyof Log) =>
      (message: string, fields: Record<string, unknown> = {}) => {
        this.logged.push({ level, message, fields });
      };
    return {
      environment: deployed.environment,
      now: () => this.clock.now(),
      id: this.#ids,
      client: (kind, { region = deployed.region, credentials: given } = {}) => {
        if (given || region !== deployed.region) return made(kind, region, given ?? credentials);
        if (!clients.has(kind)) clients.set(kind, made(kind, region, credentials));
        return clients.get(kind) as InstanceType<typeof kind>;
      },
      settings: async () => this.settings,
      catalogue: () =>
        this.clock.still(() => {
          catalogue ??= readCatalogue();
          return catalogue;
        }),
      drill: this.#options.drill ?? true,
      log: { info: log('info'), warn: log('warn'), error: log('error') },
      metrics: {
        count: (name, value = 1) => {
          this.metrics[name] = (this.metrics[name] ?? 0) + value;
        },
      },
    };
  }

  /** As SQS: a message that was not taken in becomes visible again, until its queue gives it up. */
  async #receive(functionName: string, body: string, receives: number): Promise<void> {
    this.#queued += 1;
    for (let n = 1; n <= receives; n++) {
      if (await this.#takes(functionName, { Records: [{ messageId: `m-${n}`, body }] })) {
        this.#queued -= 1;
        return;
      }
      await this.clock.after(60);
    }
    this.#queued -= 1;
    this.deadLetters.push(body);
  }

  /** As a stream: one batch after the other, each again until the function takes it. */
  #stream(records: readonly object[]): void {
    for (const mapping of this.deployment.mappings.filter((m) => m.sourceArn.includes('/stream/'))) {
      const wanted = records.filter(
        (r) => mapping.filters.length === 0 || mapping.filters.some((f) => matches(JSON.parse(f), r)),
      );
      if (wanted.length === 0) continue;
      const batch = JSON.parse(JSON.stringify({ Records: wanted }));
      this.#queued += 1;
      this.#streamed = this.#streamed.then(async () => {
        for (let n = 0; n < streamAttempts && !(await this.#takes(mapping.functionName, batch)); n++) {
          if (n + 1 === streamAttempts) this.deadLetters.push(JSON.stringify(batch));
          else await this.clock.after(1);
        }
        this.#queued -= 1;
      });
    }
  }

  async #takes(functionName: string, batch: Json): Promise<boolean> {
    try {
      const answer = (await this.invoke(functionName, batch)) as { batchItemFailures?: unknown[] } | null;
      return !answer?.batchItemFailures?.length;
    } catch {
      return false;
    }
  }

  #noticeAsk(name: string, payload: Json): void {
    const asked = payload as { op?: string; incident?: string; approval?: string };
    if (name === 'tourniquet-approve' && asked.op === 'ask' && asked.incident && asked.approval)
      this.#options.onAsked?.({ incident: asked.incident, approval: asked.approval });
  }

  async #startAs(machine: DeployedMachine, target: { stateMachineArn: string; name: string; input: string }) {
    const credentials = this.world.roleCredentials(machine.roleArn, 'states');
    const started = await this.aws.send('SFN', 'StartExecution', target, credentials, machine.region);
    return started as { executionArn: string };
  }
}
