import { z } from 'zod';
import { Collision } from '../core/errors.ts';
import { hashOf } from '../core/json.ts';
import { type Counts, counts, type Entry, entry, type Progress, progress, total } from '../core/ledger.ts';
import { recordType } from '../core/record.ts';
import type { Key, Table } from './table.ts';

/** To whom a draft was begun to be sent, after its notice record names a later draft. */
const begun = z.strictObject({
  /** the folder of what was checked, in the case bucket */
  set: z.string(),
  /** the hash that people approved */
  recipients: z.string(),
});
export type Begun = z.infer<typeof begun>;

/** How often at most people hear that more has come back. */
export const returnedMinutes = 60;

/** E-mails of this mailing have come back: the tick looks whether anybody has to be told. */
const returned = z.strictObject({ incident: z.string(), notice: z.string() });

const count = z.int().nonnegative();

/** What e-mail did not settle in one shard at the last look, and a digest over each of its entries as they then stood. */
const followed = z.strictObject({
  letters: count,
  substitute: count,
  unknown: count,
  digest: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Followed = z.infer<typeof followed>;

/** The records of a mailing: one entry per recipient, and per shard how far it is and what the events of SES have moved since. */
export const ledger = {
  entry: recordType('ledger entry', 1, entry),
  progress: recordType('progress of a mailing', 1, progress),
  counts: recordType('counts of a mailing', 1, counts),
  begun: recordType('begin of a mailing', 1, begun),
  returned: recordType('e-mails that came back', 1, returned),
  followed: recordType('what came back of a mailing', 1, followed),
};

const digits = (n: number) => String(n).padStart(6, '0');

/** Where one draft of one notice of an incident keeps its mailing. */
export interface Mailed {
  incident: string;
  /** `<regime>.<obligation>.<draft>` */
  notice: string;
}

export const ledgerKeys = {
  mailing: ({ incident, notice }: Mailed) => `MAILING#${incident}#${notice}`,
  begun: (of: Mailed): Key => ({ pk: ledgerKeys.mailing(of), sk: 'BEGUN' }),
  progress: (of: Mailed, shard: number): Key => ({ pk: ledgerKeys.mailing(of), sk: `SHARD#${digits(shard)}` }),
  returned: (of: Mailed): Key => ({ pk: ledgerKeys.mailing(of), sk: 'RETURNED' }),
  followed: (of: Mailed, shard: number): Key => ({ pk: ledgerKeys.mailing(of), sk: `FOLLOWED#${digits(shard)}` }),
  /** Events of one shard are counted in several records, because many functions count at once. */
  events: (of: Mailed, shard: number, slot: number): Key => ({
    pk: ledgerKeys.mailing(of),
    sk: `EVENTS#${digits(shard)}#${digits(slot)}`,
  }),
  shard: ({ incident, notice }: Mailed, shard: number) => `LEDGER#${incident}#${notice}#${digits(shard)}`,
  entry: (of: Mailed, shard: number, row: number): Key => ({
    pk: ledgerKeys.shard(of, shard),
    sk: `ROW#${String(row).padStart(9, '0')}`,
  }),
};

export interface Stored<T> {
  value: T;
  rev: number;
}

/** How far the sending of a shard is; undefined: not begun. */
export async function progressOf(table: Table, of: Mailed, shard: number): Promise<Stored<Progress> | undefined> {
  const item = await table.get(ledgerKeys.progress(of, shard));
  return item && { value: ledger.progress.read(item.record), rev: item.rev };
}

/** Undefined: no e-mail of this draft was ever sent. */
export async function begunOf(table: Table, of: Mailed): Promise<Begun | undefined> {
  const item = await table.get(ledgerKeys.begun(of));
  return item && ledger.begun.read(item.record);
}

/** Before the first e-mail, once. */
export async function begin(table: Table, of: Mailed, mailing: Begun): Promise<void> {
  if (await begunOf(table, of)) return;
  try {
    await table.write([{ key: ledgerKeys.begun(of), record: ledger.begun.write(mailing) }]);
  } catch (error) {
    if (!(error instanceof Collision)) throw error;
  }
}

export async function entryOf(
  table: Table,
  of: Mailed,
  shard: number,
  row: number,
): Promise<Stored<Entry> | undefined> {
  const item = await table.get(ledgerKeys.entry(of, shard, row));
  return item && { value: ledger.entry.read(item.record), rev: item.rev };
}

/** Recipients by state, from the counters that stand beside the entries: never by reading a million entries. */
export async function tallyOf(table: Table, of: Mailed): Promise<Counts> {
  const items = await table.list(ledgerKeys.mailing(of));
  return total(
    ...items.map(({ key, record }) => {
      if (key.sk.startsWith('SHARD#')) return ledger.progress.read(record).counts;
      return key.sk.startsWith('EVENTS#') ? ledger.counts.read(record) : {};
    }),
  );
}

/** What the last look found in all shards. `digest`: over those of the shards in their order. */
export async function followedOf(table: Table, of: Mailed): Promise<Followed> {
  const items = await table.list(ledgerKeys.mailing(of), 'FOLLOWED#');
  const all = items.map(({ record }) => ledger.followed.read(record));
  const sum = (kind: 'letters' | 'substitute' | 'unknown') => all.reduce((n, one) => n + one[kind], 0);
  return {
    letters: sum('letters'),
    substitute: sum('substitute'),
    unknown: sum('unknown'),
    digest: hashOf(all.map(({ digest }) => digest)),
  };
}
