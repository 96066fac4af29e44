import { Aws } from 'aws-cdk-lib';
import type { DeclaredStatement } from './declarations.ts';
import type { Right } from './rights.ts';

/** What a member role needs to read: the union of the declarations, a resource unknown until an incident names it widened to all of its kind. */
export function readRights(statements: DeclaredStatement[], partition: string): Right[] {
  return union(statements, (s) => right(s, partition, 'read'));
}

/**
 * What the responder needs to write. Every resource is pinned to the member account, since bucket ARNs name none, and
 * the managed policies that it may attach to the declared one (permissions: AttachUserPolicy can otherwise grant anything).
 */
export function writeRights(statements: DeclaredStatement[], partition: string): Right[] {
  for (const s of statements) refuseOpenAttachment(s);
  return union(statements, (s) => {
    const one = right(s, partition, 'change');
    if (one.resources.includes('*')) return one;
    const { StringEquals, ...others } = one.conditions ?? {};
    return {
      ...one,
      conditions: { ...others, StringEquals: { ...StringEquals, 'aws:ResourceAccount': Aws.ACCOUNT_ID } },
    };
  });
}

function right(statement: DeclaredStatement, partition: string, verb: string): Right {
  const service = statement.actions[0]?.split(':')[0] ?? '';
  return {
    actions: statement.actions,
    resources: widest(statement.resources.map((resource) => widened(resource, service, partition))),
    conditions: widenedConditions(statement, partition),
    wildcard: `Which resource to ${verb} is known only once a finding names it; each session is narrowed to that one by a session policy. Asked for by`,
  };
}

type Conditions = NonNullable<DeclaredStatement['conditions']>;

/**
 * Conditions with everything filled in that is known: IAM would take `${vpcArn}` for a policy variable that has no value, and allow
 * nothing. An ARN known only in an incident is widened as resources are. Throws where an operator takes no wildcard.
 */
function widenedConditions({ conditions, by }: DeclaredStatement, partition: string): Conditions | undefined {
  const widen = (operator: string, key: string, value: string) => {
    const wide = widened(value, key.split(':')[0] ?? '', partition);
    if (wide.includes('*') && !value.includes('*') && !/^(?:Arn|StringLike)/.test(operator))
      throw new Error(
        `${by}: ${operator} ${key} = ${value} takes no wildcard, so the member role could not allow it; use StringLike or an Arn operator`,
      );
    return wide;
  };
  return (
    conditions &&
    Object.fromEntries(
      Object.entries(conditions).map(([operator, keys]) => [
        operator,
        Object.fromEntries(
          Object.entries(keys).map(([key, value]) => [
            key,
            typeof value === 'string' ? widen(operator, key, value) : value.map((one) => widen(operator, key, one)),
          ]),
        ),
      ]),
    )
  );
}

/** An ARN that stands for every resource of a service in this account, where it is not the usual one. S3 has neither account nor Region in its ARNs. */
const everyArn: Record<string, string> = {
  s3: 'arn:${partition}:s3:::*',
  iam: 'arn:${partition}:iam::${account}:*',
};

/** `${arn}` and `${userArn}` stand for a whole ARN, any other placeholder for a part of one. */
function widened(resource: string, service: string, partition: string): string {
  const opening = /^\$\{(?!partition|account)\w+\}/;
  return resource
    .replace(opening, everyArn[service] ?? `arn:\${partition}:${service}:*:\${account}:*`)
    .replaceAll('${partition}', partition)
    .replaceAll('${account}', Aws.ACCOUNT_ID)
    .replace(/\$\{\w+\}/g, '*')
    .replace(/\*(?=\*)/g, '');
}

/** Leaves out what another covers: `user/*` covers users below a path too. */
function widest(resources: string[]): string[] {
  const covers = (wide: string, narrow: string) =>
    wide !== narrow && wide.endsWith('*') && narrow.startsWith(wide.slice(0, -1));
  return [...new Set(resources)].filter((narrow) => !resources.some((wide) => covers(wide, narrow)));
}

/** Statements that come to the same are said once, for all who ask. */
function union(statements: DeclaredStatement[], rightOf: (s: DeclaredStatement) => Right): Right[] {
  const merged = new Map<string, { right: Right; by: string[] }>();
  for (const statement of statements) {
    const one = rightOf(statement);
    const key = JSON.stringify([one.resources, one.conditions]);
    const there = merged.get(key) ?? { right: { ...one, actions: [] }, by: [] };
    there.right.actions = [...new Set([...there.right.actions, ...one.actions])].sort();
    if (!there.by.includes(statement.by)) there.by.push(statement.by);
    merged.set(key, there);
  }
  return [...merged.values()].map(({ right: one, by }) => ({ ...one, wildcard: `${one.wildcard} ${by.join(', ')}.` }));
}

const attachments = ['iam:AttachUserPolicy', 'iam:DetachUserPolicy', 'iam:AttachRolePolicy', 'iam:DetachRolePolicy'];

function refuseOpenAttachment(statement: DeclaredStatement): void {
  const attaching = statement.actions.filter((action) => attachments.includes(action));
  if (attaching.length > 0 && !statement.conditions?.ArnEquals?.['iam:PolicyARN'])
    throw new Error(
      `${statement.by}: ${attaching.join(', ')} without the condition ArnEquals iam:PolicyARN could attach any policy; pin it to AWSDenyAll`,
    );
}
