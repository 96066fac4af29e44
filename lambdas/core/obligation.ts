import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { Clock, Day } from './clock.ts';
import { clockOf, isAfter, sentOn } from './clock.ts';
import type { Facts } from './facts.ts';
import { InvalidFacts, localDate } from './facts.ts';
import type { ObligationRule, Regime } from './regime.ts';
import { recipientKind } from './regime.ts';
import type { Owed } from './threshold.ts';
import { owed, owedBy } from './threshold.ts';

const obligationStatus = z.enum(['not-owed', 'open', 'held', 'overdue', 'sent', 'sent-late']);
export type ObligationStatus = z.infer<typeof obligationStatus>;

/** One notice that a law may require of one incident, with its due date and how that was computed. Not legal advice. */
export const obligation = z.strictObject({
  regime: z.string(),
  obligation: z.string(),
  recipient: z.string(),
  recipientKind,
  /** `unknown`: the count does not settle it, and it must be treated as owed */
  owed,
  /** last local day on which sending is in time; null when not owed */
  due: z.iso.date().nullable(),
  /** the last second of that day: `2027-01-20 23:59:59 America/New_York` */
  dueLocal: z.string().nullable(),
  /** where a statute would move a last day that falls on a weekend or holiday; no regime computed so far does */
  legalRollDate: z.null(),
  /** false: not owed, or another branch of the same duty may be owed instead and its clock is earlier */
  governs: z.boolean(),
  /** one sentence: how owed and due came about */
  working: z.string(),
  /** what would change the answer */
  wouldChange: z.array(z.string()),
  status: obligationStatus,
  /** what the law asks besides the number */
  standard: z.string(),
  /** verification below A, or checked more than a year ago (or nobody said what day it is) */
  confirmWithCounsel: z.boolean(),
  citation: z.string(),
});
export type Obligation = z.infer<typeof obligation>;

function statusOf(
  owed: Owed,
  { due, release }: Clock,
  sent: Day | undefined,
  today: Day | undefined,
): ObligationStatus {
  if (owed === false) return 'not-owed';
  if (sent) return isAfter(sent, due) ? 'sent-late' : 'sent';
  if (today && isAfter(today, due)) return 'overdue';
  if (release && !(today && isAfter(today, release))) return 'held';
  return 'open';
}

function obligationOf(regime: Regime, rule: ObligationRule, facts: Facts, today: Day | undefined): Obligation {
  const { owed, words, settle } = owedBy(rule, facts.individuals);
  const clock = clockOf(regime, rule, facts);
  const due = owed === false ? null : clock.due.toString();
  const checkedUntil = Temporal.PlainDate.from(regime.checkedOn).add({ years: 1 });
  return {
    regime: regime.id,
    obligation: rule.id,
    recipient: rule.recipient,
    recipientKind: rule.recipientKind,
    owed,
    due,
    dueLocal: due && `${due} 23:59:59 ${facts.entity.zone}`,
    legalRollDate: null,
    governs: owed !== false,
    working: owed === false ? words : [clock.words, words].filter(Boolean).join('; '),
    wouldChange: owed === false ? [] : [settle, ...clock.wouldChange].filter(Boolean),
    status: statusOf(owed, clock, sentOn(facts, { regime: regime.id, obligation: rule.id }), today),
    standard: rule.deadline.standard,
    confirmWithCounsel: regime.verification !== 'A' || today === undefined || isAfter(today, checkedUntil),
    citation: rule.citation,
  };
}

/** While it is unknown which branch of a duty is owed, the branch with the earliest clock governs. */
function yieldToEarlier(all: Obligation[], rules: Map<string, ObligationRule>): void {
  for (const one of all) {
    if (one.owed !== 'unknown') continue;
    const { alternatives = [] } = rules.get(`${one.regime}/${one.obligation}`) ?? {};
    const earlier = all.find(
      ({ regime, obligation, owed, due }) =>
        owed !== false &&
        alternatives.some((other) => other.regime === regime && other.obligation === obligation) &&
        (due ?? '') < (one.due ?? ''),
    );
    if (!earlier) continue;
    one.governs = false;
    one.wouldChange.push(`until then ${earlier.regime} ${earlier.obligation} governs, due ${earlier.due}`);
  }
}

function refuseFuture(facts: Facts, today: Day): void {
  const dated: [string, string | undefined][] = [
    ...Object.entries(facts.anchors).map(([name, on]): [string, string | undefined] => [`anchors.${name}`, on]),
    ...facts.holds.map(({ date }, index): [string, string] => [`holds.${index}.date`, date]),
    ...facts.sent.map(({ on }, index): [string, string] => [`sent.${index}.on`, on]),
  ];
  for (const [field, on] of dated)
    if (on !== undefined && isAfter(localDate(on, facts.entity.zone), today))
      throw new InvalidFacts(field, `${on} is after today (${today})`);
}

/** Names in the facts that no regime has would otherwise be left out of account without a word. */
function refuseUnknown(regimes: readonly Regime[], facts: Facts): void {
  const named: [string, string][] = [
    ...(facts.regimes ?? []).map((id, index): [string, string] => [`regimes.${index}`, id]),
    ...facts.holds.flatMap((hold, index) =>
      (hold.regimes ?? []).map((id): [string, string] => [`holds.${index}.regimes`, id]),
    ),
    ...facts.sent.map(({ regime }, index): [string, string] => [`sent.${index}.regime`, regime]),
  ];
  const known = regimes.map(({ id }) => id);
  for (const [field, id] of named)
    if (!known.includes(id))
      throw new InvalidFacts(field, `${JSON.stringify(id)} is not a regime; known: ${known.join(', ')}`);
  for (const [index, { regime, obligation }] of facts.sent.entries()) {
    const ids = regimes.find(({ id }) => id === regime)?.obligations.map(({ id }) => id) ?? [];
    if (!ids.includes(obligation))
      throw new InvalidFacts(`sent.${index}.obligation`, `${regime} has no such obligation; it has: ${ids.join(', ')}`);
  }
  const kinds = [...new Set(regimes.flatMap(({ covers }) => covers.kinds))];
  if (!facts.entity.kinds.some((kind) => kinds.includes(kind)))
    throw new InvalidFacts(
      'entity.kinds',
      `no regime covers any of them; covered: ${kinds.join(', ')}; else ask counsel`,
    );
}

/**
 * The obligations of an incident under every regime in force that covers the entity, in the order of the regimes, those not owed
 * included. Pure: `today` (a date, or an instant that is put into the entity's zone) decides status and staleness only; without
 * it nothing is overdue and everything is to be confirmed with counsel.
 * Throws InvalidFacts for days after today, names that no regime has, or an entity that no regime covers.
 */
export function obligationsOf(regimes: readonly Regime[], facts: Facts, today?: string): Obligation[] {
  const day = today === undefined ? undefined : localDate(today, facts.entity.zone);
  if (day) refuseFuture(facts, day);
  refuseUnknown(regimes, facts);
  const applying = regimes.filter(
    ({ status, covers }) => status === 'in_force' && covers.kinds.some((kind) => facts.entity.kinds.includes(kind)),
  );
  const rules = new Map<string, ObligationRule>();
  const all = applying.flatMap((regime) =>
    regime.obligations.map((rule) => {
      rules.set(`${regime.id}/${rule.id}`, rule);
      return obligationOf(regime, rule, facts, day);
    }),
  );
  yieldToEarlier(all, rules);
  return all.filter(({ regime }) => facts.regimes?.includes(regime) ?? true);
}
