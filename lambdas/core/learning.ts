import { z } from 'zod';
import { type Facts, InvalidFacts } from './facts.ts';
import { inert } from './inert.ts';
import { hashOf, type Json, type JsonObject, json } from './json.ts';

const limitCharacters = 64 * 1024;

/**
 * What people have learned. `set`: a merge patch over the facts (RFC 7396: an object is merged, null takes away, anything else
 * replaces). `add`: entries for the lists of the facts, so that two people who add at once lose nothing. `owners`: who sees to an
 * obligation.
 */
export const factsChange = z
  .strictObject({
    set: z.record(z.string(), json).default({}),
    add: z.record(z.string(), z.array(json).min(1)).default({}),
    owners: z.record(z.string().regex(/^[a-z0-9.-]+\/[a-z0-9_]+$/, 'must be regime/obligation'), z.email()).default({}),
  })
  .refine((given) => Object.values(given).some((part) => Object.keys(part).length > 0), {
    error: 'says nothing that would change: give set, add or owners',
  })
  .refine((given) => JSON.stringify(given).length <= limitCharacters, {
    error: `holds more than ${limitCharacters} characters: record less at once, and keep documents elsewhere`,
  });
export type FactsChange = z.infer<typeof factsChange>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function merged(value: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result = new Map<string, Json>(Object.entries(isObject(value) ? value : {}));
  for (const [key, part] of Object.entries(patch)) {
    if (part === null) result.delete(key);
    else result.set(key, merged(result.get(key), part));
  }
  return Object.fromEntries(result);
}

/** The whole facts after a change; unchecked. Throws InvalidFacts for what no change may name. */
export function learned(before: Facts, { set, add }: FactsChange): JsonObject {
  if ('entity' in set)
    throw new InvalidFacts('entity', 'comes from the settings: change it there, then deploy; the clocks follow');
  const lists: JsonObject = {};
  const whole = JSON.parse(JSON.stringify(before)) as JsonObject;
  for (const [name, entries] of Object.entries(add)) {
    const list = whole[name] ?? [];
    if (name in set) throw new InvalidFacts(name, 'is set and added to at once: do one of them');
    if (!Array.isArray(list)) throw new InvalidFacts(name, 'is no list: give it under set');
    const fresh = entries.filter((one) => !list.some((old) => hashOf(old) === hashOf(one)));
    lists[name] = [...list, ...fresh];
  }
  return merged(merged(whole, set), lists) as JsonObject;
}

/** What a risk assessment was made of besides its own words: when it changes, somebody has to sign again. */
const weighed = ({ individuals, businessAssociate, riskToIndividuals }: Partial<Facts>) =>
  hashOf(JSON.parse(JSON.stringify({ individuals, businessAssociate, riskToIndividuals })));

/**
 * Locks a risk assessment to the version of the facts that it was signed on, with a hash over what was signed. One that was signed
 * on other counts stands no more: the breach is presumed again (45 CFR 164.402(2)) until it is signed anew.
 */
export function locked(before: Facts | undefined, after: Facts, { set }: Pick<FactsChange, 'set'>, n: number): Facts {
  const { assessment } = after;
  if (!assessment) return after;
  if (set.assessment !== undefined) {
    const { inputs: _inputs, hash: _hash, superseded: _superseded, ...signed } = assessment;
    return { ...after, assessment: { ...signed, inputs: n, hash: hashOf(signed) } };
  }
  if (!before || assessment.superseded || weighed(before) === weighed(after)) return after;
  const superseded = `signed on facts ${assessment.inputs ?? 'unknown'}, and the counts are others since facts ${n}: sign it again`;
  return { ...after, assessment: { ...assessment, superseded } };
}

/** What a change says, in short: for the timeline. What people signed stands in the version of the facts, not here. */
export function changeText({ set, add, owners }: FactsChange): string {
  const lines = [
    ...Object.entries(set).flatMap(([name, value]) => leaves(name, value)),
    ...Object.entries(add).flatMap(([name, entries]) => entries.map((one) => `${name}: ${leaves('', one).join(', ')}`)),
    ...Object.entries(owners).map(([of, email]) => `${of} is seen to by ${email}`),
  ];
  return inert(lines.join('; '), 600);
}

const signedParts: ReadonlySet<string> = new Set(['factors', 'basis', 'reason', 'proof']);

function leaves(path: string, value: Json): string[] {
  if (signedParts.has(path.split('.').at(-1) ?? '')) return [];
  if (Array.isArray(value)) return [`${path} = ${value.length} in all`];
  if (isObject(value))
    return Object.entries(value).flatMap(([key, part]) => leaves(path === '' ? key : `${path}.${key}`, part));
  return [value === null ? `${path} taken away` : `${path} = ${String(value)}`];
}
