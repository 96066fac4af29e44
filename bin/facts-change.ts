import { Temporal } from 'temporal-polyfill';
import { type Facts, factsOf, InvalidFacts } from '../lambdas/core/facts.ts';
import { inert } from '../lambdas/core/inert.ts';
import type { Json, JsonObject } from '../lambdas/core/json.ts';
import { type FactsChange, factsChange, learned } from '../lambdas/core/learning.ts';
import { readInput } from './input.ts';
import { BadUsage, Refusal } from './outcome.ts';

/** What a person gives on the command line of `facts`, as it was typed. */
export interface Given {
  set?: string[];
  count?: string[];
  total?: string;
  sent?: string[];
  proof?: string;
  hold?: string;
  on?: string;
  until?: string;
  official?: string;
  assessment?: string;
  safeHarbour?: string;
  exclude?: string[];
  extend?: string[];
  owner?: string[];
  reason?: string;
}

/** What the words of a person would change; undefined where they only look. Throws BadUsage and Refusal naming what is wrong. */
export async function changeOf(given: Given, zone: string | undefined): Promise<FactsChange | undefined> {
  const set: JsonObject = {};
  for (const [path, value] of (given.set ?? []).map((text) => pair('--set', text, 'anchors.discovery=2026-11-20')))
    put(set, path.split('.'), typed(value));
  for (const [state, count] of (given.count ?? []).map((text) => pair('--count', text, 'CA=501')))
    put(set, ['individuals', 'byState', state], typed(count));
  if (given.total !== undefined) put(set, ['individuals', 'total'], typed(given.total));
  if (given.assessment !== undefined) set.assessment = await fileOf('--assessment', given.assessment);
  if (given.safeHarbour !== undefined) set.safeHarbour = await fileOf('--safe-harbour', given.safeHarbour);
  const on = given.on ?? Temporal.Now.plainDateISO(zone ?? 'UTC').toString();
  const add: Record<string, Json[]> = {
    sent: (given.sent ?? []).map((text) => sent(text, given.proof)),
    holds: given.hold === undefined ? [] : [hold(given.hold, given, on)],
    exclusions: (given.exclude ?? []).map((text) => {
      const [regime, exemption] = pair('--exclude', text, 'us-hipaa-individual=exemption');
      return { regime, exemption, on, reason: given.reason ?? '' };
    }),
    extensions: (given.extend ?? []).map((regime) => ({ regime, on, reason: given.reason ?? '' })),
  };
  const owners = Object.fromEntries(
    (given.owner ?? []).map((text) => pair('--owner', text, 'us-hipaa-media/media=dana@example.com')),
  );
  const lists = Object.fromEntries(Object.entries(add).filter(([, entries]) => entries.length > 0));
  if (Object.keys({ ...set, ...lists, ...owners }).length === 0) return undefined;
  const parsed = factsChange.safeParse({ set, add: lists, owners });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new BadUsage(`${issue?.path.join('.')}: ${issue?.message}`);
}

/** Checks what a person typed against what is known, before anything is sent; the console checks it again, with today's date. */
export function checked(facts: Facts, change: FactsChange): Facts {
  try {
    return factsOf(learned(facts, change));
  } catch (error) {
    if (error instanceof InvalidFacts) throw new Refusal(error.message, error.field);
    throw error;
  }
}

function pair(option: string, text: string, example: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  throw new BadUsage(`${option} ${JSON.stringify(inert(text))} has no "=": write it as ${option} ${example}`);
}

function put(into: JsonObject, [name = '', ...rest]: string[], value: Json): void {
  if (rest.length === 0) {
    into[name] = value;
    return;
  }
  const below = into[name];
  const next: JsonObject = typeof below === 'object' && below !== null && !Array.isArray(below) ? below : {};
  into[name] = next;
  put(next, rest, value);
}

/** A number, true or false as such, nothing as "take it away", and any other text as it is. */
function typed(text: string): Json {
  if (text === '') return null;
  if (/^-?\d+$/.test(text)) return Number(text);
  return text === 'true' || text === 'false' ? text === 'true' : text;
}

function sent(text: string, proof: string | undefined): JsonObject {
  const [of, on] = pair('--sent', text, 'us-hipaa-media/media=2026-12-01');
  const [regime = '', obligation, ...more] = of.split('/');
  if (!obligation || more.length > 0)
    throw new BadUsage(
      `--sent ${JSON.stringify(inert(text))}: name it as regime/obligation=day, e.g. us-hipaa-media/media=2026-12-01`,
    );
  return { regime, obligation, on, ...(proof === undefined ? {} : { proof }) };
}

function hold(kind: string, { until, official }: Given, date: string): JsonObject {
  if (kind !== 'oral' && kind !== 'written')
    throw new BadUsage(`--hold ${JSON.stringify(inert(kind))}: it is oral or written`);
  if (kind === 'written' && until === undefined)
    throw new BadUsage('--hold written needs --until: the last day that the statement names');
  return { kind, date, ...(until === undefined ? {} : { until }), ...(official === undefined ? {} : { official }) };
}

async function fileOf(option: string, path: string): Promise<Json> {
  const text = await readInput(path);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal(`${option} ${path} is not JSON: ${(error as Error).message}`, 'file');
  }
}
