import { describe, expect, it } from 'vitest';
import { ag, days, due, entity, federal, letter, own, sent, state, under } from './outlook.fixture.ts';

describe('a notice that hangs on another', () => {
  const after = { order: { relation: 'after', ...own('individual') } };
  const cascade = (more: object = after) =>
    state({
      obligations: [letter, ag({ ...days(15, 'individual_notice_sent', { after: [own('individual')] }), ...more })],
    });

  it('runs from the outer limit of the other until that has left, and from its actual sending then', () => {
    expect(under([cascade()], {})['state/ag']).toMatchObject({
      due: '2026-12-19',
      projected: true,
      from: '2026-12-04',
    });
    const left = { sent: [sent('state', 'individual', '2026-11-01')] };
    expect(under([cascade()], left)['state/ag']).toMatchObject({
      due: '2026-11-16',
      projected: false,
      from: '2026-11-01',
    });
  });

  it('has no day while the other has no number and has not left', () => {
    const wud = { ...letter, deadline: { unit: 'none', anchor: 'discovery', standard: 'without unreasonable delay' } };
    const laws = [
      state({ obligations: [wud, ag(days(15, 'individual_notice_sent', { after: [own('individual')] }))] }),
    ];
    expect(under(laws, {})['state/ag']).toMatchObject({
      due: null,
      from: null,
      status: 'open',
      working: expect.stringMatching(/no number and has not left/),
    });
  });

  it('of another law runs from whichever of its branches left', () => {
    const after = [
      { regime: 'federal', obligation: 'large' },
      { regime: 'federal', obligation: 'small' },
    ];
    const branch = (id: string, op: string) => ({
      ...letter,
      id,
      recipientKind: 'federal_agency',
      threshold: { unit: 'persons', value: 500, op },
    });
    const hhs = {
      ...federal,
      obligations: [branch('large', 'gte'), branch('small', 'lt')],
      examples: federal.examples,
    };
    const deadline = {
      unit: 'business_days',
      value: 5,
      calendar: 'us_ny',
      anchor: 'hhs_notice_sent',
      after,
      standard: 'promptly',
    };
    const laws = [hhs, state({ obligations: [ag({ deadline })] })];
    expect(due(laws, { sent: [sent('federal', 'small', '2026-12-21')] })).toBe('2026-12-29');
    expect(under(laws, { individuals: { total: 3 } })['state/ag']).toMatchObject({
      due: '2026-12-11',
      projected: true,
    });
  });

  it('is due with the other where that is earlier, projected or sent', () => {
    const order = { relation: 'not_later_than', ...own('individual') };
    const late = state({ obligations: [letter, ag({ ...days(90, 'discovery'), order })] });
    expect(under([late], {})['state/ag']).toMatchObject({ due: '2026-12-04', projected: true });
    expect(due([late], { sent: [sent('state', 'individual', '2026-10-30')] })).toBe('2026-10-30');
    const none = state({
      obligations: [letter, ag({ deadline: { unit: 'none', anchor: 'discovery', standard: 'promptly' }, order })],
    });
    expect(due([none])).toBe('2026-12-04');
  });

  it('that must be told first stands in the way of the other until it has left, and is late when it comes after', () => {
    const order = { relation: 'before', ...own('individual') };
    const laws = [
      federal,
      state({
        obligations: [letter, ag({ deadline: { unit: 'none', anchor: 'discovery', standard: 'promptly' }, order })],
        deemed: [
          {
            effect: 'satisfied',
            kinds: entity.kinds,
            obligations: ['individual'],
            by: { regime: 'federal', obligation: 'individual' },
            citation: 'Code 9',
          },
        ],
      }),
    ];
    const all = under(laws, {});
    expect(all['state/individual']?.sendFirst).toEqual(['state/ag']);
    // the federal letter serves as the State's
    expect(all['federal/individual']?.sendFirst).toEqual(['state/ag']);
    expect(under(laws, { sent: [sent('state', 'ag', '2026-10-30')] })['federal/individual']?.sendFirst).toEqual([]);
    const reversed = { sent: [sent('state', 'individual', '2026-10-30'), sent('state', 'ag', '2026-10-31')] };
    expect(under(laws, reversed)['state/ag']?.status).toBe('sent-late');
    // nobody lives there, as far as anybody knows, and the entity is not there
    const elsewhere = under(laws, { entity: { ...entity, states: ['CA'] } });
    expect(elsewhere['federal/individual']?.sendFirst).toEqual([]);
    expect(elsewhere['state/ag']?.inView).toBe(false);
  });
});

