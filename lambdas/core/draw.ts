import type { Containments } from './brake.ts';
import { type Finding, severity } from './finding.ts';
import type { Playbook } from './manifest.ts';
import { answers, type Catalogue, nextPlan, type Plan } from './plan.ts';
import type { Settings } from './settings.ts';
import { stagesOf } from './steps.ts';
import { type Target, targetKey } from './target.ts';

/** All that is known about an incident when its next plan is drawn. */
export interface Known {
  findings: Finding[];
  previous: Plan[];
  /** targets that evidence found */
  found: Target[];
  /** by target key: how many times each action must have been planned on it (a foothold seen again is acted on again) */
  openings?: ReadonlyMap<string, number>;
  /** work whose newest step still asks people */
  asking?: ReadonlySet<string>;
  /** what was contained unasked lately, in every incident: the brake looks at it */
  contained?: Containments;
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
  const drawn = nextPlan({
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
    containNow: known.findings.some((f) => f.containNow),
    asking: known.asking,
    contained: known.contained,
    previous: known.previous,
    isKeyOf: (key, user) =>
      known.findings.some((f) =>
        f.actors.some((a) => a.kind === 'iam-user' && a.name === user.id && a.accessKeyId === key.id),
      ) && key.account === user.account,
    ...with_,
  });
  const acted = (p: Playbook) => {
    const answered = relevant.filter((a) => a.playbooks.includes(p));
    return [...known.found, ...known.findings.flatMap((f) => f.targets)].filter(
      (t) => known.found.includes(t) || answered.some((a) => a.names.has(targetKey(t))),
    );
  };
  const playbooks = [...new Set(relevant.flatMap((a) => a.playbooks))];
  return drawn && { ...drawn, playbooks: acting(playbooks, acted, with_.catalogue).map((p) => p.id) };
}

/**
 * The playbooks that have a step for their targets; where none has, those that keep evidence of them, and where none does, all of
 * them, so that an answer is always named.
 */
export function acting(
  playbooks: Playbook[],
  targets: (playbook: Playbook) => Target[],
  catalogue: Catalogue,
): Playbook[] {
  const all = (p: Playbook) => [p, ...p.composes.flatMap((id) => catalogue.playbooks[id] ?? [])];
  const changed = (p: Playbook): string[] =>
    stagesOf(p, catalogue)
      .flat()
      .flatMap(({ action }) => catalogue.actions[action]?.targetKind ?? []);
  const kept = (p: Playbook): string[] =>
    all(p).flatMap(({ evidence }) => evidence.flatMap((id) => catalogue.collectors[id]?.targetKinds ?? []));
  const having = (kinds: (p: Playbook) => string[]) =>
    playbooks.filter((p) => targets(p).some(({ kind }) => kinds(p).includes(kind)));
  return [having(changed), having(kept)].find((some) => some.length > 0) ?? playbooks;
}

/** The highest severity among findings and the others. */
export function worst(findings: Finding[], others: Finding['severity'][] = []): Finding['severity'] {
  const scale = severity.options;
  const highest = Math.max(...[...findings.map((f) => f.severity), ...others].map((s) => scale.indexOf(s)));
  return scale[Math.max(0, highest)] ?? 'informational';
}
