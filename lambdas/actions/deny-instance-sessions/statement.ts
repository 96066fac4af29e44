import type { Json, JsonObject } from '../../core/json.ts';
import { equal } from '../../core/standing.ts';

const instanceKey = 'ec2:SourceInstanceARN';

/**
 * Denies everything to credentials that this instance was given or will be given: EC2 puts its ARN into the token, so it goes with stolen
 * credentials, and other instances of the role are left alone (IAM user guide, `ec2:SourceInstanceARN`). Without a time: whoever
 * controls the instance can fetch fresh credentials from its metadata service as long as it has a role.
 */
export const denial = (instance: string): JsonObject => ({
  Effect: 'Deny',
  Action: ['*'],
  Resource: ['*'],
  Condition: { ArnEquals: { [instanceKey]: instance } },
});

/** The policy text with these statements for exactly this instance and no others; null when nothing is left of it. */
export function withStatements(policy: string | null, instance: string, own: JsonObject[]): string | null {
  const document: JsonObject = policy === null ? { Version: '2012-10-17' } : (JSON.parse(policy) as JsonObject);
  const all = [...statementsIn(document).filter((s) => !names(s, instance)), ...own];
  return all.length === 0 ? null : JSON.stringify({ ...document, Statement: all });
}

/** What the policy says of exactly this instance. */
export function statementsFor(policy: string | null, instance: string): JsonObject[] {
  if (policy === null) return [];
  return statementsIn(JSON.parse(policy) as JsonObject).filter((s) => names(s, instance));
}

/** Whether one of these statements, which IAM may give back as texts or lists of one, is our denial. */
export const denies = (own: JsonObject[], instance: string): boolean =>
  own.some((s) => {
    const held = conditionsOf(s);
    const whole = s.Effect === 'Deny' && single(s.Action) === '*' && single(s.Resource) === '*';
    return whole && equal(held, [[`ArnEquals ${instanceKey.toLowerCase()}`, instance]]);
  });

function statementsIn({ Statement }: JsonObject): JsonObject[] {
  if (Statement === undefined) return [];
  return (Array.isArray(Statement) ? Statement : [Statement]) as JsonObject[];
}

const names = (s: JsonObject, instance: string): boolean =>
  conditionsOf(s).some(([key, value]) => key === `ArnEquals ${instanceKey.toLowerCase()}` && value === instance);

/** Each condition as `Operator key` (keys are read without case) and its value, null where it has several. */
const conditionsOf = (s: JsonObject): [string, string | null][] =>
  Object.entries((s.Condition ?? {}) as JsonObject).flatMap(([operator, keys]) =>
    Object.entries(keys as JsonObject).map(([key, value]): [string, string | null] => [
      `${operator} ${key.toLowerCase()}`,
      single(value) ?? null,
    ]),
  );

/** The text of a value that is one text or a list of one. */
function single(value: Json | undefined): string | undefined {
  const [only, ...more] = Array.isArray(value) ? value : [value];
  return typeof only === 'string' && more.length === 0 ? only : undefined;
}
