import { DeleteLoginProfileCommand, GetLoginProfileCommand, IAMClient } from '@aws-sdk/client-iam';
import { BeforeStateChanged, Drift, Hindered } from '../../core/errors.ts';
import { standing } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Member } from '../../platform/action.ts';
import { isCode } from '../../platform/aws-error.ts';
import { identityOf, orNone, type UserIdentity } from '../../platform/iam.ts';

export type State = UserIdentity & {
  /** when the login was made, as ISO instant: another time is another password; null where there is none */
  login: string | null;
};

async function read(target: Target, member: Member): Promise<State> {
  const user = await identityOf(target, member);
  const login = await orNone(member.client(IAMClient).send(new GetLoginProfileCommand({ UserName: target.id })));
  return { ...user, login: login?.LoginProfile?.CreateDate?.toISOString() ?? null };
}

async function remove(target: Target, member: Member): Promise<void> {
  try {
    await orNone(member.client(IAMClient).send(new DeleteLoginProfileCommand({ UserName: target.id })));
  } catch (error) {
    if (!isCode(error, 'EntityTemporarilyUnmodifiable')) throw error;
    throw new Hindered(
      `IAM will not change the login of ${target.id} yet, because the user was just deleted and made again: run the step again in a few minutes`,
    );
  }
}

/**
 * Deletes the login rather than asking for a new password at the next sign-in: `PasswordResetRequired` lets in whoever knows the
 * password, and lets him choose the next one. So there is no undo: IAM shows no password that could be put back.
 */
const action: Action<State> = {
  capture: async (target, member) => {
    const state = await read(target, member);
    return { state, scope: { userArn: state.arn } };
  },
  owned: ({ id, login }) => ({ id, login }),
  intend: (state) => ({ ...state, login: null }),
  losses: ({ login, lastSignIn }, target) =>
    login === null
      ? []
      : [
          `${target.id} cannot sign in to the console until an administrator makes a new login; ${lastSignIn ? `the last sign-in was ${lastSignIn}` : 'IAM has no record of a sign-in'}.`,
          'The password cannot be put back, not by us and not by AWS.',
        ],
  describe: (before, after) =>
    before.login === after.login ? [] : [`console login: ${shown(before)} → ${shown(after)}`],
  apply: async (target, member, before, after) => {
    const live = await read(target, member);
    const now = standing(live.login, before.login, after.login);
    if (now === 'changed' || live.id !== before.id)
      throw new BeforeStateChanged(`the login of IAM user ${target.id} is another one than was read`);
    if (now === 'due') await remove(target, member);
  },
  verify: ({ login }) =>
    login === null ? { safe: true } : { safe: false, why: `the user has a console login, made ${login}` },
  undo: async (target, member, before, after) => {
    const live = await read(target, member);
    const now = standing(live.login, after.login, before.login);
    if (now === 'changed' || live.id !== after.id)
      throw new Drift(`somebody has given IAM user ${target.id} a login since: decide by hand`);
    if (now === 'done') return;
    throw new Hindered(
      `the console password of ${target.id} is gone and cannot be put back: an administrator gives the user a new one (aws iam create-login-profile --user-name ${target.id} --password-reset-required --password …)`,
    );
  },
};
export default action;

function shown({ login }: State): string {
  return login === null ? 'none' : `made ${login}`;
}
