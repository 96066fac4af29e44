import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { maybeExempt, servedBy } from './applying.ts';
import { type Due, endOf, isAfter, rollDate } from './clock.ts';
import type { ObligationReference } from './deadline.ts';
import { refuseExemptions } from './exemption.ts';
import { type Facts, InvalidFacts, localDate } from './facts.ts';
import { type Outlook, Outlooks } from './outlook.ts';
import type { Regime } from './regime.ts';
import { recipientKind } from './regime.ts';
import { owed, residentsOf } from './threshold.ts';

const obligationStatus = z.enum(['not-law', 'not-owed', 'exempt', 'open', 'held', 'overdue', 'sent', 'sent-late']);
export type ObligationStatus = z.infer<typeof obligationStatus>;

const momentInUtc = z.union([z.iso.date(), z.iso.datetime()]);

/** One notice that a law may require of one incident, with its due date and how that was computed. Not legal advice. */
export const obligation = z.strictObject({
  regime: z.string(),
  obligation: z.string(),
  recipient: z.string(),
  recipientKind,
  /** `unknown`: the facts do not settle it, and it must be treated as owed */
  owed,
  /** last local day on which sending is in time, or the last instant in UTC; null when not owed, or when the law names no number */
  due: momentInUtc.nullable(),
  /** the last second of that day, or that instant, in the zone: `2027-01-20T23:59:59-05:00` */
  dueLocal: z.iso.datetime({ offset: true }).nullable(),
  /** where a statute would move a last day that falls on a weekend or holiday. For counsel: `due` never moves */
  legalRollDate: z.iso.date().nullable(),
  /** due hangs on a notice that has not left: it runs from that one's outer limit, and again from its actual sending */
  projected: z.boolean(),
  /** the event that the clock runs from; null when not owed or not yet running */
  from: z.union([z.iso.date(), z.iso.datetime({ offset: true })]).nullable(),
  /** false: not owed, or another branch of the same duty may be owed instead and its clock is earlier */
  governs: z.boolean(),
  /** false: the law of a State where the entity is not and nobody is known to live */
  inView: z.boolean(),
  /** `regime/obligation` of the notices that must leave before this one and have not */
  sendFirst: z.array(z.string()),
  /** one sentence: how owed and due came about */
  working: z.string(),
  /** the last day of a hold that has not been cut short; null where nothing holds it */
  heldUntil: z.iso.date().nullable(),
  /** what would change the answer */
  wouldChange: z.array(z.string()),
  status: obligationStatus,
  /** what the law asks besides the number */
  standard: z.string(),
  /** verification below A, not verified that it applies, or checked more than a year ago (or nobody said what day it is) */
  confirmWithCounsel: z.boolean(),
  citation: z.string(),
});
export type Obligation = z.infer<typeof obligation>;

/** A day, or an instant with the local day it falls on. */
interface Now {
  day: Temporal.PlainDate;
  at?: Temporal.Instant;
}

function nowOf(when: string, zone: string): Now {
  const day = localDate(when, zone);
  return when.includes('T') ? { day, at: Temporal.Instant.from(when) } : { day };
}

/** Whether a moment comes after a due moment: to the instant where both are known to it, else by the day. */
function isPast(now: Now, due: Due): boolean {
  if (now.at && due.at) return Temporal.Instant.compare(now.at, due.at) > 0;
  return isAfter(now.day, due.day);
}

function statusOf(one: Outlook, zone: string, today: Now | undefined): ObligationStatus {
  const { regime, answer, exempt, due, release, sent } = one;
  if (regime.status !== 'in_force') return 'not-law';
  if (answer.owed === false) return exempt ? 'exempt' : 'not-owed';
  if (sent) return due && isPast(nowOf(sent.on, zone), due) ? 'sent-late' : 'sent';
  if (today && due && isPast(today, due)) return 'overdue';
  if (release && !(today && isAfter(today.day, release.day))) return 'held';
  return 'open';
}

/** The law of a State is in view where the entity is there or residents are known; with neither known, that of every State is. */
function inViewOf({ covers }: Regime, facts: Facts): boolean {
  const { residentsOf: state } = covers;
  if (state === undefined) return true;
  const counted = Object.values(facts.individuals?.byState ?? {}).some((n) => n);
  if (facts.entity.states.length === 0 && !counted) return residentsOf(state, facts).most > 0;
  return facts.entity.states.includes(state) || (facts.individuals?.byState?.[state] ?? 0) > 0;
}

