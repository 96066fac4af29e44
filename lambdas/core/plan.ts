import { z } from 'zod';
import { Brake, type Containments } from './brake.ts';
import { type Finding, severity } from './finding.ts';
import { hashOf } from './json.ts';
import { type ActionManifest, approvalNeed, type CollectorManifest, type Playbook } from './manifest.ts';
import { reinforced } from './reinforcement.ts';
import { mode, type Settings } from './settings.ts';
import { braked, inOrder, toStep, wantedSteps } from './steps.ts';
import { type Target, target, targetKey } from './target.ts';
import { memberOf, withholding } from './withholding.ts';

export const step = z.strictObject({
  index: z.int().nonnegative(),
  stage: z.int().nonnegative(),
  action: z.string(),
  title: z.string(),
  target,
  approval: approvalNeed,
  onTimeout: z.enum(['proceed', 'hold']),
  reversible: z.boolean(),
  consequence: z.string(),
  /** why a person is asked, in sentences */
  asks: z.array(z.string()),
  /** the work that it only repeats more strongly (`workKey`): where some of that holds, people may leave this undone */
  reinforces: z.array(z.string()).default([]),
});
export type Step = z.infer<typeof step>;

export const plan = z.strictObject({
  incident: z.string(),
  number: z.int().positive(),
  playbooks: z.array(z.string()),
  confidence: z.enum(['confirmed', 'suspected']),
  mode: mode.or(z.literal('unknown-account')),
  severity,
  targets: z.array(target),
  steps: z.array(step),
  /** what the playbooks would do and must not: protected principals, unknown accounts */
  withheld: z.array(
    z.strictObject({ action: z.string(), target, reason: z.string(), reinforces: z.array(z.string()).default([]) }),
  ),
  evidence: z.array(
    z.strictObject({
      collector: z.string(),
      target,
      gate: z.enum(['before', 'beside']),
      limitSeconds: z.int().positive(),
      again: z.array(z.string()),
    }),
  ),
  because: z.string(),
  createdAt: z.iso.datetime(),
});
export type Plan = z.infer<typeof plan>;

/** What approvals are bound to: everything the plan says. */
export function planHash(p: Plan): string {
  return hashOf(p);
}

/** The playbooks, actions and collectors that there are (JSON beside the code). */
export interface Catalogue {
  actions: Record<string, ActionManifest>;
  collectors: Record<string, CollectorManifest>;
  playbooks: Record<string, Playbook>;
}

export interface Answer {
  playbooks: Playbook[];
  confidence: 'confirmed' | 'suspected';
}

/** Which playbooks answer a finding. An unknown type, or a product that anyone may imitate, gets the fallback: preserve and tell. */
export function answers(finding: Finding, catalogue: Catalogue): Answer {
  const all = Object.values(catalogue.playbooks);
  const matches = finding.trusted
    ? all.flatMap((playbook) =>
        playbook.match
          .filter((m) => m.product === finding.product && m.types.some((t) => typeMatches(t, finding.type)))
          .filter((m) => fits(m, finding))
          .map((m) => ({ playbook, m })),
      )
    : [];
  if (matches.length === 0) return { playbooks: all.filter((p) => p.fallback), confidence: 'suspected' };
  return {
    playbooks: [...new Set(matches.map(({ playbook }) => playbook))],
    confidence: matches.some(({ m }) => m.confidence === 'confirmed') ? 'confirmed' : 'suspected',
  };
}

/** What a match asks beyond product and type. */
function fits(m: Playbook['match'][number], finding: Finding): boolean {
  return (
    (m.attacker === undefined || m.attacker === (finding.attacker ?? false)) &&
    (m.names === undefined || finding.targets.some((t) => m.names?.includes(t.kind)))
  );
}

function typeMatches(pattern: string, type: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}

