import { Temporal } from 'temporal-polyfill';
import type { Json, JsonObject } from '../../core/json.ts';

const instanceKey = 'ec2:SourceInstanceARN';
const timeKey = 'aws:TokenIssueTime';

/**
 * Denies everything to credentials that this instance was given before `until`: EC2 puts its ARN into the token, so it goes with
 * stolen credentials, and other instances of the role are left alone (IAM user guide, `ec2:SourceInstanceARN`).
 */
function statement(instance: string, until: string): JsonObject {
  return {
    Effect: 'Deny',
    Action: ['*'],
    Resource: ['*'],
    Condition: { ArnEquals: { [instanceKey]: instance }, DateLessThan: { [timeKey]: until } },
  };
}

/** The policy text in which this instance's sessions are denied until then (null: not at all); null when nothing is left of it. */
export function withDenied(policy: string | null, instance: string, until: string | null): string | null {
  const document: JsonObject = policy === null ? { Version: '2012-10-17' } : (JSON.parse(policy) as JsonObject);
  const others = statementsIn(document).filter((s) => timeOf(s, instance) === null);
  const all = until === null ? others : [...others, statement(instance, until)];
  return all.length === 0 ? null : JSON.stringify({ ...document, Statement: all });
}

/** Until when sessions of this instance are denied everything: the latest time of the policy, as ISO text in UTC; null for never. */
export function deniedUntil(policy: string | null, instance: string): string | null {
  if (policy === null) return null;
  const times = statementsIn(JSON.parse(policy) as JsonObject).flatMap((s) => timeOf(s, instance) ?? []);
  return times.sort(Temporal.Instant.compare).at(-1)?.toString() ?? null;
}

function statementsIn({ Statement }: JsonObject): JsonObject[] {
  if (Statement === undefined) return [];
  return (Array.isArray(Statement) ? Statement : [Statement]) as JsonObject[];
}

/** The time of a statement that denies exactly this instance; null for any other, and for one with a further condition. */
function timeOf(s: JsonObject, instance: string): Temporal.Instant | null {
  const conditions = Object.entries((s.Condition ?? {}) as JsonObject).flatMap(([operator, keys]) =>
    Object.entries(keys as JsonObject).map(
      ([key, value]) => [`${operator} ${key.toLowerCase()}`, single(value)] as const,
    ),
  );
  const held = new Map(conditions);
  const until = held.get(`DateLessThan ${timeKey.toLowerCase()}`);
  const ours = held.get(`ArnEquals ${instanceKey.toLowerCase()}`) === instance && conditions.length === 2;
  if (!ours || until === undefined || s.Effect !== 'Deny' || single(s.Action) !== '*' || single(s.Resource) !== '*')
    return null;
  try {
    return Temporal.Instant.from(until);
  } catch {
    return null;
  }
}

/** The text of a value that is one text or a list of one. */
function single(value: Json | undefined): string | undefined {
  const [only, ...more] = Array.isArray(value) ? value : [value];
  return typeof only === 'string' && more.length === 0 ? only : undefined;
}
