import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { businessDayAfter, type CalendarName, calendarName, holidayOn, isBusinessDay } from './calendar.ts';

const day = (text: string) => Temporal.PlainDate.from(text);
const holidaysOf = (year: number, name: CalendarName) =>
  Array.from({ length: day(`${year}-01-01`).daysInYear }, (_, n) => day(`${year}-01-01`).add({ days: n }))
    .filter((one) => holidayOn(one, name))
    .map(String);

describe('a calendar of business days', () => {
  it('has the holidays that the Office of Personnel Management published for 2026', () => {
    expect(holidaysOf(2026, 'us_federal')).toEqual([
      ...['2026-01-01', '2026-01-19', '2026-02-16', '2026-05-25', '2026-06-19', '2026-07-03', '2026-09-07'],
      ...['2026-10-12', '2026-11-11', '2026-11-26', '2026-12-25'],
    ]);
  });

  it('keeps a federal holiday that falls on a weekend on the nearest weekday, across the end of a year too', () => {
    // 1 January 2028 is a Saturday, 19 June 2027 a Saturday, 4 July 2027 a Sunday
    expect(holidaysOf(2027, 'us_federal')).toEqual(expect.arrayContaining(['2027-06-18', '2027-07-05', '2027-12-31']));
    expect(isBusinessDay(day('2027-12-31'), 'us_federal_sec')).toBe(false);
    expect(isBusinessDay(day('2028-01-03'), 'us_federal')).toBe(true);
  });

  it('keeps a State holiday on Monday after a Sunday, and on no Friday before a Saturday', () => {
    for (const name of ['us_ca_state', 'us_ny', 'us_il', 'us_tx'] as const) {
      expect(isBusinessDay(day('2026-07-03'), name)).toBe(true);
      expect(isBusinessDay(day('2027-07-05'), name)).toBe(false);
    }
  });

  it('counts a day that is arguably a holiday as a business day, so that nothing is due later for it', () => {
    expect(isBusinessDay(day('2026-11-27'), 'us_ca_state')).toBe(true);
    expect(isBusinessDay(day('2026-06-19'), 'us_ca_state')).toBe(true);
    expect(isBusinessDay(day('2026-02-12'), 'us_ny')).toBe(true);
    expect(isBusinessDay(day('2026-11-03'), 'us_il')).toBe(true);
  });

  it('knows the holidays of one State from those of another', () => {
    expect(isBusinessDay(day('2026-03-31'), 'us_ca_state')).toBe(false);
    expect(isBusinessDay(day('2026-03-31'), 'us_ny')).toBe(true);
    expect(isBusinessDay(day('2026-10-12'), 'us_ca_state')).toBe(true);
    expect(isBusinessDay(day('2026-10-12'), 'us_ny')).toBe(false);
  });

  it('has no Juneteenth before it was law', () => {
    expect(isBusinessDay(day('2020-06-19'), 'us_federal')).toBe(true);
    expect(isBusinessDay(day('2023-06-19'), 'us_federal')).toBe(false);
  });

  it.each(calendarName.options)('%s counts from the day after', (name) => {
    // Wednesday before Thanksgiving 2026
    expect(businessDayAfter(day('2026-11-25'), 1, name).toString()).toBe('2026-11-27');
    expect(businessDayAfter(day('2026-11-21'), 1, name).toString()).toBe('2026-11-23');
    expect(businessDayAfter(day('2026-11-26'), 0, name).toString()).toBe('2026-11-27');
    expect(businessDayAfter(day('2026-11-25'), 0, name).toString()).toBe('2026-11-25');
  });
});
