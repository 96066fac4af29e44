import { DeleteRolePolicyCommand, GetRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { BeforeStateChanged, Drift } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { samePolicy } from '../../core/policy.ts';
import { equal, standing } from '../../core/standing.ts';
import { type Target, targetArn } from '../../core/target.ts';
import type { Action, Captured, Member } from '../../platform/action.ts';
import { orNone, policyDocument, writeInline } from '../../platform/iam.ts';
import { readInstance } from '../../platform/instance.ts';
import { type InstanceRole, profileRoles } from '../../platform/instance-role.ts';
import { denial, denies, statementsFor, withStatements } from './statement.ts';

/** One policy for all instances of a role: each has its own statement in it. */
const policyName = 'TourniquetDenyInstanceSessions';
const room = '10,240';
/** Roles asked at once when the instance no longer says which is its own. */
const atOnce = 10;

export type State = {
  /** the instance's ARN, as its tokens carry it */
  instance: string;
  /** null: it has no role now, and no role denies its sessions */
  role: InstanceRole | null;
  /** text of the inline policy; null where there is none */
  policy: string | null;
};

async function read(target: Target, member: Member): Promise<State> {
  const arn = targetArn(target, member.partition);
  const described = await readInstance(target, member);
  const roles = await profileRoles(member);
  const own = roles.get(described.IamInstanceProfile?.Arn ?? '');
  if (own) return { instance: arn, role: own, policy: await inline(member, own) };
  return { instance: arn, ...(await denying(member, roles, arn)) };
}

async function inline(member: Member, role: InstanceRole): Promise<string | null> {
  const command = new GetRolePolicyCommand({ RoleName: role.name, PolicyName: policyName });
  const answer = await orNone(member.client(IAMClient).send(command));
  return answer ? policyDocument(answer.PolicyDocument ?? '') : null;
}

/** Once its profile is detached, the instance says no more which role it had: the role that denies its sessions is the one. */
async function denying(
  member: Member,
  roles: ReadonlyMap<string, InstanceRole>,
  instance: string,
): Promise<Pick<State, 'role' | 'policy'>> {
  const all = [...new Map([...roles.values()].map((role) => [role.id, role])).values()];
  for (let from = 0; from < all.length; from += atOnce) {
    const asked = all.slice(from, from + atOnce).map(async (role) => ({ role, policy: await inline(member, role) }));
    const found = (await Promise.all(asked)).find(({ policy }) => statementsFor(policy, instance).length > 0);
    if (found) return found;
  }
  return { role: null, policy: null };
}

const own = ({ policy, instance }: State): JsonObject[] => statementsFor(policy, instance);
const isDenied = (state: State): boolean => denies(own(state), state.instance);

async function write(target: Target, member: Member, role: InstanceRole, policy: string | null): Promise<void> {
  const names = { RoleName: role.name, PolicyName: policyName };
  const iam = member.client(IAMClient);
  const call =
    policy === null
      ? iam.send(new DeleteRolePolicyCommand(names))
      : iam.send(new PutRolePolicyCommand({ ...names, PolicyDocument: policy }));
  await writeInline({ ...target, kind: 'iam-role', id: role.name }, room, call);
}

/** Changes this instance's statement only; what the policy says of other instances stays as it is found now. */
async function move(
  target: Target,
  member: Member,
  [from, to]: [State, State],
  done: (live: State) => boolean,
  changed: (why: string) => Error,
): Promise<void> {
  const live = await read(target, member);
  const role = from.role ?? to.role;
  if (!role) return;
  if (live.role !== null && live.role.id !== role.id)
    throw changed(`instance ${target.id} has another role now, ${live.role.name}`);
  if (done(live)) return;
  if (live.role === null) throw changed(`instance ${target.id} no longer has role ${role.name}`);
  if (standing(own(live), own(from), own(to)) === 'changed')
    throw changed(`what ${policyName} of role ${role.name} says of instance ${target.id} was changed`);
  const alone = samePolicy(live.policy, from.policy);
  await write(target, member, role, alone ? to.policy : withStatements(live.policy, live.instance, own(to)));
}

const action: Action<State> = {
  async capture(target, member): Promise<Captured<State>> {
    const state = await read(target, member);
    return { state, scope: state.role ? { roleArn: state.role.arn } : {} };
  },
  owned: (state) => ({ role: state.role?.id ?? null, statements: own(state) }),
  intend(state) {
    if (state.role === null || isDenied(state)) return state;
    const { policy, instance } = state;
    return { ...state, policy: withStatements(policy, instance, [...own(state), denial(instance)]) };
  },
  losses: ({ role }, target) =>
    role === null
      ? []
      : [
          `What runs on instance ${target.id} loses AWS, with new credentials of role ${role.name} too, until this is undone: its agents for remote sessions, monitoring and patching as well.`,
          `Other instances with role ${role.name} go on; sessions that were opened from this instance's credentials in other roles are not denied by this.`,
        ],
  describe(before, after) {
    const shown = (state: State) => (isDenied(state) ? 'denied everything' : 'may do what the role may');
    return isDenied(before) === isDenied(after)
      ? []
      : [`sessions of role ${after.role?.name} from this instance: ${shown(before)} → ${shown(after)}`];
  },
  apply: (target, member, before, after) =>
    move(target, member, [before, after], isDenied, (why) => new BeforeStateChanged(`${why} since it was read`)),
  verify(live, target, after) {
    if (after.role === null && live.role === null) return { safe: true };
    if (live.role !== null && live.role.id === after.role?.id && isDenied(live)) return { safe: true };
    const who = live.role?.name ?? after.role?.name ?? 'unknown';
    return { safe: false, why: `role ${who} does not deny the sessions of instance ${target.id}` };
  },
  undo: (target, member, before, after) =>
    move(
      target,
      member,
      [after, before],
      (live) => equal(own(live), own(before)),
      (why) => new Drift(`${why} after us: decide by hand`),
    ),
};
export default action;
