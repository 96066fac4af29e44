import type { Statement } from './manifest.ts';
import { type Target, targetArn, target as targetSchema } from './target.ts';

/** AssumeRole: inline and managed session policies together may have so many characters; white space counts. */
export const sessionPolicyLimit = 2048;

export interface SessionScope {
  target: Target;
  partition: string;
  /** what `capture` found out, by placeholder name */
  scope: Record<string, string>;
}

/**
 * The inline session policy (minified JSON) that narrows a session to what an action or collector declares and one target.
 * Throws for an invalid target, an unknown placeholder, a scope value that could widen the policy, and text over the limit.
 */
export function sessionPolicy(statements: readonly Statement[], around: SessionScope): string {
  if (statements.length === 0)
    throw new Error('a session policy needs at least one statement: declare the permissions in the manifest');
  const values = placeholders(around);
  const fill = (text: string) => filled(text, values);
  const text = JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map(({ actions, resources, conditions }) => ({
      Effect: 'Allow',
      Action: oneOrMany(actions),
      Resource: oneOrMany(resources.map(fill)),
      ...(conditions && { Condition: mapped(conditions, fill) }),
    })),
  });
  if (text.length > sessionPolicyLimit)
    throw new Error(
      `the session policy for ${around.target.kind} has ${text.length} characters and AssumeRole takes ${sessionPolicyLimit}: merge statements with the same resources, or ask for less`,
    );
  return text;
}

const fromTarget = new Set(['arn', 'id', 'account', 'partition']);

function placeholders({ target, partition, scope }: SessionScope): Map<string, string> {
  const checked = targetSchema.safeParse(target);
  if (!checked.success) throw new Error(`not a target: ${checked.error.issues[0]?.message}`);
  const values = new Map([
    ['arn', targetArn(target, partition)],
    ['id', target.id],
    ['account', target.account],
    ['partition', partition],
  ]);
  for (const [name, value] of Object.entries(scope)) {
    if (fromTarget.has(name))
      throw new Error(`scope may not redefine ${name}, which comes from the target: use another name`);
    values.set(name, value);
  }
  return values;
}

function filled(text: string, values: Map<string, string>): string {
  return text.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
    const value = values.get(name);
    if (value === undefined)
      throw new Error(`\${${name}} in the permissions is not known; there are: ${[...values.keys()].join(', ')}`);
    // the target's own names have passed its grammar; the ARN of a key's target ends in `*` on purpose
    return fromTarget.has(name) ? value : inert(name, value);
  });
}

/** `*` and `?` widen a resource, `$` starts a policy variable, and STS refuses what is not printable Latin-1. */
function inert(name: string, value: string): string {
  if (/^[\x20-\x7e\xa0-\xff]+$/.test(value) && !/[*?$]/.test(value)) return value;
  throw new Error(
    `scope ${name} is ${JSON.stringify(value)}: empty, or with a character (*, ?, $, control, beyond Latin-1) that could widen the session policy; contain this target by hand`,
  );
}

type Conditions = NonNullable<Statement['conditions']>;

function mapped(conditions: Conditions, fill: (text: string) => string): Conditions {
  return Object.fromEntries(
    Object.entries(conditions).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(keys).map(([key, value]) => [key, typeof value === 'string' ? fill(value) : value.map(fill)]),
      ),
    ]),
  );
}

function oneOrMany(list: readonly string[]): string | readonly string[] {
  return list.length === 1 && list[0] !== undefined ? list[0] : list;
}
