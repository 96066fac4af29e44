import { vi } from 'vitest';
import { run } from './cli.ts';

/** One command line in this process, where there is no terminal: its exit code, and what it printed. */
export async function tourniquet(...words: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => err.push(String(text)) > 0);
  const status = await run(words);
  stdout.mockRestore();
  stderr.mockRestore();
  return { status, stdout: out.join(''), stderr: err.join('') };
}
