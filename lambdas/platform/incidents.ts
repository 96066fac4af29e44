import { append } from '../core/chain.ts';
import { Collision, NoSuchIncident } from '../core/errors.ts';
import type { Head } from '../core/incident.ts';
import type { Platform } from './platform.ts';
import { type CustodyEntry, keys, records, type TimelineEntry } from './records.ts';
import { Table, type Write } from './table.ts';

/** What one transaction on an incident changes beside its head. */
export interface Amendment {
  head?: Partial<Omit<Head, 'id' | 'chains'>>;
  timeline?: Omit<TimelineEntry, 'recorded'>[];
  custody?: CustodyEntry[];
  writes?: Write[];
}

const attempts = 40;

/** Runs `attempt` again while another writer is first. Throws Collision after forty times. */
export async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Collision) || n === attempts) throw error;
    }
  }
}

/** The head of an incident. Throws naming the incident when there is none. */
export async function headOf(table: Table, id: string): Promise<{ head: Head; rev: number }> {
  const item = await table.get(keys.head(id));
  if (!item) throw new NoSuchIncident(`there is no incident ${id}`);
  return { head: records.head.read(item.record), rev: item.rev };
}

/**
 * Amends an incident in one transaction on its head: records, timeline and custody entries stand together or not at all.
 * `amend` sees the current head and may be called again after a collision; undefined changes nothing.
 */
export async function amendIncident(
  platform: Platform,
  id: string,
  amend: (head: Head, table: Table) => Promise<Amendment | undefined>,
): Promise<Head> {
  const table = new Table(platform);
  return retried(async () => {
    const { head, rev } = await headOf(table, id);
    const amendment = await amend(head, table);
    if (!amendment) return head;
    const { next, writes } = amended(platform, head, amendment);
    await table.write([{ key: keys.head(id), record: records.head.write(next), was: rev }, ...writes]);
    return next;
  });
}

/** The head after an amendment, and the records that go with it. */
export function amended(platform: Platform, head: Head, amendment: Amendment): { next: Head; writes: Write[] } {
  const recorded = platform.now().toString({ smallestUnit: 'millisecond' });
  const timeline = append(
    head.chains.timeline,
    (amendment.timeline ?? []).map((e) => ({ ...e, recorded })),
  );
  const custody = append(head.chains.custody, amendment.custody ?? []);
  const next = { ...head, ...amendment.head, chains: { timeline: timeline.end, custody: custody.end } };
  return {
    next,
    writes: [
      ...(amendment.writes ?? []),
      ...timeline.entries.map((e) => ({ key: keys.timeline(head.id, e.seq), record: records.timeline.write(e) })),
      ...custody.entries.map((e) => ({ key: keys.custody(head.id, e.seq), record: records.custody.write(e) })),
    ],
  };
}

/** Every record of an incident of one kind, in order. */
export async function listOf<T>(
  table: Table,
  id: string,
  prefix: string,
  type: { read(record: unknown): T },
): Promise<T[]> {
  return (await table.list(keys.incident(id), prefix)).map((item) => type.read(item.record));
}
