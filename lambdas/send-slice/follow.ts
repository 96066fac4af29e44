import { hashOf, sha256 } from '../core/json.ts';
import { type Entry, undelivered } from '../core/ledger.ts';
import { keepObject } from '../platform/case-objects.ts';
import { retried } from '../platform/incidents.ts';
import { type Followed as Found, ledger, ledgerKeys, type Mailed } from '../platform/ledger.ts';
import type { Platform } from '../platform/platform.ts';
import { Table, type Write } from '../platform/table.ts';
import { csvOf } from './csv.ts';
import { checkedIndex, namesOf, verifyLists } from './recipients.ts';
import { linesOf, type SendCursor, type SendOf } from './send.ts';
import { letter, letterHeader, substitute, substituteHeader } from './sort.ts';

export type FollowOf = Omit<SendOf, 'template'>;

/** What e-mail did not settle in the shards so far. `objects`: lists in the case bucket for a person to work through. */
export interface Followed {
  done: boolean;
  cursor: SendCursor | null;
  counts: { letters: number; substitute: number; unknown: number };
  objects: string[];
}

/**
 * One shard: people whose e-mail was refused or came back get a letter, or substitute notice where no address is known (45 CFR
 * 164.404(d)(2): out-of-date contact information counts as insufficient); those of whom SES says nothing are listed for a person, who
 * decides. Asked again when more has come back, it lists only what no list has: each list is worked through once.
 */
export async function follow(platform: Platform, of: FollowOf, from: SendCursor | null): Promise<Followed> {
  const index = await checkedIndex(platform, of, of.uploaded, of.recipients);
  const shard = from?.shard ?? 1;
  await verifyLists(platform, of, index, shard);
  const lines = await linesOf(platform, index, shard);
  const table = new Table(platform);
  const entries = lines.length === 0 ? [] : await retried(() => numbered(table, of, shard));
  const linesWhere = (wanted: (entry: Entry) => boolean) =>
    entries.filter(wanted).flatMap(({ index: at }) => lines[at] ?? []);
  const counts = { letters: 0, substitute: 0, unknown: 0 };
  const objects: string[] = [];
  for (let list = 1; list <= lastList(entries); list++) {
    const failed = linesWhere(({ listed }) => listed?.failed === list);
    const lists = {
      letters: csv(letterHeader, failed.filter(({ otherwise }) => otherwise === 'letter').map(letter)),
      substitute: csv(substituteHeader, failed.filter(({ otherwise }) => otherwise !== 'letter').map(substitute)),
      unknown: csv(letterHeader, linesWhere(({ listed }) => listed?.unknown === list).map(letter)),
    };
    counts.letters += lists.letters.rows;
    counts.substitute += lists.substitute.rows;
    for (const [kind, { rows, text }] of Object.entries(lists)) {
      if (rows === 0) continue;
      const object = namesOf(of, of.uploaded).after(shard, hashOf(text).slice(0, 16), kind);
      await keepObject(platform, object, text, 'text/csv');
      objects.push(object);
    }
  }
  counts.unknown = entries.filter(({ state }) => state === 'unknown').length;
  await retried(() => write(table, of, shard, { ...counts, digest: digestOf(entries) }));
  const done = shard >= index.shards.length;
  return { done, cursor: done ? null : { shard: shard + 1 }, counts, objects };
}

const lastList = (entries: Entry[]): number =>
  entries.reduce((last, { listed }) => Math.max(last, listed?.failed ?? 0, listed?.unknown ?? 0), 0);

/**
 * The entries of a shard, once each that a person must see to has the number of a list. The numbers are written before the lists, and every
 * list again at every look, so that a function that is killed between them loses nobody.
 */
async function numbered(table: Table, of: Mailed, shard: number): Promise<Entry[]> {
  const items = await table.list(ledgerKeys.shard(of, shard), 'ROW#');
  const entries = items.map(({ record }) => ledger.entry.read(record));
  const next = lastList(entries) + 1;
  const after = entries.map((entry): Entry => {
    const { state, listed = {} } = entry;
    if (undelivered(state) && !listed.failed) return { ...entry, listed: { ...listed, failed: next } };
    if (state === 'unknown' && !listed.unknown) return { ...entry, listed: { ...listed, unknown: next } };
    return entry;
  });
  const writes = items.flatMap(({ key, rev }, n): Write[] => {
    const entry = after[n];
    return entry && entry !== entries[n] ? [{ key, record: ledger.entry.write(entry), was: rev }] : [];
  });
  for (let n = 0; n < writes.length; n += 100) await table.write(writes.slice(n, n + 100));
  return after;
}

/** Over every entry by itself: the proof names what became of each, and of whom, by row and keyed hash. */
function digestOf(entries: Entry[]): string {
  return entries.reduce(
    (chain, { row, contact, state, attempt, messageId = '', status = '', at }) =>
      sha256([chain, row, contact, state, attempt, messageId, status, at].join(' ')),
    sha256(''),
  );
}

async function write(table: Table, of: Mailed, shard: number, found: Found): Promise<void> {
  const key = ledgerKeys.followed(of, shard);
  const item = await table.get(key);
  await table.write([{ key, record: ledger.followed.write(found), was: item?.rev }]);
}

function csv(header: string[], rows: (string | number)[][]): { rows: number; text: string } {
  return { rows: rows.length, text: csvOf(header, rows) };
}
