import { Drift } from '../core/errors.ts';
import { baselineOf } from '../platform/baseline.ts';
import { type ChangeRef, changeMinutes, moveChange, requireRestorable } from '../platform/changes.ts';
import { actionOf } from '../platform/code.ts';
import { amendIncident } from '../platform/incidents.ts';
import { sameOwned } from '../platform/live.ts';
import { member } from '../platform/member.ts';
import { at, inMinutes } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { Table } from '../platform/table.ts';
import { named } from '../platform/tell.ts';
import { requireRestoreApproval } from './approved.ts';
import { openChange } from './record.ts';

/** Undoes one change that people approved to undo. Throws Drift when the live state is no longer what we left. */
export async function undo(
  platform: Platform,
  of: { incident: string; approval: string; change: ChangeRef },
): Promise<{ change: ChangeRef }> {
  await requireRestoreApproval(platform, of.incident, of.approval, of.change);
  const change = await openChange(platform, of.change);
  if (change.state === 'undone') return { change: of.change };
  const catalogue = await platform.catalogue();
  await requireRestorable(new Table(platform), change, of.incident, catalogue);
  const action = await actionOf(change.action, catalogue);
  const manifest = catalogue.actions[change.action];
  const account = await member(platform, 'responder', change.target, of.incident, {
    statements: [...(manifest?.permissions.read ?? []), ...(manifest?.permissions.write ?? [])],
    scope: change.scope,
    through: manifest?.through,
    baseline: await baselineOf(platform, action, change.action, change.target),
  });
  const { state } = await action.capture(change.target, account);
  if (!sameOwned(action, state, change.before, change.before)) {
    if (!sameOwned(action, state, change.after, change.before))
      throw new Drift(
        `${named(change.target)} was changed after ${change.action}: it is neither what we left nor what was there before`,
      );
    await moveChange(platform, of.change, 'undoing', {}, inMinutes(platform, changeMinutes));
    await action.undo(change.target, account, change.before, change.after);
  } else {
    await moveChange(platform, of.change, 'undoing', {}, inMinutes(platform, changeMinutes));
  }
  await amendIncident(platform, of.incident, async () => ({
    timeline: [
      {
        event: at(platform),
        kind: 'change',
        by: 'act',
        text: `${catalogue.actions[change.action]?.title} (${named(change.target)}): undo accepted by AWS`,
      },
    ],
  }));
  return { change: of.change };
}
