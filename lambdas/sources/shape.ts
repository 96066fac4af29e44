import { z } from 'zod';
import { type Finding, MalformedFinding } from '../core/finding.ts';
import type { Json, JsonObject } from '../core/json.ts';

/** Real findings nest about ten levels (OCSF process ancestry is the deepest); more is an attack on the reader, not a finding. */
const deepest = 64;

/**
 * The raw event as plain JSON: `null` fields left out (products write them for "not known"), `__proto__` too.
 * Throws MalformedFinding for what JSON cannot hold (cycles, functions, big integers) and for absurd depth.
 */
export function jsonOf(raw: unknown): Json {
  let text: string | undefined;
  try {
    text = JSON.stringify(raw);
  } catch {
    throw new MalformedFinding('event', `cannot be written as JSON (a cycle, a big integer, or nesting without end)`);
  }
  if (text === undefined) throw new MalformedFinding('event', `is ${quoted(raw)}; give one JSON document`);
  const value = JSON.parse(text) as Json;
  if (isDeeperThan(value, deepest))
    throw new MalformedFinding('event', `is nested deeper than ${deepest} levels; no detector writes that`);
  return withoutNulls(value);
}

/** Walks level by level, not by recursion: the depth of what it is given is the very thing in doubt. */
function isDeeperThan(value: Json, limit: number): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return false;
}

function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([name, item]) => item !== null && name !== '__proto__');
  return Object.fromEntries(kept.map(([name, item]) => [name, withoutNulls(item)]));
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An EventBridge event. Its `region` is the bus's, so it is not read. */
export interface Envelope {
  source: string;
  detailType: string;
  detail: Json | undefined;
  /** the bus's account: the resource's only where the finding itself names none, and the product sends to the resource's account */
  account: string;
  time: string;
  /** the ARNs that the product lists beside the finding */
  resources: string[];
}

/** The EventBridge envelope, or undefined for a finding that arrives bare. */
export function envelopeOf(raw: unknown): Envelope | undefined {
  if (!isObject(raw)) return undefined;
  if (!('detail-type' in raw) && !('source' in raw && 'detail' in raw)) return undefined;
  return {
    source: textOf(raw.source),
    detailType: textOf(raw['detail-type']),
    detail: raw.detail,
    account: textOf(raw.account),
    time: textOf(raw.time),
    resources: Array.isArray(raw.resources) ? raw.resources.map(textOf) : [],
  };
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A finding in an event, and where in the event it stands. */
export interface Placed {
  at: string;
  value: Json | undefined;
}

/** The one finding of a product that sends one in `detail`, or the bare finding itself. */
export function placedIn(raw: unknown): Placed {
  const envelope = envelopeOf(raw);
  return envelope ? { at: 'detail', value: envelope.detail } : { at: '', value: raw as Json };
}

/**
 * The findings of a Security Hub event (`detail.findings`), or the bare finding itself.
 * Throws MalformedFinding when an envelope has no list of findings, or an empty one.
 */
export function listedIn(raw: unknown): Placed[] {
  const envelope = envelopeOf(raw);
  if (!envelope) return [{ at: '', value: raw as Json }];
  const list = isObject(envelope.detail) ? envelope.detail.findings : undefined;
  if (!Array.isArray(list))
    throw new MalformedFinding('detail.findings', `is ${quoted(list)}; expected the list of findings`);
  if (list.length === 0) throw new MalformedFinding('detail.findings', 'is empty; expected at least one finding');
  return list.map((value, n) => ({ at: `detail.findings[${n}]`, value }));
}

/** Every finding read; one that cannot be read is the error, in its place, and stops no other. */
export function readEach(
  placed: readonly Placed[],
  read: (raw: Json | undefined) => Finding,
): (Finding | MalformedFinding)[] {
  return placed.map(({ at, value }) => {
    try {
      return read(value);
    } catch (error) {
      if (error instanceof MalformedFinding) return within(at, error);
      throw error;
    }
  });
}

/**
 * Every field name in camelCase: EventBridge delivers `accountId`, GetFindings prints `AccountId`.
 * Where both are present the camelCase one counts, as it is what GuardDuty itself sends.
 */
export function camelCased(value: Json): Json {
  if (Array.isArray(value)) return value.map(camelCased);
  if (!isObject(value)) return value;
  const renamed = new Map<string, Json>();
  for (const [name, item] of Object.entries(value)) {
    const camel = name.charAt(0).toLowerCase() + name.slice(1);
    if (camel === name || !(camel in value)) renamed.set(camel, camelCased(item));
  }
  return Object.fromEntries(renamed);
}

/** What the schema says about the value, or MalformedFinding naming the first field that is not as the product documents it. */
export function shaped<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path ?? [];
  const found = path.reduce<unknown>((inner, step) => Reflect.get(Object(inner), step), value);
  const says = (issue?.message ?? 'not as documented').replace(/^Invalid input: |, received undefined$/g, '');
  throw new MalformedFinding(
    fieldPath('', path) || 'event',
    found === undefined ? `is missing; ${says}` : `is ${quoted(found)}: ${says}`,
  );
}

/** The same error, seen from what the finding stands in. */
export function within(place: string, error: MalformedFinding): MalformedFinding {
  if (place === '') return error;
  const field = error.field === 'event' ? place : fieldPath(place, [error.field]);
  return new MalformedFinding(field, error.problem);
}

function fieldPath(at: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const name = String(step);
    return text === '' || name.startsWith('[') ? `${text}${name}` : `${text}.${name}`;
  }, at);
}

/**
 * A hostile value as one short, printable ASCII line. It is not escaped for HTML: whoever renders it does that.
 */
export function quoted(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = typeof value === 'object' ? (Array.isArray(value) ? 'a list' : 'an object') : JSON.stringify(value);
  const line = (text ?? typeof value).replace(/[^\x20-\x7e]/g, '?');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

/** Text that says something. Products write "" for "not known", so an empty text counts as absent. */
export const text = z.string().transform((value) => (value === '' ? undefined : value));
/** true, or the text "true": the flat `ProductFields` of the ASFF hold texts only. */
export const flag = z.union([z.boolean(), z.string()]).transform((value) => value === true || value === 'true');
/** A number, or a text of digits: table exports and `ProductFields` hold texts. */
export const numeric = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d{1,15}(?:\.\d{1,9})?$/, 'not a number')
    .transform(Number),
]);
/** A whole number of occurrences. */
export const occurrences = numeric.pipe(z.int().nonnegative());
