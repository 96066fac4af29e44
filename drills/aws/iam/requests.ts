import type { Temporal } from 'temporal-polyfill';
import { AwsError, type Call, type Command, type Need } from '../kernel.ts';
import type { Account, World } from '../world.ts';
import { PolicyError, parsePolicy } from './policy.ts';
import type { Principal, Role, User } from './principals.ts';

export const dateOf = (instant: Temporal.Instant): Date => new Date(instant.epochMilliseconds);
export const validation = (message: string) => new AwsError('ValidationError', 400, message);
export const noSuchEntity = (what: string) => new AwsError('NoSuchEntityException', 404, `${what} cannot be found.`);

/** IAM's grammar of user, role and policy names (IAM API reference, data types). */
export function nameOf(value: string | undefined, parameter: string, longest = 64): string {
  if (value === undefined || value.length > longest || !/^[\w+=,.@-]+$/.test(value))
    throw validation(`${parameter} is not a valid name: ${JSON.stringify(value)}`);
  return value;
}

/** Identity policy text for storage. Throws MalformedPolicyDocumentException. */
export function checkedPolicy(text: string | undefined): string {
  try {
    parsePolicy(text ?? '', 'identity');
  } catch (error) {
    if (error instanceof PolicyError) throw new AwsError('MalformedPolicyDocumentException', 400, error.message);
    throw error;
  }
  return text ?? '';
}

interface Names {
  UserName?: string | undefined;
  RoleName?: string | undefined;
}

/** Only the service that owns a service-linked role may change it. */
export function modifiable(principal: Principal): void {
  if (principal.path.startsWith('/aws-service-role/'))
    throw new AwsError('UnmodifiableEntityException', 400, `Cannot perform the operation on ${principal.arn}`);
}

/** What users and roles have of their own for the commands that both have. */
export interface Kind<P extends Principal> {
  name: 'User' | 'Role';
  find(account: Account, name: string): P | undefined;
}

export const userKind: Kind<User> = { name: 'User', find: (account, name) => account.users.get(name) };
export const roleKind: Kind<Role> = { name: 'Role', find: (account, name) => account.roles.get(name) };

function nameIn(kind: Kind<Principal>, input: Names, call: Call): string {
  const given = kind.name === 'User' ? input.UserName : input.RoleName;
  if (given === undefined && kind.name === 'User') {
    if (call.caller.userName !== undefined) return call.caller.userName;
    throw validation('Must specify userName when calling with non-User credentials');
  }
  return nameOf(given, `${kind.name}Name`);
}

export interface PrincipalCommand<P, I, O> {
  action: string;
  /** beside UserName or RoleName */
  parameters?: readonly string[];
  context?(input: I, principal: P | undefined): Record<string, string | undefined>;
  run(principal: P, input: I, call: Call): O;
}

/** A command on one user (the caller if the input names none) or one role of the caller's account. */
export function principalCommand<P extends Principal, I extends Names, O>(
  world: World,
  kind: Kind<P>,
  model: PrincipalCommand<P, I, O>,
): Command<I, O> {
  const find = (input: I, call: Call) => kind.find(world.account(call.caller.account), nameIn(kind, input, call));
  return {
    parameters: [`${kind.name}Name`, ...(model.parameters ?? [])],
    needs(input: I, call: Call): Need[] {
      const owner = call.caller.account;
      const principal = find(input, call);
      const bare = `arn:aws:iam::${owner}:${kind.name.toLowerCase()}/${nameIn(kind, input, call)}`;
      const keys = { 'iam:PermissionsBoundary': principal?.boundary.effective, ...model.context?.(input, principal) };
      const context = Object.fromEntries(Object.entries(keys).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
      return [{ action: model.action, resource: principal?.arn ?? bare, owner, context }];
    },
    run(input: I, call: Call): O {
      const principal = find(input, call);
      if (!principal) throw noSuchEntity(`The ${kind.name.toLowerCase()} with name ${nameIn(kind, input, call)}`);
      return model.run(principal, input, call);
    },
  };
}

/** A command about the whole account. */
export function accountCommand<I, O>(
  world: World,
  action: string,
  parameters: readonly string[],
  run: (account: Account, input: I) => O,
): Command<I, O> {
  return {
    parameters,
    needs: (_input: I, call: Call) => [{ action, resource: '*', owner: call.caller.account }],
    run: (input: I, call: Call) => run(world.account(call.caller.account), input),
  };
}

export interface PageInput {
  Marker?: string | undefined;
  MaxItems?: number | undefined;
}

export const pageParameters = ['Marker', 'MaxItems'] as const;

/** One page of a list; 100 items unless MaxItems says otherwise (IAM API reference). */
export function page<T>(items: readonly T[], input: PageInput): { items: T[]; IsTruncated: boolean; Marker?: string } {
  const start = input.Marker === undefined ? 0 : Number(Buffer.from(input.Marker, 'base64url').toString());
  if (!Number.isInteger(start)) throw validation('Invalid Marker');
  const end = start + (input.MaxItems ?? 100);
  const IsTruncated = end < items.length;
  return {
    items: items.slice(start, end),
    IsTruncated,
    ...(IsTruncated && { Marker: Buffer.from(String(end)).toString('base64url') }),
  };
}
