import { describe, expect, it } from 'vitest';
import { ag, days, due, entity, federal, sent, state, under } from './outlook.fixture.ts';

describe('the discovery', () => {
  const individual = (facts: object) => under([federal], facts)['federal/individual'];
  it.each([
    ['of the entity', {}, '2026-12-04', /^discovery 2026-10-05 /],
    [
      'that diligence would have made',
      { anchors: { discovery: '2026-10-05', constructiveDiscovery: '2026-09-30' } },
      '2026-11-29',
      /by reasonable diligence known on 2026-09-30/,
    ],
    [
      'of any workforce member',
      { anchors: { discovery: '2026-10-05', workforceKnowledge: '2026-10-01' } },
      '2026-11-30',
      /known to a workforce member on 2026-10-01/,
    ],
    [
      'of an agent is its own',
      { businessAssociate: { agent: true, toldCoveredEntity: '2026-10-20' } },
      '2026-12-04',
      /business associate that is an agent 2026-10-05/,
    ],
    [
      'of an agent counts where it came first',
      { anchors: { discovery: '2026-10-20' }, businessAssociate: { agent: true, discovery: '2026-10-02' } },
      '2026-12-01',
      /agent 2026-10-02/,
    ],
    [
      'of a business associate of whom nobody knows whether it is an agent',
      { businessAssociate: { toldCoveredEntity: '2026-10-20' } },
      '2026-12-04',
      /agent 2026-10-05/,
    ],
    [
      'is the telling where it is no agent',
      { businessAssociate: { agent: false, toldCoveredEntity: '2026-10-20' } },
      '2026-12-19',
      /told by a business associate that is no agent on 2026-10-20/,
    ],
    [
      'is its day while one that is no agent has told nobody',
      { businessAssociate: { agent: false } },
      '2026-12-04',
      /has not told yet: counted from its discovery/,
    ],
    [
      'is the entity’s own where it knew before it was told',
      {
        anchors: { discovery: '2026-10-10' },
        businessAssociate: { agent: false, discovery: '2026-10-02', toldCoveredEntity: '2026-10-20' },
      },
      '2026-12-09',
      /^discovery 2026-10-10/,
    ],
  ])('%s', (_whose, facts, day, words) => {
    expect(individual(facts)).toMatchObject({ due: day, working: expect.stringMatching(words) });
  });
});

describe('a business associate', () => {
  const kinds = ['hipaa-business-associate'];
  const ba = {
    ...federal,
    id: 'federal',
    covers: { ...federal.covers, kinds: ['hipaa-business-associate', 'hipaa-covered-entity'] },
  };
  const telling = {
    ...ba,
    obligations: [
      {
        ...ba.obligations[0],
        deadline: { unit: 'calendar_days', value: 60, anchor: 'discovery_by_ba', standard: 'promptly' },
      },
    ],
  };
  const itself = (facts: object) => under([telling], { entity: { ...entity, kinds }, ...facts })['federal/individual'];

  it('knows what diligence or any of its people would have told it', () => {
    const anchors = { discovery: '2026-11-21', constructiveDiscovery: '2026-10-01' };
    expect(itself({ anchors })).toMatchObject({ due: '2026-11-30' });
  });

  it('has met its duty when it told the covered entity, and its other clocks still run from its own day', () => {
    const businessAssociate = { agent: false, toldCoveredEntity: '2026-10-20' };
    expect(itself({ businessAssociate })).toMatchObject({ status: 'sent', due: '2026-12-04' });
    expect(under([ba], { entity: { ...entity, kinds }, businessAssociate })['federal/individual']?.due).toBe(
      '2026-12-04',
    );
  });

  it('that is no agent hides nothing that the covered entity found out by itself', () => {
    const anchors = { discovery: '2026-10-05', determination: '2026-10-07' };
    const late = { anchors, businessAssociate: { agent: false, toldCoveredEntity: '2026-10-20' } };
    expect(under([federal], late)['federal/individual']).toMatchObject({
      due: '2026-12-06',
      working: expect.stringMatching(/known to the entity itself on 2026-10-07/),
    });
  });
});

