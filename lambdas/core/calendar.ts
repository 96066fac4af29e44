import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';

type Day = Temporal.PlainDate;

/** A holiday of every year: on a date (`6-19`), or the nth (-1: last) weekday (1 = Monday) of a month. */
interface Holiday {
  name: string;
  on: { month: number; day: number } | { month: number; weekday: number; nth: number };
  /** the first year in which it is law */
  since?: number;
}

const fixed = (name: string, month: number, day: number, since?: number): Holiday => ({
  name,
  on: { month, day },
  ...(since === undefined ? {} : { since }),
});
const monday = (name: string, month: number, nth: number): Holiday => ({ name, on: { month, weekday: 1, nth } });

const newYear = fixed("New Year's Day", 1, 1);
const king = monday('Birthday of Martin Luther King, Jr.', 1, 3);
const washington = monday("Washington's Birthday", 2, 3);
const memorial = monday('Memorial Day', 5, -1);
const juneteenth = fixed('Juneteenth', 6, 19, 2021);
const independence = fixed('Independence Day', 7, 4);
const labor = monday('Labor Day', 9, 1);
const columbus = monday('Columbus Day', 10, 2);
const veterans = fixed('Veterans Day', 11, 11);
const thanksgiving: Holiday = { name: 'Thanksgiving Day', on: { month: 11, weekday: 4, nth: 4 } };
const christmas = fixed('Christmas Day', 12, 25);
const everywhere = [newYear, king, washington, memorial, independence, labor, veterans, thanksgiving, christmas];

interface Calendar {
  holidays: Holiday[];
  /** whether a holiday on a Saturday is kept on the Friday before; one on a Sunday is kept on Monday in each of them */
  saturdayBefore: boolean;
  citation: string;
}

const federal: Calendar = {
  holidays: [...everywhere, juneteenth, columbus],
  saturdayBefore: true,
  citation: '5 USC 6103; Executive Order 11582',
};

/**
 * Named calendars. A day whose being a holiday is arguable counts as a business day, which makes what is due earlier:
 * in California the day after Thanksgiving (Gov. Code 19853 but not 6700) and Juneteenth; in New York and Illinois
 * Lincoln's Birthday and election days, which offices keep differently.
 */
const calendars = {
  us_federal: federal,
  // 17 CFR 240.0-2(b)(1) and Form 8-K General Instruction B.1: the Commission's business days are those of the federal calendar
  us_federal_sec: federal,
  us_ca_state: {
    holidays: [...everywhere, fixed('César Chávez Day', 3, 31)],
    saturdayBefore: false,
    citation: 'Cal. Gov. Code 6700, 6701',
  },
  us_ny: {
    holidays: [...everywhere, juneteenth, columbus],
    saturdayBefore: false,
    citation: 'N.Y. Gen. Constr. Law 24',
  },
  us_il: {
    holidays: [...everywhere, juneteenth, columbus],
    saturdayBefore: false,
    citation: '5 ILCS 490; 205 ILCS 630/17',
  },
  us_tx: { holidays: everywhere, saturdayBefore: false, citation: "Tex. Gov't Code 662.003, 311.014" },
} satisfies Record<string, Calendar>;

export const calendarName = z.enum(Object.keys(calendars) as [keyof typeof calendars, ...(keyof typeof calendars)[]]);
export type CalendarName = z.infer<typeof calendarName>;

function dayOf({ on }: Holiday, year: number): Day {
  if ('day' in on) return Temporal.PlainDate.from({ year, ...on });
  const first = Temporal.PlainDate.from({ year, month: on.month, day: 1 });
  if (on.nth > 0) return first.add({ days: ((on.weekday - first.dayOfWeek + 7) % 7) + 7 * (on.nth - 1) });
  const last = first.with({ day: first.daysInMonth });
  return last.subtract({ days: (last.dayOfWeek - on.weekday + 7) % 7 });
}

const saturday = 6;
const sunday = 7;

/** The day on which a holiday is kept: not always in its own year (New Year's Day on a Saturday is kept on 31 December). */
function keptOn(holiday: Holiday, year: number, saturdayBefore: boolean): Day {
  const day = dayOf(holiday, year);
  if ('day' in holiday.on && day.dayOfWeek === sunday) return day.add({ days: 1 });
  if ('day' in holiday.on && day.dayOfWeek === saturday && saturdayBefore) return day.subtract({ days: 1 });
  return day;
}

/** The holidays of a calendar's year by the day on which they are kept. Each is worked out once. */
const years = new Map<string, ReadonlyMap<string, string>>();

function holidaysOf(year: number, name: CalendarName): ReadonlyMap<string, string> {
  const known = years.get(`${name} ${year}`);
  if (known) return known;
  const { holidays, saturdayBefore }: Calendar = calendars[name];
  const kept = [year, year + 1].flatMap((of) =>
    holidays
      .filter(({ since = 0 }) => of >= since)
      .map((holiday): [string, string] => [keptOn(holiday, of, saturdayBefore).toString(), holiday.name]),
  );
  const found = new Map(kept.filter(([day]) => day.startsWith(`${year}-`)));
  years.set(`${name} ${year}`, found);
  return found;
}

/** The holiday that is kept on a day in a calendar, if there is one. */
export function holidayOn(day: Day, name: CalendarName): string | undefined {
  return holidaysOf(day.year, name).get(day.toString());
}

/** Monday to Friday, and no holiday of the calendar. */
export function isBusinessDay(day: Day, name: CalendarName): boolean {
  return day.dayOfWeek < saturday && holidayOn(day, name) === undefined;
}

/** The nth business day after a day, which is itself not counted; 0: the day itself, or the next business day. */
export function businessDayAfter(day: Day, n: number, name: CalendarName): Day {
  let at = day;
  if (n === 0) while (!isBusinessDay(at, name)) at = at.add({ days: 1 });
  for (let left = n; left > 0; ) {
    at = at.add({ days: 1 });
    if (isBusinessDay(at, name)) left -= 1;
  }
  return at;
}

/** Names of the holidays that were skipped between two days, both excluded from the question of weekends. For the working. */
export function holidaysBetween(after: Day, until: Day, name: CalendarName): string[] {
  const found: string[] = [];
  for (let day = after.add({ days: 1 }); Temporal.PlainDate.compare(day, until) <= 0; day = day.add({ days: 1 })) {
    const holiday = day.dayOfWeek < saturday ? holidayOn(day, name) : undefined;
    if (holiday) found.push(`${holiday} ${day}`);
  }
  return found;
}
