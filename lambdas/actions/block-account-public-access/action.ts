import {
  DeletePublicAccessBlockCommand,
  PutPublicAccessBlockCommand,
  S3ControlClient,
} from '@aws-sdk/client-s3-control';
import { BeforeStateChanged, Drift, Hindered } from '../../core/errors.ts';
import { standing } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Captured, Member } from '../../platform/action.ts';
import { isCode } from '../../platform/aws-error.ts';
import { blockedFlags, type Flags, flagLines, flagsOff, readAccountFlags } from '../../platform/bucket.ts';
import { type OpenBuckets, openBuckets } from './open-buckets.ts';

/** `flags` is what this action owns; the rest says who loses what. */
export type State = {
  /** null: the account has no configuration, which is not the same as four flags off (undo deletes it) */
  flags: Flags | null;
} & OpenBuckets;

/** So many names are shown to an approver. */
const shown = 20;

async function capture(target: Target, member: Member): Promise<Captured<State>> {
  const [flags, buckets] = await Promise.all([readAccountFlags(target, member), openBuckets(target, member)]);
  return { state: { flags, ...buckets }, scope: {} };
}

function losses({ flags, open, unread }: State, target: Target): string[] {
  const lost: string[] = [];
  if (flags?.RestrictPublicBuckets !== true) {
    for (const { bucket, website } of open.slice(0, shown))
      lost.push(
        `Bucket ${bucket} is public by its policy${website ? ' and serves a website' : ''}: everyone without credentials, and every other account that its policy names, loses it.`,
      );
    if (open.length > shown)
      lost.push(`${open.length - shown} more buckets are public by their policy and lose it too.`);
    if (unread > 0) lost.push(`Not every bucket of account ${target.account} could be looked at: more may be public.`);
  }
  if (flags?.IgnorePublicAcls !== true)
    lost.push(
      `Buckets and objects of account ${target.account} that are public by an ACL stop being so; they are not counted here.`,
    );
  return lost;
}

async function write(target: Target, member: Member, flags: Flags | null): Promise<void> {
  const control = member.client(S3ControlClient);
  const AccountId = target.account;
  try {
    if (flags === null) await control.send(new DeletePublicAccessBlockCommand({ AccountId }));
    else
      await control.send(new PutPublicAccessBlockCommand({ AccountId, PublicAccessBlockConfiguration: { ...flags } }));
  } catch (error) {
    if (!isCode(error, 'AccessDenied')) throw error;
    throw new Hindered(
      `AWS refuses to change the public access block of account ${target.account}: an S3 policy of the organization manages it (change that policy in the management account, or block the buckets one by one), or the responder lacks s3:PutAccountPublicAccessBlock`,
    );
  }
}

async function move(target: Target, member: Member, from: State, to: State, changed: () => Error): Promise<void> {
  const now = standing(await readAccountFlags(target, member), from.flags, to.flags);
  if (now === 'changed') throw changed();
  if (now === 'due') await write(target, member, to.flags);
}

const action: Action<State> = {
  capture,
  owned: ({ flags }) => ({ flags }),
  intend: (state) => ({ ...state, flags: blockedFlags }),
  losses,
  describe: (before, after) => flagLines(before.flags, after.flags),
  apply: (target, member, before, after) =>
    move(target, member, before, after, () => {
      return new BeforeStateChanged(`the public access block of account ${target.account} changed since it was read`);
    }),
  verify: ({ flags }) => {
    const off = flagsOff(flags);
    return off.length === 0 ? { safe: true } : { safe: false, why: `${off.join(', ')} not on for the account` };
  },
  undo: (target, member, before, after) =>
    move(target, member, after, before, () => {
      return new Drift(
        `somebody changed the public access block of account ${target.account} after us: decide by hand`,
      );
    }),
};
export default action;
