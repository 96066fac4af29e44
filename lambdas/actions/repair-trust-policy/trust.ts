import type { Json, JsonObject } from '../../core/json.ts';
import { type PolicyCondition, type PolicyPrincipal, type PolicyStatement, statementsOf } from '../../core/policy.ts';

/** Somebody whom a trust policy lets in and who is none of ours. */
export interface Stranger {
  /** place of the statement in the document */
  statement: number;
  /** as the policy names it: an ARN, an account id, `*`, or `everyone but …` */
  principal: string;
}

/**
 * The strangers of a trust policy: AWS principals of accounts that are not ours, and everyone. Services and federated providers are
 * none: a provider is a resource of the role's own account, and which of its users may come in is for its conditions to say.
 */
export function strangersIn(trust: string, ours: readonly string[]): Stranger[] {
  return statementsOf(trust)
    .filter((s) => s.effect === 'Allow')
    .flatMap((s) => strangersOf(s, ours).map((principal) => ({ statement: s.index, principal })));
}

function strangersOf(statement: PolicyStatement, ours: readonly string[]): string[] {
  if (statement.notPrincipal) return [`everyone but ${statement.principals.map((p) => p.value).join(', ')}`];
  return statement.principals.filter((p) => isStranger(p, statement.conditions, ours)).map((p) => p.value);
}

function isStranger({ kind, value }: PolicyPrincipal, conditions: PolicyCondition[], ours: readonly string[]): boolean {
  if (kind !== 'AWS') return false;
  if (value === '*') return !conditions.some((c) => pins(c, ours));
  // a principal that was deleted shows as its unique id, which nobody has any more
  if (/^A[A-Z0-9]{15,127}$/.test(value)) return false;
  return !ours.includes(/^\d{12}$/.test(value) ? value : (value.split(':')[4] ?? ''));
}

/** Whether a condition admits callers of our accounts only. An organization's id says nothing: its accounts need not be ours. */
function pins({ operator, key, values }: PolicyCondition, ours: readonly string[]): boolean {
  if (values.length === 0) return false;
  const name = key.toLowerCase();
  if (name === 'aws:principalaccount')
    return operator === 'StringEquals' && values.every((account) => ours.includes(account));
  const compares = /^(?:StringEquals|StringLike|ArnEquals|ArnLike)$/.test(operator);
  return name === 'aws:principalarn' && compares && values.every((arn) => ours.includes(arn.split(':')[4] ?? ''));
}

/** A trust policy must have a statement, and a Deny lets nobody in. */
const nobody: JsonObject = {
  Sid: 'TourniquetTrustsNobody',
  Effect: 'Deny',
  Principal: { AWS: '*' },
  Action: 'sts:AssumeRole',
};

/** The trust policy without its strangers: who else a statement names stays in it, and other statements are as they were. */
export function withoutStrangers(trust: string, ours: readonly string[]): string {
  const strangers = strangersIn(trust, ours);
  if (strangers.length === 0) return trust;
  const document = JSON.parse(trust) as JsonObject;
  const kept = [document.Statement as Json].flat().flatMap((raw, index) => {
    const gone = strangers.filter((s) => s.statement === index).map((s) => s.principal);
    return gone.length === 0 ? [raw as JsonObject] : (without(raw as JsonObject, gone) ?? []);
  });
  return JSON.stringify({ ...document, Statement: kept.length === 0 ? [nobody] : kept });
}

/** One statement without some of its AWS principals; undefined when it names nobody any more. */
function without(statement: JsonObject, gone: readonly string[]): JsonObject | undefined {
  const { Principal } = statement;
  if (typeof Principal !== 'object' || Principal === null || Array.isArray(Principal)) return undefined;
  const { AWS, ...others } = Principal;
  const left = [AWS as Json].flat().filter((one) => !gone.includes(String(one)));
  const named = left.length === 0 ? others : { AWS: left, ...others };
  return Object.keys(named).length === 0 ? undefined : { ...statement, Principal: named };
}
