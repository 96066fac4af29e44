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
  let open = base;
  let lapse: Day | undefined;
  let replaced = false;
  const ends: Day[] = [];
  for (const { kind, on, end } of statements) {
    if (isAfter(on, open)) continue;
    if (kind === 'oral' && oralDays !== null && !lapse) {
      const limit = on.add({ days: oralDays });
      lapse = end && isAfter(limit, end) ? end : limit;
      open = later(open, lapse);
    }
    if (kind !== 'written' || !end) continue;
    ends.push(end);
    if (lapse && !isAfter(on, lapse)) replaced = true;
    open = later(open, end);
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

/** Statements that ask this regime to wait and that it does not heed: whoever sends must know of them. */
export function unheeded(regime: Pick<Regime, 'id' | 'delays'>, release: Release | undefined, facts: Facts): string[] {
  if (release) return [];
  const asked = facts.holds.filter(({ regimes }) => regimes?.includes(regime.id) ?? true);
  return asked.map(({ kind, date, authority }) => {
    const by = authority.replace('_', ' ');
    const law = regime.delays.find((one) => one.kind === authority);
    const why = !law
      ? `knows no delay at the wish of ${by}`
      : kind === 'oral' && law.oralCalendarDays === null
        ? 'asks for a written one'
        : 'was due when it came';
    return `an ${kind} statement of ${by} of ${date} does not hold it, because it ${why}: ask counsel before it is sent`.replace(
      'an written',
      'a written',
    );
  });
}
