import type { MessageTag } from '@aws-sdk/client-sesv2';
import type { Mailed } from './ledger.ts';

/** The ledger entry that a message belongs to. */
export interface Tagged extends Mailed {
  shard: number;
  row: number;
}

/** SES takes letters, digits, `_` and `-` in a tag's value, up to 256 (SES API v2 reference, MessageTag); a notice key has dots. */
const dot = '--';

/** Message tags by which events of SES find their ledger entry. They name no person. Throws for a key that could not be read back. */
export function tagsOf({ incident, notice, shard, row }: Tagged): MessageTag[] {
  if (notice.includes(dot))
    throw new Error(`the notice key ${notice} holds "${dot}", which stands for a dot in a message tag`);
  const values = { incident, notice: notice.replaceAll('.', dot), shard: String(shard), row: String(row) };
  return Object.entries(values).map(([Name, Value]) => ({ Name, Value }));
}

/** The entry that the tags of an event name; undefined when the message is none of ours. */
export function readTags(tags: Record<string, unknown> | undefined): Tagged | undefined {
  const one = (name: string): string => {
    const value = Object.hasOwn(tags ?? {}, name) ? tags?.[name] : undefined;
    return Array.isArray(value) && typeof value[0] === 'string' ? value[0] : '';
  };
  const [incident, notice] = [one('incident'), one('notice').replaceAll(dot, '.')];
  const [shard, row] = [one('shard'), one('row')];
  if (!/^[0-9A-Z]{1,64}$/.test(incident) || !/^[a-z0-9._-]{1,200}$/.test(notice)) return undefined;
  if (!/^[1-9]\d{0,5}$/.test(shard) || !/^[1-9]\d{0,8}$/.test(row)) return undefined;
  return { incident, notice, shard: Number(shard), row: Number(row) };
}
