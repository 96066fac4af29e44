import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { factsOf } from './facts.ts';
import { dues, entity, hipaa, under } from './obligation.fixture.ts';
import { obligationsOf } from './obligation.ts';
import { lawOf } from './regime.fixture.ts';
import { regimesOf } from './regime.ts';

describe('the obligations of a HIPAA breach', () => {
  it('are shown with recipient, last second, working, standard and citation', () => {
    expect(under('2026-11-21', {}, '2026-11-22').individual).toEqual({
      regime: 'us-hipaa-individual',
      obligation: 'individual',
      recipient: expect.stringMatching(/^each affected individual/),
      recipientKind: 'individual',
      owed: true,
      due: '2027-01-20',
      dueLocal: '2027-01-20T23:59:59-05:00',
      legalRollDate: null,
      projected: false,
      from: '2026-11-21',
      governs: true,
      inView: true,
      sendFirst: [],
      working: 'discovery 2026-11-21 (America/New_York), day 0 excluded, +60 calendar days, no roll',
      heldUntil: null,
      wouldChange: expect.any(Array),
      status: 'open',
      standard: expect.stringMatching(/outer limit/),
      confirmWithCounsel: false,
      citation: '45 CFR 164.404(b)',
    });
  });

  it.each([
    [499, 'NY', { individual: true, media: false, hhs_large: false, hhs_small: true }],
    [500, 'NY', { individual: true, media: false, hhs_large: true, hhs_small: false }],
    [501, 'NY', { individual: true, media: true, hhs_large: true, hhs_small: false }],
    [0, 'NY', { individual: false, media: false, hhs_large: false, hhs_small: false }],
  ])('for %d residents of %s', (total, state, owed) => {
    const all = under('2026-11-21', { individuals: { total, byState: { [state]: total } } });
    expect(Object.fromEntries(Object.values(all).map((one) => [one.obligation, one.owed]))).toEqual(owed);
  });

  it('are all shown while nobody is counted, the earlier HHS clock governing, and say what would change them', () => {
    const all = under('2026-11-21');
    expect(Object.values(all).map(({ obligation, owed, due, governs }) => [obligation, owed, due, governs])).toEqual([
      ['individual', true, '2027-01-20', true],
      ['media', 'unknown', '2027-01-20', true],
      ['hhs_large', 'unknown', '2027-01-20', true],
      ['hhs_small', 'unknown', '2027-03-01', false],
    ]);
    expect(all.hhs_large?.working).toMatch(
      /; not known whether 500 or more individuals are affected, so treated as owed$/,
    );
    expect(all.hhs_large?.wouldChange).toContain('count them: owed only if 500 or more individuals are affected');
    expect(all.hhs_small?.wouldChange).toEqual([
      'count them: owed only if fewer than 500 individuals are affected',
      expect.stringMatching(/^a signed risk assessment .* until then a breach is presumed$/),
      'until then us-hipaa-hhs-500plus hhs_large governs, due 2027-01-20',
    ]);
  });

  it('count whoever is in no State yet as living in one', () => {
    const owed = (total: number | undefined, byState: object) =>
      under('2026-11-21', { individuals: { total, byState } }).media?.owed;
    expect(owed(600, { CA: 99 })).toBe('unknown');
    expect(owed(600, { CA: 100 })).toBe(false);
    expect(owed(undefined, { CA: 500 })).toBe('unknown');
    expect(owed(undefined, { CA: 501 })).toBe(true);
  });

  it('follow the sending of another notice only when it is earlier', () => {
    const sent = (on: string) => ({ sent: [{ regime: 'us-hipaa-individual', obligation: 'individual', on }] });
    expect(under('2026-11-21', sent('2026-12-24')).hhs_large?.due).toBe('2026-12-24');
    expect(under('2026-11-21', sent('2026-12-25T02:00:00Z')).hhs_large?.due).toBe('2026-12-24');
    expect(under('2026-11-21', sent('2027-01-21')).hhs_large?.due).toBe('2027-01-20');
    expect(under('2026-11-21').hhs_large?.wouldChange).toContain(
      'due on the day that us-hipaa-individual individual is sent, if that is earlier',
    );
  });

  it('can be restricted to some regimes, which changes nothing about them', () => {
    const { hhs_small, ...others } = under('2026-11-21', { regimes: ['us-hipaa-hhs-lt500'] });
    expect(others).toEqual({});
    expect(hhs_small).toEqual(under('2026-11-21').hhs_small);
  });
});

describe('the status of an obligation', () => {
  const sent = (on: string) => ({ sent: [{ regime: 'us-hipaa-individual', obligation: 'individual', on }] });
  const written = { holds: [{ kind: 'written', date: '2026-12-01', until: '2027-02-01' }] };
  it.each([
    ['open on the last day', {}, '2027-01-20', 'open'],
    ['open in its last local second', {}, '2027-01-21T04:59:59Z', 'open'],
    ['overdue a second later', {}, '2027-01-21T05:00:00Z', 'overdue'],
    ['sent in time', sent('2027-01-20'), '2027-02-01', 'sent'],
    ['sent late', sent('2027-01-21'), '2027-02-01', 'sent-late'],
    ['held on the last day of the hold', written, '2027-02-01', 'held'],
    ['overdue after the hold', written, '2027-02-02', 'overdue'],
    ['open when nobody says what day it is', {}, undefined, 'open'],
  ])('is %s', (_what, more, today, status) => {
    expect(under('2026-11-21', more, today).individual?.status).toBe(status);
  });
});

