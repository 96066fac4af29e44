import { z } from 'zod';
import { Refused } from './errors.ts';
import { type JsonObject, json } from './json.ts';
import { target } from './target.ts';

export const changeState = z.enum(['recorded', 'applying', 'accepted', 'verified', 'undoing', 'undone', 'failed']);
export type ChangeState = z.infer<typeof changeState>;

/** Which change: what a machine carries of it. */
export const changeRef = z.strictObject({ action: z.string(), target, generation: z.int().positive() });

const state = z.record(z.string(), json) as unknown as z.ZodType<JsonObject>;

/** One action applied to one target. The table's record of it is what makes "once" (DESIGN §2). */
export const change = z.strictObject({
  action: z.string(),
  target,
  /** 1 for the first; the next only when this one stands renewed, undone or failed */
  generation: z.int().positive(),
  state: changeState,
  /** the incident that made it, its plan and step */
  incident: z.string(),
  plan: z.int(),
  step: z.int(),
  /** open incidents for which this change must stand */
  reliedOnBy: z.array(z.string()),
  before: state,
  /** what the change was to leave; replaced by what was read back when it was verified */
  after: state,
  scope: z.record(z.string(), z.string()),
  /** whether `before` was unsafe, so that an undo reopens the exposure */
  reopens: z.boolean(),
  approval: z.string().optional(),
  recordedAt: z.iso.datetime(),
  acceptedAt: z.iso.datetime().optional(),
  verifiedAt: z.iso.datetime().optional(),
  undoneAt: z.iso.datetime().optional(),
  lastVerifiedAt: z.iso.datetime().optional(),
  problem: z.string().optional(),
});
export type Change = z.infer<typeof change>;

const ways: Record<ChangeState, readonly ChangeState[]> = {
  recorded: ['applying', 'failed'],
  applying: ['applying', 'accepted', 'failed'],
  accepted: ['verified', 'failed', 'undoing'],
  verified: ['verified', 'failed', 'undoing'],
  undoing: ['undoing', 'undone', 'verified', 'failed'],
  undone: [],
  failed: ['applying', 'verified', 'undoing'],
};

/** The change in its next state. Throws Refused naming both states for a way that does not exist. Pure. */
export function move(c: Change, to: ChangeState, more: Partial<Change> = {}): Change {
  if (!ways[c.state].includes(to))
    throw new Refused(
      `change ${c.action} on ${c.target.id} is ${c.state} and cannot become ${to}; possible: ${ways[c.state].join(', ') || 'nothing'}`,
    );
  return { ...c, ...more, state: to };
}

/** Whether this step of this plan made the change. */
export function isOf(c: Change, of: Pick<Change, 'incident' | 'plan' | 'step'>): boolean {
  return c.incident === of.incident && c.plan === of.plan && c.step === of.step;
}

/** Whether the change is meant to hold now. */
export function stands(c: Change): boolean {
  return c.state === 'accepted' || c.state === 'verified' || c.state === 'applying' || c.state === 'recorded';
}

/**
 * Whether the write may be in force at AWS: also after a failed read-back, a drift or an undo that did not come through. Such a
 * change is read back until it is known, and may be undone.
 */
export function mayBeInForce(c: Change): boolean {
  return stands(c) || c.state === 'undoing' || (c.state === 'failed' && c.acceptedAt !== undefined);
}

/** Invariant 4: why a restore may not start, or undefined. `open` are the ids of incidents that are not closed. */
export function restoreRefusal(c: Change, requestedFor: string, open: ReadonlySet<string>): string | undefined {
  if (c.state === 'undone') return 'it is already undone';
  if (c.state === 'recorded' || c.state === 'applying') return `it is still ${c.state}; the tick repairs it first`;
  const others = c.reliedOnBy.filter((id) => id !== requestedFor && open.has(id));
  return others.length > 0 ? `open incident ${others.join(', ')} relies on it` : undefined;
}
