import { inert } from '../core/inert.ts';
import type { Person } from '../core/settings.ts';
import { amendIncident } from './incidents.ts';
import { at, inMinutes } from './plans.ts';
import type { Platform } from './platform.ts';
import { keys, records } from './records.ts';
import type { Write } from './table.ts';

/** Longer than whoever writes it needs to tell people at once, with its retries. */
const leaseMinutes = 15;

/** One sentence that people must hear of a notice. */
export interface Telling {
  /** a new one for each */
  id: string;
  to: readonly Person[];
  says: string;
}

/**
 * Written with the move that it tells of: the tick tells it where nobody has called it told. Should telling be cut off, people may hear it
 * twice, never not at all.
 */
export function owedTelling(
  platform: Platform,
  incident: string,
  { id, to, says }: Telling,
  minutes = leaseMinutes,
): Write {
  return {
    key: keys.reminder(incident, id),
    record: records.reminder.write({
      ...{ id, incident, to: [...new Set(to.map((p) => p.email))], marks: [], at: at(platform), tried: 0 },
      says: inert(says, 600),
    }),
    due: inMinutes(platform, minutes),
  };
}

/** People have been told at once, at length. */
export async function calledTold(platform: Platform, incident: string, id: string): Promise<void> {
  await amendIncident(platform, incident, async (_head, table) => {
    const item = await table.get(keys.reminder(incident, id));
    const one = item && records.reminder.read(item.record);
    if (!one || one.toldAt) return undefined;
    return {
      writes: [{ key: item.key, record: records.reminder.write({ ...one, toldAt: at(platform) }), was: item.rev }],
    };
  });
}
