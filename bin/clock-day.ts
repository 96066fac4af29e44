import { Temporal } from 'temporal-polyfill';
import { startOf } from '../lambdas/core/anchor.ts';
import { type Facts, InvalidFacts, localDate, moment } from '../lambdas/core/facts.ts';
import { pastMoments } from '../lambdas/core/obligation.ts';
import { BadUsage } from './outcome.ts';

/** The day, or the instant, for which the clocks are read; `whatIf` says why it is not the real one. */
export interface AsOf {
  today: string;
  whatIf?: string;
}

/**
 * Which day is today. Given: that day, and nothing may lie after it. Else the real one, unless the facts hold days after it: then they
 * describe what may come, and today is the latest of them. Throws BadUsage for a day that is none, InvalidFacts for a day more than a
 * year ahead, which is more likely a slip of the pen.
 */
export function asOf(facts: Facts, given: string | undefined, now: Temporal.Instant): AsOf {
  if (given !== undefined) {
    const parsed = moment.safeParse(given);
    if (!parsed.success) throw new BadUsage(`--today ${JSON.stringify(given)} ${parsed.error.issues[0]?.message}`);
    return { today: given };
  }
  const { zone } = facts.entity;
  const real = now.toZonedDateTimeISO(zone).toPlainDate();
  const furthest = real.add({ years: 1 });
  const ahead = pastMoments(facts).filter(([, when]) => Temporal.Instant.compare(startOf(when, zone), now) > 0);
  for (const [field, when] of ahead)
    if (Temporal.PlainDate.compare(localDate(when, zone), furthest) > 0)
      throw new InvalidFacts(
        field,
        `${when} is after today (${real}) by more than a year; give the day that has been, or --today for a rehearsal`,
      );
  const latest = ahead
    .map(([, when]) => when)
    .sort((a, b) => Temporal.Instant.compare(startOf(a, zone), startOf(b, zone)))
    .at(-1);
  const today = now.toString({ smallestUnit: 'second' });
  if (latest === undefined) return { today };
  return {
    today: latest,
    whatIf: `what if: the facts go beyond today (${real}), so the clocks are read as of ${latest}`,
  };
}
