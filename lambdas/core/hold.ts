import { Temporal } from 'temporal-polyfill';
import type { Due } from './clock.ts';
import type { Facts, Hold } from './facts.ts';
import { localDate } from './facts.ts';
import type { Regime } from './regime.ts';

type Day = Temporal.PlainDate;

const later = (a: Day, b: Day): Day => (Temporal.PlainDate.compare(a, b) >= 0 ? a : b);
const isAfter = (a: Day, b: Day): boolean => Temporal.PlainDate.compare(a, b) > 0;

/** The end of a hold, and the law that allows it. */
export interface Release {
  day: Day;
  words: string;
}

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

/**
 * When the holds that a regime recognises end. A hold counts for the regimes that it names (none named: for all), and only where the law
 * knows a delay at the wish of that authority. Without a number there is no day after which a statement would come too late.
 */
export function releaseOf(
  regime: Pick<Regime, 'id' | 'delays'>,
  due: Due | undefined,
  facts: Facts,
): Release | undefined {
  const { zone } = facts.entity;
  const ends = regime.delays.flatMap((law) => {
    const holds = facts.holds.filter(
      ({ authority, regimes }) => authority === law.kind && (regimes?.includes(regime.id) ?? true),
    );
    const days = holds.map(({ date }) => localDate(date, zone)).sort(Temporal.PlainDate.compare);
    const base = due?.day ?? days.at(-1);
    const day = base && heldUntil(base, holds, law.oralCalendarDays, zone);
    const by = law.kind.replace('_', ' ');
    return day ? [{ day, words: `held by ${by} until ${day} (${law.citation})` }] : [];
  });
  return ends.sort((a, b) => Temporal.PlainDate.compare(a.day, b.day)).at(-1);
}
