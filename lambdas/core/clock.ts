import { Temporal } from 'temporal-polyfill';
import { type Event, startOf } from './anchor.ts';
import { businessDayAfter, holidaysBetween, isBusinessDay } from './calendar.ts';
import type { Deadline } from './deadline.ts';
import { localDate } from './facts.ts';
import type { Regime } from './regime.ts';

export type Day = Temporal.PlainDate;

/** The last moment at which sending is in time: a whole local day, or an instant in it where the clock runs in hours or to an hour. */
export interface Due {
  day: Day;
  at?: Temporal.Instant;
}

export const isAfter = (a: Day, b: Day): boolean => Temporal.PlainDate.compare(a, b) > 0;

/** The last second that is in time. */
export function endOf(due: Due, zone: string): Temporal.ZonedDateTime {
  if (due.at) return due.at.toZonedDateTimeISO(zone);
  return due.day.add({ days: 1 }).toZonedDateTime(zone).subtract({ seconds: 1 });
}

export function earlier(a: Due, b: Due, zone: string): Due {
  return Temporal.Instant.compare(endOf(a, zone).toInstant(), endOf(b, zone).toInstant()) <= 0 ? a : b;
}

/** A due moment and how it came about; no due where the law names no number. */
export interface Reading {
  due: Due | undefined;
  words: string;
}

/**
 * When a deadline ends that runs from an event. Day clocks count local dates in the zone, day 0 excluded, and are never rolled;
 * hour clocks count elapsed time, through changes of the clock (an event of which only the day is known counts from its first moment).
 */
export function runFrom(deadline: Deadline, event: Event, entityZone: string): Reading {
  if (deadline.unit === 'none') return { due: undefined, words: `${event.words}, no number: ${deadline.standard}` };
  if (deadline.unit === 'hours') {
    const at = startOf(event.when, entityZone).add({ hours: deadline.value });
    const day = at.toZonedDateTimeISO(entityZone).toPlainDate();
    return { due: { day, at }, words: `${event.words}, +${deadline.value} elapsed hours, no roll` };
  }
  if (deadline.unit === 'calendar_days') {
    const day = localDate(event.when, entityZone).add({ days: deadline.value });
    return { due: { day }, words: `${event.words}, day 0 excluded, +${deadline.value} calendar days, no roll` };
  }
  const { value, calendar, cutoff } = deadline;
  const dayZero = localDate(event.when, cutoff?.zone ?? entityZone);
  const last = businessDayAfter(dayZero, value, calendar);
  const skipped = holidaysBetween(dayZero, last, calendar);
  const words = `${event.words}, day 0 excluded, +${value} business days (${calendar}${skipped.length > 0 ? `, without ${skipped.join(', ')}` : ''})`;
  if (!cutoff) return { due: { day: last }, words };
  const at = last.toZonedDateTime({ timeZone: cutoff.zone, plainTime: cutoff.time }).toInstant();
  const day = at.toZonedDateTimeISO(entityZone).toPlainDate();
  return { due: { day, at }, words: `${words}, until ${cutoff.time} ${cutoff.zone}` };
}

/** The same clock at the end of a hold: its whole day, its hour where the law has one, its last second where it runs in hours. */
export function held(deadline: Deadline, due: Due, day: Day, zone: string): Due {
  if (!due.at || due.day.equals(day)) return due.at ? due : { day };
  const cutoff = deadline.unit === 'business_days' ? deadline.cutoff : undefined;
  if (!cutoff) return { day, at: endOf({ day }, zone).toInstant() };
  return { day, at: day.toZonedDateTime({ timeZone: cutoff.zone, plainTime: cutoff.time }).toInstant() };
}

/**
 * Where a statute would move a last day that falls on a weekend or holiday: for counsel to see beside the day, which stays. Null where
 * no statute does, the day is a business day, or the clock does not run in calendar days.
 */
export function rollDate(regime: Pick<Regime, 'roll'>, deadline: Deadline, due: Due | undefined): Day | null {
  if (!regime.roll || !due || deadline.unit !== 'calendar_days') return null;
  const { calendar } = regime.roll;
  return isBusinessDay(due.day, calendar) ? null : businessDayAfter(due.day, 0, calendar);
}
