import { type Change, isOf, move, stands } from '../core/change.ts';
import { BeforeStateChanged, Collision, Refused, Rehearsed } from '../core/errors.ts';
import { hashOf } from '../core/json.ts';
import { type ChangeRef, changesOf, storedChange } from '../platform/changes.ts';
import { amendIncident, headOf, retried } from '../platform/incidents.ts';
import { load, type Of, stepOf } from '../platform/live.ts';
import { member } from '../platform/member.ts';
import { at, inMinutes } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { keys, records } from '../platform/records.ts';
import { Table, type Write } from '../platform/table.ts';
import { named } from '../platform/tell.ts';
import { requireStepApproval, voidApproval } from './approved.ts';

/** Minutes after which a change that is recorded and not applied is looked at. */
const stuckMinutes = 5;

/**
 * Invariant 1: the before-state is written down before anything changes. Captures again; where people approved, what they saw must
 * still be there, else BeforeStateChanged and they are asked again.
 */
export async function record(platform: Platform, of: Of & { approval?: string }): Promise<{ change: ChangeRef }> {
  const { head } = await headOf(new Table(platform), of.incident);
  if (head.rehearsal) throw await rehearsed(platform, of);
  const { step, action, last, live } = await load(platform, of, 'responder');
  const begun = last && begunBy(of, last) ? last : undefined;
  const approval = of.approval ?? begun?.approval;
  if (step.approval !== 'none') {
    if (!approval) throw new Refused(`step ${of.step} of plan ${of.plan} asks people, and no approval was given`);
    const { before } = await requireStepApproval(platform, of, approval);
    if (!begun && before !== hashOf(action.owned(live.state))) {
      await voidApproval(platform, of.incident, approval);
      throw new BeforeStateChanged(`${named(step.target)} has changed since people approved: they are asked again`);
    }
  }
  if (begun) return { change: refOf(begun) };
  const after = action.intend(live.state, step.target, platform.now());
  const drawn = {
    action: step.action,
    target: step.target,
    state: 'recorded' as const,
    incident: of.incident,
    plan: of.plan,
    step: of.step,
    reliedOnBy: [of.incident],
    before: live.state,
    after,
    scope: live.scope,
    reopens: !action.verify(live.state, step.target, after).safe,
    approval,
    recordedAt: at(platform),
  };
  const change = await recorded(
    platform,
    of,
    drawn,
    last,
    action.losses(live.state, step.target),
    (c) => hashOf(action.owned(c.before)) === hashOf(action.owned(live.state)),
  );
  if (change === 'under way')
    throw new Collision(`another plan is making this change of ${named(step.target)}: this one waits for it`);
  if (change === 'seen too early') {
    if (approval) await voidApproval(platform, of.incident, approval);
    throw new BeforeStateChanged(`${named(step.target)} was changed by another plan since it was read`);
  }
  return { change };
}

/** Where a rehearsal ends: the responder was assumed with what the step may read, and nothing else. */
async function rehearsed(platform: Platform, of: Of): Promise<Rehearsed> {
  const { step, statements, through } = await stepOf(platform, of);
  await member(platform, 'responder', step.target, of.incident, { statements, through });
  return new Rehearsed('both roles were assumed; a rehearsal changes nothing');
}

/** Whether it is this step's change, begun before and not finished: a write may have reached AWS, so no second one is drawn. */
function begunBy(of: Of, last: Change): boolean {
  return isOf(last, of) && (last.state === 'applying' || last.state === 'accepted');
}

/**
 * Once: a record of this very step is used again; anything else gets the next generation, on condition that nobody was first.
 * Not while another plan's change of the same kind is under way or has just been made: its before-state is the true one.
 */
async function recorded(
  platform: Platform,
  of: Of,
  drawn: Omit<Change, 'generation'>,
  seen: Change | undefined,
  losses: string[],
  sameBefore: (c: Change) => boolean,
): Promise<ChangeRef | 'under way' | 'seen too early'> {
  return retried(async () => {
    const last = (await changesOf(platform, drawn.target, drawn.action)).at(-1);
    const ours = last && isOf(last, of);
    if (last && !ours) {
      if (stands(last) && last.state !== 'verified') return 'under way';
      const stale = last.generation !== seen?.generation || last.state !== seen.state;
      if (stale || (stands(last) && !drawn.reopens)) return 'seen too early';
    }
    if (ours && (begunBy(of, last) || (last.state === 'recorded' && sameBefore(last)))) return refOf(last);
    const change: Change = { ...drawn, generation: (last?.generation ?? 0) + 1 };
    await amendIncident(platform, of.incident, async (_head, table) => {
      const superseded: Write[] = [];
      if (ours && last.state === 'recorded') {
        const { item } = await storedChange(table, refOf(last));
        const failed = move(last, 'failed', { problem: 'the target changed before it was applied; nothing was done' });
        superseded.push({ key: item.key, record: records.change.write(failed), was: item.rev });
      }
      const key = keys.change(change);
      return {
        writes: [...superseded, { key, record: records.change.write(change), due: inMinutes(platform, stuckMinutes) }],
        timeline: [
          {
            event: change.recordedAt,
            kind: 'change',
            by: 'act',
            text: `before-state recorded: ${change.action} on ${named(change.target)}`,
            about: `${key.pk} ${key.sk}`,
          },
          ...bounded(losses).map((loss) => ({
            event: change.recordedAt,
            kind: 'change' as const,
            by: 'act',
            text: `announced with it: ${loss}`,
          })),
        ],
      };
    });
    return refOf(change);
  });
}

const refOf = ({ action, target, generation }: Change): ChangeRef => ({ action, target, generation });

export async function openChange(platform: Platform, ref: ChangeRef): Promise<Change> {
  return (await storedChange(new Table(platform), ref)).change;
}

/** A transaction holds a hundred records: what more is lost is counted, and stands with the before-state. */
function bounded(losses: string[]): string[] {
  const shown = losses.slice(0, 10);
  return losses.length > shown.length ? [...shown, `and ${losses.length - shown.length} more like these`] : losses;
}
