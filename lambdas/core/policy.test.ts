import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesPattern, samePolicy, statementsOf, withoutStatements } from './policy.ts';

const statement = (Sid: string) => ({ Sid, Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: '*' });
const text = (...Statement: unknown[]) => JSON.stringify({ Version: '2012-10-17', Id: 'mine', Statement });

describe('policy text', () => {
  it('keeps version, id, order and every other statement as they are when statements go', () => {
    expect(withoutStatements(text(statement('a'), statement('b'), statement('c')), new Set([1]))).toBe(
      text(statement('a'), statement('c')),
    );
    expect(withoutStatements(text(statement('a')), new Set([0]))).toBeNull();
  });

  it('returns the very same text when nothing goes', () => {
    expect(withoutStatements('{ "Statement" : [] }', new Set())).toBe('{ "Statement" : [] }');
  });

  it('reads a single statement that is not in a list', () => {
    const [only] = statementsOf(
      JSON.stringify({ Statement: { ...statement('a'), Principal: { AWS: '111122223333' } } }),
    );
    expect(only?.principals).toEqual([{ kind: 'AWS', value: '111122223333' }]);
    expect(statementsOf(null)).toEqual([]);
  });

  it('refuses text that is no policy', () => {
    expect(() => statementsOf('not json')).toThrow(/not JSON/);
    expect(() => statementsOf('[]')).toThrow(/no JSON object/);
  });

  it('sees the same policy in another notation and another policy in another order of statements', () => {
    const one = text({
      Effect: 'Allow',
      Principal: '*',
      Action: ['s3:A', 's3:B'],
      Resource: 'r',
      Condition: { Bool: { k: true } },
    });
    const two = text({
      Condition: { Bool: { k: ['true'] } },
      Effect: 'Allow',
      Principal: { AWS: ['*'] },
      Action: ['s3:B', 's3:A'],
      Resource: ['r'],
    });
    expect(samePolicy(one, two)).toBe(true);
    expect(samePolicy(text(statement('a'), statement('b')), text(statement('b'), statement('a')))).toBe(false);
    expect(samePolicy(one, null)).toBe(false);
    expect(samePolicy(null, null)).toBe(true);
  });
});

describe('matchesPattern', () => {
  it('agrees with the obvious regular expression', () => {
    const chars = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '/'), maxLength: 8 });
    fc.assert(
      fc.property(chars, chars, (pattern, subject) => {
        const regex = new RegExp(`^${pattern.replaceAll('*', '[^]*').replaceAll('?', '[^]')}$`);
        expect(matchesPattern(pattern, subject)).toBe(regex.test(subject));
      }),
      { numRuns: 2000 },
    );
  });

  it('answers a hostile pattern at once', () => {
    expect(matchesPattern('*a'.repeat(500), 'a'.repeat(1000).concat('b'))).toBe(false);
  });
});
