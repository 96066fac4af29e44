import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { type Facts, factsOf } from './facts.ts';
import { hipaa } from './obligation.fixture.ts';
import { type Obligation, obligationsOf } from './obligation.ts';
import { lateFrom, type Reminding, remindersOf } from './reminder.ts';
import type { Clocks } from './schedule.ts';

const regimes = Object.fromEntries(hipaa.map((one) => [one.id, one]));
const at = (when: string) => Temporal.Instant.from(when);
const facts = (more: object = {}): Facts =>
  factsOf({
    entity: { kinds: ['hipaa-covered-entity'], zone: 'America/New_York', states: ['NY'] },
    anchors: { discovery: '2026-11-21' },
    individuals: { total: 600, byState: { NY: 600 } },
    ...more,
  });

/** The individual notice of HIPAA, due 2027-01-20, as if a law gave it these. */
function given(now: string, more: Partial<Obligation> = {}, work: Clocks['work'] = {}, known = facts()): Reminding {
  const [one] = obligationsOf(hipaa, known, now).filter((o) => o.obligation === 'individual');
  if (!one) throw new Error('the fixture has the individual notice');
  return {
    obligations: [{ ...one, ...more }],
    regimes,
    facts: known,
    work,
    ownerOf: () => 'dana@example.com',
    targetDays: 30,
    now: at(now),
  };
}
const key = 'us-hipaa-individual/individual';
const fresh = (all: Reminding) => remindersOf(all).fresh.flatMap(({ marks }) => marks.map((m) => [m.name, m.circle]));

describe('remindersOf', () => {
  it.each([
    // 2026-11-21 00:00 to 2027-01-21 00:00 in New York: 61 days
    ['2026-12-21T16:59:59Z', '50 %', false],
    ['2026-12-21T17:00:00Z', '50 %', true],
    ['2027-01-08T23:59:59Z', '80 %', false],
    ['2027-01-09T00:12:00Z', '80 %', true],
    ['2027-01-21T04:59:59Z', 'overdue', false],
    ['2027-01-21T05:00:00Z', 'overdue', true],
  ])('at %s the mark of %s has come: %s', (now, mark, come) => {
    expect(fresh(given(now)).some(([name]) => name?.startsWith(mark))).toBe(come);
  });

  it('hour clocks also remind 24, 6 and 1 hour before', () => {
    const due = '2026-11-24T14:30:00Z';
    const names = (now: string) => fresh(given(now, { due })).map(([name]) => name);
    expect(names('2026-11-23T14:29:00Z')).not.toContain(`24 h before ${due}`);
    expect(names('2026-11-23T14:30:00Z')).toContain(`24 h before ${due}`);
    expect(names('2026-11-24T08:30:00Z')).toContain(`6 h before ${due}`);
    expect(names('2026-11-24T13:29:59Z')).not.toContain(`1 h before ${due}`);
    expect(fresh(given('2026-11-24T13:30:00Z', { due }))).toContainEqual([`1 h before ${due}`, 'everybody']);
  });

  it('a law without a number is measured by our own target, which is never overdue', () => {
    const late = fresh(given('2026-12-23T00:00:00Z', { due: null, dueLocal: null }));
    expect(late.map(([name]) => name)).toEqual([
      '50 % of the time to our target 2026-12-21',
      '80 % of the time to our target 2026-12-21',
      'our target 2026-12-21 has passed',
    ]);
    expect(late.some(([, circle]) => circle === 'everybody')).toBe(false);
  });

  it('a target that has passed comes again every week, to everybody, for as long as nobody sends', () => {
    const unnumbered = { due: null, dueLocal: null };
    const first = remindersOf(given('2026-12-22T05:00:00Z', unnumbered));
    expect(first.next?.toString()).toBe('2026-12-29T05:00:00Z');
    expect(fresh(given('2026-12-29T04:59:59Z', unnumbered, first.work))).toEqual([]);
    expect(fresh(given('2026-12-29T05:00:00Z', unnumbered, first.work))).toEqual([
      ['our target 2026-12-21 has passed +1 w', 'everybody'],
    ]);
    // a month without looks is one mark, and the record does not grow
    const later = remindersOf(given('2027-02-02T05:00:00Z', unnumbered, first.work));
    expect(later.fresh.flatMap(({ marks }) => marks.map((m) => m.name))).toEqual([
      'our target 2026-12-21 has passed +6 w',
    ]);
    expect(later.work[key]?.reminded.filter((name) => name.includes('passed'))).toHaveLength(1);
    expect(later.next?.toString()).toBe('2027-02-09T05:00:00Z');
  });

  it.each([
    ['not owed', { owed: false }],
    ['sent', { status: 'sent' }],
    ['exempt', { status: 'exempt' }],
    ['a law of a State where nobody is known to live', { inView: false }],
    ['not the branch that governs', { governs: false }],
  ] as [string, Partial<Obligation>][])('nobody is reminded of what is %s', (_what, more) => {
    expect(remindersOf(given('2027-03-01T00:00:00Z', more))).toMatchObject({ fresh: [], next: undefined });
  });

  it('what has no owner goes to everybody at once, and once', () => {
    const unowned = { ...given('2026-11-22T00:00:00Z'), ownerOf: () => undefined };
    const { fresh: first, work } = remindersOf(unowned);
    expect(first[0]?.marks).toMatchObject([{ name: 'nobody sees to it', circle: 'everybody' }]);
    expect(remindersOf({ ...unowned, work }).fresh).toEqual([]);
  });

  it('a due date that moves is a clock of its own', () => {
    const { work } = remindersOf(given('2026-12-22T00:00:00Z'));
    expect(fresh(given('2026-12-22T00:00:00Z', {}, work))).toEqual([]);
    expect(fresh(given('2026-12-22T00:00:00Z', { due: '2027-01-05' }, work)).map(([name]) => name)).toEqual([
      '50 % of the time to 2027-01-05',
    ]);
  });

  it('of the days overdue only the last is kept, so that the record does not grow', () => {
    let work: Clocks['work'] = {};
    for (let n = 0; n < 40; n++) {
      const now = at('2027-01-21T05:00:00Z')
        .add({ hours: 24 * n })
        .toString();
      const seen = remindersOf(given(now, {}, work));
      expect(seen.fresh).toHaveLength(1);
      work = seen.work;
    }
    expect(work[key]?.reminded).toHaveLength(4);
  });
});

