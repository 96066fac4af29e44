import { z } from 'zod';
import { type PolicyCondition, type PolicyPrincipal, type PolicyStatement, statementsOf } from './policy.ts';

/**
 * Who "the public" is, as Block Public Access defines it (S3 user guide, "Blocking public access to your Amazon S3 storage":
 * the meaning of "public"). Our own judgement, beside AWS's GetBucketPolicyStatus.
 */

const groups: Record<string, string> = {
  'http://acs.amazonaws.com/groups/global/AllUsers': 'AllUsers',
  'http://acs.amazonaws.com/groups/global/AuthenticatedUsers': 'AuthenticatedUsers',
};

/** The public group that an ACL grant names (`AuthenticatedUsers` is any AWS account at all), or undefined. */
export function publicGroup(uri: string | undefined): string | undefined {
  return uri !== undefined && Object.hasOwn(groups, uri) ? groups[uri] : undefined;
}

/** The Allow statements that make a policy public. A Deny changes nothing about the verdict. */
export function publicStatements(policy: string | null): PolicyStatement[] {
  return statementsOf(policy).filter(isPublic);
}

/** Presumed public until limited to fixed values of a principal or of one of the condition keys below. */
export function isPublic(statement: PolicyStatement): boolean {
  if (statement.effect !== 'Allow') return false;
  const fixed = !statement.notPrincipal && statement.principals.length > 0 && statement.principals.every(isFixed);
  return !fixed && !statement.conditions.some(limits);
}

function isFixed({ kind, value }: PolicyPrincipal): boolean {
  return ['AWS', 'Service', 'CanonicalUser'].includes(kind) && isFixedValue(value);
}

const isFixedValue = (value: string) => value !== '' && !/[*?]|\$\{/.test(value);

const limitingKeys = new Set([
  'aws:principalorgid',
  'aws:principalaccount',
  'aws:principalarn',
  'aws:sourcearn',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:sourceowner',
  'aws:sourceaccount',
  'aws:userid',
  's3:dataaccesspointarn',
  's3:dataaccesspointaccount',
]);

/** Positive operators only: negated ones and `…IfExists` are met by a caller who lacks the key, as anonymous callers do. */
const positive = /^(?:ForAnyValue:)?(?:StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike)$/;

function limits({ operator, key, values }: PolicyCondition): boolean {
  if (values.length === 0) return false;
  const name = key.toLowerCase();
  if (name === 'aws:sourceip') return /^(?:ForAnyValue:)?IpAddress$/.test(operator) && values.every(isNarrowRange);
  if (!positive.test(operator) || !limitingKeys.has(name)) return false;
  if (name === 's3:dataaccesspointarn') return values.every((v) => isFixedValue(v.replace(anyAccessPointName, '$1')));
  return values.every(isFixedValue);
}

/** The name part of an access point ARN may be `*` when its account is fixed. */
const anyAccessPointName = /^(arn:[a-z-]+:s3:[a-z0-9-]*:\d{12}:accesspoint\/)\*$/;

/** Wider than /8 (IPv4) or /32 (IPv6) counts as the public. */
function isNarrowRange(value: string): boolean {
  const [address = '', bits] = value.split('/');
  if (z.ipv4().safeParse(address).success) return isWidth(bits, 8, 32);
  return z.ipv6().safeParse(address).success && isWidth(bits, 32, 128);
}

function isWidth(bits: string | undefined, least: number, most: number): boolean {
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= least && Number(bits) <= most);
}

/** The owner of a bucket under both of the names that policies use. */
export interface Owner {
  account: string;
  canonicalId: string | undefined;
}

/**
 * Whom the statements that are not public let in from outside the owner's account: RestrictPublicBuckets cuts them too while
 * another statement of the policy is public. AWS services stay, so they are not named.
 */
export function foreignPrincipals(policy: string | null, owner: Owner): string[] {
  const statements = statementsOf(policy).filter((s) => s.effect === 'Allow' && !isPublic(s));
  return [...new Set(statements.flatMap((s) => outsiders(s, owner)))].sort();
}

/** The outsiders that one statement names, in words. */
export function outsiders(statement: PolicyStatement, owner: Owner): string[] {
  const named = statement.notPrincipal ? [] : statement.principals.flatMap((p) => outsider(p, owner) ?? []);
  if (!statement.notPrincipal && statement.principals.every(isFixed)) return named;
  const limited = statement.conditions.filter(limits).flatMap(({ key, values }) => {
    const others = values.filter((value) => !value.includes(owner.account));
    return others.length > 0 ? [`callers with ${key} ${others.join(' or ')}`] : [];
  });
  return [...named, ...limited];
}

function outsider({ kind, value }: PolicyPrincipal, owner: Owner): string | undefined {
  if (kind === 'CanonicalUser')
    return value === owner.canonicalId ? undefined : `canonical user ${value.slice(0, 12)}…`;
  if (kind !== 'AWS' || !isFixedValue(value)) return undefined;
  const account = /^\d{12}$/.test(value) ? value : (value.split(':')[4] ?? '');
  if (account === owner.account) return undefined;
  if (account === 'cloudfront') return 'a CloudFront origin access identity';
  return /^\d{12}$/.test(account) ? `account ${account}` : `deleted principal ${value}`;
}
