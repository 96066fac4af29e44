import type { Change } from '../core/change.ts';
import { TargetProtected } from '../core/errors.ts';
import { hashOf, type JsonObject } from '../core/json.ts';
import type { ActionManifest, Statement } from '../core/manifest.ts';
import type { Plan, Step } from '../core/plan.ts';
import type { Settings } from '../core/settings.ts';
import { isOwn, principalMatches } from '../core/withholding.ts';
import type { Action, Captured } from './action.ts';
import { baselineOf } from './baseline.ts';
import { changesOf } from './changes.ts';
import { actionOf } from './code.ts';
import { member } from './member.ts';
import type { Platform } from './platform.ts';
import { keys, records } from './records.ts';
import { Table } from './table.ts';

/** Which step of which plan. */
export interface Of {
  incident: string;
  plan: number;
  step: number;
}

export interface Loaded {
  plan: Plan;
  hash: string;
  step: Step;
  action: Action;
  /** the newest change of this action on the target, read before the live state: that is at least as new */
  last: Change | undefined;
  live: Captured;
}

/** One step of a stored plan, and what its action may call. */
export interface StepOf {
  stored: { plan: Plan; hash: string };
  step: Step;
  statements: Statement[];
  through: ActionManifest['through'] | undefined;
}

/** Throws for a step that there is not. */
export async function stepOf(platform: Platform, of: Of): Promise<StepOf> {
  const item = await new Table(platform).get(keys.plan(of.incident, of.plan));
  const stored = item && records.plan.read(item.record);
  const step = stored?.plan.steps[of.step];
  if (!stored || !step) throw new Error(`incident ${of.incident} has no plan ${of.plan} with a step ${of.step}`);
  const manifest = (await platform.catalogue()).actions[step.action];
  return { stored, step, statements: manifest?.permissions.read ?? [], through: manifest?.through };
}

/** Reads one step and its target's live state as the observer. Throws the Target… errors when it must not be touched. */
export async function load(platform: Platform, of: Of, role: 'observer' | 'responder'): Promise<Loaded> {
  const [catalogue, settings] = await Promise.all([platform.catalogue(), platform.settings()]);
  const { stored, step, statements, through } = await stepOf(platform, of);
  const action = await actionOf(step.action, catalogue);
  const account = await member(platform, role, step.target, of.incident, {
    statements,
    through,
    baseline: await baselineOf(platform, action, step.action, step.target),
  });
  const last = (await changesOf(platform, step.target, step.action)).at(-1);
  const live = await action.capture(step.target, account);
  guard(live, settings);
  return { plan: stored.plan, hash: stored.hash, step, action, last, live };
}

/** A target may resolve to a protected principal only now (the owner of a key): refused before anything is written. */
function guard(live: Captured, settings: Settings): void {
  for (const arn of Object.values(live.scope).filter((v) => /^arn:[a-z-]+:iam::\d{12}:(?:user|role)\//.test(v))) {
    const match = settings.protectedPrincipals.find((p) => principalMatches(p, arn));
    if (match) throw new TargetProtected(`${arn} is a protected principal (${match})`);
    const [, , , , account = '', name = ''] = arn.split(':');
    if (
      isOwn({ account, id: name.split('/').at(-1) ?? '' }, settings) ||
      /\/(?:AWSServiceRole|AWSReservedSSO_)/.test(arn)
    )
      throw new TargetProtected(`${arn} is never touched`);
  }
}

/** The live state of a recorded change's target, read as the observer. */
export async function liveOf(platform: Platform, change: Change): Promise<{ action: Action; live: Captured }> {
  const catalogue = await platform.catalogue();
  const action = await actionOf(change.action, catalogue);
  const manifest = catalogue.actions[change.action];
  const account = await member(platform, 'observer', change.target, change.incident, {
    statements: manifest?.permissions.read ?? [],
    through: manifest?.through,
    baseline: await baselineOf(platform, action, change.action, change.target),
  });
  return { action, live: await action.capture(change.target, account) };
}

/** Whether two states are the same as far as a change owns them; `recorded` is its before-state. */
export function sameOwned(action: Action, one: JsonObject, other: JsonObject, recorded: JsonObject): boolean {
  return hashOf(action.owned(one, recorded)) === hashOf(action.owned(other, recorded));
}