const hours = fc.integer({ min: 0, max: 80 * 24 });
const start = at('2026-11-21T05:00:00Z');
const looks = fc.array(hours, { minLength: 1, maxLength: 12 }).map((all) => [...new Set(all)].sort((a, b) => a - b));
const dues = fc.constantFrom('2027-01-20', '2026-11-24T14:30:00Z', null);
const hoursIn = (n: number) => start.add({ hours: n }).toString();

describe('whatever the times of the looks', () => {
  it('each mark comes once, none is lost, and the same look again gives nothing', () => {
    fc.assert(
      fc.property(looks, dues, (times, due) => {
        let work: Clocks['work'] = {};
        const come: string[] = [];
        for (const n of times) {
          const seen = remindersOf(given(hoursIn(n), { due }, work));
          come.push(...seen.fresh.flatMap(({ marks }) => marks.map((m) => m.name)));
          work = seen.work;
          expect(remindersOf(given(hoursIn(n), { due }, work)).fresh).toEqual([]);
        }
        expect(new Set(come).size).toBe(come.length);
        const atOnce = fresh(given(hoursIn(times.at(-1) ?? 0), { due })).map(([name]) => name ?? '');
        for (const name of atOnce) expect(come).toContain(name);
      }),
    );
  });

  it('nothing comes before the next time that was said, and something does at it', () => {
    fc.assert(
      fc.property(hours, dues, (n, due) => {
        const seen = remindersOf(given(hoursIn(n), { due }));
        // only our own target ends: a law's due date is looked at until the notice has left
        if (due !== null) expect(seen.next).toBeDefined();
        if (!seen.next) return;
        const look = (when: Temporal.Instant) => remindersOf(given(when.toString(), { due }, seen.work)).fresh;
        expect(look(seen.next.subtract({ milliseconds: 1 }))).toEqual([]);
        expect(look(seen.next)).not.toEqual([]);
      }),
    );
  });

  it('marks come in the order of their shares, before the moment from which sending is late', () => {
    fc.assert(
      fc.property(hours, fc.constantFrom('2027-01-20', '2026-11-24T14:30:00Z'), (n, due) => {
        const late = lateFrom(due, 'America/New_York');
        for (const { marks } of remindersOf(given(hoursIn(n), { due })).fresh)
          for (const { name, at: when } of marks)
            expect(Temporal.Instant.compare(when, late) < 0).toBe(!name.startsWith('overdue'));
      }),
    );
  });
});
