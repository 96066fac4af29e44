import type { EntryState } from '../core/ledger.ts';
import { noticeKey, noticeOfKey } from '../core/notice.ts';
import { whereabouts } from '../core/recipient.ts';
import { begunOf, ledger, ledgerKeys, type Mailed } from '../platform/ledger.ts';
import type { Platform } from '../platform/platform.ts';
import { Table } from '../platform/table.ts';
import { approvedIndex } from './recipients.ts';
import { linesOf } from './send.ts';

/** The person got the e-mail, or may have: nothing else is known before SES says so. */
const perhaps: ReadonlySet<EntryState> = new Set(['claimed', 'unknown', 'accepted', 'delivered', 'complained']);

/**
 * Where people of one shard are known from whom an earlier draft of the same notice has reached by e-mail, or may have (`whereabouts`). The
 * number of shards is a power of two in every draft, and a person's shard follows from one keyed hash: only shards with the same remainder
 * hold the same people.
 */
export async function toldEarlier(
  platform: Platform,
  of: Mailed,
  { shard, shards }: { shard: number; shards: number },
): Promise<ReadonlySet<string | undefined>> {
  const table = new Table(platform);
  const told = new Set<string>();
  for (const earlier of earlierDrafts(of)) {
    const begun = await begunOf(table, earlier);
    if (!begun) continue;
    const index = await approvedIndex(platform, earlier, begun.set, begun.recipients);
    const there = index.shards.length;
    for (let other = shard % there; other < there; other += shards) {
      const items = await table.list(ledgerKeys.shard(earlier, other + 1), 'ROW#');
      if (items.length === 0) continue;
      const lines = await linesOf(platform, index, other + 1);
      for (const { record } of items) {
        const { state, index: at } = ledger.entry.read(record);
        const line = lines[at];
        if (!line || !perhaps.has(state)) continue;
        for (const where of Object.values(whereabouts(line))) if (where) told.add(where);
      }
    }
  }
  return told;
}

function earlierDrafts({ incident, notice }: Mailed): Mailed[] {
  const of = noticeOfKey(notice);
  if (!of) return [];
  return Array.from({ length: of.draft - 1 }, (_, n) => ({ incident, notice: noticeKey({ ...of, draft: n + 1 }) }));
}
