import { UpdatePolicyCommand } from '@aws-sdk/client-organizations';
import { BeforeStateChanged, Drift, Hindered } from '../core/errors.ts';
import { samePolicy, statementsOf } from '../core/policy.ts';
import { standing } from '../core/standing.ts';
import { principalArn, type Target, targetKinds } from '../core/target.ts';
import type { Action, Member } from './action.ts';
import { isCode } from './aws-error.ts';
import { attach, detach, organizations, readQuarantine } from './organizations.ts';
import quarantine from './quarantine.json' with { type: 'json' };

export type PrincipalState = {
  account: string;
  policyId: string;
  policyArn: string;
  /** the patterns of this principal that the policy lists, in order: none, both, or after somebody's edit one */
  listed: string[];
  /** patterns of other principals of the same account: while there are any, the policy stays attached */
  neighbours: string[];
  attached: boolean;
};

const { name, content } = quarantine.quarantinePrincipals;

/** The ARN without and with a path: a finding names a principal without its path, and IAM names are unique whatever the path. */
function patternsOf(target: Target, partition: string): string[] {
  const arn = principalArn(target, partition) ?? '';
  return [arn, arn.replace(`/${target.id}`, `/*/${target.id}`)].sort();
}

function documentOf(principals: string[]): object {
  const [statement] = content.Statement;
  return {
    ...content,
    Statement: [{ ...statement, Condition: { ArnLike: { 'aws:PrincipalArn': principals } } }],
  };
}

/** The list in the policy. Throws Hindered when the policy says anything else than the list: then somebody else edits it. */
function listIn(text: string): string[] {
  const [condition] = statementsOf(text)[0]?.conditions ?? [];
  const list = condition?.values ?? [];
  if (samePolicy(text, JSON.stringify(documentOf(list)))) return list;
  throw new Hindered(
    `the organization's policy ${name} was edited by hand: put back the form that the stack tourniquet-management gives it`,
  );
}

async function read(target: Target, member: Member): Promise<PrincipalState & { list: string[] }> {
  const { id, arn, content: text, attached } = await readQuarantine(target, member, 'quarantinePrincipals');
  const own = patternsOf(target, member.partition);
  const list = listIn(text);
  return {
    account: target.account,
    policyId: id,
    policyArn: arn,
    listed: own.filter((pattern) => list.includes(pattern)),
    neighbours: list.filter((pattern) => pattern.split(':')[4] === target.account && !own.includes(pattern)),
    attached,
    list,
  };
}

async function write(member: Member, PolicyId: string, principals: string[]): Promise<void> {
  try {
    const Content = JSON.stringify(documentOf(principals));
    await organizations(member).send(new UpdatePolicyCommand({ PolicyId, Content }));
  } catch (error) {
    if (isCode(error, 'ConstraintViolation'))
      throw new Hindered(
        `the organization's policy ${name} is full (${principals.length} patterns): restore incidents that are over, then run the step again`,
      );
    throw error;
  }
}

/**
 * Organizations takes a whole text and no condition on what it replaces: of two writers the last wins, and the first is never told.
 * So the list is read back, and written again while it lacks what it should have. What is missing then, `verify` says.
 */
const writes = 4;

const without = (list: string[], gone: string[]) => list.filter((pattern) => !gone.includes(pattern));

/**
 * Our patterns are gone: somebody who had not seen them wrote over them, and may have lost others' that we saw. While ours are there,
 * what else is missing was taken out on purpose.
 */
async function confirmListed(target: Target, member: Member, own: string[], written: string[]): Promise<void> {
  for (let tries = 1; tries < writes; tries++) {
    const live = await read(target, member);
    if (!live.attached) await attach(target, member, live.policyId);
    if (without(own, live.list).length === 0) return;
    await write(member, live.policyId, [...new Set([...live.list, ...written])]);
  }
}

async function confirmGone(target: Target, member: Member, gone: string[]): Promise<void> {
  for (let tries = 1; tries < writes; tries++) {
    const live = await read(target, member);
    const left = without(live.list, gone);
    if (left.length === live.list.length) return;
    await write(member, live.policyId, left);
  }
}

/** Somebody of the same account was listed between our reading and our detaching, and saw the policy attached. */
async function attachForNeighbours(target: Target, member: Member): Promise<void> {
  const live = await read(target, member);
  if (live.neighbours.length > 0 && !live.attached) await attach(target, member, live.policyId);
}

/**
 * Denies a principal everything through the organization, where nobody in its own account can lift the deny. Its sessions are under it
 * too, but not what it minted with GetFederationToken: such sessions carry an ARN of their own (IAM user guide, aws:PrincipalArn).
 */
export function denyPrincipal(losses: (who: string) => string[]): Action<PrincipalState> {
  const who = (target: Target) => `${targetKinds[target.kind].noun} ${target.id}`;
  return {
    capture: async (target, member) => {
      const { list: _, ...state } = await read(target, member);
      return { state, scope: { quarantinePrincipals: state.policyArn } };
    },
    owned: ({ listed }) => ({ listed }),
    intend: (state, target) => ({ ...state, listed: patternsOf(target, partitionOf(state)), attached: true }),
    losses: (_state, target) => losses(who(target)),
    describe: (before, after) => {
      const [was, becomes] = [shown(before), shown(after)];
      return was === becomes ? [] : [`denied everything by the organization's policy ${name}: ${was} → ${becomes}`];
    },
    apply: async (target, member, before, after) => {
      const live = await read(target, member);
      const now = standing(live.listed, before.listed, after.listed);
      if (now === 'changed')
        throw new BeforeStateChanged(`what ${name} lists of ${who(target)} was changed since it was read`);
      const due = now === 'due' ? [...new Set([...live.list, ...after.listed])] : undefined;
      if (due) await write(member, live.policyId, due);
      if (!live.attached) await attach(target, member, live.policyId);
      if (due) await confirmListed(target, member, after.listed, due);
    },
    verify: (live, target) => {
      if (live.listed.length < 2) return { safe: false, why: `${name} does not list ${who(target)}` };
      return live.attached ? { safe: true } : { safe: false, why: `${name} is not attached to ${target.account}` };
    },
    undo: async (target, member, before, after) => {
      const live = await read(target, member);
      const now = standing(live.listed, after.listed, before.listed);
      if (now === 'changed')
        throw new Drift(`what ${name} lists of ${who(target)} was changed after us: decide by hand`);
      // attached before anybody of the account was listed: somebody else's attachment, which stays
      const stays = live.neighbours.length > 0 || (before.attached && before.neighbours.length === 0);
      const detached = live.attached && !stays;
      if (detached) await detach(target, member, live.policyId);
      const gone = after.listed.filter((pattern) => !before.listed.includes(pattern));
      if (now === 'due') {
        await write(member, live.policyId, without(live.list, gone));
        await confirmGone(target, member, gone);
      }
      if (detached) await attachForNeighbours(target, member);
    },
  };
}

const partitionOf = ({ policyArn }: PrincipalState) => policyArn.split(':')[1] ?? 'aws';

function shown({ listed, attached }: PrincipalState): string {
  if (listed.length === 0) return 'no';
  if (listed.length === 1) return 'in part';
  return attached ? 'yes' : 'listed, but not attached';
}
