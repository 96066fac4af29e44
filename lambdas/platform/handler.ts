import middy from '@middy/core';
import { z } from 'zod';
import { Foreseen } from '../core/errors.ts';
import { awsPlatform, type Platform } from './platform.ts';

/** A handler as Lambda and the drill call it. */
export type Handler = (event: unknown, context?: unknown) => Promise<unknown>;

/** An event that is not what the state machine or the caller should send. Never retried: the same input fails again. */
export class BadInput extends Error {
  override name = 'BadInput';
}

/**
 * One Lambda function: input checked at the boundary, failures logged once by name (never the event: invariant 9), then `run`.
 * `build` gives the handler for a platform (the drill's or a test's); `handler` is the deployed one.
 */
export function lambda<I, O>(
  name: string,
  input: z.ZodType<I>,
  run: (input: I, platform: Platform) => Promise<O>,
): { build: (platform: Platform) => Handler; handler: Handler } {
  const build = (platform: Platform): Handler => {
    const composed = middy<unknown, O, Error>()
      .use(checkedInput(name, input))
      .use(failuresLogged(name, platform))
      .handler((event) => run(event as I, platform));
    return (event, context) => composed(event, (context ?? {}) as never) as Promise<unknown>;
  };
  let deployed: Handler | undefined;
  return {
    build,
    handler: (event, context) => {
      deployed ??= build(awsPlatform());
      return deployed(event, context);
    },
  };
}

function checkedInput<I>(name: string, schema: z.ZodType<I>): middy.MiddlewareObj<unknown> {
  return {
    before: (request) => {
      const parsed = schema.safeParse(request.event);
      if (!parsed.success) throw new BadInput(`${name}: ${z.prettifyError(parsed.error)}`);
      request.event = parsed.data;
    },
  };
}

/**
 * A foreseen error goes on as it is. Any other is logged by name, and goes on by name only: Lambda logs what is thrown and Step
 * Functions keeps it, and what AWS says in a refusal names the object (PHI).
 */
function failuresLogged(name: string, platform: Platform): middy.MiddlewareObj<unknown, unknown, Error> {
  return {
    onError: (request) => {
      const error = request.error ?? new Error('unknown');
      if (error instanceof Foreseen) return platform.metrics.foreseen(name);
      const requestId = (error as { $metadata?: { requestId?: string } }).$metadata?.requestId ?? 'none';
      platform.log.error('failed', { function: name, error: error.name, awsRequest: requestId });
      if (error instanceof BadInput || requestId === 'none') return undefined;
      request.error = Object.assign(new Error(`AWS refused a call of ${name}; its request was ${requestId}`), {
        name: error.name,
      });
      request.error.stack = undefined;
    },
  };
}
