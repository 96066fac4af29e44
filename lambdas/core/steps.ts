import type { Brake } from './brake.ts';
import { type ActionManifest, type Playbook, recoveryOf } from './manifest.ts';
import type { Answer, Catalogue, PlanInput, Step } from './plan.ts';
import { type Target, targetKey } from './target.ts';
import { careContact, memberOf } from './withholding.ts';

export interface Wanted {
  stage: number;
  action: ActionManifest;
  target: Target;
  approval: Step['approval'];
  onTimeout: Step['onTimeout'];
  confidence: Answer['confidence'];
  /** false: only evidence found it */
  named: boolean;
  /** an earlier plan holds it, and its question is not answered yet */
  planned: boolean;
}

const demands: readonly Step['approval'][] = ['none', 'one', 'two'];

/** What two playbooks ask of one target: as early and as freely as the one that trusts it more, since each may answer by itself. */
function merged(one: Wanted, other: Wanted): Wanted {
  const freer = demands.indexOf(other.approval) < demands.indexOf(one.approval) ? other : one;
  return {
    ...freer,
    stage: Math.min(one.stage, other.stage),
    confidence: [one, other].some((w) => w.confidence === 'confirmed') ? 'confirmed' : 'suspected',
    named: one.named || other.named,
  };
}

/** What the playbooks ask for that no earlier plan holds, or that one holds as a question only. */
export function wantedSteps(input: PlanInput, targets: Target[], grown: Target[]): Wanted[] {
  const done = new Map<string, number>();
  for (const s of input.previous.flatMap((p) => [...p.steps, ...p.withheld])) {
    const key = `${s.action} ${targetKey(s.target)}`;
    done.set(key, (done.get(key) ?? 0) + 1);
  }
  const found = new Set(input.found.map(targetKey));
  const wanted = new Map<string, Wanted>();
  for (const playbook of input.answer.playbooks)
    stagesOf(playbook, input.catalogue).forEach((stage, index) => {
      for (const { action: id, approval, onTimeout } of stage) {
        const action = input.catalogue.actions[id];
        if (!action)
          throw new Error(
            `playbook ${playbook.id} names the action ${id}; there are ${Object.keys(input.catalogue.actions).join(', ')}`,
          );
        for (const t of targets.filter((t) => t.kind === action.targetKind)) {
          const key = `${id} ${targetKey(t)}`;
          const reached = input.reach(playbook.id, t);
          if (reached === undefined && !found.has(targetKey(t))) continue;
          const renewed = grown.some((g) => action.renewedBy.includes(g.kind) && g.account === t.account);
          const due = (done.get(key) ?? 0) < (input.openings?.get(targetKey(t)) ?? 1);
          const planned = !(due || renewed);
          if (planned && !input.asking?.has(key)) continue;
          const before = wanted.get(key);
          const one: Wanted = {
            stage: index,
            action,
            target: t,
            approval,
            onTimeout,
            confidence: reached ?? input.answer.confidence,
            named: reached !== undefined,
            planned,
          };
          wanted.set(key, before ? merged(before, one) : one);
        }
      }
    });
  return [...wanted.values()].sort((a, b) => a.stage - b.stage);
}

/** Its own stages, then those of the playbooks that it composes, each after the last. */
export function stagesOf(playbook: Playbook, { playbooks }: Catalogue): Playbook['stages'] {
  return [...playbook.stages, ...playbook.composes.flatMap((id) => playbooks[id]?.stages ?? [])];
}

export function toStep(wanted: Wanted, input: PlanInput, reinforces: string[]): Step {
  const { action, target: t } = wanted;
  const member = memberOf(t.account, input.settings);
  const asks: string[] = [];
  if (wanted.approval !== 'none') asks.push(`the playbook asks: ${action.consequence}`);
  if (member?.mode === 'approval-required') asks.push(`account ${member.alias} is in approval-required mode`);
  if (member?.mode === 'contain-confirmed' && wanted.confidence === 'suspected')
    asks.push(`account ${member.alias} contains only what is confirmed, and this finding is a suspicion`);
  if (!wanted.named) asks.push('evidence found this target; no finding names it');
  const care = careContact(t, input.settings);
  if (care) asks.push(`care depends on it: ${care.name} is told too`);
  if (!action.reversible) asks.push(`it cannot be undone: ${recoveryOf(action, t)}`);
  const approval = !action.reversible || wanted.approval === 'two' ? 'two' : asks.length > 0 ? 'one' : 'none';
  const holds = care !== undefined || !action.reversible || member?.mode === 'approval-required';
  return {
    index: 0,
    stage: wanted.stage,
    action: action.id,
    title: action.title,
    target: t,
    approval,
    onTimeout: holds ? 'hold' : wanted.onTimeout,
    reversible: action.reversible,
    consequence: action.consequence,
    asks,
    reinforces,
  };
}

/** Stages of what goes ahead unasked come before this one, in every plan. */
export const firstAskedStage = 100;

/**
 * What goes ahead unasked never stands behind a question that people have not answered yet: all questions come after it, in their
 * order. But sessions are denied only once the key that mints them is off (`renewedBy`): behind a question about that key, they wait.
 */
export function inOrder(drafts: readonly Step[], { actions }: Catalogue): Step[] {
  const asked = drafts.filter((d) => d.approval !== 'none');
  const waits = (d: Step) =>
    asked.some(
      (a) =>
        a.stage < d.stage &&
        a.target.account === d.target.account &&
        (actions[d.action]?.renewedBy ?? []).includes(a.target.kind),
    );
  return drafts
    .map((d) => (d.approval === 'none' && !waits(d) ? d : { ...d, stage: firstAskedStage + d.stage }))
    .sort((a, b) => a.stage - b.stage)
    .map((d, index) => ({ ...d, index }));
}

/** A step that the brake stops from going ahead unasked, and that then never does so by itself. What only keeps evidence cuts nobody off. */
export function braked(draft: Step, action: Pick<ActionManifest, 'preserves'>, brake: Brake): Step {
  if (draft.approval !== 'none' || action.preserves) return draft;
  const why = brake.ask(draft.target);
  return why === undefined ? draft : { ...draft, approval: 'one', onTimeout: 'hold', asks: [...draft.asks, why] };
}
