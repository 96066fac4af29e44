import type { Json, JsonObject } from '../../core/json.ts';
import { type PolicyStatement, statementsOf } from '../../core/policy.ts';

/** Policy text that denies everything to one `aws:userid`; statements that an existing text has already are kept. */
export function denySession(existing: string | null, userId: string): string {
  if (existing !== null && denies(existing, userId)) return existing;
  const Condition = { StringEquals: { 'aws:userid': [userId] } };
  const ours: JsonObject = { Effect: 'Deny', Action: ['*'], Resource: ['*'], Condition };
  const document = (existing === null ? { Version: '2012-10-17' } : JSON.parse(existing)) as JsonObject;
  const kept = document.Statement === undefined ? [] : [document.Statement as Json].flat();
  return JSON.stringify({ ...document, Statement: [...kept, ours] });
}

/** Whether policy text denies everything to sessions with exactly this `aws:userid`, whatever else it says. */
export function denies(policy: string | null, userId: string): boolean {
  return statementsOf(policy).some(
    (s) =>
      s.effect === 'Deny' && s.actions.includes('*') && s.resources.includes('*') && namesOnly(s.conditions, userId),
  );
}

/** A further condition would narrow the denial, so there must be none. */
function namesOnly(conditions: PolicyStatement['conditions'], userId: string): boolean {
  const [first, ...more] = conditions;
  if (first === undefined) return true;
  const { operator, key, values } = first;
  return (
    more.length === 0 && operator === 'StringEquals' && key.toLowerCase() === 'aws:userid' && values.includes(userId)
  );
}
