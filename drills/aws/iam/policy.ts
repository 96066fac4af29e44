import { z } from 'zod';

/** A policy text that AWS would refuse; services turn it into their own error. */
export class PolicyError extends Error {
  override name = 'PolicyError';
}

export interface PrincipalEntry {
  type: 'AWS' | 'Service' | 'Federated' | 'CanonicalUser';
  /** `*` only with type AWS */
  value: string;
}

export interface Condition {
  operator: string;
  key: string;
  values: string[];
}

export interface Statement {
  sid: string | undefined;
  effect: 'Allow' | 'Deny';
  principals: PrincipalEntry[] | undefined;
  notPrincipals: PrincipalEntry[] | undefined;
  actions: string[] | undefined;
  notActions: string[] | undefined;
  resources: string[] | undefined;
  notResources: string[] | undefined;
  conditions: Condition[];
}

export interface Policy {
  /** policy variables exist since version 2012-10-17 */
  variables: boolean;
  statements: Statement[];
}

/** identity: users, roles, sessions, boundaries. resource: buckets, keys, topics. trust: a role's trust policy. */
export type PolicyKind = 'identity' | 'resource' | 'trust';

const oneOrMany = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(item).min(1));
const action = z.string().regex(/^(\*|[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+)$/, 'actions must be prefixed by a vendor');
const resource = z.string().regex(/^(\*$|arn:|\$\{)/, 'resources must be ARNs or *');
const principal = z.union([
  z.literal('*').transform((): PrincipalEntry[] => [{ type: 'AWS', value: '*' }]),
  z
    .strictObject({
      AWS: oneOrMany(z.string()).optional(),
      Service: oneOrMany(z.string()).optional(),
      Federated: oneOrMany(z.string()).optional(),
      CanonicalUser: oneOrMany(z.string()).optional(),
    })
    .transform((map) =>
      (['AWS', 'Service', 'Federated', 'CanonicalUser'] as const).flatMap((type) =>
        (map[type] ?? []).map((value): PrincipalEntry => ({ type, value })),
      ),
    ),
]);
const operator =
  /^(?:ForAllValues:|ForAnyValue:)?(?:String(?:Not)?Equals(?:IgnoreCase)?|String(?:Not)?Like|Numeric(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)|Date(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)|Bool|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like))(?:IfExists)?$|^Null$/;
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const condition = z.record(
  z.string().regex(operator, 'not a condition operator'),
  z.record(z.string().min(1), oneOrMany(scalar)),
);
const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: principal.optional(),
  NotPrincipal: principal.optional(),
  Action: oneOrMany(action).optional(),
  NotAction: oneOrMany(action).optional(),
  Resource: oneOrMany(resource).optional(),
  NotResource: oneOrMany(resource).optional(),
  Condition: condition.optional(),
});
const policy = z.strictObject({
  Version: z.enum(['2012-10-17', '2008-10-17']).optional(),
  Id: z.string().optional(),
  Statement: oneOrMany(statement),
});

/** By kind and text: every call is judged by the same few policies. Nobody changes a parsed policy. */
const known = new Map<string, Policy>();

/** Parses policy text by the grammar of the IAM JSON policy language. Throws PolicyError naming what is wrong. */
export function parsePolicy(text: string, kind: PolicyKind): Policy {
  const key = `${kind} ${text}`;
  const before = known.get(key);
  if (before) return before;
  const made = parsed(text, kind);
  known.set(key, made);
  return made;
}

function parsed(text: string, kind: PolicyKind): Policy {
  const read = policy.safeParse(jsonOf(text));
  if (!read.success) {
    const issue = read.error.issues[0];
    throw new PolicyError(`${issue?.path.join('.') || 'policy'}: ${issue?.message}`);
  }
  for (const s of read.data.Statement) checkElements(s, kind);
  return {
    variables: read.data.Version === '2012-10-17',
    statements: read.data.Statement.map((s) => ({
      sid: s.Sid,
      effect: s.Effect,
      principals: s.Principal,
      notPrincipals: s.NotPrincipal,
      actions: s.Action,
      notActions: s.NotAction,
      resources: s.Resource,
      notResources: s.NotResource,
      conditions: Object.entries(s.Condition ?? {}).flatMap(([name, keys]) =>
        Object.entries(keys).map(([key, values]) => ({ operator: name, key, values })),
      ),
    })),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PolicyError('policy: not JSON');
  }
}

function checkElements(s: z.infer<typeof statement>, kind: PolicyKind): void {
  const exactlyOne = (a: unknown, b: unknown, names: string) => {
    if ((a === undefined) === (b === undefined)) throw new PolicyError(`a statement needs exactly one of ${names}`);
  };
  const absent = (a: unknown, b: unknown, names: string) => {
    if (a !== undefined || b !== undefined) throw new PolicyError(`this kind of policy must not have ${names}`);
  };
  exactlyOne(s.Action, s.NotAction, 'Action, NotAction');
  if (kind === 'identity') absent(s.Principal, s.NotPrincipal, 'Principal');
  else exactlyOne(s.Principal, s.NotPrincipal, 'Principal, NotPrincipal');
  if (kind === 'trust') absent(s.Resource, s.NotResource, 'Resource');
  else exactlyOne(s.Resource, s.NotResource, 'Resource, NotResource');
}
