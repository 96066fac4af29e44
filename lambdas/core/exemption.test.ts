import { describe, expect, it } from 'vitest';
import { ag, days, entity, federal, letter, own, sent, state, under } from './outlook.fixture.ts';

describe('an exemption', () => {
  const exemptions = [
    { id: 'low-probability', exempts: 'x', citation: '164.402(2)', shownBy: 'assessment' },
    { id: 'encrypted', exempts: 'x', citation: '164.402', shownBy: 'safe-harbour' },
    { id: 'good-faith', exempts: 'x', citation: '164.402(1)(i)' },
  ];
  const laws = [{ ...federal, exemptions }];
  const factors = { natureAndExtent: 'a', unauthorizedPerson: 'b', acquiredOrViewed: 'c', mitigation: 'd' };
  const assessment = { conclusion: 'low_probability', factors, on: '2026-10-09', signedBy: 'P. Officer' };
  const signed = { on: '2026-10-09', signedBy: 'P. Officer' };
  const answer = (facts: object) => under(laws, facts)['federal/individual'];

  it('is presumed by nobody: a breach is presumed until a signed assessment shows a low probability', () => {
    expect(answer({})).toMatchObject({ owed: true, status: 'open' });
    expect(answer({})?.wouldChange.join()).toMatch(/until then a breach is presumed/);
    expect(answer({ assessment })).toMatchObject({
      owed: false,
      due: null,
      status: 'exempt',
      working: expect.stringMatching(/signed by P. Officer on 2026-10-09/),
    });
    expect(answer({ assessment: { ...assessment, conclusion: 'breach' } })?.owed).toBe(true);
    expect(answer({ assessment: { ...assessment, superseded: 'more was found' } })).toMatchObject({
      owed: true,
      wouldChange: expect.arrayContaining([expect.stringMatching(/more was found/)]),
    });
  });

  it('of encryption helps only while the key is safe', () => {
    const safeHarbour = { basis: 'AES-256', keyCompromised: false, ...signed };
    expect(answer({ safeHarbour })?.status).toBe('exempt');
    expect(answer({ safeHarbour: { ...safeHarbour, keyCompromised: true } })?.owed).toBe(true);
  });

  it('takes away the duties that it reaches and no other', () => {
    const scoped = [{ ...exemptions[2], obligations: ['individual'] }];
    const two = [{ ...federal, exemptions: scoped, obligations: [letter, ag({})] }];
    const claim = { regime: 'federal', exemption: 'good-faith', reason: 'because', ...signed };
    const all = under(two, { exclusions: [claim] });
    expect([all['federal/individual']?.status, all['federal/ag']?.status]).toEqual(['exempt', 'open']);
    expect(() => under(two, { exclusions: [{ ...claim, obligations: ['ag'] }] })).toThrow(
      /does not reach ag: it reaches individual/,
    );
  });

  it('is claimed by its id, and only where a law has it for people to claim', () => {
    const claim = (exemption: string, more: object = {}) => ({
      exclusions: [{ regime: 'federal', exemption, reason: 'because', ...signed, ...more }],
    });
    expect(answer(claim('good-faith'))?.status).toBe('exempt');
    expect(() => answer(claim('good-luck'))).toThrow(/no exemption "good-luck"; it has: good-faith/);
    expect(() => answer(claim('low-probability'))).toThrow(/shown by a signed assessment/);
    expect(() => answer(claim('good-faith', { obligations: ['nobody'] }))).toThrow(/no obligation "nobody"/);
  });
});

describe('another law that is deemed to serve', () => {
  const by = { regime: 'federal', obligation: 'individual' };
  const deemed = [{ effect: 'satisfied', kinds: entity.kinds, obligations: ['individual'], by, citation: 'Code 9' }];
  const cascade = ag(days(15, 'individual_notice_sent', { after: [own('individual')] }));
  const laws = [federal, state({ obligations: [{ ...letter, ...days(30, 'discovery') }, cascade], deemed })];

  it('takes the place of the notice once it has left in time, and no other duty', () => {
    const all = under(laws, { sent: [sent('federal', 'individual', '2026-10-20')] });
    expect(all['state/individual']).toMatchObject({
      owed: false,
      status: 'exempt',
      working: expect.stringMatching(/deemed given by federal individual, sent 2026-10-20/),
    });
    expect(all['state/ag']).toMatchObject({ owed: 'unknown', due: '2026-11-04', projected: false });
    expect(under(laws, {})['state/individual']).toMatchObject({ owed: 'unknown', due: '2026-11-04' });
  });

  it('does not when it left too late, or for another kind of entity', () => {
    const late = { sent: [sent('federal', 'individual', '2026-12-05')] };
    expect(under(laws, late)['state/individual']?.status).toBe('sent-late');
    const bank = {
      entity: { ...entity, kinds: ['bank'] },
      regimes: ['state', 'federal'],
      sent: [sent('federal', 'individual', '2026-10-20')],
    };
    expect(under(laws, bank)['state/individual']?.due).toBe('2026-11-04');
  });

  it('counts for nothing while a duty that it hangs on is not met, and where the State’s own day had passed', () => {
    const provided = [{ ...deemed[0], provided: ['ag'] }];
    const conditional = [
      federal,
      state({ obligations: [{ ...letter, ...days(30, 'discovery') }, cascade], deemed: provided }),
    ];
    const on = [sent('federal', 'individual', '2026-10-20')];
    const individual = (facts: object) => under(conditional, facts, '2026-12-01')['state/individual'];
    expect(individual({ sent: on })).toMatchObject({ owed: 'unknown', due: '2026-11-04', confirmWithCounsel: false });
    expect(individual({ sent: [...on, sent('state', 'ag', '2026-10-21')] })).toMatchObject({
      owed: false,
      confirmWithCounsel: true,
    });
    // the federal letter is in time after 45 days, the State's was due after 30
    const late = under(laws, {
      individuals: { byState: { NY: 1 } },
      sent: [sent('federal', 'individual', '2026-11-19')],
    });
    expect(late['state/individual']).toMatchObject({ owed: true, due: '2026-11-04', status: 'sent-late' });
  });

  it('leaves a duty treated as owed where nobody has verified that the entity is exempt', () => {
    const exempt = (unverified: boolean) =>
      under(
        [
          state({
            deemed: [
              { effect: 'exempt', kinds: entity.kinds, obligations: ['individual'], unverified, citation: 'Code 2' },
            ],
          }),
        ],
        { individuals: { byState: { NY: 4 } } },
        '2026-10-06',
      )['state/individual'];
    expect(exempt(true)).toMatchObject({
      owed: 'unknown',
      due: '2026-12-04',
      confirmWithCounsel: true,
      working: expect.stringMatching(/may be exempt \(Code 2\), which is not verified/),
    });
    expect(exempt(false)).toMatchObject({ owed: false, due: null, status: 'exempt' });
  });
});
