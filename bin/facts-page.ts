import type { Facts } from '../lambdas/core/facts.ts';
import { inert } from '../lambdas/core/inert.ts';
import { when } from '../lambdas/core/message.ts';
import type { FactsVersion } from '../lambdas/core/schedule.ts';
import type { Page } from './page.ts';

const words = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** What is known of an incident, who recorded it last and why. Text of people is made inert. */
export function factLines(page: Page, { facts, n, by, at, reason }: FactsVersion): string[] {
  const rows = rowsOf(facts).flatMap(([word, texts]) =>
    texts.flatMap((text, i) => page.hanging(`  ${(i === 0 ? word : '').padEnd(24)}`, inert(text, 600))),
  );
  const recorded = `version ${n}, by ${inert(by)} at ${when(at, facts.entity.zone)}`;
  return [...page.heading('FACTS', recorded), ...page.hanging('  ', inert(reason, 600), 'quiet'), ...rows];
}

function rowsOf(facts: Facts): [string, string[]][] {
  const { entity, anchors, individuals, businessAssociate: associate, assessment, safeHarbour: harbour } = facts;
  const signed = (one: { signedBy: string; on: string }) => `signed by ${one.signedBy} on ${one.on}`;
  const all: [string, string[]][] = [
    ['who', [`${entity.kinds.join(', ')}; ${entity.states.join(', ') || 'no State'}; days end in ${entity.zone}`]],
    ...Object.entries(anchors).flatMap(([name, on]): [string, string[]][] => (on ? [[words(name), [on]]] : [])),
    ['people', [people(individuals)]],
    [
      'business associate',
      associate
        ? [
            Object.entries(associate)
              .map(([k, v]) => `${words(k)} ${v}`)
              .join(', '),
          ]
        : [],
    ],
    [
      'risk assessment',
      assessment
        ? [
            `${assessment.conclusion.replace('_', ' ')}, ${signed(assessment)}, on facts ${assessment.inputs ?? 'unknown'}`,
            ...(assessment.superseded ? [`STANDS NO MORE: ${assessment.superseded}; a breach is presumed`] : []),
          ]
        : ['none signed: a breach is presumed'],
    ],
    [
      'safe harbour',
      harbour ? [`${harbour.basis}; key ${harbour.keyCompromised ? 'taken too' : 'safe'}; ${signed(harbour)}`] : [],
    ],
    ['exempt', facts.exclusions.map((one) => `${one.regime}: ${one.exemption}, ${signed(one)}: ${one.reason}`)],
    [
      'held',
      facts.holds.map(
        ({ kind, date, until, official, regimes }) =>
          `${kind} statement of ${date}${until ? `, until ${until}` : ''}${official ? `, ${official}` : ''}${regimes ? `, for ${regimes.join(', ')}` : ''}`,
      ),
    ],
    ['extended', facts.extensions.map(({ regime, on, reason }) => `${regime} on ${on}: ${reason}`)],
    ['sent', facts.sent.map((s) => `${s.regime}/${s.obligation} on ${s.on}${s.proof ? `: ${s.proof}` : ''}`)],
    ['risk to individuals', facts.riskToIndividuals ? [facts.riskToIndividuals] : []],
    ['hours of disruption', facts.disruptionHours === undefined ? [] : [String(facts.disruptionHours)]],
    ['only these laws', facts.regimes ? [facts.regimes.join(', ')] : []],
  ];
  return all.filter(([, texts]) => texts.length > 0);
}

function people(individuals: Facts['individuals']): string {
  const states = Object.entries(individuals?.byState ?? {}).map(([state, n]) => `${state} ${n}`);
  const total = individuals?.total === undefined ? 'not counted yet' : `${individuals.total} in all`;
  return `${total}${states.length > 0 ? `: ${states.join(', ')}` : ''}`;
}
