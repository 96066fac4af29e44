import { Temporal } from 'temporal-polyfill';
import { discoveryOf, eventOf, startOf } from './anchor.ts';
import { type Facts, localDate } from './facts.ts';
import type { Obligation } from './obligation.ts';
import type { Regime } from './regime.ts';
import { type Clocks, keyOf, runs } from './schedule.ts';

/** Who is told: who sees to it, counsel too, or everybody on call as well. */
export type Circle = 'owner' | 'counsel' | 'everybody';

/** A moment of a clock at which people are reminded, once. `name` says it in words, and which due date it belongs to. */
export interface Mark {
  name: string;
  at: Temporal.Instant;
  circle: Circle;
  /** it comes again, for as long as nobody sends, so many hours later; the name of each begins like the first */
  again?: { hours: number; as: string };
}

export interface Reminding {
  obligations: readonly Obligation[];
  regimes: Readonly<Record<string, Regime>>;
  facts: Facts;
  work: Clocks['work'];
  /** the address of whoever sees to an obligation (`regime/obligation`): its own owner, or the privacy officer */
  ownerOf(of: string): string | undefined;
  /** days after discovery by which we want to have sent what a law gives no number for */
  targetDays: number;
  now: Temporal.Instant;
}

export interface Reminded {
  /** marks that have come since the last look, oldest first, by `regime/obligation` */
  fresh: { of: string; marks: Mark[] }[];
  /** the work with the fresh marks taken */
  work: Clocks['work'];
  /** when the next mark comes; undefined where nothing runs */
  next: Temporal.Instant | undefined;
}

const day = 24;
const week = 7 * day;
const isPast = (a: Temporal.Instant, b: Temporal.Instant) => Temporal.Instant.compare(a, b) <= 0;

const shares: [number, Circle][] = [
  [50, 'owner'],
  [80, 'counsel'],
  [95, 'everybody'],
];
const hoursBefore: [number, Circle][] = [
  [24, 'owner'],
  [6, 'counsel'],
  [1, 'everybody'],
];

/** The first moment at which sending is late: the end of the local day, or the instant. */
export function lateFrom(due: string, zone: string): Temporal.Instant {
  return due.includes('T')
    ? Temporal.Instant.from(due)
    : startOf(localDate(due, zone).add({ days: 1 }).toString(), zone);
}

/** When the clock began: the event of its anchor, or the discovery where that is the sending of another notice or has not happened. */
function openingOf(one: Obligation, { regimes, facts }: Reminding): Temporal.Instant {
  const rule = regimes[one.regime]?.obligations.find(({ id }) => id === one.obligation);
  const anchor = rule?.deadline.anchor;
  const cascade = anchor === 'individual_notice_sent' || anchor === 'hhs_notice_sent' || anchor === 'calendar_year_end';
  const event = anchor === undefined || cascade ? undefined : eventOf(anchor, facts);
  const when = event && 'when' in event ? event.when : discoveryOf(facts).when;
  return startOf(when, facts.entity.zone);
}

function between(opening: Temporal.Instant, end: Temporal.Instant, percent: number): Temporal.Instant {
  const whole = end.epochMilliseconds - opening.epochMilliseconds;
  return opening.add({ milliseconds: Math.floor((whole * percent) / 100) });
}

/** The marks before a due date: shares of the time, for hour clocks also hours before; and, once it has passed, one for each day. */
function beforeDue(one: Obligation, due: string, given: Reminding): Mark[] {
  const late = lateFrom(due, given.facts.entity.zone);
  const opening = openingOf(one, given);
  const marks: Mark[] = isPast(late, opening)
    ? []
    : shares.map(([percent, circle]) => ({
        name: `${percent} % of the time to ${due}`,
        at: between(opening, late, percent),
        circle,
      }));
  if (due.includes('T'))
    for (const [hours, circle] of hoursBefore) {
      const at = late.subtract({ hours });
      if (!isPast(at, opening)) marks.push({ name: `${hours} h before ${due}`, at, circle });
    }
  const days = isPast(late, given.now) ? Math.floor(late.until(given.now, { largestUnit: 'hour' }).hours / day) : 0;
  const last = { name: overdue(due, days), at: late.add({ hours: days * day }), circle: 'everybody' as const };
  return [...marks, { ...last, again: { hours: day, as: overdue(due, 0) } }];
}

