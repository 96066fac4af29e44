import { type Counts, counts, type Entry, entry, type Progress, progress, total } from '../core/ledger.ts';
import { recordType } from '../core/record.ts';
import type { Key, Table } from './table.ts';

/** The records of a mailing: one entry per recipient, and per shard how far it is and what the events of SES have moved since. */
export const ledger = {
  entry: recordType('ledger entry', 1, entry),
  progress: recordType('progress of a mailing', 1, progress),
  counts: recordType('counts of a mailing', 1, counts),
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
  progress: (of: Mailed, shard: number): Key => ({ pk: ledgerKeys.mailing(of), sk: `SHARD#${digits(shard)}` }),
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
    ...items.map(({ key, record }) =>
      key.sk.startsWith('SHARD#') ? ledger.progress.read(record).counts : ledger.counts.read(record),
    ),
  );
}
