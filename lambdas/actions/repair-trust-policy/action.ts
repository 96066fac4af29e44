import { IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { BeforeStateChanged, Drift, Hindered, TargetProtected } from '../../core/errors.ts';
import { comparable, samePolicy, statementsOf } from '../../core/policy.ts';
import { standing } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Member } from '../../platform/action.ts';
import { isCode } from '../../platform/aws-error.ts';
import { existing, type RoleIdentity, roleNamed } from '../../platform/iam.ts';
import { strangersIn, uncheckedProviders } from '../../platform/strangers.ts';
import { withoutStrangers } from './trust.ts';

export type State = RoleIdentity & {
  /** the accounts that are ours, which decide who is a stranger */
  ours: string[];
};

const read = async (target: Target, member: Member): Promise<State> => ({
  ...(await roleNamed(target.id, target, member)),
  ours: [...member.ours].sort(),
});

async function write(target: Target, member: Member, PolicyDocument: string): Promise<void> {
  const input = { RoleName: target.id, PolicyDocument };
  try {
    await existing(target, member.client(IAMClient).send(new UpdateAssumeRolePolicyCommand(input)));
  } catch (error) {
    if (isCode(error, 'UnmodifiableEntity'))
      throw new TargetProtected(`role ${target.id} is managed by an AWS service and cannot be changed`);
    if (isCode(error, 'MalformedPolicyDocument'))
      throw new Hindered(
        `IAM does not take the trust policy of role ${target.id}: it names a principal that was deleted since (shown as AIDA… or AROA…), or one that IAM no longer knows; take that one out by hand, then run the step again`,
      );
    throw error;
  }
}

async function move(target: Target, member: Member, [from, to]: [State, State], changed: (why: string) => Error) {
  const live = await read(target, member);
  if (live.id !== from.id) throw changed(`IAM role ${target.id} was deleted and made again`);
  const now = standing(live.trust, from.trust, to.trust, samePolicy);
  if (now === 'changed') throw changed(`the trust policy of IAM role ${target.id} was changed`);
  if (now === 'due') await write(target, member, to.trust);
}

const action: Action<State> = {
  capture: async (target, member) => {
    const state = await read(target, member);
    return { state, scope: { roleArn: state.arn } };
  },
  owned: ({ id, trust }) => ({ id, trust: comparable(trust) }),
  intend: (state) => ({ ...state, trust: withoutStrangers(state.trust, state.ours) }),
  losses: (state, target) => {
    const out = strangers(state);
    const open = uncheckedProviders(state.trust);
    const left = open.length === 0 ? [] : [`Not mended by this step: ${unchecked(open)}.`];
    if (out.length === 0) return left;
    const { lastUsed } = state;
    return [
      ...out.map((who) => `${named(who)} can assume role ${target.id} no more.`),
      `Who may still assume it: ${trusted({ ...state, trust: withoutStrangers(state.trust, state.ours) })}.`,
      `It ends no session that runs now: revoke the role's sessions for that. ${lastUsed ? `The role was last used ${lastUsed}.` : 'IAM has no record of its last use.'}`,
      ...left,
    ];
  },
  describe: (before, after) =>
    samePolicy(before.trust, after.trust) ? [] : [`may assume the role: ${trusted(before)} → ${trusted(after)}`],
  apply: (target, member, before, after) =>
    move(target, member, [before, after], (why) => new BeforeStateChanged(`${why} since it was read`)),
  verify: (live) => {
    const left = strangers(live);
    if (left.length > 0) return { safe: false, why: `the trust policy still lets in ${left.map(named).join(', ')}` };
    const open = uncheckedProviders(live.trust);
    return open.length === 0 ? { safe: true } : { safe: false, why: unchecked(open) };
  },
  undo: (target, member, before, after) =>
    move(target, member, [after, before], (why) => new Drift(`${why} after us: decide by hand`)),
};
export default action;

function strangers({ trust, ours }: State): string[] {
  return [...new Set(strangersIn(trust, ours).map((s) => s.principal))].sort();
}

function unchecked(providers: string[]): string {
  return `the trust policy lets in whomever ${providers.join(', ')} knows, because no condition on :sub says which of its users: add one by hand`;
}

function named(principal: string): string {
  return principal === '*' ? 'everyone (*)' : principal;
}

function trusted({ trust }: State): string {
  const allows = statementsOf(trust).filter((s) => s.effect === 'Allow');
  const values = allows.flatMap((s) =>
    s.principals.map((p) => `${s.notPrincipal ? 'everyone but ' : ''}${named(p.value)}`),
  );
  return [...new Set(values)].sort().join(', ') || 'nobody';
}
