import { readdirSync, readFileSync } from 'node:fs';
import { type Finding, MalformedFinding } from '../../core/finding.ts';
import type { JsonObject } from '../../core/json.ts';
import { readFindings } from '../index.ts';

export const sampleNames: string[] = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace(/\.json$/, ''));

const texts = new Map<string, string>();

/** A fresh copy of one hand-written event. */
export function sample(name: string): JsonObject {
  const text = texts.get(name) ?? readFileSync(`${import.meta.dirname}/${name}.json`, 'utf8');
  texts.set(name, text);
  return JSON.parse(text) as JsonObject;
}

/** The sample with fields set by path (`detail.findings.0.Id`); a field set to undefined is removed. */
export function edited(name: string, changes: Record<string, unknown>): JsonObject {
  const event = sample(name);
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split(' > ').flatMap((part, n) => (n === 0 ? part.split('.') : [part]));
    const last = steps.pop() ?? '';
    const holder = steps.reduce<object>((inner, step) => {
      if (Reflect.get(inner, step) === undefined) Reflect.set(inner, step, {});
      return Reflect.get(inner, step) as object;
    }, event);
    if (value === undefined) Reflect.deleteProperty(holder, last);
    else Reflect.set(holder, last, value);
  }
  return event;
}

/** The first finding in it. Throws the error that stands in its place. */
export function read(raw: unknown): Finding {
  const [found] = readFindings(raw);
  if (found === undefined || found instanceof MalformedFinding) throw found ?? new Error('nothing was read');
  return found;
}

/** The first refusal in it. Throws where everything can be read. */
export function refused(raw: unknown): MalformedFinding {
  const found = readFindings(raw).find((each) => each instanceof MalformedFinding);
  if (!found) throw new Error('it was read');
  return found;
}

export function targetsOf(found: Finding): string[] {
  return found.targets.map((t) => `${t.kind}:${t.id}`);
}
