import { type PolicyCondition, type PolicyPrincipal, type PolicyStatement, statementsOf } from '../core/policy.ts';

/** Somebody whom a resource's policy lets in and who is none of ours. */
export interface Stranger {
  /** place of the statement in the document */
  statement: number;
  /** as the policy names it: an ARN, an account id, `*`, or `everyone but …` */
  principal: string;
}

/**
 * The strangers of a trust or key policy: AWS principals of accounts that are not ours, and everyone. Services and federated providers are
 * none: a provider is a resource of the role's own account, and which of its users may come in is for its conditions to say.
 */
export function strangersIn(policy: string, ours: readonly string[]): Stranger[] {
  return statementsOf(policy)
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
  if (name === 'aws:principalaccount' || name === 'kms:calleraccount')
    return operator === 'StringEquals' && values.every((account) => ours.includes(account));
  const compares = /^(?:StringEquals|StringLike|ArnEquals|ArnLike)$/.test(operator);
  return name === 'aws:principalarn' && compares && values.every((arn) => ours.includes(arn.split(':')[4] ?? ''));
}

/** Providers that AWS knows without a resource in the account (IAM user guide, principals of trust policies). */
const knownProviders = [
  'accounts.google.com',
  'www.amazon.com',
  'graph.facebook.com',
  'cognito-identity.amazonaws.com',
];

/**
 * The web-identity providers that a trust policy trusts without asking which of their users comes: `:sub` says who, and an audience
 * alone is the same for every user of the provider. Cognito's `:aud` is the identity pool, which decides who itself.
 */
export function uncheckedProviders(trust: string): string[] {
  const found = statementsOf(trust)
    .filter((s) => s.effect === 'Allow' && !s.notPrincipal)
    .flatMap((s) => s.principals.filter((p) => isWebIdentity(p) && !s.conditions.some((c) => asksWho(c, p.value))))
    .map((p) => p.value);
  return [...new Set(found)].sort();
}

const isWebIdentity = ({ kind, value }: PolicyPrincipal) =>
  kind === 'Federated' && (knownProviders.includes(value) || value.includes(':oidc-provider/'));

/** A pattern that is open from its first part on (`*`, `repo:*`) names nobody. */
function asksWho({ operator, key, values }: PolicyCondition, provider: string): boolean {
  const name = key.toLowerCase();
  const asks = name.endsWith(':sub') || (provider === 'cognito-identity.amazonaws.com' && name.endsWith(':aud'));
  const compares = /^(?:ForAnyValue:)?(?:StringEquals|StringEqualsIgnoreCase|StringLike)$/.test(operator);
  const open = (value: string) => operator.endsWith('StringLike') && /^(?:[^:*?]*:)?[*?]/.test(value);
  return asks && compares && values.length > 0 && !values.some(open);
}
