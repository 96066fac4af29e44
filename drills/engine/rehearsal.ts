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
import { authorise } from '../aws/iam/authorise.ts';
import { NotModelled } from '../aws/kernel.ts';
import { platformServices } from '../aws/platform.ts';
import { coreServices } from '../aws/services.ts';
import { type Credentials, World } from '../aws/world.ts';
import type { DrillClock } from './clock.ts';
import { Deliveries } from './deliveries.ts';
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
  readonly #options: RehearsalOptions;
  readonly #ids: () => string;
  #inflight = 0;
  readonly #deliveries: Deliveries;

  constructor(options: RehearsalOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.settings = options.settings;
    this.#deliveries = new Deliveries(this.clock, (name, payload) => this.invoke(name, payload));
    const now = () => this.clock.now();
    this.world = new World(now);
    options.seed(this.world);
    this.deployment = deploy(this.world, options.templates);
    this.engine = new Engine({
      clock: this.clock,
      machines: this.deployment.machines.values(),
      invokeAs: (machine, arn, payload) => this.#invokeAs(machine, arn, payload),
      startAs: (machine, target) => this.#startAs(machine, target),
    });
    const services = { ...coreServices(this.world), ...platformServices(this.world, this.deployment, this.engine) };
    this.aws = new SimulatedAws({ now, world: this.world, services });
    this.deployment.outbox.tells = (event) => void this.deliver(event);
    this.#ids = seededIds(now);
    for (const table of this.deployment.tables.values()) table.subscribe((records) => this.#stream(records));
  }

  /** Puts an event on the default bus; the deployed rules decide whether it reaches the findings queue. Returns whether any did. */
  deliver(event: Record<string, unknown>): boolean {
    const targets = route(event, this.deployment.rules);
    for (const arn of targets) {
      const mapping = this.deployment.mappings.find((m) => m.sourceArn === arn);
      if (!mapping) throw new Error(`rule target ${arn} is no queue that a function reads`);
      const receives = this.deployment.queues.get(arn)?.deadLetter?.maxReceiveCount ?? 3;
      void this.#deliveries.message(mapping, JSON.stringify(event), receives);
    }
    return targets.length > 0;
  }

  /** Messages that the findings queue gave up, and batches of the table's stream. */
  get deadLetters(): readonly string[] {
    return this.#deliveries.deadLetters;
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
    return !this.engine.running() && this.#inflight === 0 && !this.#deliveries.waiting;
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
        foreseen: (functionName) => {
          this.metrics[`Foreseen ${functionName}`] = (this.metrics[`Foreseen ${functionName}`] ?? 0) + 1;
        },
      },
    };
  }

  #stream(changed: readonly object[]): void {
    for (const mapping of this.deployment.mappings.filter((m) => m.sourceArn.includes('/stream/'))) {
      const wanted = changed.filter(
        (r) => mapping.filters.length === 0 || mapping.filters.some((f) => matches(JSON.parse(f), r)),
      );
      if (wanted.length > 0) this.#deliveries.stream(mapping, wanted);
    }
  }

  #noticeAsk(name: string, payload: Json): void {
    const asked = payload as { op?: string; incident?: string; approval?: string };
    if (name === 'tourniquet-approve' && asked.op === 'ask' && asked.incident && asked.approval)
      this.#options.onAsked?.({ incident: asked.incident, approval: asked.approval });
  }

  /** The name of the error is Step Functions' own for what the Lambda API refuses. */
  async #invokeAs(machine: DeployedMachine, functionArn: string, payload: Json): Promise<Json> {
    const role = this.world.role(machine.roleArn);
    if (!role) throw new RangeError(`machine ${machine.name} has the role ${machine.roleArn}, which no stack declares`);
    const call = { caller: this.world.roleSession(role, 'states'), region: machine.region, now: this.clock.now() };
    const need = { action: 'lambda:InvokeFunction', resource: functionArn, owner: functionArn.split(':')[4] ?? '' };
    const { decision, by } = authorise(this.world, need, { ...call, sourceIp: 'states.amazonaws.com' });
    if (decision !== 'allow')
      throw Object.assign(new Error(`AccessDenied: ${role.arn} may not invoke ${functionArn}: ${by}`), {
        name: 'Lambda.AWSLambdaException',
      });
    return this.invoke(functionArn.split(':').at(-1) ?? '', payload);
  }

  async #startAs(machine: DeployedMachine, target: { stateMachineArn: string; name: string; input: string }) {
    const credentials = this.world.roleCredentials(machine.roleArn, 'states');
    const started = await this.aws.send('SFN', 'StartExecution', target, credentials, machine.region);
    return started as { executionArn: string };
  }
}
