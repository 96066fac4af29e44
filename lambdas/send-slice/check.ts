import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import { hashOf, sha256 } from '../core/json.ts';
import {
  type BadRow,
  type ColumnName,
  columnNames,
  isBad,
  type Recipient,
  readHeader,
  readRow,
  whoOf,
} from '../core/recipient.ts';
import { keepObject, readObject } from '../platform/case-objects.ts';
import type { Mailed } from '../platform/ledger.ts';
import type { Platform } from '../platform/platform.ts';
import { BrokenFile, type Line, linesOf } from './csv.ts';
import { incidentKey, inTurns, namesOf, reportBad, type Uploaded, writeLine } from './recipients.ts';
import { sorted } from './sort.ts';

const count = z.int().nonnegative();
const countsSchema = z.strictObject({
  rows: count,
  email: count,
  letters: count,
  substitute: count,
  none: count,
  /** left out: an earlier draft of the same notice has reached them, or may have */
  already: count,
  bad: count,
});
export type CheckCounts = z.infer<typeof countsSchema>;

/** Where a check stands: positions, counts and hashes only. First the file is read from front to end, then sorted shard by shard. */
export const checkCursor = z.discriminatedUnion('step', [
  z.strictObject({
    step: z.literal('read'),
    byte: count,
    /** the next row, as a spreadsheet numbers it */
    row: z.int().positive(),
    /** people so far: rows that are not blank */
    people: count,
    slice: count,
    shards: z.int().positive(),
    /** which of our columns the file has, by position in it */
    order: z.array(z.int().min(0)),
    chain: z.string(),
    bad: count,
  }),
  z.strictObject({
    step: z.literal('sort'),
    shard: count,
    shards: z.int().positive(),
    slices: count,
    /** how many the sorting must come to */
    people: count,
    chain: z.string(),
    counts: countsSchema,
    duplicates: count,
  }),
]);
export type CheckCursor = z.infer<typeof checkCursor>;

export interface Checked {
  done: boolean;
  cursor: CheckCursor | null;
  counts: CheckCounts;
  hash: string;
  /** rows that repeat an earlier one and are left out of the counts */
  duplicates: number;
  /** where the report of bad rows or of duplicates stands */
  report: string;
}

export interface CheckOf extends Mailed {
  uploaded: Uploaded;
}

const nothing: CheckCounts = { rows: 0, email: 0, letters: 0, substitute: 0, none: 0, already: 0, bad: 0 };

/** Bytes that one step reads, and that one shard holds about: a step's memory does not grow with the file. */
export const sliceBytes = 4 * 1024 * 1024;

/** One step of the check of an uploaded file. Throws Refused with the row and what is wrong when the file cannot be read on. */
export async function checkStep(
  platform: Platform,
  of: CheckOf,
  at: CheckCursor | null,
  bytes = sliceBytes,
): Promise<Checked> {
  try {
    if (at?.step === 'sort') return await sorted(platform, of, at);
    return await read(platform, of, at, bytes);
  } catch (error) {
    if (error instanceof BrokenFile) throw new Refused(`recipients file: ${error.message}. Nothing is sent.`);
    throw error;
  }
}

async function read(platform: Platform, of: CheckOf, at: CheckCursor | null, size: number): Promise<Checked> {
  const { object, version } = of.uploaded;
  const from = at?.step === 'read' ? at.byte : 0;
  const { bytes, whole } = await readObject(platform, object, { version, from, to: from + size }).catch(emptyFile);
  const last = from + bytes.length >= whole;
  const begun = at?.step === 'read' ? { cursor: at, header: 0 } : await begin(bytes, whole, size);
  const { cursor } = begun;
  const lines = (await linesOf(bytes, cursor.row - begun.header, last)).slice(begun.header);
  const end = lines.at(-1)?.end ?? 0;
  if (!last && end === 0) throw new BrokenFile(`row ${cursor.row}: the row is longer than any row may be`);
  const { people, bad } = await keep(platform, of, cursor, lines);
  const next: CheckCursor = {
    ...cursor,
    byte: from + end,
    row: cursor.row + lines.length,
    people: cursor.people + people,
    slice: cursor.slice + 1,
    chain: sha256(`${cursor.chain} ${sha256(bytes.subarray(0, end))}`),
    bad: cursor.bad + bad,
  };
  return last ? afterReading(of, next) : { ...told(of, next), done: false };
}

