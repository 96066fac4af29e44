import { Readable } from 'node:stream';
import { authenticate, refusal } from './authenticate.ts';
import { authorise } from './iam/authorise.ts';
import { AwsError, type Call, type Caller, type Command, NotModelled, type Service } from './kernel.ts';
import { record } from './recorder.ts';
import type { Clock } from './staged.ts';
import type { Credentials, World } from './world.ts';

type Handler = (args: { input: unknown }) => Promise<{ output: never; response: unknown }>;
type Middleware = (next: unknown, context: { clientName?: string; commandName?: string }) => Handler;

/** What every AWS SDK v3 client has; enough to answer its calls. */
export interface SdkClient {
  readonly middlewareStack: {
    add(middleware: Middleware, options: { step: 'initialize'; priority: 'high'; name: string }): void;
  };
  readonly config: { region: unknown; credentials: unknown };
}

/** Where a simulated caller's packets come from when it does not say: a documentation address (RFC 5737). */
const defaultSourceIp = '198.51.100.20';

type Model = Command<Record<string, unknown>, unknown>;

/** Answers real SDK clients from a simulated world, in process: no network, no signing, but every call authorised. */
export class SimulatedAws {
  readonly world: World;
  readonly #now: Clock;
  readonly #services: Record<string, Service>;

  constructor(options: { now: Clock; world: World; services: Record<string, Service> }) {
    this.world = options.world;
    this.#now = options.now;
    this.#services = options.services;
  }

  /** A client of the SDK that is answered by this world. `sourceIp` becomes aws:SourceIp. */
  client<C extends SdkClient>(
    Ctor: new (config: { region: string; credentials: Credentials }) => C,
    options: { region: string; credentials: Credentials; sourceIp?: string },
  ): C {
    const made = new Ctor({ region: options.region, credentials: options.credentials });
    this.wire(made, options.sourceIp);
    return made;
  }

  /** Makes an existing client of the SDK answer from this world, with the Region and credentials of its own configuration. */
  wire(client: SdkClient, sourceIp?: string): void {
    client.middlewareStack.add(this.middleware(client, sourceIp), {
      step: 'initialize',
      priority: 'high',
      name: 'simulatedAws',
    });
  }

  middleware(client: SdkClient, sourceIp = defaultSourceIp): Middleware {
    return (_next, context) => async (args) => {
      const service = (context.clientName ?? '').replace(/Client$/, '');
      const command = (context.commandName ?? '').replace(/Command$/, '');
      const region = String(await provided(client.config.region));
      const credentials = (await provided(client.config.credentials)) as Credentials;
      const output = await this.send(service, command, args.input as object, credentials, region, sourceIp);
      return { output: output as never, response: {} };
    };
  }

  /**
   * One call. Throws NotModelled for an unknown command or parameter, AwsError with the service's own code for anything
   * that AWS would refuse. Input and output are copies: nobody outside holds a reference into the world.
   */
  async send(
    service: string,
    command: string,
    input: object,
    signer: Caller | Credentials,
    region: string,
    sourceIp = defaultSourceIp,
  ): Promise<object> {
    const given = copy(input) as Record<string, unknown>;
    const model = this.#model(service, command, given);
    const caller = 'userId' in signer ? signer : authenticate(this.world, service, region, signer);
    const call: Call = { caller, region, now: this.#now(), sourceIp };
    const owners: string[] = [];
    const log = (end: { output?: unknown; errorCode?: string }) =>
      record(this.world, call, { service, command, input: given, owners, ...end });
    try {
      for (const need of model.needs(given, call)) {
        owners.push(need.owner);
        const { decision, by } = authorise(this.world, need, call);
        if (decision !== 'allow') throw refusal(service, 'denied', denial(call, need.action, need.resource, by));
      }
      const output = copy((await model.run(given, call)) ?? {}) as object;
      log({ output });
      return { ...output, $metadata: { httpStatusCode: 200, requestId: this.world.nextId('request-'), attempts: 1 } };
    } catch (error) {
      if (error instanceof AwsError) log({ errorCode: error.name });
      throw command.startsWith('Head') && error instanceof AwsError ? bodiless(error) : error;
    }
  }

  #model(service: string, command: string, input: Record<string, unknown>): Model {
    const model = this.#services[service]?.[command] as Model | undefined;
    if (!model) throw new NotModelled(`the simulated AWS does not model ${service}.${command}`);
    const unknown = Object.keys(input).filter((name) => !model.parameters.includes(name));
    if (unknown.length > 0)
      throw new NotModelled(
        `the simulated AWS does not model ${unknown.join(', ')} of ${service}.${command}; it models ${model.parameters.join(', ') || 'no parameters'}`,
      );
    return model;
  }
}

/** Callers of the same account are told why, others only that (S3 user guide, "Troubleshoot access denied errors"). */
function denial(call: Call, action: string, resource: string, by: string): string {
  const who = call.caller.sessionArn ?? call.caller.principalArn;
  return who === undefined
    ? 'Access Denied'
    : `User: ${who} is not authorized to perform: ${action} on resource: ${resource}: ${by}`;
}

/** A HEAD answer has no body, so the SDK knows only the status. */
const bodiless = (error: AwsError): AwsError =>
  new AwsError(error.$metadata.httpStatusCode === 404 ? 'NotFound' : 'Unknown', error.$metadata.httpStatusCode, '');

const provided = async (value: unknown): Promise<unknown> => (typeof value === 'function' ? value() : value);

/** A deep copy of plain values, dates and bytes without unset members; body streams of outputs pass through. */
function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (value instanceof Date) return new Date(value);
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (value === null || typeof value !== 'object' || value instanceof Readable) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, copy(member)]),
  );
}
