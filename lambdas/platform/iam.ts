import { Hindered, TargetForeign, TargetNotFound, TargetProtected } from '../core/errors.ts';
import { type Target, targetKinds } from '../core/target.ts';
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
