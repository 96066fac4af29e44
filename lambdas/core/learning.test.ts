import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Facts, factsOf } from './facts.ts';
import { changeText, type FactsChange, factsChange, learned, locked } from './learning.ts';

const before = factsOf({
  entity: { kinds: ['hipaa-covered-entity'], zone: 'America/New_York', states: ['NY'] },
  anchors: { discovery: '2026-11-21', determination: '2026-11-23' },
  individuals: { total: 600, byState: { CA: 501, NY: 99 } },
});
const change = (given: object): FactsChange => factsChange.parse(given);
const becomes = (given: object, facts: Facts = before): Facts => factsOf(learned(facts, change(given)));

describe('what is learned', () => {
  it('is merged field by field, and null takes a field away', () => {
    const facts = becomes({
      set: { anchors: { determination: null }, individuals: { total: 601, byState: { CA: 502 } } },
    });
    expect(facts.anchors).toEqual({ discovery: '2026-11-21' });
    expect(facts.individuals).toEqual({ total: 601, byState: { CA: 502, NY: 99 } });
  });

  it('is added to a list once', () => {
    const sent = [{ regime: 'us-hipaa-media', obligation: 'media', on: '2026-12-01' }];
    const once = becomes({ add: { sent } });
    expect(once.sent).toEqual(sent);
    expect(becomes({ add: { sent } }, once)).toEqual(once);
  });

  it.each([
    [{ set: { entity: { zone: 'UTC' } } }, /entity.*settings/],
    [{ add: { individuals: [{ total: 1 }] } }, /individuals.*no list/],
    [{ set: { sent: [] }, add: { sent: [{}] } }, /sent.*at once/],
  ])('%j is refused in words', (given, words) => {
    expect(() => learned(before, change(given))).toThrow(words);
  });

  it('never gets at the prototype of anything, and leaves the facts before it as they were', () => {
    const copy = structuredClone(before);
    const value = fc.jsonValue({ maxDepth: 3 });
    const names = fc.constantFrom('anchors', 'individuals', '__proto__', 'constructor', 'x');
    fc.assert(
      fc.property(fc.dictionary(names, value), (set) => {
        const patch = JSON.parse(`{"__proto__": {"polluted": true}, "set": ${JSON.stringify(set)}}`);
        learned(before, { set: patch, add: {}, owners: {} });
        expect(before).toEqual(copy);
        expect(Reflect.get({}, 'polluted')).toBeUndefined();
      }),
    );
  });

  it('is told in short without what people signed or typed at length', () => {
    const text = changeText(
      change({
        set: {
          individuals: { byState: { CA: 501 } },
          assessment: { conclusion: 'breach', factors: { mitigation: 'SECRET' } },
        },
        add: { sent: [{ regime: 'us-hipaa-media', obligation: 'media', on: '2026-12-01', proof: 'SECRET' }] },
      }),
    );
    expect(text).toBe(
      'individuals.byState.CA = 501; assessment.conclusion = breach; sent: regime = us-hipaa-media, obligation = media, on = 2026-12-01',
    );
  });
});

describe('a signed assessment', () => {
  const factors = { natureAndExtent: 'a', unauthorizedPerson: 'b', acquiredOrViewed: 'c', mitigation: 'd' };
  const assessment = { conclusion: 'low_probability', factors, on: '2026-11-25', signedBy: 'Ruth Abara' };
  const sign = { set: { assessment: { ...assessment, inputs: 99, hash: 'forged', superseded: 'x' } } };
  const signed = locked(before, becomes(sign), change(sign), 4);

  it('is locked to the version it was signed on, whatever the words say of that', () => {
    expect(signed.assessment).toMatchObject({ inputs: 4, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(signed.assessment?.superseded).toBeUndefined();
  });

  it('has another hash for any other word', () => {
    const other = { set: { assessment: { ...assessment, factors: { ...factors, mitigation: 'e' } } } };
    expect(locked(before, becomes(other), change(other), 4).assessment?.hash).not.toBe(signed.assessment?.hash);
  });

  it.each([
    [{ set: { individuals: { total: 601 } } }, true],
    [{ set: { individuals: null } }, true],
    [{ set: { businessAssociate: { agent: false } } }, true],
    [{ set: { anchors: { determination: '2026-11-24' } } }, false],
    [{ add: { sent: [{ regime: 'us-hipaa-media', obligation: 'media', on: '2026-12-01' }] } }, false],
  ])('after %j stands no more: %s', (given, isOver) => {
    const next = locked(signed, becomes(given, signed), change(given), 5);
    expect(next.assessment?.superseded !== undefined).toBe(isOver);
  });
});
