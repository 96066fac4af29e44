import { hashOf } from '../core/json.ts';
import { type Entry, undelivered } from '../core/ledger.ts';
import { keepObject } from '../platform/case-objects.ts';
import { ledger, ledgerKeys } from '../platform/ledger.ts';
import type { Platform } from '../platform/platform.ts';
import { Table } from '../platform/table.ts';
import { csvOf } from './csv.ts';
import { checkedIndex, namesOf } from './recipients.ts';
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
 * decides. Asked again when more has come back, it writes further lists, and never over one.
 */
export async function follow(platform: Platform, of: FollowOf, from: SendCursor | null): Promise<Followed> {
  const index = await checkedIndex(platform, of, of.uploaded, of.recipients);
  const shard = from?.shard ?? 1;
  const lines = await linesOf(platform, index, shard);
  const items = lines.length === 0 ? [] : await new Table(platform).list(ledgerKeys.shard(of, shard), 'ROW#');
  const entries = items.map(({ record }) => ledger.entry.read(record));
  const linesWhere = (wanted: (entry: Entry) => boolean) =>
    entries.filter(wanted).flatMap(({ index: at }) => lines[at] ?? []);
  const failed = linesWhere(({ state }) => undelivered(state));
  const lists = {
    letters: csv(letterHeader, failed.filter(({ otherwise }) => otherwise === 'letter').map(letter)),
    substitute: csv(substituteHeader, failed.filter(({ otherwise }) => otherwise !== 'letter').map(substitute)),
    unknown: csv(letterHeader, linesWhere(({ state }) => state === 'unknown').map(letter)),
  };
  const objects: string[] = [];
  for (const [kind, { rows, text }] of Object.entries(lists)) {
    if (rows === 0) continue;
    const object = namesOf(of, of.uploaded).after(shard, hashOf(text).slice(0, 16), kind);
    await keepObject(platform, object, text, 'text/csv');
    objects.push(object);
  }
  const done = shard >= index.shards.length;
  return {
    done,
    cursor: done ? null : { shard: shard + 1 },
    counts: { letters: lists.letters.rows, substitute: lists.substitute.rows, unknown: lists.unknown.rows },
    objects,
  };
}

function csv(header: string[], rows: (string | number)[][]): { rows: number; text: string } {
  return { rows: rows.length, text: csvOf(header, rows) };
}
