import type { Change } from '../core/change.ts';
import { targetKey } from '../core/target.ts';
import { changesOf } from '../platform/changes.ts';
import { headOf, listOf } from '../platform/incidents.ts';
import { clocksOf, current, type Standing } from '../platform/obligations.ts';
import { at } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { records } from '../platform/records.ts';
import { Table } from '../platform/table.ts';

/** A case as a signed-in person may read it: everything but callback tokens. Throws naming the case when there is none. */
export async function caseOf(platform: Platform, incident: string) {
  const table = new Table(platform);
  const of = <T>(prefix: string, type: { read(record: unknown): T }) => listOf(table, incident, prefix, type);
  const [{ head }, plans, steps, approvals, decisions, standing, footholds, custody, timeline] = await Promise.all([
    headOf(table, incident),
    of('PLAN#', records.plan),
    of('STEP#', records.step),
    of('APPROVAL#', records.approval),
    of('DECISION#', records.decision),
    clocksOf(table, incident),
    of('FOOTHOLD#', records.foothold),
    of('CUSTODY#', records.custody),
    of('TIMELINE#', records.timeline),
  ]);
  return {
    head,
    plans,
    steps,
    changes: await changesIn(platform, incident, steps),
    approvals: approvals.map(({ token: _secret, ...shown }) => shown),
    decisions,
    ...(await clocksIn(platform, standing)),
    footholds,
    custody,
    timeline,
  };
}

/** What is known, what follows from it with its status at this moment, and who sees to it. */
async function clocksIn(platform: Platform, standing: Standing | undefined) {
  if (!standing) return { obligations: [] };
  const { facts, schedule, clocks } = standing;
  const { obligations: _stored, ...version } = schedule;
  const now = { catalogue: await platform.catalogue(), now: at(platform) };
  return { facts, schedule: version, work: clocks.work, obligations: current(now, standing) };
}

/** Every change that an incident's steps made, whatever became of it. */
export async function changesIn(
  platform: Platform,
  incident: string,
  steps: Pick<Change, 'action' | 'target'>[],
): Promise<Change[]> {
  const pairs = new Map(steps.map((s) => [`${s.action} ${targetKey(s.target)}`, s])).values();
  const all = await Promise.all([...pairs].map((s) => changesOf(platform, s.target, s.action)));
  return all.flat().filter((c) => c.incident === incident);
}
