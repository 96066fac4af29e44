import { CommanderError } from 'commander';
import { inert } from '../lambdas/core/inert.ts';

/** What a command may not or could not do: exit code 1. `field` is the part of the input that is wrong. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly field: string | undefined;
  constructor(message: string, field?: string) {
    super(message);
    this.field = field;
  }
}

/** Arguments that make no sense: exit code 2. The message names the value and the choices. */
export class BadUsage extends Error {
  override name = 'BadUsage';
}

/** Ends a command that has already printed what it has to say. */
export class Ended extends Error {
  override name = 'Ended';
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`ended with ${exitCode}`);
    this.exitCode = exitCode;
  }
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One JSON document on standard output. */
export function printJson(document: unknown): void {
  print(JSON.stringify(document, null, 2));
}

/**
 * Says what went wrong in one line on standard error, or with `--json` as `{error, field}` on standard output, and gives the exit
 * code: 1 refused or failed, 2 bad usage. Never a stack trace: its lines quote what a stranger may have written.
 */
export function failed(error: unknown, json: boolean): number {
  if (error instanceof Ended) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const message = error instanceof Error ? error.message || error.name : String(error);
  const line = message.split('\n').map((part) => inert(part, 2000));
  const field = error instanceof Refusal ? error.field : undefined;
  if (json) printJson({ error: line.join('\n'), ...(field === undefined ? {} : { field }) });
  else process.stderr.write(`error: ${line.join('\n')}\n`);
  return error instanceof BadUsage ? 2 : 1;
}
