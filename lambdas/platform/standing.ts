import { patienceMinutes } from '../core/approval.ts';
import { type Head, isOffered, type Standing, type StepOutcome, standing, stoodText } from '../core/incident.ts';
import { workKey } from '../core/reinforcement.ts';
import { targetKey } from '../core/target.ts';
import { type Amendment, amendIncident, listOf } from './incidents.ts';
import { at, inMinutes } from './plans.ts';
import type { Platform } from './platform.ts';
import { keys, records, type TimelineEntry } from './records.ts';
import type { Table, Write } from './table.ts';
import { manualSteps, named } from './tell.ts';

/** Minutes between two pages about the same thing, until somebody acknowledges. */
export const pageMinutes = 5;

export interface Settled {
  plan: number;
  step: number;
  outcome: StepOutcome;
  why?: string;
  by: string;
}

/** Outcomes that leave something open which nobody has decided to leave open. */
const pages: ReadonlySet<StepOutcome> = new Set(['failed', 'drifted', 'held']);

/** When the tick looks at a step again: after a pause, or when a question has outlived its time because its machine died. */
const lookAgain: Partial<Record<StepOutcome, number>> = { paused: pageMinutes, waiting: patienceMinutes + 5 };

/**
 * Records how a step ended, closes the footholds that it closes, and recomputes how the incident stands.
 * A failed, unverified, drifted or unanswered containment also leaves a page, repeated until acknowledged (invariant 10), and drift
 * reopens a closed case. `also`: what must stand or fall with it.
 */
export async function settleStep(
  platform: Platform,
  incident: string,
  settled: Settled,
  also: (table: Table) => Promise<Write[]> = async () => [],
): Promise<Head> {
  const catalogue = await platform.catalogue();
  return amendIncident(platform, incident, async (stored, table) => {
    const reopened = settled.outcome === 'drifted' && stored.closedAt !== undefined;
    const head = reopened ? { ...stored, closedAt: undefined } : stored;
    const more = await also(table);
    const key = keys.step(incident, settled.plan, settled.step);
    const item = await table.get(key);
    if (!item) throw new Error(`plan ${settled.plan} of incident ${incident} has no step ${settled.step}`);
    const before = records.step.read(item.record);
    const now = at(platform);
    if (before.outcome === settled.outcome && before.why === settled.why) {
      const restoodNow = await restood(table, head, now);
      return more.length > 0 ? { ...restoodNow, writes: more } : restoodNow;
    }
    const again = lookAgain[settled.outcome];
    const step = { ...before, outcome: settled.outcome, why: settled.why, at: now };
    const text = `${step.title} (${named(step.target)}): ${settled.outcome}${settled.why ? `: ${settled.why}` : ''}`;
    const writes: Write[] = [
      {
        key,
        record: records.step.write(step),
        was: item.rev,
        due: again === undefined ? undefined : inMinutes(platform, again),
      },
    ];
    const timeline: Omit<TimelineEntry, 'recorded'>[] = [
      { event: now, kind: 'change', by: settled.by, text, about: key.sk },
    ];
    const view = await viewOf(table, head, { settled });
    const own = view.steps.find((s) => s.action === step.action && targetKey(s.target) === targetKey(step.target));
    if (pages.has(settled.outcome) && !head.rehearsal && !(own && isOffered(view, own))) {
      const id = `p${settled.plan}-s${settled.step}-${platform.id()}`;
      const consequence = catalogue.actions[step.action]?.consequence ?? '';
      const manual = manualSteps(step.target, step.title, consequence, incident);
      const page = { incident, id, target: step.target, text, manual, sent: 0 };
      writes.push({ key: keys.page(incident, id), record: records.page.write(page), due: now });
      platform.metrics.count(settled.outcome === 'drifted' ? 'Drift' : 'ContainmentUnverified');
    }
    const closed =
      settled.outcome === 'verified' || settled.outcome === 'already-safe'
        ? await closing(table, incident, step.target, now)
        : [];
    const restoodNow = await restood(table, head, now, { settled, closed: closed.map((c) => c.of) });
    return {
      head: { ...(reopened ? { closedAt: undefined } : {}), ...restoodNow?.head },
      writes: [...writes, ...closed.map((c) => c.write), ...more],
      timeline: [
        ...timeline,
        ...closed.map((c) => ({
          event: now,
          kind: 'foothold' as const,
          by: settled.by,
          text: `foothold closed: ${c.text}`,
        })),
        ...(restoodNow?.timeline ?? []),
      ],
    };
  });
}

async function closing(table: Table, incident: string, target: Parameters<typeof targetKey>[0], now: string) {
  const key = keys.foothold(incident, target);
  const item = await table.get(key);
  if (!item) return [];
  const foothold = records.foothold.read(item.record);
  if (foothold.closedAt) return [];
  const record = records.foothold.write({ ...foothold, closedAt: now });
  return [{ of: targetKey(target), text: `${named(target)} (${foothold.how})`, write: { key, record, was: item.rev } }];
}

interface About {
  settled?: Settled;
  closed?: string[];
}

/** How an incident stands by its records (and by what a transaction is about to write). */
export async function viewOf(table: Table, head: Pick<Head, 'id'>, about?: About): Promise<Standing> {
  const [steps, plans, footholds] = await Promise.all([
    listOf(table, head.id, 'STEP#', records.step),
    listOf(table, head.id, 'PLAN#', records.plan),
    listOf(table, head.id, 'FOOTHOLD#', records.foothold),
  ]);
  const planned = new Map(plans.map(({ plan }) => [plan.number, plan]));
  const newest = new Map<string, Standing['steps'][number]>();
  for (const s of steps) {
    const settled = about?.settled?.plan === s.plan && about.settled.step === s.step ? about.settled : s;
    const { action, title, target, plan } = s;
    const reinforces = planned.get(plan)?.steps[s.step]?.reinforces;
    newest.set(workKey(s), { action, title, target, plan, outcome: settled.outcome, why: settled.why, reinforces });
  }
  return {
    steps: [...newest.values()],
    withheld: plans.flatMap((p) => p.plan.withheld),
    footholds: footholds.map((f) => ({
      target: f.target,
      how: f.how,
      closed: f.closedAt !== undefined || (about?.closed ?? []).includes(targetKey(f.target)),
    })),
  };
}

/** The head's status and what is open, recomputed from the records (and what this transaction is about to write). */
export async function restood(table: Table, head: Head, now: string, about?: About): Promise<Amendment | undefined> {
  const view = await viewOf(table, head, about);
  const { status, open, offered } = standing(view);
  // a rehearsal is over when nobody is waited for, however it went
  const over = head.rehearsal && view.steps.every((s) => s.outcome !== 'pending' && s.outcome !== 'waiting');
  const same = (['open', 'offered'] as const).every(
    (part) => JSON.stringify({ open, offered }[part]) === JSON.stringify(head[part]),
  );
  if (head.closedAt || (!over && status === head.status && same)) return undefined;
  return {
    head: { status, open, offered, ...(over ? { closedAt: now } : {}) },
    timeline:
      status === head.status
        ? []
        : [{ event: now, kind: 'status', by: 'plan', text: stoodText({ status, open, offered }) }],
  };
}