function obligationOf(one: Outlook, facts: Facts, today: Now | undefined): Obligation {
  const { regime, rule, answer } = one;
  const { zone } = facts.entity;
  const due = answer.owed === false ? undefined : one.due;
  const checkedUntil = Temporal.PlainDate.from(regime.checkedOn).add({ years: 1 });
  return {
    regime: regime.id,
    obligation: rule.id,
    recipient: rule.recipient,
    recipientKind: rule.recipientKind,
    owed: answer.owed,
    due: due ? (due.at?.toString() ?? due.day.toString()) : null,
    dueLocal: due ? endOf(due, zone).toString({ timeZoneName: 'never', smallestUnit: 'second' }) : null,
    legalRollDate: rollDate(regime, rule.deadline, due)?.toString() ?? null,
    projected: due !== undefined && one.projected,
    from: answer.owed === false ? null : (one.event?.when ?? null),
    governs: answer.owed !== false,
    inView: inViewOf(regime, facts),
    sendFirst: [],
    working: one.words,
    heldUntil: one.release?.day.toString() ?? null,
    wouldChange: one.wouldChange,
    status: statusOf(one, zone, today),
    standard: rule.deadline.standard,
    confirmWithCounsel:
      regime.verification !== 'A' ||
      (answer.owed !== false && maybeExempt(regime, rule.id, facts) !== undefined) ||
      // what one compact record says of another law's notice
      (one.exempt && servedBy(regime, rule.id, facts) !== undefined) ||
      today === undefined ||
      isAfter(today.day, checkedUntil),
    citation: rule.citation,
  };
}

/** While it is unknown which branch of a duty is owed, the branch with the earliest clock governs. */
function yieldToEarlier(all: readonly { one: Outlook; answer: Obligation }[], zone: string): void {
  const end = ({ due }: Outlook) => due && endOf(due, zone).epochMilliseconds;
  for (const { one, answer } of all) {
    const own = end(one);
    if (answer.owed !== 'unknown' || own === undefined) continue;
    const earlier = all.find(
      ({ one: other, answer: its }) =>
        its.owed !== false &&
        one.rule.alternatives.some((a) => a.regime === its.regime && a.obligation === its.obligation) &&
        (end(other) ?? own) < own,
    );
    if (!earlier) continue;
    answer.governs = false;
    const { regime, obligation, due } = earlier.answer;
    answer.wouldChange.push(`until then ${regime} ${obligation} governs, due ${due}`);
  }
}

/** Every day in the facts that cannot lie after today, by its field. */
export function pastMoments(facts: Facts): [field: string, when: string][] {
  const { anchors, businessAssociate: associate, assessment, safeHarbour } = facts;
  const all: [string, string | undefined][] = [
    ...Object.entries(anchors).map(([name, on]): [string, string | undefined] => [`anchors.${name}`, on]),
    ['businessAssociate.discovery', associate?.discovery],
    ['businessAssociate.toldCoveredEntity', associate?.toldCoveredEntity],
    ...facts.holds.map(({ date }, index): [string, string] => [`holds.${index}.date`, date]),
    ...facts.extensions.map(({ on }, index): [string, string] => [`extensions.${index}.on`, on]),
    ...facts.exclusions.map(({ on }, index): [string, string] => [`exclusions.${index}.on`, on]),
    ['assessment.on', assessment?.on],
    ['safeHarbour.on', safeHarbour?.on],
    ...facts.sent.map(({ on }, index): [string, string] => [`sent.${index}.on`, on]),
  ];
  return all.flatMap(([field, when]): [string, string][] => (when === undefined ? [] : [[field, when]]));
}

function refuseFuture(facts: Facts, today: Now): void {
  for (const [field, when] of pastMoments(facts)) {
    const { day, at } = nowOf(when, facts.entity.zone);
    const isFuture = at && today.at ? Temporal.Instant.compare(at, today.at) > 0 : isAfter(day, today.day);
    if (isFuture) throw new InvalidFacts(field, `${when} is after today (${today.at ?? today.day})`);
  }
}

