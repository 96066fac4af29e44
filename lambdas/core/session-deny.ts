import { Temporal } from 'temporal-polyfill';
import type { Json, JsonObject } from './json.ts';

/** The IAM console writes "now and about 30 s" too: sessions minted while the policy spreads are caught (IAM user guide, "Revoke IAM role temporary security credentials"). */
const spreadSeconds = 30;

/** Sessions issued before this time are denied by a deny that is written at `at`: whole seconds, because issue times have them. */
export function sessionsUntil(at: Temporal.Instant): Temporal.Instant {
  return at.add({ seconds: spreadSeconds }).round({ smallestUnit: 'second', roundingMode: 'ceil' });
}

/**
 * Policy text that denies everything to temporary credentials issued before `at` + 30 s. Long-term keys are untouched, because
 * aws:TokenIssueTime is absent for them. An existing document keeps its other statements, and the latest time wins.
 */
export function denyOlderSessions(existing: string | null, at: Temporal.Instant): string {
  const until = sessionsUntil(at);
  const Condition = { DateLessThan: { 'aws:TokenIssueTime': until.toString() } };
  const ours: JsonObject = { Effect: 'Deny', Action: ['*'], Resource: ['*'], Condition };
  if (existing === null) return JSON.stringify({ Version: '2012-10-17', Statement: [ours] });
  const already = deniedUntil(existing);
  if (already === 'always' || (already && Temporal.Instant.compare(already, until) >= 0)) return existing;
  const document = JSON.parse(existing) as JsonObject;
  const moved = statements(document).map((s) => (denyTime(s) ? { ...s, Condition } : s));
  return JSON.stringify({ ...document, Statement: already ? moved : [...moved, ours] });
}

/** Until when sessions must have been issued to be denied everything: the latest of the document, `always`, or null for never. */
export function deniedUntil(policy: string | null): Temporal.Instant | 'always' | null {
  if (policy === null) return null;
  let latest: Temporal.Instant | null = null;
  for (const statement of statements(JSON.parse(policy) as JsonObject)) {
    const time = denyTime(statement);
    if (time === 'always') return time;
    if (time && (latest === null || Temporal.Instant.compare(time, latest) > 0)) latest = time;
  }
  return latest;
}

function statements(document: JsonObject): JsonObject[] {
  return (Array.isArray(document.Statement) ? document.Statement : [document.Statement]) as JsonObject[];
}

/** The time of a statement that denies all actions on all resources to older sessions and has no other condition. */
function denyTime(statement: JsonObject): Temporal.Instant | 'always' | undefined {
  if (statement.Effect !== 'Deny' || !hasStar(statement.Action) || !hasStar(statement.Resource)) return undefined;
  if (statement.Condition === undefined) return 'always';
  const operators = Object.entries(statement.Condition as JsonObject);
  const keys = Object.entries((operators[0]?.[1] ?? {}) as JsonObject);
  const [key, value] = keys[0] ?? [];
  if (operators.length !== 1 || operators[0]?.[0] !== 'DateLessThan' || keys.length !== 1) return undefined;
  if (key?.toLowerCase() !== 'aws:tokenissuetime') return undefined;
  try {
    return Temporal.Instant.from(String(Array.isArray(value) && value.length === 1 ? value[0] : value));
  } catch {
    return undefined;
  }
}

function hasStar(value: Json | undefined): boolean {
  return (Array.isArray(value) ? value : [value]).includes('*');
}