export interface PlanInput {
  incident: string;
  answer: Answer;
  /**
   * How surely a finding that this playbook answers names this target; undefined: none does, so the playbook does nothing to it.
   * A case gathers findings of many kinds, and what one of them only mentions must not be contained for another's sake.
   */
  reach(playbook: string, t: Target): Answer['confidence'] | undefined;
  severity: Plan['severity'];
  /** targets that a finding names */
  named: Target[];
  /** targets that evidence found: always asked about */
  found: Target[];
  /** by target key: how many times each action must have been planned on it; once where nothing is said */
  openings?: ReadonlyMap<string, number> | undefined;
  /** a person said so: no evidence is waited for */
  containNow?: boolean;
  /** work (`workKey`) whose newest step still asks people: planned once more as soon as nobody need be asked */
  asking?: ReadonlySet<string> | undefined;
  previous: Plan[];
  /** whether a finding says that this key is this user's */
  isKeyOf?(key: Target, user: Target): boolean;
  /** what was contained unasked lately, for the brake */
  contained?: Containments | undefined;
  settings: Settings;
  catalogue: Catalogue;
  because: string;
  /** ISO instant */
  now: string;
}

/** The next plan: what the playbooks ask for and no earlier plan holds. Undefined when there is nothing new (DESIGN §2). */
export function nextPlan(input: PlanInput): Plan | undefined {
  const targets = unique([...input.named, ...input.found]);
  const earlier = new Set(input.previous.flatMap((p) => p.targets.map(targetKey)));
  const grown = targets.filter((t) => !earlier.has(targetKey(t)));

  const drafts: Step[] = [];
  const withheld: Plan['withheld'] = [];
  const brake = new Brake(input.settings, input.contained ?? {}, input.now);
  const all = wantedSteps(input, targets, grown);
  const work = [
    ...input.previous.flatMap((p) => p.steps),
    ...all.map(({ action, target: t }) => ({ action: action.id, target: t })),
  ];
  for (const wanted of all) {
    const { action, target: t } = wanted;
    const reinforces = reinforced(action.reinforces, t, work, input.isKeyOf ?? (() => false));
    const reason = withholding(action, t, input.settings, input.now);
    if (reason && !wanted.planned) withheld.push({ action: action.id, target: t, reason, reinforces });
    if (reason) continue;
    const draft = toStep(wanted, input, reinforces);
    if (wanted.planned && draft.approval !== 'none') continue;
    const drawnStep = braked(draft, action, brake);
    if (!wanted.planned || drawnStep.approval === 'none') drafts.push(drawnStep);
  }
  const steps = inOrder(drafts, input.catalogue);
  const evidence = wantedEvidence(input, targets).filter((e) => memberOf(e.target.account, input.settings));
  const drawn: Plan = {
    incident: input.incident,
    number: input.previous.length + 1,
    playbooks: input.answer.playbooks.map((p) => p.id),
    confidence: input.answer.confidence,
    mode: targets[0] ? (memberOf(targets[0].account, input.settings)?.mode ?? 'unknown-account') : 'unknown-account',
    severity: input.severity,
    targets,
    steps,
    withheld,
    evidence,
    because: input.because,
    createdAt: input.now,
  };
  const nothingNew = steps.length === 0 && evidence.length === 0 && withheld.length === 0;
  return input.previous.length > 0 && nothingNew ? undefined : plan.parse(drawn);
}

function wantedEvidence(input: PlanInput, targets: Target[]): Plan['evidence'] {
  const done = new Set(input.previous.flatMap((p) => p.evidence.map((e) => `${e.collector} ${targetKey(e.target)}`)));
  const composed = (p: Playbook) => p.composes.flatMap((id) => input.catalogue.playbooks[id]?.evidence ?? []);
  const ids = [...new Set(input.answer.playbooks.flatMap((p) => [...p.evidence, ...composed(p)]))];
  return ids.flatMap((id) => {
    const collector = input.catalogue.collectors[id];
    if (!collector)
      throw new Error(`no collector ${id}; there are ${Object.keys(input.catalogue.collectors).join(', ')}`);
    return targets
      .filter((t) => collector.targetKinds.includes(t.kind) && !done.has(`${id} ${targetKey(t)}`))
      .map((t) => ({
        collector: id,
        target: t,
        gate: input.containNow ? 'beside' : collector.gate,
        limitSeconds: collector.limitSeconds,
        again: collector.again,
      }));
  });
}

function unique(targets: Target[]): Target[] {
  return [...new Map(targets.map((t) => [targetKey(t), t])).values()];
}
