import { type Change, mayBeInForce, stands } from '../core/change.ts';
import { NotYetRestored, NotYetSafe } from '../core/errors.ts';
import { targetKey } from '../core/target.ts';
import type { Verdict } from '../platform/action.ts';
import {
  type ChangeRef,
  changeMinutes,
  changesOf,
  lookAgainAt,
  moveChange,
  moving,
  storedChange,
} from '../platform/changes.ts';
import { amendIncident, headOf, listOf } from '../platform/incidents.ts';
import { liveOf, type Of, sameOwned } from '../platform/live.ts';
import { at, inMinutes } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { keys, records } from '../platform/records.ts';
import { type Settled, settleStep } from '../platform/standing.ts';
import { Table } from '../platform/table.ts';
import { named } from '../platform/tell.ts';

/** Invariant 2: reads the target back after a change. Throws NotYetSafe until the live state contains it. */
export async function verify(
  platform: Platform,
  of: Of & { change: ChangeRef },
): Promise<{ change: ChangeRef; lines: string[] }> {
  const stored = await storedChange(new Table(platform), of.change);
  const verdict = await verdictOn(platform, stored.change);
  if (!verdict.safe) throw new NotYetSafe(verdict.why);
  const now = at(platform);
  const more = { verifiedAt: stored.change.verifiedAt ?? now, lastVerifiedAt: now };
  await amendIncident(platform, of.incident, async (head, table) => ({
    head: { stamps: { ...head.stamps, containmentVerified: head.stamps.containmentVerified ?? now } },
    writes: [await moving(table, of.change, 'verified', more, inMinutes(platform, changeMinutes))],
  }));
  return { change: of.change, lines: [] };
}

async function verdictOn(platform: Platform, change: Change): Promise<Verdict> {
  const { action, live } = await liveOf(platform, change);
  return action.verify(live.state, change.target, change.after);
}

/**
 * Reads back a change that may be in force. Safe: noted, and a step that was thought failed or drifted is verified again. An undo
 * that was not finished is finished when the target is as before. Anything else is drift, which reopens the incident and pages.
 */
export async function reverify(platform: Platform, of: { change: ChangeRef }): Promise<{ safe: boolean; why: string }> {
  const { change } = await storedChange(new Table(platform), of.change);
  if (!mayBeInForce(change) || !change.acceptedAt) return { safe: true, why: `it is ${change.state}` };
  const { action, live } = await liveOf(platform, change);
  if (change.state === 'undoing' && sameOwned(action, live.state, change.before, change.before)) {
    await verifyRestored(platform, { incident: change.incident, change: of.change });
    return { safe: true, why: 'the undo has come through' };
  }
  const verdict = action.verify(live.state, change.target, change.after);
  const now = at(platform);
  if (verdict.safe) {
    await moveChange(
      platform,
      of.change,
      'verified',
      { verifiedAt: change.verifiedAt ?? now, lastVerifiedAt: now },
      inMinutes(platform, changeMinutes),
    );
    await recovered(platform, change);
    return { safe: true, why: 'read back as safe' };
  }
  const why = `no longer safe at ${now}: ${verdict.why}`;
  if (change.state === 'failed') await lookAgainAt(platform, of.change, inMinutes(platform, changeMinutes));
  else await drifted(platform, change, of.change, why);
  return { safe: false, why };
}

async function drifted(platform: Platform, change: Change, ref: ChangeRef, why: string): Promise<void> {
  const [last, ...others] = (await reliants(platform, change)).reverse();
  const settled = { outcome: 'drifted' as const, why, by: 'watch' };
  for (const { incident, ...step } of others) await settleStep(platform, incident, { ...step, ...settled });
  if (!last) return;
  const { incident, ...step } = last;
  await settleStep(platform, incident, { ...step, ...settled }, async (table) => [
    await moving(table, ref, 'failed', { problem: why }, inMinutes(platform, changeMinutes)),
  ]);
}

/** A step that was thought lost, and whose change reads back as safe after all. */
async function recovered(platform: Platform, change: Change): Promise<void> {
  const table = new Table(platform);
  for (const { incident, plan, step } of await reliants(platform, change)) {
    const item = await table.get(keys.step(incident, plan, step));
    const outcome = item && records.step.read(item.record).outcome;
    if (outcome === 'failed' || outcome === 'drifted')
      await settleStep(platform, incident, { plan, step, outcome: 'verified', why: 'read back as safe', by: 'watch' });
  }
}

/** The step of every open incident for which the change must stand; where none is open, the one that made it is reopened. */
async function reliants(
  platform: Platform,
  c: Change,
): Promise<(Pick<Settled, 'plan' | 'step'> & { incident: string })[]> {
  const table = new Table(platform);
  const found: (Pick<Settled, 'plan' | 'step'> & { incident: string })[] = [];
  for (const incident of c.reliedOnBy) {
    if ((await headOf(table, incident)).head.closedAt) continue;
    const steps = await listOf(table, incident, 'STEP#', records.step);
    const own = steps.filter((s) => s.action === c.action && targetKey(s.target) === targetKey(c.target)).at(-1);
    if (own) found.push({ incident, plan: own.plan, step: own.step });
  }
  return found.length > 0 ? found : [{ incident: c.incident, plan: c.plan, step: c.step }];
}

/** Reads the target back after an undo. Throws NotYetRestored until what the change owned is as it was before. */
export async function verifyRestored(
  platform: Platform,
  of: { incident: string; change: ChangeRef },
): Promise<{ restored: true }> {
  const stored = await storedChange(new Table(platform), of.change);
  const { before } = stored.change;
  const { action, live } = await liveOf(platform, stored.change);
  if (!sameOwned(action, live.state, before, before))
    throw new NotYetRestored(`${named(stored.change.target)} is not yet as it was before`);
  const { incident, plan, step } = stored.change;
  const earlier = (await changesOf(platform, stored.change.target, stored.change.action)).filter(
    (c) => c.generation < stored.change.generation && stands(c),
  );
  const why =
    earlier.length > 0 ? 'put back; an earlier change of the same kind still stands' : 'put back exactly as it was';
  await settleStep(platform, incident, { plan, step, outcome: 'restored', why, by: 'restore' }, async (table) =>
    stored.change.state === 'undone' ? [] : [await moving(table, of.change, 'undone', { undoneAt: at(platform) })],
  );
  return { restored: true };
}
