import { NotItsTurn } from '../core/errors.ts';
import { listOf } from '../platform/incidents.ts';
import type { Of } from '../platform/live.ts';
import type { Platform } from '../platform/platform.ts';
import { records } from '../platform/records.ts';
import { Table } from '../platform/table.ts';
import { named } from '../platform/tell.ts';

/**
 * The stages of a playbook run one after the other, also where people are asked: sessions are denied only once the key that mints
 * them is off, or those minted meanwhile would live on. Throws NotItsTurn while a step of an earlier stage, in this plan or one
 * before it, is neither done nor given up.
 */
export async function requireTurn(platform: Platform, of: Of): Promise<void> {
  const table = new Table(platform);
  const [plans, steps] = await Promise.all([
    listOf(table, of.incident, 'PLAN#', records.plan),
    listOf(table, of.incident, 'STEP#', records.step),
  ]);
  const stageOf = (plan: number, step: number) => plans.find((p) => p.plan.number === plan)?.plan.steps[step]?.stage;
  const stage = stageOf(of.plan, of.step) ?? 0;
  const first = steps.find(
    (s) =>
      s.plan <= of.plan &&
      (stageOf(s.plan, s.step) ?? 0) < stage &&
      (s.outcome === 'pending' || s.outcome === 'waiting'),
  );
  if (first) throw new NotItsTurn(`first: ${first.title} (${named(first.target)}) is ${first.outcome}`);
}
