import { Temporal } from 'temporal-polyfill';
import type { Facts, Hold } from './facts.ts';
import { localDate } from './facts.ts';
import type { Anchor, DeadlineUnit, ObligationReference, ObligationRule, Regime, Relation } from './regime.ts';

export type Day = Temporal.PlainDate;

const later = (a: Day, b: Day): Day => (Temporal.PlainDate.compare(a, b) >= 0 ? a : b);
export const isAfter = (a: Day, b: Day): boolean => Temporal.PlainDate.compare(a, b) > 0;

/** Day 0 is excluded, and a last day on a weekend stays: due = day 0 + n. */
const units: Record<DeadlineUnit, { from(dayZero: Day, n: number): Day; words(n: number): string }> = {
  calendar_days: {
    from: (dayZero, n) => dayZero.add({ days: n }),
    words: (n) => `day 0 excluded, +${n} calendar days, no roll`,
  },
};

const anchors: Record<Anchor, (discovery: Day) => { dayZero: Day; words: string }> = {
  discovery: (discovery) => ({ dayZero: discovery, words: '' }),
  // 45 CFR 164.408(c): the calendar year in which the breach was discovered, not that in which it happened.
  calendar_year_end: (discovery) => {
    const dayZero = discovery.with({ month: 12, day: 31 });
    return { dayZero, words: `, end of that calendar year ${dayZero}` };
  },
};

const relations: Record<Relation, (due: Day, otherSent: Day) => Day> = {
  contemporaneous_with: (due, otherSent) => (isAfter(due, otherSent) ? otherSent : due),
};

/**
 * 45 CFR 164.412: a written statement holds the notice for as long as it says; an oral one for at most so many days from its own
 * date (a second oral statement renews nothing), or until the written one that arrives within them says. No credit for time held:
 * due = max(base, release). A statement that arrives after the notice had become due revives nothing.
 */
function heldUntil(base: Day, holds: readonly Hold[], oralDays: number | null, zone: string): Day | undefined {
  const statements = holds
    .map(({ kind, date, until }) => ({ kind, on: localDate(date, zone), end: until && localDate(until, zone) }))
    .sort((a, b) => Temporal.PlainDate.compare(a.on, b.on));
  const spoken = statements.find(({ kind, on }) => kind === 'oral' && !isAfter(on, base));
  const limit = oralDays === null ? undefined : spoken?.on.add({ days: oralDays });
  const lapse = limit && spoken?.end && isAfter(limit, spoken.end) ? spoken.end : limit;
  let open = lapse ? later(base, lapse) : base;
  const ends: Day[] = [];
  let replaced = false;
  for (const { kind, on, end } of statements) {
    if (kind !== 'written' || !end || isAfter(on, open)) continue;
    ends.push(end);
    open = later(open, end);
    if (spoken && lapse && !isAfter(spoken.on, on) && !isAfter(on, lapse)) replaced = true;
  }
  if (lapse && !replaced) ends.push(lapse);
  return ends.sort(Temporal.PlainDate.compare).at(-1);
}

/** The first day on which a notice left, if it has. */
export function sentOn(facts: Facts, { regime, obligation }: ObligationReference): Day | undefined {
  return facts.sent
    .filter((notice) => notice.regime === regime && notice.obligation === obligation)
    .map(({ on }) => localDate(on, facts.entity.zone))
    .sort(Temporal.PlainDate.compare)[0];
}

/** When a notice is due, the end of a hold if there is one, and how both came about. */
export interface Clock {
  due: Day;
  release: Day | undefined;
  words: string;
  wouldChange: string[];
}

/** The due date of one rule, whether it is owed or not. */
export function clockOf(regime: Regime, rule: ObligationRule, facts: Facts): Clock {
  const { zone } = facts.entity;
  const given = facts.anchors.discovery;
  const discovery = localDate(given, zone);
  const { dayZero, words: anchorWords } = anchors[rule.deadline.anchor](discovery);
  const { from, words: unitWords } = units[rule.deadline.unit];
  let due = from(dayZero, rule.deadline.value);
  const where = given.includes('T') ? `${zone}, from ${given}` : zone;
  let words = `discovery ${discovery} (${where})${anchorWords}, ${unitWords(rule.deadline.value)}`;
  const wouldChange: string[] = [];
  if (rule.order) {
    const other = `${rule.order.regime} ${rule.order.obligation}`;
    const otherSent = sentOn(facts, rule.order);
    if (otherSent === undefined) wouldChange.push(`due on the day that ${other} is sent, if that is earlier`);
    else due = relations[rule.order.relation](due, otherSent);
    if (otherSent?.equals(due)) words += `; contemporaneous with ${other}, sent ${otherSent}`;
  }
  const law = regime.delays.find(({ kind }) => kind === 'law_enforcement');
  const holds = law ? facts.holds.filter(({ regimes }) => regimes?.includes(regime.id) ?? true) : [];
  const release = heldUntil(due, holds, law?.oralCalendarDays ?? null, zone);
  if (law && release) {
    words += `; held by law enforcement until ${release} (${law.citation})`;
    wouldChange.push('a written statement that names another end of the hold');
    due = later(due, release);
  }
  return { due, release, words, wouldChange };
}
