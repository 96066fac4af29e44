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

describe('a regime', () => {
  it('loads from its JSON', () => {
    expect(regimeOf(lawOf()).obligations[0]?.deadline.value).toBe(60);
  });

  it.each([
    ['obligations.0.deadline.unit', 'hours', /does not compute yet \(computed: calendar_days\).*"hours"/],
    ['obligations.0.deadline.unit', 'business_days', /does not compute yet/],
    ['obligations.0.deadline.unit', 'fortnights', /must be one of calendar_days.*"fortnights"/],
    [
      'obligations.0.deadline.anchor',
      'determination',
      /does not compute yet \(computed: discovery, calendar_year_end\)/,
    ],
    ['obligations.0.deadline.anchor', 'whim', /must be one of discovery, calendar_year_end/],
    ['obligations.0.deadline.value', 1.5, /./],
    ['obligations.0.deadline.value', '60', /./],
    ['obligations.0.threshold', { value: 4, op: 'gte', unit: 'hours_of_disruption' }, /does not compute yet/],
    ['obligations.0.threshold', { value: 500, op: 'eq', unit: 'persons' }, /must be one of gt, gte, lt/],
    ['obligations.0.threshold', undefined, /./],
    ['obligations.0.order', { relation: 'before', regime: 'a-law', obligation: 'individual' }, /does not compute yet/],
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
    expect(refusalOf(() => regimesOf([lawOf(), lawOf()])).message).toMatch(/a-law\/individual exists twice/);
  });
});