/** Names in the facts that no regime has would otherwise be left out of account without a word. */
function refuseUnknown(regimes: readonly Regime[], facts: Facts): void {
  const named: [string, string][] = [
    ...(facts.regimes ?? []).map((id, index): [string, string] => [`regimes.${index}`, id]),
    ...facts.holds.flatMap((hold, index) =>
      (hold.regimes ?? []).map((id): [string, string] => [`holds.${index}.regimes`, id]),
    ),
    ...facts.extensions.map(({ regime }, index): [string, string] => [`extensions.${index}.regime`, regime]),
    ...facts.exclusions.map(({ regime }, index): [string, string] => [`exclusions.${index}.regime`, regime]),
    ...facts.sent.map(({ regime }, index): [string, string] => [`sent.${index}.regime`, regime]),
  ];
  const known = regimes.map(({ id }) => id);
  for (const [field, id] of named)
    if (!known.includes(id))
      throw new InvalidFacts(field, `${JSON.stringify(id)} is not a regime; known: ${known.join(', ')}`);
  for (const [index, { regime, obligation }] of facts.sent.entries()) {
    const ids = regimes.find(({ id }) => id === regime)?.obligations.map(({ id }) => id) ?? [];
    if (!ids.includes(obligation))
      throw new InvalidFacts(
        `sent.${index}.obligation`,
        `${regime} has no such obligation; it has: ${[...new Set(ids)].join(', ')}`,
      );
  }
  for (const [index, { regimes: of = [], authority }] of facts.holds.entries())
    for (const id of of)
      if (!regimes.some((one) => one.id === id && one.delays.some(({ kind }) => kind === authority)))
        throw new InvalidFacts(
          `holds.${index}.regimes`,
          `${id} knows no delay at the wish of ${authority.replace('_', ' ')}`,
        );
  refuseExemptions(regimes, facts);
}

/** An entity that only laws for `any` cover. */
const businessOfNoKind = 'regulated-entity';

/** A kind that no law knows would leave the laws out that were meant. Whoever names the regimes has said which are meant. */
function refuseKinds(regimes: readonly Regime[], { entity, regimes: named }: Facts): void {
  if (named) return;
  const kinds = new Set([
    businessOfNoKind,
    ...regimes.flatMap(({ covers, obligations }) => [
      ...(covers.kinds === 'any' ? [] : covers.kinds),
      ...obligations.flatMap((rule) => rule.covers?.kinds ?? []),
    ]),
  ]);
  for (const [index, kind] of entity.kinds.entries())
    if (!kinds.has(kind))
      throw new InvalidFacts(
        `entity.kinds.${index}`,
        `no regime covers ${JSON.stringify(kind)}; covered: ${[...kinds].join(', ')}; else ask counsel`,
      );
}

function applies({ id, status, covers }: Regime, { entity, regimes: named }: Facts): boolean {
  if (named) return named.includes(id);
  return status === 'in_force' && (covers.kinds === 'any' || covers.kinds.some((kind) => entity.kinds.includes(kind)));
}

/**
 * The obligations of an incident under every regime in force that covers the entity, in the order of the regimes, those not owed
 * included; under the regimes that the facts name, where they name any, whatever the entity's kinds and the regimes' status.
 * Pure: `today` (a date, or an instant that is put into the entity's zone) decides status and staleness only; without it nothing is
 * overdue and everything is to be confirmed with counsel.
 * Throws InvalidFacts for days after today, names that no regime has, or kinds that no regime covers.
 */
export function obligationsOf(regimes: readonly Regime[], facts: Facts, today?: string): Obligation[] {
  const now = today === undefined ? undefined : nowOf(today, facts.entity.zone);
  if (now) refuseFuture(facts, now);
  refuseUnknown(regimes, facts);
  refuseKinds(regimes, facts);
  const outlooks = new Outlooks(regimes, facts);
  const references = (regime: Regime): ObligationReference[] =>
    [...new Set(regime.obligations.map(({ id }) => id))].map((obligation) => ({ regime: regime.id, obligation }));
  const every = regimes.filter((regime) => applies(regime, { ...facts, regimes: undefined }) || applies(regime, facts));
  const all = every.flatMap(references).map((reference) => {
    const one = outlooks.of(reference);
    return { one, answer: obligationOf(one, facts, now) };
  });
  yieldToEarlier(all, facts.entity.zone);
  const inView = all.filter(({ answer }) => answer.inView).map(({ one }) => one);
  for (const { one, answer } of all)
    answer.sendFirst = outlooks.sendFirst(inView, one).map(({ regime, obligation }) => `${regime}/${obligation}`);
  return all.map(({ answer }) => answer).filter(({ regime }) => facts.regimes?.includes(regime) ?? true);
}
