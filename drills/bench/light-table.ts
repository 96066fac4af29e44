import { DatabaseSync } from 'node:sqlite';
import type {
  AttributeValue,
  GetItemInput,
  GetItemOutput,
  QueryInput,
  QueryOutput,
  TransactWriteItem,
  TransactWriteItemsInput,
} from '@aws-sdk/client-dynamodb';
import { AwsError, NotModelled } from '../aws/kernel.ts';

type Item = Record<string, AttributeValue>;

/** The records table, in SQLite outside the heap: a million items in memory of ours would hide what the product itself holds. */
export class LightTable {
  readonly #db = new DatabaseSync(':memory:');
  readonly #get;
  readonly #put;
  readonly #list;

  constructor() {
    this.#db.exec('CREATE TABLE items (pk TEXT, sk TEXT, rev INTEGER, item TEXT, PRIMARY KEY (pk, sk)) WITHOUT ROWID');
    this.#get = this.#db.prepare('SELECT rev, item FROM items WHERE pk = ? AND sk = ?');
    this.#put = this.#db.prepare('INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?)');
    this.#list = this.#db.prepare('SELECT item FROM items WHERE pk = ? AND sk >= ? AND sk < ? ORDER BY sk');
  }

  getItem({ Key = {} }: GetItemInput): GetItemOutput {
    const found = this.#read(Key);
    return found ? { Item: JSON.parse(found.item) } : {};
  }

  query({ KeyConditionExpression, ExpressionAttributeValues: values = {} }: QueryInput): QueryOutput {
    const conditions = ['pk = :pk', 'pk = :pk AND begins_with(sk, :sk)'];
    if (!conditions.includes(KeyConditionExpression ?? ''))
      throw new NotModelled(`the query ${KeyConditionExpression}`);
    const from = values[':sk']?.S ?? '';
    const rows = this.#list.all(values[':pk']?.S ?? '', from, `${from}\uffff`);
    return { Items: rows.map(({ item }) => JSON.parse(String(item)) as Item) };
  }

  transactWriteItems({ TransactItems = [] }: TransactWriteItemsInput): object {
    if (TransactItems.length > 100) throw new NotModelled(`a transaction of ${TransactItems.length} items`);
    const reasons = TransactItems.map((member) => ({ Code: this.#holds(member) ? 'None' : 'ConditionalCheckFailed' }));
    if (reasons.some(({ Code }) => Code !== 'None'))
      throw Object.assign(new AwsError('TransactionCanceledException', 400, 'cancelled'), {
        CancellationReasons: reasons,
      });
    this.#db.exec('BEGIN');
    for (const { Put } of TransactItems) {
      const { pk, sk, rev } = Put?.Item ?? {};
      this.#put.run(pk?.S ?? '', sk?.S ?? '', Number(rev?.N), JSON.stringify(Put?.Item));
    }
    this.#db.exec('COMMIT');
    return {};
  }

  /** Every item whose partition begins so, one at a time. */
  *items(prefix: string): Generator<Item> {
    const all = this.#db.prepare('SELECT item FROM items WHERE pk >= ? AND pk < ?').iterate(prefix, `${prefix}\uffff`);
    for (const { item } of all) yield JSON.parse(String(item)) as Item;
  }

  /** All that is stored, as one text, for a search. */
  text(): string {
    return this.#db
      .prepare('SELECT pk, sk, item FROM items')
      .all()
      .map((row) => JSON.stringify(row))
      .join('\n');
  }

  #read({ pk, sk }: Item): { rev: number; item: string } | undefined {
    const row = this.#get.get(pk?.S ?? '', sk?.S ?? '');
    return row && { rev: Number(row.rev), item: String(row.item) };
  }

  #holds({ Put }: TransactWriteItem): boolean {
    if (!Put) throw new NotModelled('a transaction member that is no Put');
    const old = this.#read(Put.Item ?? {});
    if (Put.ConditionExpression === 'attribute_not_exists(pk)') return old === undefined;
    if (Put.ConditionExpression === 'rev = :rev')
      return old?.rev === Number(Put.ExpressionAttributeValues?.[':rev']?.N);
    throw new NotModelled(`the condition ${Put.ConditionExpression}`);
  }
}
