import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GetObjectRequest } from '@aws-sdk/client-s3';
import { Temporal } from 'temporal-polyfill';
import type { Platform } from '../../lambdas/platform/platform.ts';
import { AwsError, NotModelled } from '../aws/kernel.ts';
import { LightMail, type Odds } from './light-mail.ts';
import { LightTable } from './light-table.ts';

/** What a function is about to call; `after`: AWS has done it and the answer is on its way. */
export interface Moment {
  command: string;
  when: 'before' | 'after';
}

/** The function was killed: it runs no further line. */
export class Killed extends Error {
  override name = 'Killed';
}

/**
 * Just enough AWS for a mailing of a million: the table in SQLite, objects on disk, SES as counts. No access evaluation (the simulated AWS
 * of the drill has that); commands and parameters that it does not know throw.
 */
export class LightAws {
  readonly table = new LightTable();
  readonly mail: LightMail;
  readonly calls: Record<string, number> = {};
  /** clients that never try a call again by themselves */
  readonly onlyOnce = new Set<string>();
  readonly logged: string[] = [];
  /** a test's own failure of a call, before anything is done */
  fails?: (command: string) => Error | undefined;
  /** what SES lets the account send */
  account = {
    ProductionAccessEnabled: true,
    SendingEnabled: true,
    SendQuota: { Max24HourSend: -1, MaxSendRate: 500, SentLast24Hours: 0 },
  };
  readonly #folder = mkdtempSync(join(tmpdir(), 'mailing-'));
  readonly #objects = new Map<string, string>();
  #now = Temporal.Instant.from('2026-11-22T08:00:00Z').epochMilliseconds;

  constructor(rows: number, odds: Odds, random: () => number) {
    this.mail = new LightMail(rows, odds, random);
  }

  /** No time passes but in the clock; the event loop turns, so that timers of the process itself end. */
  wait = async (seconds: number): Promise<void> => {
    this.#now += seconds * 1000;
    await new Promise((resolve) => setImmediate(resolve));
  };

  /** Runs one invocation; a moment at which `kills` says so ends it with Killed, as a function that is stopped. */
  async run<T>(work: (platform: Platform) => Promise<T>, kills: (moment: Moment) => boolean = () => false): Promise<T> {
    const { promise: killed, reject } = Promise.withResolvers<never>();
    killed.catch(() => undefined);
    let dead = false;
    const call = async (command: string, input: object): Promise<unknown> => {
      const stop = (when: Moment['when']) => {
        if (!dead && kills({ command, when })) {
          dead = true;
          reject(new Killed(`${when} ${command}`));
        }
        return dead;
      };
      if (stop('before')) return new Promise(() => undefined);
      const answer = this.#answer(command, input);
      return stop('after') ? new Promise(() => undefined) : answer;
    };
    return Promise.race([work(this.#platform(call)), killed]);
  }

  put(key: string, body: Iterable<string | Buffer>): void {
    const file = join(this.#folder, String(this.#objects.size));
    const handle = openSync(file, 'w');
    for (const chunk of body) writeSync(handle, Buffer.from(chunk));
    closeSync(handle);
    this.#objects.set(key, file);
  }

  /** Objects whose name begins so, in order. */
  objects(prefix: string): [key: string, body: Buffer][] {
    return [...this.#objects]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, file]) => [key, readFileSync(file)]);
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #answer(command: string, input: object): unknown {
    this.calls[command] = (this.calls[command] ?? 0) + 1;
    this.#now += 5;
    const failure = this.fails?.(command);
    if (failure) throw failure;
    switch (command) {
      case 'GetItemCommand':
        return this.table.getItem(input as never);
      case 'QueryCommand':
        return this.table.query(input as never);
      case 'TransactWriteItemsCommand':
        return this.table.transactWriteItems(input as never);
      case 'SendBulkEmailCommand':
        return this.mail.sendBulkEmail(input as never);
      case 'GetAccountCommand':
        return this.account;
      case 'GetObjectCommand':
        return this.#getObject(input as GetObjectRequest);
      case 'PutObjectCommand':
        return this.#putObject(input as { Key: string; Body: string });
      default:
        throw new NotModelled(command);
    }
  }

  #putObject({ Key, Body }: { Key: string; Body: string }): object {
    if (this.#objects.has(Key)) throw new AwsError('PreconditionFailed', 412, 'there is one');
    this.put(Key, [Body]);
    return {};
  }

  #getObject({ Key = '', Range }: GetObjectRequest): object {
    const file = this.#objects.get(Key);
    if (file === undefined) throw new AwsError('NoSuchKey', 404, 'The specified key does not exist.');
    const handle = openSync(file, 'r');
    const { size } = fstatSync(handle);
    const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(Range ?? '') ?? [];
    const end = Math.min(size, to ? Number(to) + 1 : size);
    const part = Buffer.alloc(Math.max(0, end - Number(from)));
    readSync(handle, part, 0, part.length, Number(from));
    closeSync(handle);
    if (Range && Number(from) >= size) throw new AwsError('InvalidRange', 416, 'not satisfiable');
    return {
      Body: { transformToByteArray: async () => part, transformToString: async () => part.toString() },
      ContentLength: part.length,
      ...(Range ? { ContentRange: `bytes ${from}-${end - 1}/${size}` } : {}),
    };
  }

  #platform(call: (command: string, input: object) => Promise<unknown>): Platform {
    const log = (message: string, fields: object = {}) => this.logged.push(JSON.stringify({ message, ...fields }));
    const send = (command: { input: object }) => call(command.constructor.name, command.input);
    let ids = 0;
    return {
      environment: {
        TABLE: 'records',
        CASE_BUCKET: 'cases',
        RESPONSE_ACCOUNT: '222222222222',
        MAIL_FROM: 'privacy@clinic.example',
        NOTICE_CONFIGURATION_SET: 'tourniquet-notices',
        AWS_REGION: 'us-east-1',
      },
      now: () => Temporal.Instant.fromEpochMilliseconds(Math.floor(this.#now)),
      id: () => String(++ids),
      // the SDK's paginators ask for an instance of the class
      client: (kind, options) => {
        if (options?.maxAttempts) this.onlyOnce.add(kind.name);
        return Object.assign(Object.create(kind.prototype), { send });
      },
      settings: () => Promise.reject(new NotModelled('settings')),
      catalogue: () => Promise.reject(new NotModelled('the catalogue')),
      drill: true,
      log: { info: log, warn: log, error: log },
      metrics: {
        count: (name, value = 1) => log('metric', { name, value }),
        foreseen: (name) => log('foreseen', { name }),
      },
    };
  }
}
