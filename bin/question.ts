import { createInterface } from 'node:readline/promises';
import { BadUsage } from './outcome.ts';

/** Whether there is somebody to ask. */
export function mayAsk({ json }: { json: boolean }): boolean {
  return !json && !process.env.CI && process.stdin.isTTY === true && process.stdout.isTTY === true;
}

export async function question(text: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(`${text} `)).trim();
  } finally {
    terminal.close();
  }
}

/** The reason given, or asked for. Throws BadUsage where nobody can be asked. */
export async function reasonFor(options: { reason?: string; json: boolean }, asking: string): Promise<string> {
  if (options.reason !== undefined) return options.reason;
  if (mayAsk(options)) return question(asking);
  throw new BadUsage('say why with --reason: it is kept with the decision');
}
