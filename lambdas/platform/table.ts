import {
  type AttributeValue,
  DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { Collision } from '../core/errors.ts';
import { type Platform, variable } from './platform.ts';

export interface Key {
  pk: string;
  sk: string;
}

/** A stored record with the revision that the next write must name. */
export interface Item {
  key: Key;
  rev: number;
  record: unknown;
  due?: string;
}

/** A whole record to store. `was` is the revision read before; absent = there must be none yet. `due`: when the tick looks at it. */
export interface Put {
  key: Key;
  record: object;
  was?: number;
  due?: string;
}

/** The record must still be at this revision (absent = still not there) when the transaction commits. */
export interface Check {
  key: Key;
  unchanged: number | undefined;
}

export type Write = Put | Check;

/** The one table. Whole records are put, each on condition of the revision that was read; nothing is ever deleted. */
export class Table {
  readonly #client: DynamoDBClient;
  readonly #name: string;

  constructor(platform: Platform) {
    this.#client = platform.client(DynamoDBClient);
    this.#name = variable(platform, 'TABLE');
  }

  async get(key: Key): Promise<Item | undefined> {
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#name, Key: marshall(key), ConsistentRead: true }),
    );
    return Item && toItem(Item);
  }

  /** Every record of a partition whose sort key starts so, in order. */
  async list(pk: string, prefix = ''): Promise<Item[]> {
    return this.#query({
      KeyConditionExpression: prefix ? 'pk = :pk AND begins_with(sk, :sk)' : 'pk = :pk',
      ExpressionAttributeValues: marshall(prefix ? { ':pk': pk, ':sk': prefix } : { ':pk': pk }),
      ConsistentRead: true,
    });
  }

  /** Every record whose time has come, oldest first. */
  async due(now: string): Promise<Item[]> {
    return this.#query({
      IndexName: 'due',
      KeyConditionExpression: 'duePartition = :p AND due <= :now',
      ExpressionAttributeValues: marshall({ ':p': 'due', ':now': now }),
    });
  }

  /** All or nothing. Throws Collision when any record is no longer as it was read. */
  async write(writes: Write[]): Promise<void> {
    try {
      await this.#client.send(new TransactWriteItemsCommand({ TransactItems: writes.map((w) => this.#toTransact(w)) }));
    } catch (error) {
      if (error instanceof Error && error.name === 'TransactionCanceledException') {
        const reasons = (error as { CancellationReasons?: { Code?: string }[] }).CancellationReasons ?? [];
        if (reasons.every((r) => !r.Code || ['None', 'ConditionalCheckFailed', 'TransactionConflict'].includes(r.Code)))
          throw new Collision('another writer was first');
      }
      throw error;
    }
  }

  async #query(query: {
    IndexName?: string;
    KeyConditionExpression: string;
    ExpressionAttributeValues: Record<string, AttributeValue>;
    ConsistentRead?: boolean;
  }): Promise<Item[]> {
    const items: Item[] = [];
    for await (const page of paginateQuery({ client: this.#client }, { TableName: this.#name, ...query }))
      items.push(...(page.Items ?? []).map(toItem));
    return items;
  }

  #toTransact(write: Write): TransactWriteItem {
    const expected = 'record' in write ? write.was : write.unchanged;
    const condition = {
      TableName: this.#name,
      ConditionExpression: expected === undefined ? 'attribute_not_exists(pk)' : 'rev = :rev',
      ...(expected === undefined ? {} : { ExpressionAttributeValues: marshall({ ':rev': expected }) }),
    };
    if (!('record' in write)) return { ConditionCheck: { ...condition, Key: marshall(write.key) } };
    const due = write.due ? { duePartition: 'due', due: write.due } : {};
    const item = { ...write.key, rev: (write.was ?? 0) + 1, record: write.record, ...due };
    return { Put: { ...condition, Item: marshall(item, { removeUndefinedValues: true }) } };
  }
}

function toItem(attributes: Record<string, AttributeValue>): Item {
  const { pk, sk, rev, record, due } = unmarshall(attributes) as Key & { rev: number; record: unknown; due?: string };
  return { key: { pk, sk }, rev, record, ...(due ? { due } : {}) };
}
