import { Temporal } from 'temporal-polyfill';
import { localDate } from './facts.ts';
import { inert } from './inert.ts';
import type { Obligation } from './obligation.ts';
import { lateFrom } from './reminder.ts';
import { keyOf } from './schedule.ts';

/** One obligation that a person is reminded of, and the names of the marks that have come. */
export interface Line {
  one: Obligation;
  marks: readonly string[];
}

const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** `in 9 days`, `today`, `in 5 h`, `overdue for 2 days`: days by the calendar of the zone, hours where the clock runs in hours. */
export function left(due: string, zone: string, now: Temporal.Instant): string {
  const late = lateFrom(due, zone);
  const hours = Math.floor(now.until(late, { largestUnit: 'hour' }).hours);
  const isOver = Temporal.Instant.compare(late, now) <= 0;
  const days = localDate(now.toString(), zone).until(localDate(due, zone), { largestUnit: 'day' }).days;
  if (isOver) return -days >= 1 ? `overdue for ${count(-days, 'day')}` : `overdue for ${count(-hours, 'hour')}`;
  if (due.includes('T') && hours < 48) return hours === 0 ? 'within the hour' : `in ${count(hours, 'hour')}`;
  return days === 0 ? 'today' : `in ${count(days, 'day')}`;
}

/** `2027-01-20 23:59 America/New_York`: the last minute that is in time. */
export function lastMinute(due: string, zone: string): string {
  const last = lateFrom(due, zone)
    .subtract({ seconds: due.includes('T') ? 0 : 1 })
    .toZonedDateTimeISO(zone);
  return `${last.toPlainDate()} ${last.toPlainTime().toString({ smallestUnit: 'minute' })} ${zone}`;
}

/** `due 2027-01-20 23:59 America/New_York, in 9 days`: absolute with its zone, and relative beside it. */
export function dueText(one: Pick<Obligation, 'due' | 'projected'>, zone: string, now: Temporal.Instant): string {
  if (!one.due) return 'no day in the law: without unreasonable delay';
  return `due ${lastMinute(one.due, zone)}, ${left(one.due, zone, now)}${one.projected ? ' (projected: another notice goes first)' : ''}`;
}

/** The soonest first; what has no day last. */
export function bySoonest(zone: string): (a: Pick<Obligation, 'due'>, b: Pick<Obligation, 'due'>) => number {
  const end = ({ due }: Pick<Obligation, 'due'>) =>
    due ? lateFrom(due, zone).epochMilliseconds : Number.POSITIVE_INFINITY;
  return (a, b) => end(a) - end(b) || 0;
}

/** What a reminder wants of its reader, in capitals. */
export function urgencyOf(lines: readonly Line[]): 'ACT NOW' | 'NEEDS YOU' {
  const isUrgent = ({ marks }: Line) =>
    marks.some((m) => m.startsWith('overdue ') || m.startsWith('95 % of the time to 2') || m.startsWith('1 h '));
  return lines.some(isUrgent) ? 'ACT NOW' : 'NEEDS YOU';
}

/** Fewer than 100 ASCII characters, as SNS Publish demands of a Subject. */
export function headline(lines: readonly Line[], zone: string, now: Temporal.Instant): string {
  const sorted = [...lines].map(({ one }) => one).sort(bySoonest(zone));
  const over = sorted.filter(({ due }) => due && Temporal.Instant.compare(lateFrom(due, zone), now) <= 0).length;
  const [first] = sorted;
  const day = first?.due && localDate(first.due, zone);
  if (first?.due && sorted.length === 1) {
    const whom = inert(first.recipient.split(/[(,]/)[0] ?? '', 40).trim();
    return over > 0
      ? `notice OVERDUE since ${day}: ${whom}`
      : `notice due ${day} (${left(first.due, zone, now)}): ${whom}`;
  }
  if (over > 0) return `${over} of ${count(sorted.length, 'notice')} OVERDUE, the first since ${day}`;
  return `${count(sorted.length, 'notice')}${first?.due ? `, the first due ${day} (${left(first.due, zone, now)})` : ''}`;
}

const shownLines = 40;

/** One line for each notice, the soonest first, with the mark that came last and those that were passed over. */
export function lineTexts(lines: readonly Line[], zone: string, now: Temporal.Instant): string[] {
  const soonest = bySoonest(zone);
  const sorted = [...lines].sort((a, b) => soonest(a.one, b.one));
  const texts = sorted.slice(0, shownLines).map(({ one, marks }) => {
    const short = marks.map((mark) =>
      mark
        .replace(/^(\d+ %) of the time to [^o].*$/, '$1 of the time is gone')
        .replace(/^(overdue|\d+ h before) .*$/, '$1'),
    );
    const [last = '', ...passed] = short.reverse();
    const also =
      passed.length > 0
        ? ` (and since the last look: ${passed.reverse().join(', ').replaceAll(' of the time is gone', '')})`
        : '';
    return `${dueText(one, zone, now)}: ${inert(one.recipient)}, ${one.citation} (${keyOf(one)}): ${last}${also}`;
  });
  const more = sorted.length - texts.length;
  return more > 0 ? [...texts, `and ${more} more, later than these`] : texts;
}
