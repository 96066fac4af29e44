import { Drift } from '../core/errors.ts';
import { actionOf } from '../platform/catalogue.ts';
import { type ChangeRef, changeMinutes, moveChange, requireRestorable } from '../platform/changes.ts';
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
  await requireRestorable(new Table(platform), change, of.incident);
  const catalogue = await platform.catalogue();
  const action = await actionOf(change.action, catalogue);
  const permissions = catalogue.actions[change.action]?.permissions;
  const account = await member(platform, 'responder', change.target, of.incident, {
    statements: [...(permissions?.read ?? []), ...(permissions?.write ?? [])],
    scope: change.scope,
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
