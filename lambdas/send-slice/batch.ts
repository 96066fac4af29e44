import { Collision } from '../core/errors.ts';
import { answered, type Entry, mayClaim, moved, type Progress, total, upcoming } from '../core/ledger.ts';
import { normalEmail } from '../core/recipient.ts';
import { retried } from '../platform/incidents.ts';
import { entryOf, ledger, ledgerKeys, type Mailed, progressOf, type Stored } from '../platform/ledger.ts';
import type { Platform } from '../platform/platform.ts';
import type { Table, Write } from '../platform/table.ts';
import type { Outcome } from './post.ts';
import type { ShardLine } from './recipients.ts';

/** A claim whose sender has not answered for so long is abandoned: longer than a call to SES and the writes around it. */
export const flightSeconds = 120;

export interface Shard extends Mailed {
  shard: number;
  recipients: string;
  lines: ShardLine[];
  keyed(value: unknown): string;
}

/** Entries that this sender claimed, in the order of the call. */
export interface Claim {
  claimed: Stored<Entry>[];
  progress: Stored<Progress>;
}

const now = (platform: Platform) => platform.now().toString({ smallestUnit: 'millisecond' });

/** How far a shard is; a shard that was not begun is at its start. */
export async function standing(table: Table, shard: Shard): Promise<{ value: Progress; rev: number | undefined }> {
  const stored = await progressOf(table, shard, shard.shard);
  const { recipients, lines } = shard;
  return stored ?? { value: { recipients, rows: lines.length, next: 0, again: [], counts: {} }, rev: undefined };
}

/**
 * Claims the next entries in one transaction with the cursor: nobody else claims them, whatever happens to us. Undefined: when every
 * entry to try again turned out to be sent after all. Throws Collision when another sender was first.
 */
export async function claim(
  platform: Platform,
  table: Table,
  shard: Shard,
  from: { value: Progress; rev: number | undefined },
  most: number,
): Promise<Claim | undefined> {
  const indexes = upcoming(from.value, most);
  const old = new Map<number, Stored<Entry> | undefined>();
  const known = indexes.filter((index) => index < from.value.next);
  await Promise.all(
    known.map(async (index) => old.set(index, await entryOf(table, shard, shard.shard, rowAt(shard, index)))),
  );
  const wanted = indexes.filter((index) => mayClaim(old.get(index)?.value.state));
  const until = platform.now().add({ seconds: flightSeconds }).toString({ smallestUnit: 'millisecond' });
  const claimed = wanted.map((index) => claimedEntry(platform, shard, index, old.get(index)));
  const value: Progress = {
    ...from.value,
    next: Math.max(from.value.next, ...indexes.map((index) => index + 1)),
    again: from.value.again.filter((index) => !indexes.includes(index)),
    ...(wanted.length > 0 ? { flying: { indexes: wanted, until } } : {}),
    counts: total(from.value.counts, moved(wanted.map((index) => [old.get(index)?.value.state, 'claimed']))),
  };
  await table.write([
    { key: ledgerKeys.progress(shard, shard.shard), record: ledger.progress.write(value), was: from.rev },
    ...claimed.map(({ value: entry, rev }) => put(shard, entry, rev - 1 || undefined)),
  ]);
  return wanted.length > 0 ? { claimed, progress: { value, rev: (from.rev ?? 0) + 1 } } : undefined;
}

function claimedEntry(platform: Platform, shard: Shard, index: number, old: Stored<Entry> | undefined): Stored<Entry> {
  const line = lineAt(shard, index);
  const contact = shard.keyed(['email', normalEmail(line.email)]);
  const attempt = (old?.value.attempt ?? 0) + 1;
  return {
    value: { row: line.row, index, contact, state: 'claimed', attempt, at: now(platform) },
    rev: (old?.rev ?? 0) + 1,
  };
}

/** Writes what became of a claim, in one transaction with the cursor. Events that came first are kept. */
export async function settle(
  { platform, table, wait }: { platform: Platform; table: Table; wait(seconds: number): Promise<void> },
  shard: Shard,
  { claimed, progress }: Claim,
  outcomes: Outcome[],
): Promise<Progress> {
  let known: Stored<Entry>[] | undefined = claimed;
  let at: Stored<Progress> | undefined = progress;
  return retried(async () => {
    known ??= await Promise.all(claimed.map((one) => reread(table, shard, one.value.row)));
    at ??= await progressOf(table, shard, shard.shard);
    if (!at) throw new Error('a shard that was begun has no progress');
    const entries = known.map((entry, n) => ({
      before: entry,
      after: settled(platform, entry.value, claimed[n]?.value.attempt, outcomes[n]),
    }));
    const value = landed(at.value, claimed, entries);
    try {
      const was = at.rev;
      await untilTaken(wait, () => write(table, shard, { value, was }, entries));
      return value;
    } catch (error) {
      // an event, or whoever took our claim for abandoned, was first
      if (error instanceof Collision) [known, at] = [undefined, undefined];
      throw error;
    }
  });
}

