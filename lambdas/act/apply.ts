import type { Change } from '../core/change.ts';
import { BeforeStateChanged } from '../core/errors.ts';
import { baselineOf } from '../platform/baseline.ts';
import { type ChangeRef, changeMinutes, moveChange, moving } from '../platform/changes.ts';
import { actionOf } from '../platform/code.ts';
import { amendIncident } from '../platform/incidents.ts';
import type { Of } from '../platform/live.ts';
import { member } from '../platform/member.ts';
import { requireUnpaused } from '../platform/pause.ts';
import { at, inMinutes } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { named } from '../platform/tell.ts';
import { voidApproval } from './approved.ts';
import { openChange } from './record.ts';

/**
 * Applies a recorded change. Throws ContainmentPaused while an operator has paused, BeforeStateChanged when somebody was faster.
 * Again after a crash: a live state that is already what was intended is accepted without a second write.
 */
export async function apply(
  platform: Platform,
  of: Of & { change: ChangeRef },
): Promise<{ change: ChangeRef; lines: string[] }> {
  await requireUnpaused(platform);
  const change = await openChange(platform, of.change);
  const catalogue = await platform.catalogue();
  const action = await actionOf(change.action, catalogue);
  const lines = action.describe(change.before, change.after);
  if (change.state === 'accepted' || change.state === 'verified') return { change: of.change, lines };
  const manifest = catalogue.actions[change.action];
  const account = await member(platform, 'responder', change.target, of.incident, {
    statements: [...(manifest?.permissions.read ?? []), ...(manifest?.permissions.write ?? [])],
    scope: change.scope,
    through: manifest?.through,
    baseline: await baselineOf(platform, action, change.action, change.target),
  });
  await moveChange(platform, of.change, 'applying', {}, inMinutes(platform, changeMinutes));
  try {
    // begun before: the write may have happened, and somebody may have edited beside it since
    const again = change.state === 'applying' && (await action.capture(change.target, account));
    if (!again || !action.verify(again.state, change.target, change.after).safe)
      await action.apply(change.target, account, change.before, change.after);
  } catch (error) {
    if (error instanceof BeforeStateChanged) await giveUp(platform, of.incident, change, error.message);
    throw error;
  }
  const now = at(platform);
  await amendIncident(platform, of.incident, async (head, table) => ({
    head: { stamps: { ...head.stamps, changeAccepted: head.stamps.changeAccepted ?? now } },
    writes: [await moving(table, of.change, 'accepted', { acceptedAt: now }, inMinutes(platform, changeMinutes))],
    timeline: [
      {
        event: now,
        kind: 'change',
        by: 'act',
        text: `${catalogue.actions[change.action]?.title} (${named(change.target)}): accepted by AWS: ${lines.join('; ')}`,
      },
    ],
  }));
  return { change: of.change, lines };
}

/** Somebody was faster: this change is over, its approval too, and the machine captures anew. */
async function giveUp(platform: Platform, incident: string, change: Change, problem: string): Promise<void> {
  await moveChange(platform, change, 'failed', { problem: `not applied: ${problem}` });
  if (change.approval) await voidApproval(platform, incident, change.approval);
}
