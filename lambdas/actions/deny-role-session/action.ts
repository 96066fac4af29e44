import { DeleteRolePolicyCommand, GetRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { BeforeStateChanged, Drift } from '../../core/errors.ts';
import { comparable, samePolicy } from '../../core/policy.ts';
import { standing } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Member } from '../../platform/action.ts';
import { orNone, policyDocument, roleNamed, writeInline } from '../../platform/iam.ts';
import { denies, denySession } from './deny.ts';

export type State = {
  arn: string;
  /** AROA…: what `aws:userid` of a session begins with */
  roleId: string;
  /** text of our inline policy about this session; null where there is none */
  policy: string | null;
};

const room = '10,240';

/**
 * A policy for each session, and not one for all: two sessions of a role may be denied at the same time, and IAM has no write
 * that fails when somebody else wrote in between. Session names have the grammar of policy names.
 */
function namesOf({ id }: Target) {
  const [role = '', session = ''] = id.split('/');
  return { role, session, policy: `TourniquetDenySession-${session}` };
}

async function read(target: Target, member: Member): Promise<State> {
  const names = namesOf(target);
  const role = await roleNamed(names.role, target, member);
  const inline = await orNone(
    member.client(IAMClient).send(new GetRolePolicyCommand({ RoleName: names.role, PolicyName: names.policy })),
  );
  return {
    arn: role.arn,
    roleId: role.id,
    policy: inline ? policyDocument(inline.PolicyDocument ?? '') : null,
  };
}

async function move(target: Target, member: Member, [from, to]: [State, State], changed: (why: string) => Error) {
  const live = await read(target, member);
  const names = namesOf(target);
  if (live.roleId !== from.roleId) throw changed(`IAM role ${names.role} was deleted and made again`);
  const now = standing(live.policy, from.policy, to.policy, samePolicy);
  if (now === 'changed') throw changed(`the inline policy ${names.policy} of IAM role ${names.role} was changed`);
  if (now === 'done') return;
  const iam = member.client(IAMClient);
  const of = { RoleName: names.role, PolicyName: names.policy };
  const call =
    to.policy === null
      ? iam.send(new DeleteRolePolicyCommand(of))
      : iam.send(new PutRolePolicyCommand({ ...of, PolicyDocument: to.policy }));
  await writeInline(target, room, call);
}

const userId = ({ roleId }: State, target: Target) => `${roleId}:${namesOf(target).session}`;

const action: Action<State> = {
  capture: async (target, member) => {
    const state = await read(target, member);
    return { state, scope: { roleArn: state.arn, roleName: namesOf(target).role } };
  },
  owned: ({ roleId, policy }) => ({ roleId, policy: comparable(policy) }),
  intend: (state, target) => ({ ...state, policy: denySession(state.policy, userId(state, target)) }),
  losses: (state, target) => {
    const { role, session } = namesOf(target);
    if (denies(state.policy, userId(state, target))) return [];
    const holder = /^i-[0-9a-f]+$/.test(session)
      ? `EC2 instance ${session} loses role ${role} until this is undone, also with credentials that it gets anew.`
      : `Whatever works as session ${session} of role ${role} stops until this is undone; a Lambda function always has the same session name.`;
    return [
      holder,
      'Other sessions of the role go on, and so do sessions of other roles that this one assumed before.',
    ];
  },
  describe: (before, after) =>
    samePolicy(before.policy, after.policy) ? [] : [`this session: ${shown(before)} → ${shown(after)}`],
  apply: (target, member, before, after) =>
    move(target, member, [before, after], (why) => new BeforeStateChanged(`${why} since it was read`)),
  verify: (live, target) =>
    denies(live.policy, userId(live, target))
      ? { safe: true }
      : {
          safe: false,
          why: `the role's policy ${namesOf(target).policy} does not deny everything to ${userId(live, target)}`,
        },
  undo: (target, member, before, after) =>
    move(target, member, [after, before], (why) => new Drift(`${why} after us: decide by hand`)),
};
export default action;

function shown({ policy, roleId }: State): string {
  return policy?.includes(`"${roleId}:`) ? 'denied everything' : 'not denied';
}
