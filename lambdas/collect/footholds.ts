import { type Target, targetKey } from '../core/target.ts';
import type { Foothold } from '../platform/action.ts';
import { type Amendment, amendIncident, listOf } from '../platform/incidents.ts';
import { at } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { planRest } from '../platform/pointers.ts';
import { keys, records, type TimelineEntry } from '../platform/records.ts';
import { restood } from '../platform/standing.ts';
import type { Table, Write } from '../platform/table.ts';
import { named } from '../platform/tell.ts';

/** Footholds written in one transaction, which holds a hundred records. */
const atOnce = 10;

/**
 * Writes down further doors that evidence found, reopens a case that was closed without knowing them, and plans what closes them.
 * Safe to repeat: a door that is known and was not seen again changes nothing. Returns how many were new or open again.
 */
export async function recordFootholds(
  platform: Platform,
  incident: string,
  foundBy: string,
  footholds: Foothold[],
): Promise<number> {
  let opened = 0;
  for (let from = 0; from < footholds.length; from += atOnce) {
    let fresh = 0;
    await amendIncident(platform, incident, async (head, table) => {
      const written = await openings(platform, table, incident, foundBy, footholds.slice(from, from + atOnce));
      fresh = written.length;
      if (fresh === 0) return undefined;
      return {
        head: head.closedAt ? { closedAt: undefined, status: 'partly contained' } : {},
        writes: written.map((w) => w.write),
        timeline: entries(platform, written, head.closedAt),
      };
    });
    opened += fresh;
  }
  if (opened > 0) await amendIncident(platform, incident, (head, table) => restood(table, head, at(platform)));
  if (footholds.length > 0) await planRest(platform, incident, `evidence ${foundBy} found an open foothold`);
  return opened;
}

interface Opening {
  target: Target;
  how: string;
  again: boolean;
  write: Write;
}

async function openings(platform: Platform, table: Table, incident: string, foundBy: string, footholds: Foothold[]) {
  const plans = await listOf(table, incident, 'PLAN#', records.plan);
  const written: Opening[] = [];
  for (const { target, how, at: seenAt } of footholds) {
    const key = keys.foothold(incident, target);
    const item = await table.get(key);
    const known = item && records.foothold.read(item.record);
    // closed at the read-back; sessions of before die with it, so only what is seen later is open again
    const again = known?.closedAt !== undefined && seenAt > known.closedAt;
    if (known && !again) continue;
    const record = records.foothold.write({
      target,
      how,
      foundBy,
      foundAt: known?.foundAt ?? at(platform),
      seenAt,
      openings: again ? plannedTimes(plans, target) + 1 : 1,
    });
    written.push({ target, how, again, write: { key, record, was: item?.rev } });
  }
  return written;
}

/** How many plans hold a step on a target, at the most for any one action. */
function plannedTimes(plans: { plan: { steps: { action: string; target: Target }[] } }[], target: Target): number {
  const times = new Map<string, number>();
  for (const s of plans.flatMap((p) => p.plan.steps))
    if (targetKey(s.target) === targetKey(target)) times.set(s.action, (times.get(s.action) ?? 0) + 1);
  return Math.max(0, ...times.values());
}

function entries(
  platform: Platform,
  written: Opening[],
  closedAt: string | undefined,
): NonNullable<Amendment['timeline']> {
  const now = at(platform);
  const found: Omit<TimelineEntry, 'recorded'>[] = written.map(({ target, how, again }) => ({
    event: now,
    kind: 'foothold',
    by: 'collect',
    text: `open foothold${again ? ' again' : ''}: ${named(target)} (${how})`,
  }));
  if (!closedAt) return found;
  const text = `reopened: the case was closed at ${closedAt}, and evidence that came later shows an open foothold`;
  return [{ event: now, kind: 'status', by: 'collect', text }, ...found];
}