/** A range of an empty object cannot be satisfied: S3 answers InvalidRange. */
function emptyFile(error: unknown): never {
  if (error instanceof Error && error.name === 'InvalidRange') throw new BrokenFile('the file is empty');
  throw error;
}

async function begin(bytes: Buffer, whole: number, size: number) {
  if (whole === 0) throw new BrokenFile('the file is empty');
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    throw new BrokenFile('row 1: the file is UTF-16; save it as "CSV UTF-8"');
  const head = bytes.subarray(0, bytes.indexOf(0x0a) + 1 || bytes.length);
  const [header] = await linesOf(head, 1, true);
  if (!header || header.foreign) throw new BrokenFile('row 1: the header is not UTF-8 text');
  const found = readHeader(header.cells);
  if ('problem' in found) throw new BrokenFile(found.problem);
  const cursor = {
    step: 'read' as const,
    byte: 0,
    row: 2,
    people: 0,
    slice: 0,
    shards: shardsFor(whole / size),
    order: found.order.map((name) => columnNames.indexOf(name)),
    chain: sha256(''),
    bad: 0,
  };
  return { cursor, header: 1 };
}

/** A power of two, so that who is in some shard of one draft is in one or a few known shards of another (`earlier.ts`). */
const shardsFor = (slices: number): number => 2 ** Math.min(9, Math.ceil(Math.log2(Math.max(1, slices))));

/** Validates every line and keeps the good rows by shard, the bad ones in the report. Gives how many people there are, and how many bad rows. */
async function keep(
  platform: Platform,
  of: CheckOf,
  cursor: CheckCursor & { step: 'read' },
  lines: Line[],
): Promise<{ people: number; bad: number }> {
  const keyed = await incidentKey(platform, of.incident);
  const parts = Array.from({ length: cursor.shards }, (): string[] => []);
  const bad: BadRow[] = [];
  let people = 0;
  lines.forEach((line, n) => {
    if (line.cells.every((cell) => cell.trim() === '')) return;
    people += 1;
    const found = readLine(cursor.row + n, line, cursor.order);
    if (isBad(found)) bad.push(found);
    else {
      const shard = Number.parseInt(keyed(whoOf(found)).slice(0, 8), 16) % cursor.shards;
      parts[shard]?.push(JSON.stringify(writeLine(found)));
    }
  });
  const names = namesOf(of, of.uploaded);
  await inTurns(parts, async (part, shard) => {
    await keepObject(platform, names.part(cursor.slice, shard), part.join('\n'), 'application/x-ndjson');
  });
  await reportBad(platform, names.bad(cursor.slice), bad);
  return { people, bad: bad.length };
}

function readLine(row: number, { cells, foreign }: Line, order: number[]): Recipient | BadRow {
  const whole = (problem: string, right: string): BadRow => ({
    row,
    column: '',
    problem,
    right,
    cell: cells.join(','),
  });
  if (foreign) return whole('is not UTF-8', 'save the file as "CSV UTF-8"');
  if (cells.length !== order.length)
    return whole(`has ${cells.length} cells`, `${order.length} cells, as the header has`);
  const named = order.map((column, n): [ColumnName, string] => [columnNames[column] ?? 'name', cells[n] ?? '']);
  return readRow(row, Object.fromEntries(named));
}

function afterReading(of: CheckOf, cursor: CheckCursor & { step: 'read' }): Checked {
  if (cursor.bad > 0) return { ...told(of, cursor), done: true, cursor: null };
  if (cursor.people === 0) throw new BrokenFile('there is a header and nobody below it');
  const next = {
    step: 'sort' as const,
    shard: 0,
    shards: cursor.shards,
    slices: cursor.slice,
    people: cursor.people,
    chain: cursor.chain,
    counts: nothing,
    duplicates: 0,
  };
  return { ...told(of, cursor), done: false, cursor: next };
}

function told(of: CheckOf, cursor: CheckCursor & { step: 'read' }): Checked {
  const names = namesOf(of, of.uploaded);
  return {
    done: false,
    cursor,
    counts: { ...nothing, rows: cursor.people, bad: cursor.bad },
    hash: hashOf({ chain: cursor.chain, bad: cursor.bad }),
    duplicates: 0,
    report: `${names.set}/bad-rows/`,
  };
}