describe('an anchor', () => {
  it('that is not recorded is taken to be the discovery, which the working says and recording it changes', () => {
    const laws = [state({ obligations: [ag(days(30, 'determination'))] })];
    const open = under(laws, { individuals: { byState: { NY: 1 } } })['state/ag'];
    expect(open).toMatchObject({
      due: '2026-11-04',
      working: expect.stringMatching(/^determination not recorded, taken to be the discovery/),
    });
    expect(open?.wouldChange).toContain('the day of determination, once recorded');
    expect(due(laws, { anchors: { discovery: '2026-10-05', determination: '2026-10-08' } })).toBe('2026-11-07');
  });

  it('that need not happen owes nothing until it does', () => {
    const laws = [
      state({
        obligations: [ag({ deadline: { unit: 'hours', value: 24, anchor: 'payment_made', standard: 'promptly' } })],
      }),
    ];
    expect(under(laws, {})['state/ag']).toMatchObject({
      owed: false,
      due: null,
      status: 'not-owed',
      working: 'no extortion payment is recorded: not owed',
    });
    expect(due(laws, { anchors: { discovery: '2026-10-05', paymentMade: '2026-10-09T10:00:00-04:00' } })).toBe(
      '2026-10-10T14:00:00Z',
    );
  });
});

describe('a clock in hours', () => {
  const laws = [
    state({ obligations: [ag({ deadline: { unit: 'hours', value: 36, anchor: 'awareness', standard: 'promptly' } })] }),
  ];
  it.each([
    ['when the clock goes forward', '2027-03-13T20:00:00-05:00', '2027-03-15T13:00:00Z', '2027-03-15T09:00:00-04:00'],
    ['when it goes back', '2026-10-31T20:00:00-04:00', '2026-11-02T12:00:00Z', '2026-11-02T07:00:00-05:00'],
    [
      'from the first moment of a day of which the hour is not known',
      '2026-10-31',
      '2026-11-01T16:00:00Z',
      '2026-11-01T11:00:00-05:00',
    ],
  ])('counts elapsed time %s', (_when, awareness, utc, local) => {
    const one = under(laws, { anchors: { discovery: '2026-10-05', awareness } })['state/ag'];
    expect(one).toMatchObject({ due: utc, dueLocal: local });
  });

  it('is overdue by the second, and a notice that left in that second is in time', () => {
    const at = (today: string, on?: string) =>
      under(
        laws,
        {
          anchors: { discovery: '2026-10-05', awareness: '2026-10-06T10:00:00Z' },
          sent: on ? [sent('state', 'ag', on)] : [],
        },
        today,
      )['state/ag']?.status;
    expect(at('2026-10-07T22:00:00Z')).toBe('open');
    expect(at('2026-10-07T22:00:01Z')).toBe('overdue');
    expect(at('2026-10-09', '2026-10-07T22:00:00Z')).toBe('sent');
    expect(at('2026-10-09', '2026-10-07T22:00:01Z')).toBe('sent-late');
  });
});

describe('a clock in business days with an hour', () => {
  it('ends at that hour in its own zone, whatever the zone of the entity', () => {
    const cutoff = { time: '17:30', zone: 'America/New_York' };
    const deadline = {
      unit: 'business_days',
      value: 4,
      anchor: 'materiality_determination',
      calendar: 'us_federal_sec',
      cutoff,
      standard: 'promptly',
    };
    const laws = [state({ obligations: [ag({ deadline })] })];
    const facts = { anchors: { discovery: '2026-11-20', materiality: '2026-11-24T23:30:00-05:00' } };
    const late = { ...facts, entity: { ...entity, zone: 'America/Los_Angeles' } };
    // half past one in the morning of the 25th in New York
    const night = { ...late, anchors: { discovery: '2026-11-20', materiality: '2026-11-24T22:30:00-08:00' } };
    expect(due(laws, night)).toBe('2026-12-02T22:30:00Z');
    const west = { ...facts, entity: { ...entity, zone: 'America/Los_Angeles' } };
    expect(due(laws, facts)).toBe('2026-12-01T22:30:00Z');
    expect(under(laws, west)['state/ag']).toMatchObject({
      due: '2026-12-01T22:30:00Z',
      dueLocal: '2026-12-01T14:30:00-08:00',
      working: expect.stringContaining('without Thanksgiving Day 2026-11-26'),
    });
  });
});
