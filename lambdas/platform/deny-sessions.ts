import { Temporal } from 'temporal-polyfill';
import { BeforeStateChanged, Drift } from '../core/errors.ts';
import { comparable, samePolicy } from '../core/policy.ts';
import { deniedUntil, denyOlderSessions } from '../core/session-deny.ts';
import { standing } from '../core/standing.ts';
import { type Target, targetKinds } from '../core/target.ts';
import type { Action, Captured, Member } from './action.ts';

export type SessionState = {
  arn: string;
  /** AIDA… or AROA…: another one is another principal of the same name */
  id: string;
  /** text of the inline policy of the agreed name; null where there is none */
  policy: string | null;
  /** who else works with it, as far as IAM tells */
  usedBy: string[];
  lastUsed: string | null;
};

/** How one kind of principal keeps its inline policies. */
export interface Principal<S extends SessionState = SessionState> {
  policyName: string;
  /** name of the principal's ARN in the scope, where shared code sees whether it is protected */
  arnName: string;
  read(target: Target, member: Member): Promise<S>;
  put(target: Target, member: Member, policy: string): Promise<void>;
  remove(target: Target, member: Member): Promise<void>;
  losses(state: S, target: Target): string[];
}

const blocks = (live: SessionState, wanted: Temporal.Instant | 'always' | null): boolean => {
  const until = deniedUntil(live.policy);
  if (until === 'always') return true;
  return wanted instanceof Temporal.Instant && until !== null && Temporal.Instant.compare(until, wanted) >= 0;
};

/** The action that denies everything to the sessions that a user or role already has; new sessions work. */
export function denySessions<S extends SessionState = SessionState>(principal: Principal<S>): Action<S> {
  const move = async (target: Target, member: Member, [from, to]: [S, S], changed: (why: string) => Error) => {
    const live = await principal.read(target, member);
    const who = `${targetKinds[target.kind].noun} ${target.id}`;
    if (live.id !== from.id) throw changed(`${who} was deleted and made again`);
    const now = standing(live.policy, from.policy, to.policy, samePolicy);
    if (now === 'changed') throw changed(`the inline policy ${principal.policyName} of ${who} was changed`);
    if (now === 'done') return;
    await (to.policy === null ? principal.remove(target, member) : principal.put(target, member, to.policy));
  };
  return {
    capture: async (target, member): Promise<Captured<S>> => {
      const state = await principal.read(target, member);
      return { state, scope: { [principal.arnName]: state.arn } };
    },
    owned: ({ id, policy }) => ({ id, policy: comparable(policy) }),
    intend: (state, _target, at) => ({ ...state, policy: denyOlderSessions(state.policy, at) }),
    losses: principal.losses,
    describe: (before, after) => {
      const [was, becomes] = [shown(before), shown(after)];
      return was === becomes ? [] : [`sessions denied everything: ${was} → ${becomes}`];
    },
    apply: (target, member, before, after) =>
      move(target, member, [before, after], (why) => new BeforeStateChanged(`${why} since it was read`)),
    verify: (live, _target, after) =>
      blocks(live, deniedUntil(after.policy))
        ? { safe: true }
        : {
            safe: false,
            why: `the policy ${principal.policyName} does not deny sessions issued before ${time(after)}`,
          },
    undo: (target, member, before, after) =>
      move(target, member, [after, before], (why) => new Drift(`${why} after us: decide by hand`)),
  };
}

function time({ policy }: SessionState): string {
  return String(deniedUntil(policy) ?? 'never');
}

function shown(state: SessionState): string {
  const until = deniedUntil(state.policy);
  if (until === null) return 'none';
  return until === 'always' ? 'all' : `those issued before ${until}`;
}
