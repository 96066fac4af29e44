import { ModifyDBInstanceCommand, RDSClient } from '@aws-sdk/client-rds';
import { BeforeStateChanged, Drift } from '../../core/errors.ts';
import { standing } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Member } from '../../platform/action.ts';
import { changeDatabase, publicSiblings, readDatabase } from '../../platform/database.ts';

export type State = {
  publiclyAccessible: boolean;
  /** names of changes that wait for the maintenance window; they go on waiting */
  waiting: string[];
  /** other members of its cluster that are publicly accessible: the same data, by another door; this action closes its target only */
  siblings: string[];
};

async function read(target: Target, member: Member): Promise<State> {
  const database = await readDatabase(target, member);
  const waiting = Object.entries(database.PendingModifiedValues ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  const siblings = await publicSiblings(database, member);
  return { publiclyAccessible: database.PubliclyAccessible ?? false, waiting: waiting.sort(), siblings };
}

/**
 * Never with ApplyImmediately: that would bring every change that waits for the maintenance window into force too, unannounced and
 * perhaps with a restart. It is not needed: "Changes to the PubliclyAccessible parameter are applied immediately regardless of the
 * value of the ApplyImmediately parameter" (RDS API reference, ModifyDBInstance).
 */
async function move(target: Target, member: Member, from: State, to: State, changed: () => Error): Promise<void> {
  const live = await read(target, member);
  const now = standing(live.publiclyAccessible, from.publiclyAccessible, to.publiclyAccessible);
  if (now === 'changed') throw changed();
  if (now === 'done') return;
  const input = { DBInstanceIdentifier: target.id, PubliclyAccessible: to.publiclyAccessible };
  await changeDatabase(target, member.client(RDSClient).send(new ModifyDBInstanceCommand(input)));
}

const word = ({ publiclyAccessible }: State) => (publiclyAccessible ? 'yes' : 'no');

const action: Action<State> = {
  capture: async (target, member) => ({ state: await read(target, member), scope: {} }),
  owned: ({ publiclyAccessible }) => ({ publiclyAccessible }),
  intend: (state) => ({ ...state, publiclyAccessible: false }),
  losses: ({ publiclyAccessible }, { id }) =>
    publiclyAccessible
      ? [
          `Whoever reaches database ${id} from outside its VPC, such as a partner or an office without a VPN, can no longer connect; connections that are open stay open.`,
        ]
      : [],
  describe: (before, after) =>
    before.publiclyAccessible === after.publiclyAccessible
      ? []
      : [`publicly accessible: ${word(before)} → ${word(after)}`],
  apply: (target, member, before, after) =>
    move(
      target,
      member,
      before,
      after,
      () => new BeforeStateChanged(`RDS instance ${target.id} changed since it was read`),
    ),
  verify: ({ publiclyAccessible, siblings }) => {
    if (publiclyAccessible) return { safe: false, why: 'the database is still publicly accessible' };
    if (siblings.length === 0) return { safe: true };
    const why = `other members of its cluster are publicly accessible, and hold the same data: make ${siblings.join(', ')} not publicly accessible too`;
    return { safe: false, why };
  },
  undo: (target, member, before, after) =>
    move(target, member, after, before, () => new Drift(`RDS instance ${target.id} changed after us: decide by hand`)),
};
export default action;
