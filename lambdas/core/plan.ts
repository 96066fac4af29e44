import { z } from 'zod';
import { type Finding, severity } from './finding.ts';
import { hashOf } from './json.ts';
import { type ActionManifest, approvalNeed, type CollectorManifest, type Playbook } from './manifest.ts';
import { type MemberAccount, mode, type Settings } from './settings.ts';
import { type Target, target, targetArn, targetKey } from './target.ts';

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
  withheld: z.array(z.strictObject({ action: z.string(), target, reason: z.string() })),
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
          .map((m) => ({ playbook, m })),
      )
    : [];
  if (matches.length === 0) return { playbooks: all.filter((p) => p.fallback), confidence: 'suspected' };
  return {
    playbooks: [...new Set(matches.map(({ playbook }) => playbook))],
    confidence: matches.some(({ m }) => m.confidence === 'confirmed') ? 'confirmed' : 'suspected',
  };
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
  previous: Plan[];
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

  const steps: Step[] = [];
  const withheld: Plan['withheld'] = [];
  for (const wanted of wantedSteps(input, targets, grown)) {
    const reason = refusal(wanted.target, input.settings);
    if (reason) withheld.push({ action: wanted.action.id, target: wanted.target, reason });
    else steps.push(toStep(steps.length, wanted, input));
  }
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

interface Wanted {
  stage: number;
  action: ActionManifest;
  target: Target;
  approval: Step['approval'];
  onTimeout: Step['onTimeout'];
  confidence: Answer['confidence'];
  /** false: only evidence found it */
  named: boolean;
}

function wantedSteps(input: PlanInput, targets: Target[], grown: Target[]): Wanted[] {
  const done = new Map<string, number>();
  for (const s of input.previous.flatMap((p) => [...p.steps, ...p.withheld])) {
    const key = `${s.action} ${targetKey(s.target)}`;
    done.set(key, (done.get(key) ?? 0) + 1);
  }
  const seen = new Set<string>();
  const found = new Set(input.found.map(targetKey));
  const wanted: Wanted[] = [];
  for (const playbook of input.answer.playbooks)
    playbook.stages.forEach((stage, index) => {
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
          if (seen.has(key) || !(due || renewed)) continue;
          seen.add(key);
          const confidence = reached ?? input.answer.confidence;
          wanted.push({
            stage: index,
            action,
            target: t,
            approval,
            onTimeout,
            confidence,
            named: reached !== undefined,
          });
        }
      }
    });
  return wanted.sort((a, b) => a.stage - b.stage);
}

function toStep(index: number, wanted: Wanted, input: PlanInput): Step {
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
  if (!action.reversible) asks.push('it cannot be undone');
  const approval = !action.reversible || wanted.approval === 'two' ? 'two' : asks.length > 0 ? 'one' : 'none';
  const holds = care !== undefined || !action.reversible || member?.mode === 'approval-required';
  return {
    index,
    stage: wanted.stage,
    action: action.id,
    title: action.title,
    target: t,
    approval,
    onTimeout: holds ? 'hold' : wanted.onTimeout,
    reversible: action.reversible,
    consequence: action.consequence,
    asks,
  };
}

function wantedEvidence(input: PlanInput, targets: Target[]): Plan['evidence'] {
  const done = new Set(input.previous.flatMap((p) => p.evidence.map((e) => `${e.collector} ${targetKey(e.target)}`)));
  const ids = [...new Set(input.answer.playbooks.flatMap((p) => p.evidence))];
  return ids.flatMap((id) => {
    const collector = input.catalogue.collectors[id];
    if (!collector)
      throw new Error(`no collector ${id}; there are ${Object.keys(input.catalogue.collectors).join(', ')}`);
    return targets
      .filter((t) => collector.targetKinds.includes(t.kind) && !done.has(`${id} ${targetKey(t)}`))
      .map((t) => ({
        collector: id,
        target: t,
        gate: collector.gate,
        limitSeconds: collector.limitSeconds,
        again: collector.again,
      }));
  });
}

/** Why a target must not be touched at all, or undefined (invariant 5). */
export function refusal(t: Target, settings: Settings): string | undefined {
  if (!memberOf(t.account, settings))
    return `account ${t.account} is not in the settings: Tourniquet has no role there; add it, or contain by hand`;
  if (t.kind === 's3-bucket') {
    if (/^tourniquet-/.test(t.id)) return 'it is a bucket of Tourniquet itself';
    return undefined;
  }
  if (t.kind === 'iam-role' && /^(?:AWSServiceRole|AWSReservedSSO_)/.test(t.id))
    return 'service-linked and Identity Center roles cannot be changed through IAM';
  if (/^tourniquet-/.test(t.id)) return 'it is a principal of Tourniquet itself';
  const arn = targetArn(t);
  const match = settings.protectedPrincipals.find((p) => principalMatches(p, arn));
  return match ? `protected principal (${match})` : undefined;
}

/** Whether a protected-principal pattern covers an IAM ARN; a path in the pattern or the ARN does not hide a principal. */
export function principalMatches(pattern: string, arn: string): boolean {
  const [, , , , patternAccount = '', patternName = ''] = pattern.split(':');
  const [, , , , account = '', name = ''] = arn.split(':');
  if (patternAccount !== '*' && patternAccount !== account) return false;
  const last = (s: string) => `${s.split('/')[0]}/${s.split('/').at(-1)}`;
  if (!patternName.endsWith('*')) return name === patternName || last(name) === last(patternName);
  const stem = patternName.slice(0, -1);
  return name.startsWith(stem) || (!stem.endsWith('/') && last(name).startsWith(last(stem)));
}

export function careContact(t: Target, settings: Settings) {
  return settings.careCritical.find((c) => targetKey(c.target) === targetKey(t))?.contact;
}

export function memberOf(account: string, settings: Settings): MemberAccount | undefined {
  return settings.accounts.members.find((m) => m.id === account);
}

function unique(targets: Target[]): Target[] {
  return [...new Map(targets.map((t) => [targetKey(t), t])).values()];
}
