import type { Candidate } from '../core/incident.ts';
import { joinsFindings, type Target, targetKey } from '../core/target.ts';
import { amendIncident, headOf } from './incidents.ts';
import { type Drawn, draw, knownOf, startPlan } from './plans.ts';
import type { Platform } from './platform.ts';
import { keys, records } from './records.ts';
import type { Key, Table, Write } from './table.ts';

/** Pointers written in one transaction, beside a plan of at most twelve new targets. */
const pointersAtOnce = 13;
/** Which incident a finding or a target belongs to, as read before a transaction. */
export interface Pointer {
  key: Key;
  by: Candidate['by'];
  rev: number | undefined;
  incident?: string;
  closedAt?: string;
}

/** The pointers of a finding and its targets; targets of kinds that join no findings have none. */
export async function readPointers(
  table: Table,
  targets: Target[],
  finding?: { id: string; joins: readonly string[] },
): Promise<Pointer[]> {
  const wanted: [Key, Candidate['by']][] = [
    ...(finding ? ([[keys.openFinding(finding.id), 'finding']] as [Key, 'finding'][]) : []),
    ...(finding?.joins ?? []).map((id): [Key, Candidate['by']] => [keys.openFinding(id), 'joined']),
    ...targets.filter(joinsFindings).map((t): [Key, Candidate['by']] => [keys.openTarget(t), 'target']),
  ];
  return Promise.all(
    wanted.map(async ([key, by]) => {
      const item = await table.get(key);
      if (!item) return { key, by, rev: undefined };
      const { incident } = records.open.read(item.record);
      return { key, by, rev: item.rev, incident, closedAt: (await headOf(table, incident)).head.closedAt };
    }),
  );
}

/**
 * Points the finding and its targets at the incident, except those that another open incident holds, and those that this plan has
 * no room for: their own plan points them.
 */
export function point(pointers: Pointer[], incident: string, drawn: Drawn | undefined): Write[] {
  const planned = drawn && new Set(drawn.plan.targets.map((t) => keys.openTarget(t).pk));
  return pointers
    .filter((p) => p.incident === undefined || (p.closedAt !== undefined && p.incident !== incident))
    .filter((p) => p.by !== 'joined')
    .filter((p) => p.by === 'finding' || !planned || planned.has(p.key.pk))
    .slice(0, pointersAtOnce)
    .map((p) => ({ key: p.key, record: records.open.write({ incident }), was: p.rev }));
}

/** Plans whatever the incident knows and no plan holds yet: plan after plan, each started. Does nothing when nothing is new. */
export async function planRest(platform: Platform, incident: string, because: string): Promise<void> {
  for (let more = true; more; ) {
    let number: number | undefined;
    await amendIncident(platform, incident, async (head, table) => {
      const known = await knownOf(table, incident);
      const drawn = await draw(platform, incident, known, because, head.rehearsal);
      more = drawn?.more ?? false;
      number = drawn?.plan.number;
      if (!drawn) return undefined;
      const before = new Set(known.previous.flatMap((p) => p.targets.map(targetKey)));
      const added = drawn.plan.targets.filter((t) => !before.has(targetKey(t)));
      return {
        head: { plans: drawn.plan.number, playbooks: [...new Set([...head.playbooks, ...drawn.plan.playbooks])] },
        writes: [...drawn.writes, ...point(await readPointers(table, added), incident, drawn)],
        timeline: drawn.timeline,
      };
    });
    if (number !== undefined) await startPlan(platform, incident, number);
  }
}
