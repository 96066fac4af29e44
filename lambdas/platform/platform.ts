import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import { Temporal } from 'temporal-polyfill';
import { ulid } from 'ulid';
import type { Settings } from '../core/settings.ts';
import type { ClientClass } from './action.ts';
import { type Catalogue, deployedCatalogue } from './catalogue.ts';
import type alarmed from './metrics.json';
import { deployedSettings } from './settings.ts';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

/** Structured log lines; fields never hold finding text, object keys, tokens or addresses (invariant 9). */
export interface Log {
  info(message: string, fields?: Record<string, string | number | boolean>): void;
  warn(message: string, fields?: Record<string, string | number | boolean>): void;
  error(message: string, fields?: Record<string, string | number | boolean>): void;
}

/** Metrics that each ring an alarm: their names, headings of the runbook and meanings stand in metrics.json, which lib reads too. */
export type AlarmedMetric = keyof typeof alarmed;

export interface Metrics {
  count(name: AlarmedMetric | 'PageSent' | 'HeartbeatSeen', value?: number): void;
  /** an error that the domain foresees: taken off what Lambda counts as the function's errors */
  foreseen(functionName: string): void;
}

/** Everything that a handler touches beside its input. The deployed one is made once per Lambda environment; the drill makes its own. */
export interface Platform {
  environment: Readonly<Record<string, string | undefined>>;
  now(): Temporal.Instant;
  /** a ULID: sorts by time */
  id(): string;
  /** `maxAttempts` 1: the SDK never tries a call again by itself, which could do twice what has no idempotency token */
  client<C>(kind: ClientClass<C>, options?: { region?: string; credentials?: Credentials; maxAttempts?: 1 }): C;
  settings(): Promise<Settings>;
  catalogue(): Promise<Catalogue>;
  /** a drill answers sample findings, and says DRILL wherever it speaks */
  drill: boolean;
  log: Log;
  metrics: Metrics;
}

/** A setting of the deployment. Throws naming the variable: a function without it is deployed wrongly. */
export function variable(platform: Platform, name: string): string {
  const value = platform.environment[name];
  if (!value)
    throw new Error(`the environment variable ${name} is not set: deploy this function from lib, which sets it`);
  return value;
}

export function awsPlatform(): Platform {
  const clients = new Map<unknown, unknown>();
  const region = process.env.AWS_REGION ?? 'us-east-1';
  const metrics = new PowertoolsMetrics();
  const logger = new Logger();
  return {
    environment: process.env,
    now: () => Temporal.Now.instant(),
    id: () => ulid(),
    client: (kind, options = {}) => {
      if (options.credentials || options.region || options.maxAttempts) return new kind({ region, ...options });
      if (!clients.has(kind)) clients.set(kind, new kind({ region }));
      return clients.get(kind) as InstanceType<typeof kind>;
    },
    settings: deployedSettings,
    catalogue: deployedCatalogue,
    drill: false,
    log: {
      info: (message, fields = {}) => logger.info(message, fields),
      warn: (message, fields = {}) => logger.warn(message, fields),
      error: (message, fields = {}) => logger.error(message, fields),
    },
    metrics: {
      count: (name, value = 1) => {
        metrics.addMetric(name, 'Count', value);
        metrics.publishStoredMetrics();
      },
      foreseen: (functionName) => {
        const one = metrics.singleMetric();
        one.addDimension('function', functionName);
        one.addMetric('Foreseen', 'Count', 1);
      },
    },
  };
}
