import { describe, expect, it } from 'vitest';
import { factsOf, InvalidFacts, localDate } from './facts.ts';

const entity = { kinds: ['hipaa-covered-entity'], zone: 'America/New_York' };
const assessed = {
  conclusion: 'low_probability',
  factors: { natureAndExtent: 'a', unauthorizedPerson: 'b', acquiredOrViewed: 'c', mitigation: 'd' },
  on: '2026-11-22',
  signedBy: 'P. Officer',
};
const right = { entity, anchors: { discovery: '2026-11-21' } };

describe('facts', () => {
  it('need no more than an entity and the day of discovery', () => {
    const nothing = { holds: [], extensions: [], exclusions: [], sent: [] };
    expect(factsOf(right)).toEqual({ ...right, entity: { ...entity, states: [] }, ...nothing });
  });

  it.each([
    ['2026-11-21', '2026-11-21'],
    ['2026-11-22T03:30:00Z', '2026-11-21'],
    ['2026-11-22T03:30Z', '2026-11-21'],
    ['2026-11-21T23:30:00-08:00', '2026-11-22'],
    ['2026-03-08T04:59:59Z', '2026-03-07'],
    ['2026-03-08T05:00:00Z', '2026-03-08'],
    ['2026-11-01T03:59:59Z', '2026-10-31'],
    ['2026-11-02T04:59:59.999Z', '2026-11-01'],
    ['2026-11-02T05:00:00Z', '2026-11-02'],
  ])('put %s on the local day %s of New York, on days when the clock changes too', (when, day) => {
    const { anchors } = factsOf({ entity, anchors: { discovery: when } });
    expect(localDate(anchors.discovery, entity.zone).toString()).toBe(day);
  });

  it.each<[string, object, string, RegExp]>([
    ['no discovery', { anchors: {} }, 'anchors.discovery', /is missing: it must be a date/],
    ['a day that does not exist', { anchors: { discovery: '2026-02-29' } }, 'anchors.discovery', /2026-02-29/],
    ['a local time without offset', { anchors: { discovery: '2026-11-21T10:00:00' } }, 'anchors.discovery', /offset/],
    [
      'an unknown anchor',
      { anchors: { discovery: '2026-11-21', guess: '2026-11-21' } },
      'anchors.guess',
      /known field/,
    ],
    [
      'a determination before discovery',
      { anchors: { discovery: '2026-11-21', determination: '2026-11-20' } },
      'anchors.determination',
      /before discovery \(2026-11-21\)/,
    ],
    ['negative counts', { individuals: { total: -1 } }, 'individuals.total', /negative.*-1/],
    ['half a person', { individuals: { byState: { NY: 0.5 } } }, 'individuals.byState.NY', /whole number/],
    ['an unknown State', { individuals: { byState: { ZZ: 1 } } }, 'individuals.byState.ZZ', /postal code/],
    ['an unknown State of the entity', { entity: { ...entity, states: ['ny'] } }, 'entity.states.0', /postal code.*ny/],
    [
      'States that add up to more than all',
      { individuals: { total: 5, byState: { NY: 3, NJ: 3 } } },
      'individuals.byState',
      /6/,
    ],
    ['an unknown zone', { entity: { ...entity, zone: 'America/Gotham' } }, 'entity.zone', /America\/Gotham/],
    ['an offset for a zone', { entity: { ...entity, zone: '-05:00' } }, 'entity.zone', /IANA/],
    ['no kind of entity', { entity: { ...entity, kinds: [] } }, 'entity.kinds', /./],
    ['a field of another name', { patients: 5 }, 'patients', /known field/],
    [
      'a written hold without end',
      { holds: [{ kind: 'written', date: '2026-12-01' }] },
      'holds.0.until',
      /must be a date/,
    ],
    [
      'a hold that ends before it begins',
      { holds: [{ kind: 'written', date: '2026-12-02', until: '2026-12-01' }] },
      'holds.0.until',
      /before the statement/,
    ],
    ['a hold of no kind', { holds: [{ kind: 'sung', date: '2026-12-02' }] }, 'holds.0.kind', /./],
    [
      'sending before discovery',
      { sent: [{ regime: 'a', obligation: 'b', on: '2026-11-20' }] },
      'sent.0.on',
      /before discovery/,
    ],
    ['an assessment without its factors', { assessment: { conclusion: 'breach' } }, 'assessment.factors', /./],
    [
      'an assessment signed before discovery',
      { assessment: { ...assessed, on: '2026-11-20' } },
      'assessment.on',
      /before discovery/,
    ],
    [
      'a business associate that tells before it knows',
      { businessAssociate: { discovery: '2026-11-23', toldCoveredEntity: '2026-11-22' } },
      'businessAssociate.toldCoveredEntity',
      /before its own discovery \(2026-11-23\)/,
    ],
    [
      'a hold from before the breach',
      { holds: [{ kind: 'written', date: '1999-01-01', until: '2027-01-01' }] },
      'holds.0.date',
      /before discovery/,
    ],
    ['a year of a slip of the pen', { anchors: { discovery: '0206-11-21' } }, 'anchors.discovery', /before 2005/],
    [
      'a second cut too fine',
      { anchors: { discovery: '2026-11-21T10:00:00.123456789123Z' } },
      'anchors.discovery',
      /nanosecond/,
    ],
    ['an unknown risk', { riskToIndividuals: 'small' }, 'riskToIndividuals', /./],
    [
      'an exclusion without a reason',
      { exclusions: [{ regime: 'a', exemption: 'b', reason: ' ', on: '2026-11-22', signedBy: 'P. Officer' }] },
      'exclusions.0.reason',
      /./,
    ],
  ])('are refused with %s, naming the field', (_what, wrong, field, problem) => {
    const refusal = refusalOf({ ...right, ...wrong });
    expect(refusal.field).toBe(field);
    expect(refusal.problem).toMatch(problem);
  });

  it('may have knowledge that came before what the entity calls its discovery, and nothing else', () => {
    const anchors = { discovery: '2026-11-21', constructiveDiscovery: '2026-11-01', workforceKnowledge: '2026-11-10' };
    expect(factsOf({ entity, anchors: { ...anchors, determination: '2026-11-02' } }).anchors.determination).toBe(
      '2026-11-02',
    );
    expect(refusalOf({ entity, anchors: { ...anchors, awareness: '2026-10-31' } }).problem).toMatch(
      /before discovery \(2026-11-01\)/,
    );
  });

  it('are refused whole when they are no object', () => {
    for (const value of [null, 'x', 3, [], undefined])
      expect(refusalOf(value).message).toMatch(/^facts refused: \(top level\): /);
  });

  it('show hostile text on one line and shortened', () => {
    const { message } = refusalOf({ ...right, [`a\nb\u2028${'x'.repeat(500)}`]: 1 });
    expect(message).not.toMatch(/[\n\u2028]/);
    expect(message.length).toBeLessThan(300);
  });
});

function refusalOf(value: unknown): InvalidFacts {
  try {
    factsOf(value);
  } catch (refusal) {
    if (refusal instanceof InvalidFacts) return refusal;
    throw refusal;
  }
  throw new Error('the facts were accepted');
}
