import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches, route } from './bus.ts';

const event = {
  version: '0',
  id: '1',
  source: 'aws.securityhub',
  'detail-type': 'Security Hub Findings - Imported',
  account: '111122223333',
  region: 'us-east-1',
  resources: ['arn:aws:s3:::a', 'arn:aws:s3:::b'],
  detail: {
    findings: [
      {
        ProductArn: 'arn:x:product/aws/securityhub',
        RecordState: 'ACTIVE',
        Workflow: { Status: 'NEW' },
        Sample: false,
      },
    ],
    count: 5,
    nothing: null,
    none: [],
  },
};
const finding = (pattern: object) => ({ detail: { findings: pattern } });

describe('an event pattern', () => {
  it.each<[string, Record<string, unknown>, boolean]>([
    ['exact values, any of the list', { source: ['aws.guardduty', 'aws.securityhub'] }, true],
    ['another value', { source: ['aws.guardduty'] }, false],
    ['all fields', { source: ['aws.securityhub'], account: ['444455556666'] }, false],
    ['a number', { detail: { count: [5] } }, true],
    ['a number as text', { detail: { count: ['5'] } }, false],
    ['null', { detail: { nothing: [null] } }, true],
    ['null where there is nothing', { detail: { missing: [null] } }, false],
    ['a boolean below an array', finding({ Sample: [false] }), true],
    ['any element of an array of values', { resources: ['arn:aws:s3:::b'] }, true],
    ['a prefix', { source: [{ prefix: 'aws.' }] }, true],
    ['a prefix elsewhere', { source: [{ prefix: 'ws.' }] }, false],
    ['a prefix of a number', { detail: { count: [{ prefix: '5' }] } }, false],
    ['a suffix', finding({ ProductArn: [{ suffix: '/securityhub' }] }), true],
    ['anything but one', { source: [{ 'anything-but': 'aws.securityhub' }] }, false],
    ['anything but others', { source: [{ 'anything-but': ['aws.macie', 'aws.guardduty'] }] }, true],
    ['anything but, where there is nothing', { missing: [{ 'anything-but': 'x' }] }, false],
    ['anything but a suffix', finding({ ProductArn: [{ 'anything-but': { suffix: 'aws/guardduty' } }] }), true],
    ['anything but that suffix', finding({ ProductArn: [{ 'anything-but': { suffix: 'aws/securityhub' } }] }), false],
    ['one of two alternatives', { source: [{ prefix: 'x' }, 'aws.securityhub'] }, true],
    ['that a leaf exists', finding({ RecordState: [{ exists: true }] }), true],
    ['that a leaf does not exist', finding({ Note: [{ exists: false }] }), true],
    ['that an existing leaf does not exist', finding({ RecordState: [{ exists: false }] }), false],
    ['that a leaf below nothing does not exist', { missing: { deep: [{ exists: false }] } }, true],
    ['exists on a node that is no leaf', { detail: { findings: [{ exists: true }] } }, false],
    ['an empty array, as absent', { detail: { none: [{ exists: false }] } }, true],
    ['the second of two patterns', { $or: [{ source: ['a'] }, { source: ['aws.securityhub'] }] }, true],
    ['two patterns, neither of which matches', { $or: [{ source: ['a'] }, { source: ['b'] }] }, false],
    [
      'one of two patterns, beside a field that does not match',
      { account: ['444455556666'], $or: [{ source: ['a'] }, { source: ['aws.securityhub'] }] },
      false,
    ],
    ['two patterns deeper down', finding({ $or: [{ Sample: [true] }, { RecordState: ['ACTIVE'] }] }), true],
    ['nested fields', finding({ Workflow: { Status: ['NEW'] }, RecordState: ['ACTIVE'] }), true],
    [
      'nested fields of which one differs',
      finding({ Workflow: { Status: ['RESOLVED'] }, RecordState: ['ACTIVE'] }),
      false,
    ],
  ])('with %s', (_what, pattern, expected) => {
    expect(matches(pattern, event)).toBe(expected);
  });

  it('matches all fields in one element of an array, never across two', () => {
    const people = { employees: [[{ first: 'Anna', last: 'Smith' }], { first: 'Peter', last: 'Jones' }] };
    expect(matches({ employees: { first: ['Anna'], last: ['Smith'] } }, people)).toBe(true);
    expect(matches({ employees: { first: ['Anna'], last: ['Jones'] } }, people)).toBe(false);
  });

  it('does not guess what absence means in one of several elements', () => {
    const two = { detail: { findings: [{ a: 1 }, { b: 1 }] } };
    expect(() => matches(finding({ a: [{ exists: false }] }), two)).toThrow('several elements');
  });

  it.each<[Record<string, unknown>]>([
    [{ detail: { count: [{ numeric: ['>', 3] }] } }],
    [{ source: [{ wildcard: '*hub' }] }],
    [{ source: ['aws.securityhub', { 'equals-ignore-case': 'x' }] }],
    [{ source: [{ prefix: { 'equals-ignore-case': 'AWS' } }] }],
    [{ source: [{ 'anything-but': { wildcard: '*' } }] }],
    [{ $or: [{ source: ['a'] }, { source: [{ wildcard: 'b' }] }] }],
    [{ $or: [{ source: ['a'] }] }],
    [{ $or: ['a', 'b'] }],
    [{ source: 'aws.securityhub' }],
    [{ source: [{ prefix: 'aws.', suffix: 'hub' }] }],
    [{ source: [['aws.securityhub']] }],
  ])('%j is refused as not modelled, matching or not', (pattern) => {
    expect(() => matches(pattern, event)).toThrow(expect.objectContaining({ name: 'NotModelled' }));
  });

  it('made of the values of an event matches it, and no longer when one value is changed', () => {
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean());
    const tree: fc.Arbitrary<Record<string, unknown>> = fc.letrec<{ node: Record<string, unknown> }>((tie) => ({
      node: fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.oneof({ maxDepth: 3 }, leaf, tie('node')), {
        minKeys: 1,
        maxKeys: 4,
      }),
    })).node;
    const patternOf = (value: Record<string, unknown>, change: unknown): Record<string, unknown> =>
      Object.fromEntries(
        Object.entries(value).map(([k, v]) => [
          k,
          typeof v === 'object' ? patternOf(v as Record<string, unknown>, change) : [change ?? v],
        ]),
      );
    fc.assert(
      fc.property(tree, (value) => {
        expect(matches(patternOf(value, undefined), value)).toBe(true);
        expect(matches(patternOf(value, 'no such value of this length'), value)).toBe(false);
        expect(matches(patternOf(value, undefined), { ...value, more: 1 })).toBe(true);
        expect(matches({ ...patternOf(value, undefined), absent: ['x'] }, value)).toBe(false);
      }),
    );
  });
});

describe('route', () => {
  it('gives the targets of the enabled rules that match', () => {
    const rule = (source: string, enabled: boolean, ...arns: string[]) => ({
      enabled,
      eventPattern: { source: [source] },
      targets: arns.map((arn) => ({ arn })),
    });
    const schedule = { enabled: true, targets: [{ arn: 'tick' }] };
    const rules = [
      rule('aws.securityhub', true, 'a', 'b'),
      rule('aws.macie', true, 'c'),
      rule('aws.securityhub', false, 'd'),
      schedule,
    ];
    expect(route(event, rules)).toEqual(['a', 'b']);
  });
});
