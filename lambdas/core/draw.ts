import { type Finding, severity } from './finding.ts';
import { answers, type Catalogue, nextPlan, type Plan } from './plan.ts';
import type { Settings } from './settings.ts';
import { type Target, targetKey } from './target.ts';

/** All that is known about an incident when its next plan is drawn. */
export interface Known {
  findings: Finding[];
  previous: Plan[];
  /** targets that evidence found */
  found: Target[];
  /** by target key: how many times each action must have been planned on it (a foothold seen again is acted on again) */
  openings?: ReadonlyMap<string, number>;
}

/**
 * The next plan of an incident, from all its findings; undefined when nothing is new. A finding that a playbook knows outweighs
 * those that none knows. `now` is an ISO instant. Pure.
 */
export function drawPlan(
  incident: string,
  known: Known,
  with_: { settings: Settings; catalogue: Catalogue; because: string; now: string },
): Plan | undefined {
  const all = known.findings.map((f) => ({
    ...answers(f, with_.catalogue),
    names: new Set(f.targets.map(targetKey)),
  }));
  const matched = all.filter((a) => a.playbooks.some((p) => !p.fallback));
  const relevant = matched.length > 0 ? matched : all;
  return nextPlan({
    incident,
    answer: {
      playbooks: [...new Set(relevant.flatMap((a) => a.playbooks))],
      confidence: relevant.some((a) => a.confidence === 'confirmed') ? 'confirmed' : 'suspected',
    },
    reach: (playbook, t) => {
      const naming = relevant.filter((a) => a.names.has(targetKey(t)) && a.playbooks.some((p) => p.id === playbook));
      return naming.find((a) => a.confidence === 'confirmed')?.confidence ?? naming[0]?.confidence;
    },
    severity: worst(
      known.findings,
      relevant.flatMap((a) => a.playbooks.map((p) => p.severity ?? 'informational')),
    ),
    named: known.findings.flatMap((f) => f.targets),
    found: known.found,
    openings: known.openings,
    previous: known.previous,
    ...with_,
  });
}

/** The highest severity among findings and the others. */
export function worst(findings: Finding[], others: Finding['severity'][] = []): Finding['severity'] {
  const scale = severity.options;
  const highest = Math.max(...[...findings.map((f) => f.severity), ...others].map((s) => scale.indexOf(s)));
  return scale[Math.max(0, highest)] ?? 'informational';
}