describe('what is not settled law', () => {
  it('is never computed when it is only proposed', () => {
    const proposed = regimesOf([{ ...lawOf(), status: 'proposed_not_in_force' }]);
    expect(under('2026-11-21', {}, undefined, proposed)).toEqual({});
  });

  it.each([
    ['A', '2027-11-21', false],
    ['A', '2027-11-22', true],
    ['A', undefined, true],
    ['B', '2026-11-22', true],
    ['C', '2026-11-22', true],
  ] as const)('level %s on %s: confirm with counsel is %s', (verification, today, confirm) => {
    const law = regimesOf([{ ...lawOf(), verification }]);
    expect(under('2026-11-21', {}, today, law).individual?.confirmWithCounsel).toBe(confirm);
  });
});

describe('wrong facts', () => {
  it.each<[string, object, RegExp]>([
    [
      'discovery after today',
      { anchors: { discovery: '2026-11-23' } },
      /anchors.discovery: 2026-11-23 is after today \(2026-11-22\)/,
    ],
    ['a statement after today', { holds: [{ kind: 'oral', date: '2026-11-23' }] }, /holds.0.date/],
    [
      'sending after today',
      { sent: [{ regime: 'us-hipaa-media', obligation: 'media', on: '2026-11-23' }] },
      /sent.0.on/,
    ],
    [
      'a regime that does not exist',
      { regimes: ['us-hipaa'] },
      /regimes.0: "us-hipaa" is not a regime; known: us-hipaa-individual, /,
    ],
    [
      'a hold under a regime that does not exist',
      { holds: [{ kind: 'oral', date: '2026-11-22', regimes: ['us-hipaa'] }] },
      /holds.0.regimes: "us-hipaa" is not a regime/,
    ],
    [
      'an obligation that does not exist',
      { sent: [{ regime: 'us-hipaa-media', obligation: 'press', on: '2026-11-22' }] },
      /it has: media/,
    ],
    [
      'an entity that no regime covers',
      { entity: { ...entity, kinds: ['hipaa-coverd-entity'] } },
      /covered: regulated-entity, hipaa-covered-entity/,
    ],
  ])('with %s are refused', (_what, wrong, message) => {
    const facts = factsOf({ entity, anchors: { discovery: '2026-11-21' }, ...wrong });
    expect(() => obligationsOf(hipaa, facts, '2026-11-22')).toThrow(message);
  });

  it('are judged by the local day: discovery this evening in New York is not after today', () => {
    expect(under('2026-11-22T23:30:00-05:00', {}, '2026-11-23T04:45:00Z').individual?.due).toBe('2027-01-21');
  });
});

describe('for every day', () => {
  const day = fc
    .integer({ min: 0, max: 36_524 })
    .map((days) => Temporal.PlainDate.from('2010-01-01').add({ days }).toString());
  const zone = fc.constantFrom(
    'America/New_York',
    'Pacific/Honolulu',
    'Pacific/Kiritimati',
    'Australia/Lord_Howe',
    'UTC',
  );
  const individuals = fc.option(fc.record({ total: fc.integer({ min: 1, max: 2000 }) }), { nil: undefined });

  it('a later discovery is never due earlier', () => {
    fc.assert(
      fc.property(day, day, individuals, (a, b, counted) => {
        const [first, second] = [a, b].sort();
        const before = dues(under(first ?? a, { individuals: counted }));
        const after = dues(under(second ?? b, { individuals: counted }));
        for (const id of Object.keys(before)) expect((before[id] ?? '') <= (after[id] ?? '')).toBe(true);
      }),
    );
  });

  it('a date gives the same due date in every zone, and any instant of that local day gives it too', () => {
    fc.assert(
      fc.property(day, zone, fc.integer({ min: 0, max: 86_399 }), (date, name, second) => {
        const elsewhere = { entity: { ...entity, zone: name } };
        const midnight = Temporal.PlainDate.from(date).toZonedDateTime(name);
        const length = midnight.add({ days: 1 }).since(midnight).total('seconds');
        const instant = midnight
          .add({ seconds: second % length })
          .toInstant()
          .toString();
        expect(dues(under(date, elsewhere))).toEqual(dues(under(date)));
        expect(dues(under(instant, elsewhere))).toEqual(dues(under(date)));
      }),
    );
  });

  it('the 60th day is 60 days later, and the annual report is due on March 1 or, in leap years, on February 29', () => {
    fc.assert(
      fc.property(day, (date) => {
        const all = under(date, { individuals: { total: 499 } });
        expect(Temporal.PlainDate.from(date).until(all.individual?.due ?? date).days).toBe(60);
        const next = Temporal.PlainDate.from(date).year + 1;
        const leap = (next % 4 === 0 && next % 100 !== 0) || next % 400 === 0;
        expect(all.hhs_small?.due).toBe(`${next}-${leap ? '02-29' : '03-01'}`);
      }),
    );
  });

  it('more individuals never lift an individual or media notice, and exactly one HHS branch is owed', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: 1, max: 3000 }), (discovery, total) => {
        const all = under(discovery, { individuals: { total, byState: { NY: total } } });
        expect([all.hhs_large?.owed, all.hhs_small?.owed].filter(Boolean)).toHaveLength(1);
        expect(all.media?.owed).toBe(total > 500);
      }),
    );
  });
});
