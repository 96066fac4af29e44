import {
  GetAccessKeyLastUsedCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { BeforeStateChanged, Drift, TargetForeign, TargetNotFound, TargetProtected } from '../../core/errors.ts';
import { standing } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Member } from '../../platform/action.ts';
import { isCode } from '../../platform/aws-error.ts';
import { orNone, ownArn } from '../../platform/iam.ts';

export type State = {
  user: string;
  userArn: string;
  /** Active or Inactive */
  status: string;
  lastUsed: { at: string; service: string; region: string } | null;
};

async function read(target: Target, member: Member): Promise<State> {
  const iam = member.client(IAMClient);
  if ((await iam.config.credentials()).accessKeyId === target.id)
    throw new TargetProtected(`key ${target.id} is the one that we sign with: deactivate it from another identity`);
  const found = await owner(target, iam);
  const UserName = found?.UserName;
  const used = found?.AccessKeyLastUsed;
  const nobody = new TargetNotFound(
    `no IAM user of account ${target.account} owns key ${target.id}: it is deleted, or it is the root user's key, which only root can deactivate (a member account's root key can be deleted through centralized root access)`,
  );
  if (!UserName) throw nobody;
  const user = await orNone(iam.send(new GetUserCommand({ UserName })));
  const keys = user && (await orNone(iam.send(new ListAccessKeysCommand({ UserName }))));
  const key = keys?.AccessKeyMetadata?.find((k) => k.AccessKeyId === target.id);
  if (!user || !key) throw nobody;
  return {
    user: UserName,
    userArn: ownArn(target, user.User?.Arn ?? ''),
    status: key.Status ?? 'Active',
    lastUsed: used?.LastUsedDate
      ? { at: used.LastUsedDate.toISOString(), service: used.ServiceName ?? 'N/A', region: used.Region ?? 'N/A' }
      : null,
  };
}

async function owner(target: Target, iam: IAMClient) {
  try {
    return await orNone(iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: target.id })));
  } catch (error) {
    if (!isCode(error, 'AccessDenied')) throw error;
    throw new TargetForeign(
      `account ${target.account} may not look at key ${target.id}: another account owns it, or the role lacks iam:GetAccessKeyLastUsed`,
    );
  }
}

async function setStatus(target: Target, member: Member, from: State, to: State, changed: () => Error): Promise<void> {
  const live = await read(target, member);
  const now = standing(live.status, from.status, to.status);
  if (now === 'changed' || live.userArn !== from.userArn) throw changed();
  if (now === 'done') return;
  // without UserName IAM would act on the caller's own keys
  const input = { UserName: live.user, AccessKeyId: target.id, Status: to.status as 'Active' | 'Inactive' };
  await member.client(IAMClient).send(new UpdateAccessKeyCommand(input));
}

const action: Action<State> = {
  capture: async (target, member) => {
    const state = await read(target, member);
    return { state, scope: { userArn: state.userArn, userName: state.user } };
  },
  owned: ({ userArn, status }) => ({ userArn, status }),
  intend: (state) => ({ ...state, status: 'Inactive' }),
  losses: ({ user, status, lastUsed }) => {
    if (status === 'Inactive') return [];
    if (!lastUsed) return [`IAM has no record of a use of this key of user ${user}; whatever signs with it stops.`];
    const { at, service, region } = lastUsed;
    return [
      `The key of user ${user} was last used for ${service} in ${region} at ${at}: whatever still signs with it stops.`,
    ];
  },
  describe: (before, after) =>
    before.status === after.status ? [] : [`key status: ${before.status} → ${after.status}`],
  apply: (target, member, before, after) =>
    setStatus(target, member, before, after, () => {
      return new BeforeStateChanged(`key ${target.id} changed its owner or status since it was read`);
    }),
  verify: ({ status }) => (status === 'Inactive' ? { safe: true } : { safe: false, why: `the key is ${status}` }),
  undo: (target, member, before, after) =>
    setStatus(target, member, after, before, () => {
      return new Drift(`key ${target.id} changed its owner after us: decide by hand`);
    }),
};
export default action;
