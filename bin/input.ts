import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { Refusal } from './outcome.ts';

/** Far above what GetFindings gives in one answer (100 findings), far below what would fill the memory. */
const findings = { limitBytes: 32 * 1024 * 1024, instead: 'give fewer findings at once' };

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a directory',
  EACCES: 'it may not be read',
};

/**
 * The bytes of a file, or of standard input for `-`, as text. Throws Refusal naming the file and why it cannot be read; `instead` says what
 * to give where it holds more than `limitBytes`.
 */
export async function readInput(path: string, { limitBytes, instead } = findings): Promise<string> {
  const name = path === '-' ? 'standard input' : path;
  const stream: Readable = path === '-' ? process.stdin : createReadStream(path);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      bytes += chunk.length;
      if (bytes > limitBytes) throw new Refusal(`${name} holds more than ${limitBytes} bytes; ${instead}`, 'file');
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new Refusal(`${name} cannot be read: ${reasons[code] ?? code}; give a file, or - for standard input`, 'file');
  }
  return Buffer.concat(chunks).toString('utf8');
}
