import { ContainmentPaused } from '../core/errors.ts';
import { actionOf } from '../platform/catalogue.ts';
import { type ChangeRef, changeMinutes, moveChange } from '../platform/changes.ts';
import { amendIncident } from '../platform/incidents.ts';
import type { Of } from '../platform/live.ts';
import { member } from '../platform/member.ts';
import { pause } from '../platform/pause.ts';
import { at, inMinutes } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { named } from '../platform/tell.ts';
import { openChange } from './record.ts';

/**
 * Applies a recorded change. Throws ContainmentPaused while an operator has paused, BeforeStateChanged when somebody was faster.
 * Again after a crash: a live state that is already what was intended is accepted without a second write.
 */
export async function apply(
  platform: Platform,
  of: Of & { change: ChangeRef },
): Promise<{ change: ChangeRef; lines: string[] }> {
  const paused = await pause(platform);
  if (paused) throw new ContainmentPaused(`paused by ${paused.by} at ${paused.at}: ${paused.reason}`);
  const change = await openChange(platform, of.change);
  const catalogue = await platform.catalogue();
  const action = await actionOf(change.action, catalogue);
  const lines = action.describe(change.before, change.after);
  if (change.state === 'accepted' || change.state === 'verified') return { change: of.change, lines };
  const permissions = catalogue.actions[change.action]?.permissions;
  const account = await member(platform, 'responder', change.target, of.incident, {
    statements: [...(permissions?.read ?? []), ...(permissions?.write ?? [])],
    scope: change.scope,
  });
  await moveChange(platform, of.change, 'applying', {}, inMinutes(platform, changeMinutes));
  const live = await action.capture(change.target, account);
  if (!action.verify(live.state, change.target, change.after).safe)
    await action.apply(change.target, account, change.before, change.after);
  const now = at(platform);
  await moveChange(platform, of.change, 'accepted', { acceptedAt: now }, inMinutes(platform, changeMinutes));
  await amendIncident(platform, of.incident, async (head) => ({
    head: { stamps: { ...head.stamps, changeAccepted: head.stamps.changeAccepted ?? now } },
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
