import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import { hashOf, sha256 } from '../core/json.ts';
import { type BadRow, type ColumnName, columnNames } from '../core/recipient.ts';
import { keepObject, readObject } from '../platform/case-objects.ts';
import type { Mailed } from '../platform/ledger.ts';
import type { Platform } from '../platform/platform.ts';
import { csvOf } from './csv.ts';

/*
 * What the check of one uploaded file leaves in the case bucket: `mailing/<incident>/<notice>/<set>/…`, where the set stands for one
 * version of one object. Every name is written once with one content, so a step that is done again changes nothing.
 */

export interface Uploaded {
  object: string;
  version: string;
}

const sha = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().nonnegative();
const piece = z.strictObject({ object: z.string(), rows: count, sha256: sha });

/** What is to be sent, by hash: the hash of the last one is what people approve. */
export const index = z.strictObject({
  object: z.string(),
  version: z.string(),
  /** over the bytes of the file, slice by slice */
  chain: sha,
  /** e-mails, one shard after the other; a shard without rows has no object */
  shards: z.array(piece),
  letters: z.array(piece),
  substitute: z.array(piece),
  none: z.array(piece),
  duplicates: z.array(piece),
  /** people whom an earlier draft has reached, or may have */
  already: z.array(piece),
});
export type Index = z.infer<typeof index>;

/** A cell that is empty is left out of the line. */
const cell = z.string().default('');
const text = Object.fromEntries(columnNames.map((name) => [name, cell])) as Record<ColumnName, typeof cell>;
const route = z.enum(['email', 'letter', 'substitute', 'none']);

/** One recipient as it stands in a shard: a line of JSON. */
export const shardLine = z.strictObject({
  ...text,
  row: z.int().positive(),
  route,
  otherwise: route.exclude(['email']),
  why: z.string(),
});
export type ShardLine = z.infer<typeof shardLine>;

export function writeLine(line: ShardLine): object {
  return Object.fromEntries(Object.entries(line).filter(([, value]) => value !== ''));
}

const digits = (n: number) => String(n).padStart(6, '0');

/** Names of the objects of one set. None says anything about a person. */
export function namesOf(of: Mailed, uploaded: Uploaded) {
  return namesIn(of, setOf(uploaded));
}

/** Stands for one version of one object in names, and says nothing about it. */
export const setOf = (uploaded: Uploaded): string => hashOf(uploaded).slice(0, 16);

function namesIn({ incident, notice }: Mailed, of: string) {
  const set = `mailing/${incident}/${notice}/${of}`;
  return {
    set,
    part: (slice: number, shard: number) => `${set}/parts/${digits(slice)}-${digits(shard)}.jsonl`,
    bad: (slice: number) => `${set}/bad-rows/${digits(slice)}.csv`,
    shard: (n: number) => `${set}/shards/${digits(n)}.jsonl`,
    letters: (n: number) => `${set}/letters/${digits(n)}.csv`,
    substitute: (n: number) => `${set}/substitute/${digits(n)}.csv`,
    none: (n: number) => `${set}/no-notice-needed/${digits(n)}.csv`,
    duplicates: (n: number) => `${set}/duplicates/${digits(n)}.csv`,
    already: (n: number) => `${set}/already-told/${digits(n)}.csv`,
    index: (n: number) => `${set}/index/${digits(n)}.json`,
    last: `${set}/index/last.json`,
    after: (shard: number, digest: string, kind: string) => `${set}/after/${digits(shard)}-${digest}-${kind}.csv`,
  };
}

/**
 * The key of an incident's hashes of names and addresses: an object of the case bucket, made once. It is not in the table beside the
 * hashes, so who reads the table alone cannot try addresses; and unlike a key of KMS it costs no call per recipient.
 */
export async function incidentKey(platform: Platform, incident: string): Promise<(value: unknown) => string> {
  const name = `mailing/${incident}/key`;
  await keepObject(platform, name, randomBytes(32).toString('base64'), 'text/plain');
  const { bytes } = await readObject(platform, name);
  const key = Buffer.from(bytes.toString(), 'base64');
  return (value) => createHmac('sha256', key).update(JSON.stringify(value)).digest('hex').slice(0, 32);
}

/** What a check that came to its end found. Throws what S3 throws when it did not, or a row was bad. */
export async function indexOf(platform: Platform, of: Mailed, uploaded: Uploaded): Promise<Index> {
  return indexIn(platform, of, setOf(uploaded));
}

async function indexIn(platform: Platform, of: Mailed, set: string): Promise<Index> {
  const { bytes } = await readObject(platform, namesIn(of, set).last);
  return index.parse(JSON.parse(bytes.toString()));
}

/** The same as people approved it. Throws Refused when it is another. */
export async function checkedIndex(
  platform: Platform,
  of: Mailed,
  uploaded: Uploaded,
  approved: string,
): Promise<Index> {
  return approvedIndex(platform, of, setOf(uploaded), approved);
}

/** The same, where the set is known and not the object that it stands for. */
export async function approvedIndex(platform: Platform, of: Mailed, set: string, approved: string): Promise<Index> {
  const checked = await indexIn(platform, of, set);
  if (hashOf(checked) !== approved)
    throw new Refused(`the recipients of notice ${of.notice} are not those that were approved: nothing is sent`);
  return checked;
}

/**
 * The lists by which people write letters and give substitute notice, those of one shard or all. Throws Refused when one is no longer as it
 * was approved.
 */
export async function verifyLists(platform: Platform, of: Mailed, index: Index, shard?: number): Promise<void> {
  const lists = [...index.letters, ...index.substitute, ...index.none, ...index.already];
  const wanted = lists.filter(({ object }) => shard === undefined || object.endsWith(`/${digits(shard)}.csv`));
  await inTurns(wanted, async ({ object, sha256: approved }) => {
    const { bytes } = await readObject(platform, object);
    if (sha256(bytes) !== approved)
      throw new Refused(
        `a list of letters or of substitute notice of ${of.notice} was changed after it was approved: nobody may work by it; draft the notice anew`,
      );
  });
}

/** Eight at a time. */
export async function inTurns<T>(all: T[], work: (one: T, n: number) => Promise<void>): Promise<void> {
  for (let n = 0; n < all.length; n += 8) await Promise.all(all.slice(n, n + 8).map((one, k) => work(one, n + k)));
}

/** What is wrong row by row, for whoever mends the file. */
export async function reportBad(platform: Platform, object: string, bad: BadRow[]): Promise<void> {
  if (bad.length === 0) return;
  const rows = bad.map(({ row, column, problem, right, cell }) => [row, column, problem, right, cell]);
  const header = ['row', 'column', 'what is wrong', 'what would be right', 'what stands there'];
  await keepObject(platform, object, csvOf(header, rows), 'text/csv');
}
