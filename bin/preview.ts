import { acting, drawPlan } from '../lambdas/core/draw.ts';
import { type Finding, MalformedFinding } from '../lambdas/core/finding.ts';
import { type Candidate, dispose, incidentKey } from '../lambdas/core/incident.ts';
import { inert } from '../lambdas/core/inert.ts';
import { answers, type Catalogue, type Plan } from '../lambdas/core/plan.ts';
import type { Settings } from '../lambdas/core/settings.ts';
import { joinsFindings, type Target, targetKey } from '../lambdas/core/target.ts';
import { readFindings } from '../lambdas/sources/index.ts';

/** What would be done about one finding: the contract of `tourniquet plan --json`. */
export interface Preview {
  disposition: 'respond' | 'attach' | 'ignore';
  reason: string;
  finding: Pick<Finding, 'product' | 'type' | 'id' | 'severity' | 'account' | 'region'>;
  /** what makes two findings one incident */
  incidentKey: string;
  playbooks: string[];
  targets: Target[];
  steps: {
    action: string;
    target: Target;
    approval: 'none' | 'one' | 'two';
    onTimeout: 'proceed' | 'hold';
    reversible: boolean;
  }[];
  evidence: { collector: string; target: Target; gate: 'before' | 'beside'; again: string[] }[];
  /** what the playbooks would do and must not, and why */
  withheld: { action: string; target: Target; reason: string }[];
  /** what the finding names and nothing may act on, and why */
  untargeted: { named: string; reason: string }[];
}

/** A finding that cannot be read. */
export interface Unreadable {
  error: string;
  field: string;
}

export interface Deployment {
  settings: Settings;
  catalogue: Catalogue;
  /** whether sample findings are answered, as in a drill */
  samples: boolean;
  /** ISO instant */
  now: string;
}

/** An incident that an earlier finding of the same input would have opened. */
interface Opened {
  id: string;
  findings: Finding[];
  plans: Plan[];
}

/** What would be done about everything in one input, as if it arrived in this order and no incident were open. Never throws for an input. */
export function preview(text: string, deployment: Deployment): (Preview | Unreadable)[] {
  const opened: Opened[] = [];
  return findingsIn(text).map((read) =>
    read instanceof MalformedFinding
      ? { error: inert(read.message, 1000), field: inert(read.field) }
      : previewOf(read, opened, deployment),
  );
}

function findingsIn(text: string): (Finding | MalformedFinding)[] {
  if (text.trim() === '') return [new MalformedFinding('event', 'is empty; give a finding as JSON')];
  try {
    return readFindings(JSON.parse(text));
  } catch (error) {
    return [new MalformedFinding('event', `is not JSON: ${(error as Error).message}`)];
  }
}

function previewOf(finding: Finding, opened: Opened[], deployment: Deployment): Preview {
  const disposition = dispose(finding, candidates(finding, opened), {
    samples: deployment.samples,
    members: deployment.settings.accounts.members.map((m) => m.id),
  });
  const nothing = { playbooks: [], steps: [], evidence: [], withheld: [] };
  const about = {
    finding: named(finding),
    incidentKey: incidentKey(finding),
    targets: finding.targets,
    untargeted: finding.untargeted,
  };
  if (disposition.disposition === 'ignore') return { ...disposition, ...about, ...nothing };
  const incident = incidentFor(disposition, finding, opened);
  const because = `${finding.product}: ${finding.type}`;
  const known = { findings: incident.findings, previous: incident.plans, found: [] };
  const plan = drawPlan(incident.id, known, { ...deployment, because });
  if (plan) incident.plans.push(plan);
  const { playbooks } = answers(finding, deployment.catalogue);
  return {
    disposition: disposition.disposition,
    reason: reasonOf(disposition.reason, plan, playbooks.length > 0 && playbooks.every((p) => p.fallback)),
    ...about,
    ...nothing,
    playbooks: acting(playbooks, () => finding.targets, deployment.catalogue).map((p) => p.id),
    ...(plan && shown(plan)),
  };
}

const named = ({ product, type, id, severity, account, region }: Finding) => ({
  product,
  type,
  id,
  severity,
  account,
  region,
});

function candidates(finding: Finding, opened: Opened[]): Candidate[] {
  const keys = new Set(finding.targets.filter(joinsFindings).map(targetKey));
  return opened.flatMap(({ id, findings }): Candidate[] => {
    if (findings.some((f) => f.id === finding.id)) return [{ incident: id, by: 'finding' }];
    const shared = findings.some((f) => f.targets.some((t) => keys.has(targetKey(t))));
    return shared ? [{ incident: id, by: 'target' }] : [];
  });
}

function incidentFor(
  disposition: { disposition: 'respond' } | { disposition: 'attach'; incident: string },
  finding: Finding,
  opened: Opened[],
): Opened {
  const found = disposition.disposition === 'attach' && opened.find((o) => o.id === disposition.incident);
  if (found) {
    found.findings.push(finding);
    return found;
  }
  const fresh = { id: `incident-${opened.length + 1}`, findings: [finding], plans: [] };
  opened.push(fresh);
  return fresh;
}

function reasonOf(reason: string, plan: Plan | undefined, unknown: boolean): string {
  if (!plan) return `${reason}; it names nothing new, so no further plan is drawn`;
  if (!unknown) return reason;
  const kept = plan.evidence.length > 0 ? 'evidence is kept, ' : '';
  return `${reason}; no playbook answers it: ${kept}people are told, nothing is contained`;
}

function shown(plan: Plan) {
  return {
    steps: plan.steps.map(({ action, target, approval, onTimeout, reversible }) => ({
      action,
      target,
      approval,
      onTimeout,
      reversible,
    })),
    evidence: plan.evidence.map(({ collector, target, gate, again }) => ({ collector, target, gate, again })),
    withheld: plan.withheld,
  };
}
