import { type Change, move, restoreRefusal } from '../core/change.ts';
import { Refused, ReliedOn } from '../core/errors.ts';
import { recoveryOf } from '../core/manifest.ts';
import type { Catalogue } from '../core/plan.ts';
import type { Target } from '../core/target.ts';
import { headOf, retried } from './incidents.ts';
import type { Platform } from './platform.ts';
import { keys, records } from './records.ts';
import { type Item, type Put, Table } from './table.ts';
import { named } from './tell.ts';

/** Minutes after which the tick looks at a change: stuck while it is being made, re-verified while it stands. */
export const changeMinutes = 5;

export interface StoredChange {
  change: Change;
  item: Item;
}

/** Every generation of one action's change on a target, oldest first. */
export async function changesOf(platform: Platform, target: Target, action: string): Promise<Change[]> {
  const items = await new Table(platform).list(keys.changes(target), `CHANGE#${action}#`);
  return items.map((item) => records.change.read(item.record));
}

export type ChangeRef = Pick<Change, 'action' | 'target' | 'generation'>;

/** Throws naming the change when there is no such record: nothing is undone that was not recorded. */
export async function storedChange(table: Table, ref: ChangeRef): Promise<StoredChange> {
  const item = await table.get(keys.change(ref));
  if (!item) throw new Error(`there is no record of ${ref.action} number ${ref.generation} on ${ref.target.id}`);
  return { change: records.change.read(item.record), item };
}

/** The write that moves a change on from what the record says now, for a transaction that says more than that. */
export async function moving(
  table: Table,
  ref: ChangeRef,
  to: Change['state'],
  more: Partial<Change>,
  due?: string,
): Promise<Put> {
  const { change, item } = await storedChange(table, ref);
  return { key: item.key, record: records.change.write(move(change, to, more)), was: item.rev, due };
}

/** Moves a change on; again after a collision. */
export async function moveChange(
  platform: Platform,
  ref: ChangeRef,
  to: Change['state'],
  more: Partial<Change>,
  due?: string,
): Promise<void> {
  const table = new Table(platform);
  await retried(async () => table.write([await moving(table, ref, to, more, due)]));
}

/** When the tick looks at a change next, and nothing else about it; undefined takes it off the list. */
export async function lookAgainAt(platform: Platform, ref: ChangeRef, due: string | undefined): Promise<void> {
  const table = new Table(platform);
  await retried(async () => {
    const { change, item } = await storedChange(table, ref);
    await table.write([{ key: item.key, record: records.change.write(change), was: item.rev, due }]);
  });
}

/** One more open incident for which this change must stand. */
export async function rely(platform: Platform, ref: ChangeRef, incident: string): Promise<void> {
  const table = new Table(platform);
  await retried(async () => {
    const stored = await storedChange(table, ref);
    if (stored.change.reliedOnBy.includes(incident)) return;
    const next = { ...stored.change, reliedOnBy: [...stored.change.reliedOnBy, incident] };
    const { key, rev, due } = stored.item;
    await table.write([{ key, record: records.change.write(next), was: rev, due }]);
  });
}

/**
 * Invariant 4: throws ReliedOn naming the open incidents for which the change must stand, Refused when its state or its action allows
 * no undo.
 */
export async function requireRestorable(
  table: Table,
  c: Change,
  incident: string,
  { actions }: Pick<Catalogue, 'actions'>,
): Promise<void> {
  const recovery = recoveryOf(actions[c.action], c.target);
  if (recovery !== undefined) throw new Refused(`${c.action} on ${named(c.target)}: ${recovery}`);
  const open = new Set<string>();
  for (const id of c.reliedOnBy.filter((other) => other !== incident))
    if (!(await headOf(table, id)).head.closedAt) open.add(id);
  const refusal = restoreRefusal(c, incident, open);
  if (refusal && open.size > 0) throw new ReliedOn(`${c.action} on ${named(c.target)} stays: ${refusal}`);
  if (refusal) throw new Refused(`${c.action} on ${named(c.target)}: ${refusal}`);
}