/** Waits before each further attempt: together about a minute, which is less than `flightSeconds`. */
const waits = [0.25, 0.5, 1, 2, 4, 8, 16, 32];

/**
 * SES's word that it took nothing is lost with the claim if the table cannot take it at that moment, and these people would be `unknown` for
 * good. A write that was done after all, and only its answer lost, comes back as a Collision.
 */
async function untilTaken(wait: (seconds: number) => Promise<void>, work: () => Promise<void>): Promise<void> {
  for (const seconds of waits)
    try {
      return await work();
    } catch (error) {
      if (!passes(error)) throw error;
      await wait(seconds);
    }
  return work();
}

/** DynamoDB developer guide, "Error handling": what may be tried again, also as a reason of a cancelled transaction. */
const passing = new Set([
  'ThrottlingError',
  'ThrottlingException',
  'ProvisionedThroughputExceeded',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'TransactionInProgressException',
  'InternalServerError',
  'TimeoutError',
]);

function passes(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { CancellationReasons: reasons = [], $metadata } = error as {
    CancellationReasons?: { Code?: string }[];
    $metadata?: { httpStatusCode?: number };
  };
  const codes = [error.name, ...reasons.map(({ Code }) => Code ?? '')];
  return codes.some((code) => passing.has(code)) || ($metadata?.httpStatusCode ?? 0) >= 500;
}

function settled(platform: Platform, entry: Entry, attempt: number | undefined, outcome: Outcome | undefined): Entry {
  if (!outcome || entry.attempt !== attempt) return entry;
  const state = answered(entry.state, outcome.answer);
  const { messageId, status } = outcome;
  return {
    ...entry,
    state,
    ...(messageId ? { messageId } : {}),
    ...(status && !entry.status ? { status } : {}),
    at: state === entry.state ? entry.at : now(platform),
  };
}

interface Move {
  before: Stored<Entry>;
  after: Entry;
}

function landed(progress: Progress, claimed: Stored<Entry>[], entries: Move[]): Progress {
  const { flying, ...rest } = progress;
  const own = flying?.indexes.join() === claimed.map(({ value }) => value.index).join();
  const again = entries.flatMap(({ before, after }) =>
    after.state === 'queued' && before.value.state !== 'queued' ? [after.index] : [],
  );
  return {
    ...rest,
    ...(flying && !own ? { flying } : {}),
    again: [...progress.again, ...again],
    counts: total(progress.counts, moved(entries.map(({ before, after }) => [before.value.state, after.state]))),
  };
}

/**
 * A sender is gone between its claim and its answer: what it claimed may have been sent. Such entries are `unknown` until an event of SES
 * tells, and are never sent again by themselves.
 */
export async function abandon(platform: Platform, table: Table, shard: Shard, at: Stored<Progress>): Promise<void> {
  const indexes = at.value.flying?.indexes ?? [];
  const claimed = await Promise.all(indexes.map((index) => reread(table, shard, rowAt(shard, index))));
  const progress = { ...at.value, flying: undefined };
  const entries = claimed.map((before) => ({
    before,
    after:
      before.value.state === 'claimed'
        ? settled(platform, before.value, before.value.attempt, { answer: 'lost' })
        : before.value,
  }));
  await write(table, shard, { value: landed(progress, [], entries), was: at.rev }, entries);
}

async function write(
  table: Table,
  shard: Shard,
  progress: { value: Progress; was: number },
  entries: Move[],
): Promise<void> {
  const writes: Write[] = [
    { key: ledgerKeys.progress(shard, shard.shard), record: ledger.progress.write(progress.value), was: progress.was },
    ...entries
      .filter(({ before, after }) => after !== before.value)
      .map(({ before, after }) => put(shard, after, before.rev)),
  ];
  await table.write(writes);
}

function put(shard: Shard, entry: Entry, was: number | undefined): Write {
  return {
    key: ledgerKeys.entry(shard, shard.shard, entry.row),
    record: ledger.entry.write(entry),
    was,
  };
}

async function reread(table: Table, shard: Shard, row: number): Promise<Stored<Entry>> {
  const stored = await entryOf(table, shard, shard.shard, row);
  if (!stored) throw new Error('an entry that was claimed is not there');
  return stored;
}

function lineAt({ lines }: Shard, index: number): ShardLine {
  const line = lines[index];
  if (!line) throw new RangeError(`a shard of ${lines.length} rows has no position ${index}`);
  return line;
}

const rowAt = (shard: Shard, index: number): number => lineAt(shard, index).row;
