import { CreateGrantCommand, KMSClient, RevokeGrantCommand } from '@aws-sdk/client-kms';
import { BeforeStateChanged, Drift, Hindered } from '../../core/errors.ts';
import { canonical } from '../../core/json.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Member } from '../../platform/action.ts';
import { isCode } from '../../platform/aws-error.ts';
import { existingKey, grantsOf, holderOf, strangersOfKey } from '../../platform/kms.ts';
import { contentOf, type Grant, grantOf, missing, request } from './grants.ts';

type State = {
  /** grants to principals of accounts outside the settings */
  strangers: Grant[];
  /** grantees outside the settings whose grants look like an AWS service's: left, and said */
  doubtful: string[];
  /** strangers whom the key's own policy lets in, which no revocation changes; null: it could not be read */
  policyStrangers: string[] | null;
};

async function read(target: Target, member: Member): Promise<State> {
  const entries = await existingKey(target, grantsOf(target, member));
  const held = (holder: string) => entries.filter((entry) => holderOf(entry, member.ours) === holder).map(grantOf);
  const order = (a: Grant, b: Grant) => (canonical(contentOf(a)) < canonical(contentOf(b)) ? -1 : 1);
  return {
    strangers: held('stranger').sort(order),
    doubtful: held('service-like').map((grant) => grant.grantee),
    policyStrangers: await strangersOfKey(target, member),
  };
}

/** What of the key policy is left for a person; undefined where it lets in nobody else. */
function byHand({ policyStrangers }: State): string | undefined {
  if (policyStrangers === null) return 'the key policy could not be read: look by hand whom it lets in';
  if (policyStrangers.length === 0) return undefined;
  const who = policyStrangers.slice(0, 5).map((one) => (one === '*' ? 'everyone (*)' : one));
  return `the key policy itself lets in ${who.join(', ')}: take them out by hand`;
}

const rights = ({ operations }: Grant) => operations.join(', ');

const action: Action<State> = {
  capture: async (target, member) => ({ state: await read(target, member), scope: {} }),
  owned: ({ strangers }) => ({ strangers: strangers.map(contentOf) }),
  intend: (state) => ({ ...state, strangers: [] }),
  losses: (state, target) => [
    ...state.strangers.map(({ grantee }) => `${grantee} can no longer use KMS key ${target.id} through its grant.`),
    ...state.doubtful.map(
      (grantee) =>
        `A grant to ${grantee}, which is not yours, looks like an AWS service's and is left: check by hand whether one uses it.`,
    ),
    ...[byHand(state)].flatMap((left) => (left === undefined ? [] : [`Not mended by this step: ${left}.`])),
  ],
  describe: (before, after) => [
    ...missing(before.strangers, after.strangers).map(
      (g) => `grant to ${g.grantee} (${rights(g)}): in force → revoked`,
    ),
    ...missing(after.strangers, before.strangers).map((g) => `grant to ${g.grantee} (${rights(g)}): none → in force`),
  ],
  apply: async (target, member, before) => {
    const live = await read(target, member);
    if (missing(live.strangers, before.strangers).length > 0)
      throw new BeforeStateChanged(`KMS key ${target.id} has another grant to a stranger since it was read`);
    for (const { id } of live.strangers) await revoke(target, member, id);
  },
  verify: (live) => {
    const { strangers } = live;
    if (strangers.length > 0) {
      const who = strangers.map((g) => g.grantee).join(', ');
      return { safe: false, why: `${strangers.length} grants to strangers are in force: ${who}` };
    }
    const why = byHand(live);
    return why === undefined ? { safe: true } : { safe: false, why };
  },
  undo: async (target, member, before) => {
    const live = await read(target, member);
    if (missing(live.strangers, before.strangers).length > 0)
      throw new Drift(`KMS key ${target.id} got another grant to a stranger after us: decide by hand`);
    for (const grant of missing(before.strangers, live.strangers)) await grantAgain(target, member, grant);
  },
};
export default action;

async function revoke(target: Target, member: Member, GrantId: string): Promise<void> {
  try {
    await member.client(KMSClient).send(new RevokeGrantCommand({ KeyId: target.id, GrantId }));
  } catch (error) {
    // revoked or retired since
    if (!isCode(error, 'NotFound') && !isCode(error, 'InvalidGrantId')) throw error;
  }
}

async function grantAgain(target: Target, member: Member, grant: Grant): Promise<void> {
  try {
    await member.client(KMSClient).send(new CreateGrantCommand({ KeyId: target.id, ...request(grant) }));
  } catch (error) {
    if (isCode(error, 'Disabled') || isCode(error, 'KMSInvalidState'))
      throw new Hindered(
        `KMS key ${target.id} takes no grant while it is disabled or waits for deletion: enable it first`,
      );
    throw error;
  }
}
