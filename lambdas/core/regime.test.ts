import { describe, expect, it } from 'vitest';
import { lawOf } from './regime.fixture.ts';
import { InvalidRegime, regimeOf, regimesOf } from './regime.ts';

/** The law with one value replaced; the parents must exist. */
function withValue(path: string, value: unknown): unknown {
  const root = lawOf();
  const keys = path.split('.');
  let at = root as unknown as Record<string, unknown>;
  for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
  at[keys.at(-1) ?? ''] = value;
  return root;
}

function refusalOf(load: () => unknown): InvalidRegime {
  try {
    load();
  } catch (refusal) {
    if (refusal instanceof InvalidRegime) return refusal;
    throw refusal;
  }
  throw new Error('the regime was accepted');
}

const days = { value: 60, anchor: 'discovery', standard: 'without unreasonable delay' };
const own = { regime: 'a-law', obligation: 'individual' };
const kinds = { kinds: ['hipaa-covered-entity'], obligations: ['individual'], citation: 'Code 1(c)' };
const exempt = { effect: 'exempt', unverified: true, ...kinds };
const deemed = { effect: 'satisfied', by: own, ...kinds };

describe('a regime', () => {
  it('loads from its JSON', () => {
    expect(regimeOf(lawOf()).obligations[0]?.deadline).toMatchObject({ unit: 'calendar_days', value: 60 });
  });

  it.each([
    ['obligations.0.deadline.unit', 'fortnights', /unit must be one of calendar_days, business_days, hours, none/],
    ['obligations.0.deadline', { ...days, unit: 'business_days' }, /deadline.calendar/],
    ['obligations.0.deadline', { ...days, unit: 'none' }, /deadline.value: is not a known field/],
    ['obligations.0.deadline.anchor', 'whim', /expected one of "discovery".*"whim"/],
    ['obligations.0.deadline.value', 1.5, /./],
    ['obligations.0.deadline.value', '60', /./],
    ['obligations.0.threshold', { value: 4, op: 'gte', unit: 'light_years' }, /unit must be one of persons.*risk/],
    ['obligations.0.threshold', { value: 500, op: 'eq', unit: 'persons' }, /expected one of "gt"/],
    ['obligations.0.threshold', undefined, /./],
    ['obligations.0.order', { relation: 'beside', regime: 'a-law', obligation: 'individual' }, /"beside"/],
    ['obligations.0.inForce', { from: '2026-13-01' }, /2026-13-01/],
    ['covers.residentsOf', 'ZZ', /ZZ/],
    ['obligations.0.deadline.extension', 15, /not a known field/],
    ['obligations.0.recipientKind', 'press', /./],
    ['checkedOn', '2026-02-30', /2026-02-30/],
    ['verification', 'D', /./],
    ['status', 'maybe', /./],
    ['sources', [], /./],
    ['sources.0.url', 'a book', /./],
    ['examples', [], /./],
    ['examples.0.facts.anchors.discovery', 'yesterday', /yesterday/],
    ['id', 'A Law', /./],
  ])('is refused with %s = %j, naming the path', (path, value, problem) => {
    const refusal = refusalOf(() => regimeOf(withValue(path, value)));
    expect(refusal.path.startsWith(path)).toBe(true);
    expect(refusal.message).toMatch(problem);
    expect(refusal.message).toMatch(/^regime "/);
  });

  it('may refer only to obligations that exist', () => {
    const order = { relation: 'contemporaneous_with', regime: 'another-law', obligation: 'individual' };
    const refusal = refusalOf(() => regimesOf([withValue('obligations.0.order', order)]));
    expect(refusal.message).toMatch(/another-law\/individual, which does not exist; known: a-law\/individual/);
  });

  it('exists once', () => {
    expect(refusalOf(() => regimesOf([lawOf(), lawOf()])).message).toMatch(/a-law exists twice/);
  });

  it.each([
    ['an anchor that is a notice', 'obligations.0.deadline.anchor', 'individual_notice_sent', /must name the notices/],
    ['a notice to run from', 'obligations.0.deadline.after', [own], /must name the notices .* only then: discovery/],
    [
      'the kind of notice to run from',
      'obligations.0.deadline',
      { ...days, unit: 'calendar_days', anchor: 'hhs_notice_sent', after: [own] },
      /runs from a notice to the kind federal_agency; a-law\/individual is none/,
    ],
    ['residents', 'obligations.0.threshold', { unit: 'residents_of_this_state', value: 5, op: 'gt' }, /residentsOf/],
    [
      'what is deemed',
      'deemed',
      [{ ...exempt, obligations: ['nobody'] }],
      /no such obligation "nobody"; there are: individual/,
    ],
    ['what content is for', 'content', [{ id: 'dates', element: 'dates', citation: '1', for: ['nobody'] }], /nobody/],
    [
      'another law that serves',
      'deemed',
      [{ ...deemed, by: { regime: 'b', obligation: 'c' } }],
      /b\/c, which does not exist/,
    ],
  ])('is refused where %s do not fit the rest', (_what, path, value, problem) => {
    expect(refusalOf(() => regimesOf([withValue(path, value)])).message).toMatch(problem);
  });

  it('may have two versions of an obligation, of which one is in force on each day', () => {
    const [rule] = lawOf().obligations;
    const old = { ...rule, inForce: { until: '2025-12-31' } };
    const now = { ...rule, inForce: { from: '2026-01-01' } };
    expect(regimesOf([withValue('obligations', [old, now])])).toHaveLength(1);
    const overlapping = withValue('obligations', [old, { ...now, inForce: { from: '2025-12-31' } }]);
    expect(refusalOf(() => regimesOf([overlapping])).message).toMatch(/individual exists twice on one day/);
  });
});
