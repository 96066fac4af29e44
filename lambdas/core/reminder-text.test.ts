import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { under } from './obligation.fixture.ts';
import { dueText, headline, left, lineTexts, urgencyOf } from './reminder-text.ts';

const zone = 'America/New_York';
const at = (when: string) => Temporal.Instant.from(when);
const individual = under('2026-11-21', { individuals: { total: 600 } }).individual;
if (!individual) throw new Error('the fixture has the individual notice');

describe('the time that is left', () => {
  it.each([
    ['2027-01-20', '2027-01-11T12:00:00Z', 'in 9 days'],
    ['2027-01-20', '2027-01-20T06:00:00Z', 'today'],
    // 23:30 on the day before in New York
    ['2027-01-20', '2027-01-20T04:30:00Z', 'in 1 day'],
    ['2027-01-20', '2027-01-21T04:59:59Z', 'today'],
    ['2027-01-20', '2027-01-21T05:00:00Z', 'overdue for 1 day'],
    ['2026-11-24T14:30:00Z', '2026-11-23T14:30:00Z', 'in 24 hours'],
    ['2026-11-24T14:30:00Z', '2026-11-24T13:45:00Z', 'within the hour'],
    ['2026-11-24T14:30:00Z', '2026-11-24T16:45:00Z', 'overdue for 2 hours'],
  ])('to %s at %s is %s', (due, now, words) => {
    expect(left(due, zone, at(now))).toBe(words);
  });
});

it('a due date stands with its zone, and the time that is left beside it', () => {
  const now = at('2027-01-11T12:00:00Z');
  expect(dueText({ due: '2027-01-20', projected: false }, zone, now)).toBe(
    'due 2027-01-20 23:59 America/New_York, in 9 days',
  );
  expect(dueText({ due: '2026-11-24T14:30:00Z', projected: true }, zone, at('2026-11-24T12:00:00Z'))).toBe(
    'due 2026-11-24 09:30 America/New_York, in 2 hours (projected: another notice goes first)',
  );
  expect(dueText({ due: null, projected: false }, zone, now)).toContain('without unreasonable delay');
});

describe('a reminder', () => {
  const now = at('2027-01-22T12:00:00Z');
  const of = (due: string | null, ...marks: string[]) => ({ one: { ...individual, due }, marks });

  it('begins with what is overdue, and says so in its subject', () => {
    const lines = [
      of(null, 'our target 2026-12-21 has passed'),
      of('2027-01-20', 'overdue 2027-01-20 +1 d'),
      of('2027-01-25', '80 % of the time to 2027-01-25'),
    ];
    expect(headline(lines, zone, now)).toBe('1 of 3 notices OVERDUE, the first since 2027-01-20');
    expect(lineTexts(lines, zone, now).map((line) => line.slice(0, 14))).toEqual([
      'due 2027-01-20',
      'due 2027-01-25',
      'no day in the ',
    ]);
    expect(urgencyOf(lines)).toBe('ACT NOW');
    expect(urgencyOf(lines.slice(2))).toBe('NEEDS YOU');
  });

  it('never calls our own target a deadline or urgent', () => {
    const [line] = lineTexts([of(null, '80 % of the time to our target 2026-12-21')], zone, now);
    expect(line).toMatch(/80 % of the time to our target 2026-12-21$/);
    expect(urgencyOf([of(null, 'our target 2026-12-21 has passed')])).toBe('NEEDS YOU');
  });

  it('of very many shows the soonest and how many more', () => {
    const many = Array.from({ length: 90 }, (_, n) => of(`2027-02-${String((n % 28) + 1).padStart(2, '0')}`, 'x'));
    const texts = lineTexts(many, zone, now);
    expect(texts).toHaveLength(41);
    expect(texts.at(-1)).toBe('and 50 more, later than these');
  });
});
