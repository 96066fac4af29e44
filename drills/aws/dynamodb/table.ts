import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Temporal } from 'temporal-polyfill';
import { sha256 } from '../../../lambdas/core/json.ts';
import { NotModelled } from '../kernel.ts';
import { compareText, type Item, invalid, type KeyCondition } from './expression.ts';

export interface KeyNames {
  hash: string;
  range: string;
}

export interface TableShape extends KeyNames {
  name: string;
  arn: string;
  account: string;
  region: string;
  /** global secondary indexes with projection ALL; an item without both index keys is not in the index */
  indexes: Record<string, KeyNames>;
  /** set when the table has a NEW_IMAGE stream */
  streamArn?: string;
  /** the customer managed key that encrypts the table */
  keyArn?: string;
}

/** What one Query asks; `after` is its ExclusiveStartKey. */
export interface Selection {
  index: string | undefined;
  condition: KeyCondition;
  forward: boolean;
  limit: number;
  after: Item | undefined;
}

export type StreamListener = (records: DynamoDBRecord[]) => void;

/** Service, account and table quotas in Amazon DynamoDB. */
const itemBytes = 400 * 1024;
const pageBytes = 1024 * 1024;
const hashBytes = 2048;
const rangeBytes = 1024;

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Bytes as the Developer Guide counts them ("DynamoDB item sizes and formats"). Throws NotModelled for binary and sets. */
function valueBytes(value: AttributeValue, depth = 1): number {
  const set = Object.entries(value).filter(([, content]) => content !== undefined);
  if (set.length !== 1)
    throw invalid('Supplied AttributeValue is empty or has more than one type, must contain exactly one');
  if (depth > 32) throw invalid('Nesting Levels have exceeded supported limits');
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  if (value.N !== undefined) {
    if (!/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value.N))
      throw invalid(`The parameter cannot be converted to a numeric value: ${value.N}`);
    return Math.ceil(value.N.length / 2) + 1;
  }
  if (value.L !== undefined) return value.L.reduce((sum, element) => sum + 1 + valueBytes(element, depth + 1), 3);
  if (value.M !== undefined) return Object.keys(value.M).length + 3 + membersBytes(value.M, depth + 1);
  throw new NotModelled(`an attribute of DynamoDB type ${set[0]?.[0]}`);
}

function membersBytes(members: Item, depth = 1): number {
  return Object.entries(members).reduce((sum, [name, v]) => sum + Buffer.byteLength(name) + valueBytes(v, depth), 0);
}

