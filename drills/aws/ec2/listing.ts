import type { Filter } from '@aws-sdk/client-ec2';
import { AwsError, type Call, NotModelled } from '../kernel.ts';

/** Reads one filter's values from an item: [] where it has none. */
export type FilterReaders<T> = Record<string, (item: T) => (string | undefined)[]>;

/** Filters are ANDed, the values of one ORed. Does not model wildcards. `tag:<key>` works for whatever has tags. */
export function filtered<T extends { tags?: Record<string, string> }>(
  items: readonly T[],
  filters: readonly Filter[] | undefined,
  readers: FilterReaders<T>,
): T[] {
  const asked = (filters ?? []).map(({ Name = '', Values = [] }) => {
    const tag = /^tag:(.+)$/.exec(Name)?.[1];
    const read = tag === undefined ? readers[Name] : ({ tags }: T) => [tags?.[tag]];
    if (!read) throw new NotModelled(`the simulated AWS does not model the filter ${Name}`);
    if (Values.some((value) => /[*?]/.test(value)))
      throw new NotModelled(`the simulated AWS does not model wildcards in the filter ${Name}`);
    return { read, Values };
  });
  return items.filter((item) =>
    asked.every(({ read, Values }) => read(item).some((value) => value !== undefined && Values.includes(value))),
  );
}

/** One page, and the token of the next. */
export function page<T extends { id: string }>(
  items: readonly T[],
  { MaxResults = 1000, NextToken }: { MaxResults?: number | undefined; NextToken?: string | undefined },
): { items: T[]; NextToken: string | undefined } {
  const start = NextToken === undefined ? 0 : items.findIndex(({ id }) => id === NextToken);
  if (start < 0) throw new AwsError('InvalidNextToken', 400, 'The token is not valid');
  return { items: items.slice(start, start + MaxResults), NextToken: items[start + MaxResults]?.id };
}

/** The Describe calls of EC2 know no resources (Service Authorization Reference). */
export const everywhere = (action: string) => (_input: unknown, call: Call) => [
  { action, resource: '*', owner: call.caller.account },
];

export const shownTags = (tags: Record<string, string>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** Condition keys of a resource: its Region, its VPC and its tags. */
export function keysOf(entity: {
  account: string;
  region: string;
  vpc?: string;
  tags: Record<string, string>;
}): Record<string, string> {
  const keys: Record<string, string> = { 'ec2:Region': entity.region };
  if (entity.vpc) keys['ec2:Vpc'] = `arn:aws:ec2:${entity.region}:${entity.account}:vpc/${entity.vpc}`;
  for (const [key, value] of Object.entries(entity.tags)) {
    keys[`aws:ResourceTag/${key}`] = value;
    keys[`ec2:ResourceTag/${key}`] = value;
  }
  return keys;
}
