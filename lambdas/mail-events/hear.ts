import { z } from 'zod';
import {
  type Counts,
  type Entry,
  type EntryState,
  happened,
  type MailEvent,
  moved,
  total,
  undelivered,
} from '../core/ledger.ts';
import { retried } from '../platform/incidents.ts';
import { entryOf, ledger, ledgerKeys, returnedMinutes, type Stored } from '../platform/ledger.ts';
import { readTags, type Tagged } from '../platform/mail-tags.ts';
import { inMinutes } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { Table, type Write } from '../platform/table.ts';

/**
 * An event of SES on the bus (SES developer guide, "Monitoring SES events using Amazon EventBridge"; their schema reference). A bounce
 * comes only when SES has given the message up (API reference, EventDestination), so a transient one is as final as a permanent one.
 */
const published = z.looseObject({
  source: z.literal('aws.ses'),
  detail: z.looseObject({
    eventType: z.string(),
    mail: z.looseObject({ messageId: z.string().optional(), tags: z.record(z.string(), z.unknown()).optional() }),
    bounce: z.looseObject({ bounceType: z.string().optional() }).optional(),
  }),
});

const kinds: Record<string, MailEvent> = {
  Send: 'sent',
  Delivery: 'delivered',
  Bounce: 'bounced',
  Complaint: 'complained',
  Reject: 'rejected',
  // written both ways in the guide's examples
  'Rendering Failure': 'rendering-failed',
  RenderingFailure: 'rendering-failed',
};

export interface Heard extends Tagged {
  event: MailEvent;
  messageId?: string;
  status?: string;
}

/** What an event says about one of our messages; undefined for any other event, and for what is no event at all. */
export function readEvent(body: string): Heard | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const parsed = published.safeParse(value);
  if (!parsed.success) return undefined;
  const { eventType, mail, bounce } = parsed.data.detail;
  const event = Object.hasOwn(kinds, eventType) ? kinds[eventType] : undefined;
  const of = readTags(mail.tags);
  if (!event || !of) return undefined;
  const status = /^[A-Za-z]{1,40}$/.exec(bounce?.bounceType ?? '')?.[0];
  return { ...of, event, ...(mail.messageId ? { messageId: mail.messageId } : {}), ...(status ? { status } : {}) };
}

/** Functions at work at once; each counts in a record of its own, mostly. */
const slots = 16;

/**
 * Moves the entries of one shard, in one transaction with the counters: again and in any order it comes to the same. An event of an entry
 * that is not there is none of ours.
 */
export async function hear(platform: Platform, events: Heard[]): Promise<void> {
  const table = new Table(platform);
  const [first] = events;
  if (!first) return;
  await retried(async () => {
    const moves = await movesOf(platform, table, events);
    if (moves.length === 0) return;
    const countsKey = ledgerKeys.events(first, first.shard, first.row % slots);
    const item = await table.get(countsKey);
    const was: Counts = item ? ledger.counts.read(item.record) : {};
    const change = moved(moves.map(({ before, after }): [EntryState, EntryState] => [before.value.state, after.state]));
    const writes: Write[] = moves.map(({ before, after }) => ({
      key: ledgerKeys.entry(first, first.shard, after.row),
      record: ledger.entry.write(after),
      was: before.rev,
    }));
    const back = moves.some(({ before, after }) => undelivered(after.state) && !undelivered(before.value.state));
    if (back) writes.push(...(await dueToBeTold(platform, table, first)));
    await table.write([...writes, { key: countsKey, record: ledger.counts.write(total(was, change)), was: item?.rev }]);
  });
}

/** Nothing where it is due already: functions that hear of many at once do not wait for each other. */
async function dueToBeTold(platform: Platform, table: Table, { incident, notice }: Heard): Promise<Write[]> {
  const key = ledgerKeys.returned({ incident, notice });
  const item = await table.get(key);
  if (item?.due) return [];
  const due = inMinutes(platform, returnedMinutes);
  return [{ key, record: ledger.returned.write({ incident, notice }), was: item?.rev, due }];
}

async function movesOf(platform: Platform, table: Table, events: Heard[]) {
  const moves: { before: Stored<Entry>; after: Entry }[] = [];
  for (const [row, of] of Map.groupBy(events, (event) => event.row)) {
    const [first] = of;
    const before = first && (await entryOf(table, first, first.shard, row));
    if (!before) continue;
    const after = of.reduce((entry, heard) => told(platform, entry, heard), before.value);
    if (after !== before.value) moves.push({ before, after });
  }
  return moves;
}

function told(platform: Platform, entry: Entry, { event, messageId, status }: Heard): Entry {
  const state = happened(entry.state, event);
  if (state === entry.state && (entry.messageId || !messageId)) return entry;
  return {
    ...entry,
    state,
    messageId: entry.messageId ?? messageId,
    ...(status ? { status } : {}),
    at: platform.now().toString({ smallestUnit: 'millisecond' }),
  };
}
