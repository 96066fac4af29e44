import type { JsonObject } from '../core/json.ts';
import type { Target } from '../core/target.ts';
import type { Action } from './action.ts';
import { headOf } from './incidents.ts';
import type { Platform } from './platform.ts';
import { keys, records } from './records.ts';
import { Table, type Write } from './table.ts';

/** What the survey recorded of a target for an action, with its time; undefined where the action needs none or nothing is recorded. */
export async function baselineOf(
  platform: Platform,
  action: Action,
  id: string,
  target: Target,
): Promise<JsonObject | undefined> {
  if (!action.survey) return undefined;
  const item = await new Table(platform).get(keys.baseline(id, target));
  const record = item && records.baseline.read(item.record);
  return record && { ...record.state, recordedAt: record.recordedAt };
}

/** Everything that is recorded of an account. */
export async function baselinesOf(platform: Platform, account: string) {
  const items = await new Table(platform).list(keys.baselines(account), 'RECORDED#');
  return items.map((item) => records.baseline.read(item.record));
}

/** Writes down what the account has now, over what was there before. */
export async function keepBaseline(
  platform: Platform,
  recorded: { action: string; target: Target; state: JsonObject },
): Promise<void> {
  const table = new Table(platform);
  const key = keys.baseline(recorded.action, recorded.target);
  const was = (await table.get(key))?.rev;
  const recordedAt = platform.now().toString({ smallestUnit: 'millisecond' });
  await table.write([{ key, record: records.baseline.write({ ...recorded, recordedAt }), was }]);
}

/** The writes that let an incident hold the baselines of the accounts that it touches, as long as it is open. */
export async function holding(platform: Platform, incident: string, accounts: string[]): Promise<Write[]> {
  const table = new Table(platform);
  const writes = await Promise.all(
    [...new Set(accounts)].map(async (account): Promise<Write[]> => {
      const key = keys.held(account, incident);
      return (await table.get(key)) ? [] : [{ key, record: records.held.write({ incident }) }];
    }),
  );
  return writes.flat();
}

/**
 * The first open incident that touches the account, or undefined. While there is one, whatever is there may be the attacker's work,
 * whichever of the account's resources the findings name.
 */
export async function holderOf(platform: Platform, account: string): Promise<string | undefined> {
  const table = new Table(platform);
  for (const item of await table.list(keys.baselines(account), 'HELD#')) {
    const { incident } = records.held.read(item.record);
    if (!(await headOf(table, incident)).head.closedAt) return incident;
  }
  return undefined;
}