const overdue = (due: string, days: number) => `overdue ${due}${days > 0 ? ` +${days} d` : ''}`;

/** Without a number there is only our own policy: a target, never called a deadline. Once it has passed, one mark for each week. */
function beforeTarget({ facts, targetDays, now }: Reminding): Mark[] {
  const { zone } = facts.entity;
  const discovery = discoveryOf(facts).when;
  const target = localDate(discovery, zone).add({ days: targetDays }).toString();
  const end = lateFrom(target, zone);
  const opening = startOf(discovery, zone);
  const weeks = isPast(end, now) ? Math.floor(end.until(now, { largestUnit: 'hour' }).hours / week) : 0;
  return [
    ...shares.slice(0, 2).map(([percent, circle]) => ({
      name: `${percent} % of the time to our target ${target}`,
      at: between(opening, end, percent),
      circle,
    })),
    {
      name: past(target, weeks),
      at: end.add({ hours: weeks * week }),
      circle: weeks > 0 ? 'everybody' : 'counsel',
      again: { hours: week, as: past(target, 0) },
    },
  ];
}

const past = (target: string, weeks: number) => `our target ${target} has passed${weeks > 0 ? ` +${weeks} w` : ''}`;

const lapseDays = 5;

/** A hold ends, and an oral statement lapses, without a word from anybody: 45 CFR 164.412. */
function aroundHold({ heldUntil }: Obligation, { facts }: Reminding): Mark[] {
  if (heldUntil === null) return [];
  const { zone } = facts.entity;
  const end = lateFrom(heldUntil, zone);
  return [
    {
      name: `the hold ends on ${heldUntil}: is there a statement for longer?`,
      at: end.subtract({ hours: lapseDays * day }),
      circle: 'counsel',
    },
    { name: `the hold ended on ${heldUntil}`, at: end, circle: 'counsel' },
  ];
}

/** Every mark of one obligation, past and to come. */
export function marksOf(one: Obligation, given: Reminding): Mark[] {
  const unowned: Mark[] =
    given.ownerOf(keyOf(one)) === undefined ? [{ name: 'nobody sees to it', at: given.now, circle: 'everybody' }] : [];
  return [...unowned, ...(one.due ? beforeDue(one, one.due, given) : beforeTarget(given)), ...aroundHold(one, given)];
}

/**
 * Which people are to be reminded of now, by the time that is left. Pure. However many looks were missed, each mark comes once, and of
 * the days that something is overdue, and the weeks past our target, only the last; two looks at the same records give the same.
 */
export function remindersOf(given: Reminding): Reminded {
  const { now } = given;
  const fresh: Reminded['fresh'] = [];
  const work = { ...given.work };
  const ahead: Temporal.Instant[] = [];
  for (const one of given.obligations) {
    if (!runs(one) || !one.governs) continue;
    const of = keyOf(one);
    const before = given.work[of] ?? { reminded: [] };
    const marks = marksOf(one, given);
    const come = marks.filter((m) => isPast(m.at, now) && !before.reminded.includes(m.name));
    const late = marks.find((m) => m.again && isPast(m.at, now));
    ahead.push(...marks.filter((m) => !isPast(m.at, now)).map((m) => m.at));
    if (late?.again) ahead.push(late.at.add({ hours: late.again.hours }));
    if (come.length === 0) continue;
    fresh.push({ of, marks: come.sort((a, b) => Temporal.Instant.compare(a.at, b.at)) });
    // of what comes again the record keeps the last: it would grow for as long as nobody sends
    const as = late?.again?.as;
    const kept = as === undefined ? before.reminded : before.reminded.filter((name) => !name.startsWith(as));
    work[of] = { ...before, reminded: [...kept, ...come.map((m) => m.name)] };
  }
  return { fresh, work, next: ahead.sort(Temporal.Instant.compare)[0] };
}

const order: Circle[] = ['owner', 'counsel', 'everybody'];

/** The widest circle that any of these marks asks for. */
export function circleOf(marks: readonly Mark[]): Circle {
  return order[Math.max(...marks.map((m) => order.indexOf(m.circle)))] ?? 'owner';
}