describe('a notice to a State that must be told first', () => {
  it('stands in the way of every letter that may be the first its residents get', () => {
    const order = { relation: 'before', ...own('individual') };
    const wud = { deadline: { unit: 'none', anchor: 'discovery', standard: 'promptly' } };
    const laws = [federal, state({ obligations: [letter, ag({ ...wud, order })] })];
    const all = under(laws, { individuals: { byState: { NY: 3 } } });
    expect(all['federal/individual']?.sendFirst).toEqual(['state/ag']);
    expect(all['state/ag']?.sendFirst).toEqual([]);
  });
});

describe('a law of a State', () => {
  const laws = [state()];
  it.each([
    [{}, 'unknown', true],
    [{ individuals: { byState: { NY: 1 } } }, true, true],
    [{ individuals: { byState: { NY: 0 } } }, false, true],
    [{ individuals: { total: 5, byState: { CA: 5 } } }, false, true],
    [{ individuals: { total: 6, byState: { CA: 5 } } }, 'unknown', true],
    [{ entity: { ...entity, states: [] } }, 'unknown', true],
    [{ entity: { ...entity, states: ['CA'] } }, 'unknown', false],
    [{ entity: { ...entity, states: ['CA'] }, individuals: { byState: { NY: 1 } } }, true, true],
  ])('with %j is owed: %s, in view: %s', (facts, owed, inView) => {
    expect(under(laws, facts)['state/individual']).toMatchObject({ owed, inView });
  });

  it('is chosen by the day of its trigger', () => {
    const versions = state({
      obligations: [
        { ...letter, ...days(90, 'discovery'), inForce: { from: '2024-01-01', until: '2026-10-04' } },
        { ...letter, ...days(30, 'discovery'), inForce: { from: '2026-10-05' } },
      ],
    });
    const on = (discovery: string) => under([versions], { anchors: { discovery } })['state/individual'];
    expect(on('2026-10-05')?.due).toBe('2026-11-04');
    expect(on('2026-10-04')?.due).toBe('2027-01-02');
    expect(on('2023-12-31')).toMatchObject({ owed: false, working: expect.stringMatching(/^not law on 2023-12-31/) });
  });

  it('may move a last day that is no business day, which is shown and moves nothing', () => {
    const roll = { calendar: 'us_ny', citation: 'Code 25-a' };
    const on = (discovery: string) => under([state({ roll })], { anchors: { discovery } })['state/individual'];
    expect(on('2026-10-26')).toMatchObject({ due: '2026-12-25', legalRollDate: '2026-12-28' });
    expect(on('2026-10-05')).toMatchObject({ due: '2026-12-04', legalRollDate: null });
    const hours = { deadline: { unit: 'hours', value: 72, anchor: 'discovery', standard: 'promptly' } };
    // a Sunday
    expect(
      under([state({ roll, obligations: [ag(hours)] })], { anchors: { discovery: '2026-10-08' } })['state/ag'],
    ).toMatchObject({
      due: '2026-10-11T04:00:00Z',
      legalRollDate: null,
    });
  });
});

describe('a notice', () => {
  it('is extended for good cause told in time, and not afterwards', () => {
    const extension = { calendarDays: 15, condition: 'good cause in writing', citation: 'Code 3' };
    const laws = [state({ obligations: [{ ...letter, extension }] })];
    const told = (on: string) =>
      under(laws, { extensions: [{ regime: 'state', reason: 'forensics', on }] })['state/individual'];
    expect(told('2026-12-04')?.due).toBe('2026-12-19');
    expect(told('2026-12-05')).toMatchObject({
      due: '2026-12-04',
      working: expect.stringMatching(/came after 2026-12-04/),
    });
    expect(under(laws, {})['state/individual']?.wouldChange).toContain('good cause in writing (Code 3)');
    expect(() => under([federal], { extensions: [{ regime: 'federal', reason: 'x', on: '2026-10-06' }] })).toThrow(
      /grants no extension/,
    );
  });

  it('of a proposed law is never computed', () => {
    const laws = [state({ status: 'proposed_not_in_force' })];
    expect(under(laws, {})['state/individual']).toBeUndefined();
    expect(under(laws, { regimes: ['state'] })['state/individual']).toMatchObject({
      owed: false,
      due: null,
      status: 'not-law',
    });
  });

  it('is owed only by the kinds of entity that it names, and unknown where the facts ask for its law by name', () => {
    const covers = { kinds: ['data-maintainer'], entities: 'who keeps it for others' };
    const laws = [state({ obligations: [{ ...letter, covers }] })];
    expect(under(laws, {})['state/individual']?.owed).toBe(false);
    expect(under(laws, { regimes: ['state'], individuals: { byState: { NY: 2 } } })['state/individual']).toMatchObject({
      owed: 'unknown',
      due: '2026-12-04',
    });
    expect(
      under(laws, { entity: { ...entity, kinds: ['data-maintainer'] }, individuals: { byState: { NY: 2 } } })[
        'state/individual'
      ]?.owed,
    ).toBe(true);
  });
});
