import { BeforeStateChanged, Drift, Hindered } from '../core/errors.ts';
import { standing } from '../core/standing.ts';
import type { Target } from '../core/target.ts';
import type { Action, Member } from './action.ts';

/** A Region's block of public sharing, as AWS names its states. */
export type SharingBlock = {
  state: string;
  /** ids of what strangers reach through public sharing now */
  open: string[];
};

export interface SharingBlockApi {
  /** `snapshots`, `images` */
  what: string;
  /** the strictest state, which the action sets */
  strictest: string;
  read(member: Member): Promise<{ state: string; managedBy: string }>;
  /** what is public now; its owners lose it only if the block also closes what is shared already */
  open(member: Member): Promise<string[]>;
  set(member: Member, state: string): Promise<void>;
  losses(state: SharingBlock, target: Target): string[];
}

export const unblocked = 'unblocked';

/** The action that forbids sharing with the public in one Region; undo sets what was recorded, and nothing laxer. */
export function blockSharing(api: SharingBlockApi): Action<SharingBlock> {
  const where = (target: Target) => `the block of public ${api.what} in ${target.region}`;
  const known = (state: string | undefined) => state ?? unblocked;
  return {
    capture: async (target, member) => {
      const { state, managedBy } = await api.read(member);
      if (known(state) !== api.strictest && managedBy === 'declarative-policy')
        throw new Hindered(
          `${where(target)} is set by a declarative policy of the organization, so account ${target.account} cannot change it: change the policy in the management account`,
        );
      return { state: { state: known(state), open: (await api.open(member)).sort() }, scope: {} };
    },
    owned: ({ state }) => ({ state }),
    intend: (state) => ({ ...state, state: api.strictest }),
    losses: (state, target) => (state.state === api.strictest ? [] : api.losses(state, target)),
    describe: (before, after) =>
      before.state === after.state ? [] : [`public sharing of ${api.what}: ${before.state} → ${after.state}`],
    apply: async (target, member, before, after) => {
      const { state } = await api.read(member);
      const now = standing(known(state), before.state, after.state);
      if (now === 'changed') throw new BeforeStateChanged(`${where(target)} changed since it was read`);
      if (now === 'due') await api.set(member, after.state);
    },
    verify: ({ state }) =>
      state === api.strictest
        ? { safe: true }
        : { safe: false, why: `public sharing of ${api.what} still reads ${state}; AWS may take 10 minutes` },
    undo: async (target, member, before, after) => {
      const { state } = await api.read(member);
      const now = standing(known(state), after.state, before.state);
      if (now === 'changed') throw new Drift(`somebody changed ${where(target)} after us: decide by hand`);
      // what reads as it was may be our block on its way into force, which only another write stops
      if (now === 'due' || before.state === unblocked) await api.set(member, before.state);
    },
  };
}
