import fc from 'fast-check';
import { expect, it } from 'vitest';
import { finding, MalformedFinding } from '../core/finding.ts';
import { target } from '../core/target.ts';
import { readFindings } from './index.ts';
import { sample, sampleNames } from './samples/load.ts';

const hostileText = fc.constantFrom(
  '../../../etc/passwd',
  'line\nbreak\r\n\u0000',
  `'"\`; DROP TABLE`,
  '${jndi:ldap://x}${env}',
  '{% raw %}{{ constructor }}',
  '<img src=x onerror=alert(1)>',
  '=HYPERLINK("x")',
  'arn:aws:s3:::../../x',
  'arn:aws:iam::111122223333:user/../root',
  'AWS::IAM::AccessKey:AKIA<b>',
  'AKIA'.padEnd(400, 'A'),
  '__proto__',
  '\ud800',
);
const other = fc.oneof(
  hostileText,
  fc.constantFrom(null, true, 0, -1, 1e308, '', [], {}, [[]], '2026-11-20', '111122223333', 'null'),
  fc.jsonValue(),
);
const change = fc.record({
  where: fc.nat(),
  how: fc.constantFrom('remove', 'rename', 'double', 'replace', 'pascal'),
  what: other,
  name: fc.oneof(
    hostileText,
    fc.constantFrom(
      'constructor',
      'findings',
      'Findings',
      'ProductArn',
      'finding_info',
      'detail',
      'resourcesAffected',
      'analyzedAt',
    ),
  ),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

type Place = { holder: object; key: string };

/** Every field and list entry in a document. */
function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => [{ holder: value, key }, ...placesIn(Reflect.get(value, key))]);
}

function apply(event: object, { where, how, what: shared, name }: Change): void {
  const what: unknown = structuredClone(shared);
  const places = placesIn(event);
  const place = places[where % Math.max(places.length, 1)];
  if (!place) return;
  const { holder, key } = place;
  const value: unknown = Reflect.get(holder, key);
  const define = (field: string, item: unknown) =>
    Object.defineProperty(holder, field, { value: item, enumerable: true, configurable: true, writable: true });
  if (how === 'replace') define(key, what);
  else if (Array.isArray(holder)) holder.push(how === 'double' ? structuredClone(value) : what);
  else {
    if (how === 'double') define(name, structuredClone(value));
    if (how === 'rename') define(name, value);
    if (how === 'pascal') define(key.charAt(0).toUpperCase() + key.slice(1), what);
    if (how === 'rename' || how === 'remove') Reflect.deleteProperty(holder, key);
  }
}

const mutated = fc
  .tuple(fc.constantFrom(...sampleNames), fc.array(change, { minLength: 1, maxLength: 4 }))
  .map(([name, changes]) => {
    const event = sample(name);
    for (const each of changes) apply(event, each);
    return event;
  });

function holds(raw: unknown): void {
  const found = readFindings(raw);
  expect(found.length).toBeGreaterThan(0);
  for (const each of found) {
    if (each instanceof MalformedFinding) {
      expect(each.field).not.toBe('');
      // the catch-all of the reader: every refusal here was foreseen
      expect(each.problem).not.toContain('could not be read');
      expect(each.message).toMatch(/^[\x20-\x7e…]*$/);
    } else {
      expect(finding.safeParse(each).error).toBeUndefined();
      for (const t of each.targets) expect(target.safeParse(t).success).toBe(true);
    }
  }
}

it('a finding with fields missing, renamed, doubled, of other types or hostile is read or refused, and never throws', () => {
  fc.assert(fc.property(mutated, holds), { numRuns: 2500 });
});

it('any JSON at all is read or refused, and never throws', () => {
  fc.assert(fc.property(fc.jsonValue(), holds), { numRuns: 500 });
});
