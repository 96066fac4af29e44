import { type Change, change as changeSchema, move } from '../core/change.ts';
import type { Target } from '../core/target.ts';
import { retried } from './incidents.ts';
import type { Platform } from './platform.ts';
import { keys, records } from './records.ts';
import { type Item, Table } from './table.ts';

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

/** Writes a change's next form on condition that nobody else did meanwhile. `due` undefined takes it off the tick's list. */
export async function putChange(table: Table, stored: StoredChange, next: Change, due?: string): Promise<StoredChange> {
  const record = records.change.write(next);
  await table.write([{ key: stored.item.key, record, was: stored.item.rev, due }]);
  return { change: next, item: { ...stored.item, rev: stored.item.rev + 1, record, due } };
}

/** Moves a change on from what the record says now; again after a collision. */
export async function moveChange(
  platform: Platform,
  ref: ChangeRef,
  to: Change['state'],
  more: Partial<Change>,
  due?: string,
): Promise<Change> {
  const table = new Table(platform);
  return retried(async () => {
    const stored = await storedChange(table, ref);
    return (await putChange(table, stored, move(stored.change, to, more), due)).change;
  });
}

/** One more open incident for which this change must stand. */
export async function rely(platform: Platform, ref: ChangeRef, incident: string): Promise<void> {
  const table = new Table(platform);
  await retried(async () => {
    const stored = await storedChange(table, ref);
    if (stored.change.reliedOnBy.includes(incident)) return;
    const next = changeSchema.parse({ ...stored.change, reliedOnBy: [...stored.change.reliedOnBy, incident] });
    await putChange(table, stored, next, stored.item.due);
  });
}
