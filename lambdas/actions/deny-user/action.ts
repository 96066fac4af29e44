import {
  AttachUserPolicyCommand,
  DetachUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  IAMClient,
  ListAccessKeysCommand,
  paginateListAttachedUserPolicies,
} from '@aws-sdk/client-iam';
import { BeforeStateChanged, Drift, Hindered } from '../../core/errors.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Member } from '../../platform/action.ts';
import { isCode } from '../../platform/aws-error.ts';
import { existing, identityOf, orNone, type UserIdentity } from '../../platform/iam.ts';

export type State = UserIdentity & {
  /** AWSDenyAll is attached to the user directly */
  denied: boolean;
  /** active keys, and when each was last used, as ISO instant */
  keys: { id: string; lastUsed: string | null }[];
};

/** AWS's own policy: its text is nobody's to change, and the right to attach it grants nothing. */
const denyAll = ({ partition }: Member) => `arn:${partition}:iam::aws:policy/AWSDenyAll`;

async function isDenied(target: Target, member: Member): Promise<boolean> {
  const pages = paginateListAttachedUserPolicies({ client: member.client(IAMClient) }, { UserName: target.id });
  for await (const page of pages) if (page.AttachedPolicies?.some((p) => p.PolicyArn === denyAll(member))) return true;
  return false;
}

async function activeKeys(target: Target, member: Member): Promise<State['keys']> {
  const iam = member.client(IAMClient);
  const listed = await existing(target, iam.send(new ListAccessKeysCommand({ UserName: target.id })));
  const active = (listed.AccessKeyMetadata ?? []).filter((key) => key.Status === 'Active');
  return Promise.all(
    active.map(async ({ AccessKeyId = '' }) => {
      const used = await orNone(iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId })));
      return { id: AccessKeyId, lastUsed: used?.AccessKeyLastUsed?.LastUsedDate?.toISOString() ?? null };
    }),
  );
}

async function read(target: Target, member: Member): Promise<State> {
  const user = await identityOf(target, member);
  return { ...user, denied: await isDenied(target, member), keys: await activeKeys(target, member) };
}

/** Whether the denial must be changed to `wanted`; refuses when the user of this name is another one. */
async function differs(target: Target, member: Member, from: State, wanted: boolean, error: (why: string) => Error) {
  const { id } = await identityOf(target, member);
  if (id !== from.id) throw error(`IAM user ${target.id} was deleted and made again`);
  return (await isDenied(target, member)) !== wanted;
}

async function attach(target: Target, member: Member): Promise<void> {
  const input = { UserName: target.id, PolicyArn: denyAll(member) };
  try {
    await existing(target, member.client(IAMClient).send(new AttachUserPolicyCommand(input)));
  } catch (error) {
    if (!isCode(error, 'LimitExceeded')) throw error;
    throw new Hindered(
      `IAM user ${target.id} has as many managed policies as IAM takes (10 unless the quota was raised), so AWSDenyAll does not fit: detach one that only allows, or raise the quota "Managed policies attached to an IAM user", then run the step again`,
    );
  }
}

const action: Action<State> = {
  capture: async (target, member) => {
    const state = await read(target, member);
    return { state, scope: { userArn: state.arn } };
  },
  owned: ({ id, denied }) => ({ id, denied }),
  intend: (state) => ({ ...state, denied: true }),
  losses: ({ denied, keys, lastSignIn }, target) => {
    if (denied) return [];
    const used = keys.map(({ id, lastUsed }) =>
      lastUsed ? `Key ${id} stops; it was last used at ${lastUsed}.` : `Key ${id} stops; IAM has no record of its use.`,
    );
    const signs = lastSignIn ? [`The console stops for ${target.id}; the last sign-in was ${lastSignIn}.`] : [];
    return [`Everything that IAM user ${target.id} does stops, by person or by program.`, ...used, ...signs];
  },
  describe: (before, after) =>
    before.denied === after.denied ? [] : [`AWSDenyAll: ${shown(before)} → ${shown(after)}`],
  apply: async (target, member, before, after) => {
    const error = (why: string) => new BeforeStateChanged(`${why} since it was read`);
    if (await differs(target, member, before, after.denied, error)) await attach(target, member);
  },
  verify: ({ denied }) => (denied ? { safe: true } : { safe: false, why: 'AWSDenyAll is not attached to the user' }),
  undo: async (target, member, before) => {
    const error = (why: string) => new Drift(`${why} after us: decide by hand`);
    if (!(await differs(target, member, before, before.denied, error))) return;
    const input = { UserName: target.id, PolicyArn: denyAll(member) };
    await orNone(member.client(IAMClient).send(new DetachUserPolicyCommand(input)));
  },
};
export default action;

function shown({ denied }: State): string {
  return denied ? 'attached' : 'not attached';
}