function textKey(item: Item, name: string, limit: number): string {
  const value = item[name];
  if (value === undefined)
    throw invalid(`One or more parameter values were invalid: Missing the key ${name} in the item`);
  if (typeof value.S !== 'string')
    throw invalid(`One or more parameter values were invalid: Type mismatch for key ${name} expected: S`);
  if (value.S === '')
    throw invalid(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`,
    );
  if (Buffer.byteLength(value.S) > limit)
    throw invalid(`One or more parameter values were invalid: Size of key ${name} has exceeded ${limit} bytes`);
  return value.S;
}

/** One table with its indexes and its stream, in memory. Reads are always consistent. */
export class Table {
  readonly shape: TableShape;
  readonly #items = new Map<string, Item>();
  readonly #listeners: StreamListener[] = [];
  readonly #undelivered: DynamoDBRecord[][] = [];
  #delivering = false;
  #sequence = 0;

  constructor(shape: TableShape) {
    this.shape = shape;
  }

  /** Identity of an item within the table. Throws ValidationException for a missing, empty, too long or non-string key. */
  keyOf(item: Item): string {
    const { hash, range } = this.shape;
    return JSON.stringify([textKey(item, hash, hashBytes), textKey(item, range, rangeBytes)]);
  }

  /** As `keyOf`, for a Key member: it may hold the two key attributes only. */
  keyOfExact(key: Item): string {
    if (Object.keys(key).length !== 2) throw invalid('The provided key element does not match the schema');
    return this.keyOf(key);
  }

  /** Bytes of a valid item. Throws ValidationException for what DynamoDB refuses to store. */
  bytesOf(item: Item): number {
    this.keyOf(item);
    for (const index of Object.values(this.shape.indexes)) {
      if (item[index.hash] !== undefined) textKey(item, index.hash, hashBytes);
      if (item[index.range] !== undefined) textKey(item, index.range, rangeBytes);
    }
    const bytes = membersBytes(item);
    if (bytes > itemBytes) throw invalid('Item size has exceeded the maximum allowed size');
    return bytes;
  }

  read(key: string): Item | undefined {
    const item = this.#items.get(key);
    return item && copy(item);
  }

  /** Stores valid items, all of one write, and puts their records on the stream. A write that changes nothing leaves no record. */
  write(items: readonly Item[], now: Temporal.Instant): void {
    const records: DynamoDBRecord[] = [];
    for (const item of items.map(copy)) {
      const key = this.keyOf(item);
      const old = this.#items.get(key);
      this.#items.set(key, item);
      if (!isDeepStrictEqual(old, item)) records.push(this.#record(item, old === undefined, now));
    }
    if (records.length > 0) this.#deliver(records);
  }

  /** One page of a query. `last` is the LastEvaluatedKey: set when the page stopped at its limit or at 1 MB. */
  select({ index, condition, forward, limit, after }: Selection): { items: Item[]; last?: Item } {
    const keys = index === undefined ? this.shape : this.shape.indexes[index];
    if (!keys) throw invalid(`The table does not have the specified index: ${index}`);
    const names = [...new Set([keys.range, this.shape.hash, this.shape.range])];
    const order = (a: Item, b: Item): number => {
      for (const name of names) {
        const by = compareText(a[name]?.S ?? '', b[name]?.S ?? '');
        if (by !== 0) return forward ? by : -by;
      }
      return 0;
    };
    const keyNames = [...new Set([keys.hash, ...names])];
    if (after && !isDeepStrictEqual(Object.keys(after).sort(), keyNames.toSorted()))
      throw invalid('The provided starting key is invalid');
    const matching = [...this.#items.values()]
      .filter((item) => item[keys.hash]?.S === condition.hash)
      .filter((item) => item[keys.range]?.S !== undefined && condition.range(item[keys.range]?.S ?? ''))
      .filter((item) => after === undefined || order(item, after) > 0)
      .sort(order);
    const page: Item[] = [];
    for (let bytes = 0; page.length < matching.length && page.length < limit && bytes < pageBytes; ) {
      const item = matching[page.length];
      if (!item) break;
      page.push(item);
      bytes += membersBytes(item);
    }
    const final = page.at(-1);
    const stopped = final !== undefined && (page.length === limit || page.length < matching.length);
    const last = stopped
      ? Object.fromEntries(keyNames.flatMap((name) => (final[name] ? [[name, final[name]]] : [])))
      : undefined;
    return { items: page.map(copy), ...(last && { last: copy(last) }) };
  }

  /** Calls `listener` with the records of every later write, in order. A write from within a listener is delivered after it. */
  subscribe(listener: StreamListener): void {
    if (this.shape.streamArn === undefined)
      throw new Error(`table '${this.shape.name}' has no stream: give it a StreamSpecification with NEW_IMAGE`);
    this.#listeners.push(listener);
  }

  /** Every item that is wanted, ordered by key. */
  snapshot(wanted: (item: Readonly<Item>) => boolean = () => true): Item[] {
    return [...this.#items.entries()]
      .filter(([, item]) => wanted(item))
      .sort(([a], [b]) => compareText(a, b))
      .map(([, item]) => copy(item));
  }

  #record(item: Item, inserted: boolean, now: Temporal.Instant): DynamoDBRecord {
    const { hash, range, region, streamArn } = this.shape;
    this.#sequence += 1;
    const SequenceNumber = String(this.#sequence).padStart(21, '0');
    const image = copy(item) as NonNullable<DynamoDBRecord['dynamodb']>['NewImage'];
    const keys = Object.fromEntries([hash, range].flatMap((name) => (image?.[name] ? [[name, image[name]]] : [])));
    return {
      eventID: sha256(`${streamArn} ${SequenceNumber}`).slice(0, 32),
      eventName: inserted ? 'INSERT' : 'MODIFY',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: region,
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(now.epochMilliseconds / 1000),
        Keys: keys,
        NewImage: image,
        SequenceNumber,
        SizeBytes: membersBytes(item),
        StreamViewType: 'NEW_IMAGE',
      },
      eventSourceARN: streamArn,
    };
  }

  #deliver(records: DynamoDBRecord[]): void {
    this.#undelivered.push(records);
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#undelivered.shift(); next; next = this.#undelivered.shift())
        for (const listener of this.#listeners) listener(copy(next));
    } finally {
      this.#delivering = false;
    }
  }
}
