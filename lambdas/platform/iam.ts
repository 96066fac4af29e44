import { GetRoleCommand, GetUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { Hindered, TargetForeign, TargetNotFound, TargetProtected } from '../core/errors.ts';
import { ownRoles } from '../core/own-roles.ts';
import { type Target, targetKinds } from '../core/target.ts';
import type { Member } from './action.ts';
import { isCode } from './aws-error.ts';

/** IAM returns policy documents URL-encoded (RFC 3986). */
export function policyDocument(encoded: string): string {
  return decodeURIComponent(encoded);
}

/** The answer, or null for NoSuchEntity. */
export async function orNone<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (isCode(error, 'NoSuchEntity')) return null;
    throw error;
  }
}

/** The answer. Throws TargetNotFound with what to check when IAM knows no such entity. */
export async function existing<T>(target: Target, call: Promise<T>): Promise<T> {
  const answer = await orNone(call);
  if (answer === null) throw notFound(target);
  return answer;
}

/** Throws TargetForeign when an ARN is of another account than the target. */
export function ownArn(target: Target, arn: string): string {
  if (arn.split(':')[4] !== target.account)
    throw new TargetForeign(
      `${targetKinds[target.kind].noun} ${target.id} belongs to ${arn}, not to ${target.account}`,
    );
  return arn;
}

/** Who an IAM user is; another id is another user of the same name. `lastSignIn`: ISO instant of the last console sign-in. */
export type UserIdentity = { arn: string; id: string; lastSignIn: string | null };

/** Throws TargetNotFound or TargetForeign. */
export async function identityOf(target: Target, member: Member): Promise<UserIdentity> {
  const { User } = await existing(target, member.client(IAMClient).send(new GetUserCommand({ UserName: target.id })));
  return {
    arn: ownArn(target, User?.Arn ?? ''),
    id: User?.UserId ?? '',
    lastSignIn: User?.PasswordLastUsed?.toISOString() ?? null,
  };
}

export type RoleIdentity = {
  arn: string;
  /** AROA…: another one is another role of the same name */
  id: string;
  /** text of the trust policy */
  trust: string;
  /** ISO instant and Region of the last use of which IAM knows */
  lastUsed: string | null;
};

/** Throws TargetNotFound, TargetForeign, or TargetProtected. `name`: without its path. */
export async function roleNamed(name: string, target: Target, member: Member): Promise<RoleIdentity> {
  refuseProtectedRole(name);
  const { Role } = await existing(target, member.client(IAMClient).send(new GetRoleCommand({ RoleName: name })));
  refuseProtectedRole(name, Role?.Path);
  const { LastUsedDate, Region } = Role?.RoleLastUsed ?? {};
  return {
    arn: ownArn(target, Role?.Arn ?? ''),
    id: Role?.RoleId ?? '',
    trust: policyDocument(Role?.AssumeRolePolicyDocument ?? '{}'),
    lastUsed: LastUsedDate ? `${LastUsedDate.toISOString()} in ${Region ?? 'an unknown Region'}` : null,
  };
}

/** Throws TargetProtected for roles that IAM refuses to change, and for our own. Names are unique whatever their case. */
export function refuseProtectedRole(name: string, path = '/'): void {
  const protectedName = ['awsservicerolefor', 'awsreservedsso_', ...ownRoles].find((prefix) =>
    name.toLowerCase().startsWith(prefix),
  );
  if (!protectedName && !path.startsWith('/aws-service-role/') && !path.startsWith('/aws-reserved/')) return;
  throw new TargetProtected(
    `role ${name} is ${ownRoles.includes(protectedName ?? '') ? 'our own' : 'a service-linked or Identity Center role'} and is never changed here; end Identity Center sessions in Identity Center, or use an SCP`,
  );
}

/** A write to an entity's inline policy, with IAM's refusals in words. `room`: characters for all inline policies of the entity. */
export async function writeInline(target: Target, room: string, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const who = `${targetKinds[target.kind].noun} ${target.id}`;
    if (isCode(error, 'NoSuchEntity')) throw notFound(target);
    if (isCode(error, 'UnmodifiableEntity'))
      throw new TargetProtected(`${who} is managed by an AWS service and cannot be changed`);
    if (isCode(error, 'LimitExceeded'))
      throw new Hindered(
        `${who} has no room for the session deny (${room} characters for all inline policies, white space not counted): shorten or remove one of its inline policies, or attach AWSDenyAll by hand, then run the step again`,
      );
    throw error;
  }
}

function notFound(target: Target): TargetNotFound {
  return new TargetNotFound(
    `${targetKinds[target.kind].noun} ${target.id} does not exist in account ${target.account}: it may be deleted or renamed`,
  );
}
