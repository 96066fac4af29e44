import { describe, expect, it } from 'vitest';
import { dues, under } from './obligation.fixture.ts';
import { lawOf } from './regime.fixture.ts';
import { regimesOf } from './regime.ts';

describe('a law-enforcement hold', () => {
  const due = (...holds: object[]) => under('2026-11-21', { holds }).individual?.due;
  const oral = { kind: 'oral', date: '2026-12-28' };

  it.each([
    ['an oral statement holds for 30 days from its own date', [oral], '2027-01-27'],
    ['an oral statement on the last day still holds', [{ kind: 'oral', date: '2027-01-20' }], '2027-02-19'],
    ['an oral statement after it revives nothing', [{ kind: 'oral', date: '2027-01-21' }], '2027-01-20'],
    ['a second oral statement renews nothing', [oral, { kind: 'oral', date: '2027-01-20' }], '2027-01-27'],
    ['an oral statement may name an earlier end', [{ ...oral, until: '2027-01-22' }], '2027-01-22'],
    ['and none later than its 30 days', [{ ...oral, until: '2027-06-01' }], '2027-01-27'],
    [
      'a written statement within the 30 days may shorten them',
      [oral, { kind: 'written', date: '2027-01-04', until: '2027-01-22' }],
      '2027-01-22',
    ],
    [
      'a written statement on the 30th day still counts',
      [oral, { kind: 'written', date: '2027-01-27', until: '2027-03-31' }],
      '2027-03-31',
    ],
    ['one on the 31st does not', [oral, { kind: 'written', date: '2027-01-28', until: '2027-03-31' }], '2027-01-27'],
    [
      'no time is credited: a hold inside the 60 days moves nothing',
      [{ kind: 'oral', date: '2026-11-22' }],
      '2027-01-20',
    ],
    [
      'the order in which the facts name them does not matter',
      [{ kind: 'written', date: '2027-01-15', until: '2027-03-31' }, oral],
      '2027-03-31',
    ],
    [
      'written statements follow one another',
      [
        { kind: 'written', date: '2027-01-15', until: '2027-02-15' },
        { kind: 'written', date: '2027-02-10', until: '2027-03-15' },
      ],
      '2027-03-15',
    ],
  ])('%s', (_what, holds, expected) => {
    expect(due(...holds)).toBe(expected);
  });

  it('under one regime suspends no other', () => {
    const held = { ...oral, regimes: ['us-hipaa-media'] };
    const individuals = { total: 501, byState: { NY: 501 } };
    expect(dues(under('2026-11-21', { individuals, holds: [held] }))).toEqual({
      individual: '2027-01-20',
      media: '2027-01-27',
      hhs_large: '2027-01-20',
      hhs_small: null,
    });
  });

  it('is shown in the working with its law', () => {
    expect(under('2026-11-21', { holds: [oral] }).individual?.working).toMatch(
      /no roll; held by law enforcement until 2027-01-27 \(45 CFR 164.412\)$/,
    );
  });

  it('does nothing under a law that knows none, and an oral one nothing under a law that asks for writing', () => {
    const writing = { kind: 'written', date: '2027-01-15', until: '2027-03-31' };
    const without = regimesOf([{ ...lawOf(), delays: [] }]);
    expect(under('2026-11-21', { holds: [writing] }, undefined, without).individual?.due).toBe('2027-01-20');
    const asks = regimesOf([
      { ...lawOf(), delays: [{ kind: 'law_enforcement', citation: 'x', oralCalendarDays: null }] },
    ]);
    expect(under('2026-11-21', { holds: [oral] }, undefined, asks).individual?.due).toBe('2027-01-20');
    expect(under('2026-11-21', { holds: [writing] }, undefined, asks).individual?.due).toBe('2027-03-31');
  });

  it('counts only where the law knows a delay at the wish of that authority', () => {
    const written = { kind: 'written', date: '2026-12-01', until: '2027-03-31' };
    expect(due({ ...written, authority: 'attorney_general' })).toBe('2027-01-20');
    expect(due({ ...written, authority: 'law_enforcement' })).toBe('2027-03-31');
  });

  it('that is oral counts while a written one holds, too', () => {
    const holds = [
      { kind: 'written', date: '2026-12-01', until: '2027-02-15' },
      { kind: 'oral', date: '2027-02-10' },
    ];
    expect(under('2026-11-21', { holds }).individual).toMatchObject({ due: '2027-03-12', heldUntil: '2027-03-12' });
  });

  it('is not passed over in silence where it does not hold, and shows when a notice left in spite of it', () => {
    const late = under('2026-11-21', { holds: [{ kind: 'oral', date: '2027-01-21' }] });
    expect(late.individual?.wouldChange.join()).toMatch(
      /an oral statement of law enforcement of 2027-01-21 does not hold it, because it was due when it came/,
    );
    const sent = [{ regime: 'us-hipaa-individual', obligation: 'individual', on: '2026-12-24' }];
    const left = under('2026-11-21', { sent, holds: [{ kind: 'written', date: '2026-12-01', until: '2027-02-15' }] });
    expect(left.individual?.working).toMatch(/left on 2026-12-24 although it was held until 2027-02-15/);
  });
});
