import { Drift, NotYetRestored } from '../core/errors.ts';
import { hashOf } from '../core/json.ts';
import { actionOf } from '../platform/catalogue.ts';
import { type ChangeRef, changeMinutes, moveChange } from '../platform/changes.ts';
import { amendIncident } from '../platform/incidents.ts';
import { member } from '../platform/member.ts';
import { at, inMinutes } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { named } from '../platform/tell.ts';
import { requireApproval } from './approved.ts';
import { openChange } from './record.ts';

/** Undoes one change that people approved to undo. Throws Drift when the live state is no longer what we left. */
export async function undo(
  platform: Platform,
  of: { incident: string; approval: string; change: ChangeRef },
): Promise<{ change: ChangeRef }> {
  await requireApproval(platform, of.incident, of.approval);
  const change = await openChange(platform, of.change);
  if (change.state === 'undone') return { change: of.change };
  const catalogue = await platform.catalogue();
  const action = await actionOf(change.action, catalogue);
  const manifest = catalogue.actions[change.action];
  const permissions = manifest?.permissions;
  const account = await member(platform, 'responder', change.target, of.incident, {
    statements: [...(permissions?.read ?? []), ...(permissions?.write ?? [])],
    scope: change.scope,
  });
  const live = hashOf(action.owned((await action.capture(change.target, account)).state));
  if (live !== hashOf(action.owned(change.before))) {
    if (live !== hashOf(action.owned(change.after)))
      throw new Drift(
        `${named(change.target)} was changed after ${change.action}: it is neither what we left nor what was there before`,
      );
    await moveChange(platform, of.change, 'undoing', {}, inMinutes(platform, changeMinutes));
    await undone(
      action.undo(change.target, account, change.before, change.after),
      (manifest?.undoneAfter ?? []).length > 0,
    );
  } else {
    await moveChange(platform, of.change, 'undoing', {}, inMinutes(platform, changeMinutes));
  }
  await amendIncident(platform, of.incident, async () => ({
    timeline: [
      {
        event: at(platform),
        kind: 'change',
        by: 'act',
        text: `undo accepted by AWS: ${change.action} on ${named(change.target)}`,
      },
    ],
  }));
  return { change: of.change };
}

/** What had to be undone first takes seconds to take effect, and until then AWS refuses this undo: the machine tries again. */
async function undone(undoing: Promise<void>, waits: boolean): Promise<void> {
  try {
    await undoing;
  } catch (error) {
    if (waits && error instanceof Error && error.name === 'AccessDenied')
      throw new NotYetRestored(`AWS refuses the undo so far: ${error.message}`);
    throw error;
  }
}
