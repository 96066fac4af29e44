import { BeforeStateChanged } from '../../core/errors.ts';
import { canonical } from '../../core/json.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Member } from '../../platform/action.ts';
import { attach, detach, readQuarantine } from '../../platform/organizations.ts';
import quarantine from '../../platform/quarantine.json' with { type: 'json' };

type State = {
  policyId: string;
  policyArn: string;
  /** whether the policy still says what the stack gave it */
  intact: boolean;
  attached: boolean;
};

const { name, content } = quarantine.quarantineRoot;

function says(text: string): boolean {
  try {
    return canonical(JSON.parse(text)) === canonical(content);
  } catch {
    return false;
  }
}

async function read(target: Target, member: Member): Promise<State> {
  const { id, arn, content: text, attached } = await readQuarantine(target, member, 'quarantineRoot');
  return { policyId: id, policyArn: arn, intact: says(text), attached };
}

const edited = `the organization's policy ${name} no longer says what the stack tourniquet-management gave it: put that back`;

const action: Action<State> = {
  capture: async (target, member) => {
    const state = await read(target, member);
    return { state, scope: { quarantineRoot: state.policyArn } };
  },
  owned: ({ attached }) => ({ attached }),
  intend: (state) => ({ ...state, attached: true }),
  losses: (_, target) => [
    `Nobody can use the root user of account ${target.account}, by key, password or session, until this is restored.`,
  ],
  describe: (before, after) =>
    before.attached === after.attached
      ? []
      : [`root user denied everything by ${name}: ${shown(before)} → ${shown(after)}`],
  apply: async (target, member, before) => {
    const live = await read(target, member);
    if (!live.intact) throw new BeforeStateChanged(edited);
    if (live.attached) return;
    if (before.attached) throw new BeforeStateChanged(`${name} was detached from ${target.account} since it was read`);
    await attach(target, member, live.policyId);
  },
  verify: (live, target) => {
    if (!live.attached) return { safe: false, why: `${name} is not attached to account ${target.account}` };
    return live.intact ? { safe: true } : { safe: false, why: edited };
  },
  undo: async (target, member, before) => {
    const live = await read(target, member);
    if (live.attached && !before.attached) await detach(target, member, live.policyId);
  },
};
export default action;

const shown = ({ attached }: State) => (attached ? 'yes' : 'no');
