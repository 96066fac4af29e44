import { type AttributeValue, paginateQuery, QueryCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { account, put, region, TableName, tableStage } from '../sampleStack.ts';

describe('a query', () => {
  async function filled() {
    const made = tableStage();
    for (const n of [3, 1, 2, 10, 5])
      await made.client.send(
        put({
          pk: 'A',
          sk: `T#${String(n).padStart(2, '0')}`,
          ...(n < 5 && { duePartition: 'due', due: `2026-11-${20 + n}` }),
        }),
      );
    await made.client.send(put({ pk: 'A', sk: 'HEAD' }));
    await made.client.send(put({ pk: 'B', sk: 'T#01', duePartition: 'due', due: '2026-11-22' }));
    return made;
  }
  const sks = (items: Record<string, AttributeValue>[] | undefined) => items?.map((item) => item.sk?.S);
  const where = (condition: string, values: object) => ({
    TableName,
    KeyConditionExpression: condition,
    ExpressionAttributeNames: { '#pk': 'pk' },
    ExpressionAttributeValues: marshall(values),
  });

  it.each([
    ['#pk = :x', {}, ['HEAD', 'T#01', 'T#02', 'T#03', 'T#05', 'T#10']],
    ['#pk = :x AND begins_with(sk, :y)', { ':y': 'T#0' }, ['T#01', 'T#02', 'T#03', 'T#05']],
    ['#pk = :x AND sk BETWEEN :y AND :z', { ':y': 'T#02', ':z': 'T#05' }, ['T#02', 'T#03', 'T#05']],
    ['#pk = :x AND sk <= :y', { ':y': 'T#01' }, ['HEAD', 'T#01']],
    ['#pk = :x AND sk < :y', { ':y': 'T#01' }, ['HEAD']],
    ['#pk = :x and sk > :y', { ':y': 'T#05' }, ['T#10']],
    ['#pk = :x AND sk >= :y', { ':y': 'T#05' }, ['T#05', 'T#10']],
    ['#pk = :x AND sk = :y', { ':y': 'T#05' }, ['T#05']],
  ])('%s gives the matching items in key order', async (condition, values, expected) => {
    const { client } = await filled();
    const query = where(condition, { ':x': 'A', ...values });
    expect(sks((await client.send(new QueryCommand(query))).Items)).toEqual(expected);
    const backward = await client.send(new QueryCommand({ ...query, ScanIndexForward: false, ConsistentRead: true }));
    expect(sks(backward.Items)).toEqual(expected.toReversed());
  });

  it('finds in a sparse index only the items that have its keys', async () => {
    const { client } = await filled();
    const query = {
      TableName,
      IndexName: 'due',
      KeyConditionExpression: 'duePartition = :p AND due <= :until',
      ExpressionAttributeValues: marshall({ ':p': 'due', ':until': '2026-11-22' }),
    };
    expect(sks((await client.send(new QueryCommand(query))).Items)).toEqual(['T#01', 'T#02', 'T#01']);
    await client.send(put({ pk: 'A', sk: 'T#01' }));
    await client.send(put({ pk: 'A', sk: 'T#00', duePartition: 'due' }));
    expect(sks((await client.send(new QueryCommand(query))).Items)).toEqual(['T#02', 'T#01']);
    const all = {
      ...query,
      KeyConditionExpression: 'duePartition = :p',
      ExpressionAttributeValues: marshall({ ':p': 'due' }),
    };
    expect(sks((await client.send(new QueryCommand(all))).Items)).toEqual(['T#02', 'T#01', 'T#03']);
    await expect(client.send(new QueryCommand({ ...query, ConsistentRead: true }))).rejects.toThrow('Consistent reads');
  });

  it('gives the same items in pages of any size, through the paginator of the SDK', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          fc.record({
            sk: fc.string({ minLength: 1, maxLength: 5, unit: 'binary' }),
            due: fc.constantFrom('a', 'b', 'c'),
          }),
          {
            selector: ({ sk }) => sk,
            maxLength: 12,
          },
        ),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        fc.constantFrom(undefined, 'due'),
        async (rows, Limit, ScanIndexForward, IndexName) => {
          const { client } = tableStage();
          for (const row of rows) await client.send(put({ pk: 'A', duePartition: 'A', ...row }));
          const KeyConditionExpression = `${IndexName ? 'duePartition' : 'pk'} = :x`;
          const query = {
            TableName,
            IndexName,
            KeyConditionExpression,
            ScanIndexForward,
            ExpressionAttributeValues: marshall({ ':x': 'A' }),
          };
          const whole = (await client.send(new QueryCommand(query))).Items ?? [];
          const paged = [];
          for await (const page of paginateQuery({ client }, { ...query, Limit })) {
            expect(page.Items?.length).toBeLessThanOrEqual(Limit);
            paged.push(...(page.Items ?? []));
            expect(paged.length).toBeLessThanOrEqual(whole.length);
          }
          expect(paged).toEqual(whole);
          expect(whole.length).toBe(rows.length);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('ends a page at one megabyte', async () => {
    const { client } = tableStage();
    for (let n = 0; n < 4; n++) await client.send(put({ pk: 'A', sk: `${n}`, text: 'x'.repeat(390_000) }));
    const first = await client.send(new QueryCommand(where('#pk = :x', { ':x': 'A' })));
    expect(sks(first.Items)).toEqual(['0', '1', '2']);
    expect(first.LastEvaluatedKey).toEqual(marshall({ pk: 'A', sk: '2' }));
  });
});

describe('the stream', () => {
  it('shows every change in order, one batch per write, and nothing for a write that changes nothing', async () => {
    const { client, table } = tableStage();
    const batches: DynamoDBRecord[][] = [];
    table.subscribe((records) => batches.push(records));
    await client.send(put({ pk: 'A', sk: '1', rev: 1 }));
    await client.send(put({ pk: 'A', sk: '1', rev: 1 }));
    const Item = (sk: string) => marshall({ pk: 'A', sk, rev: 2 });
    await client.send(
      new TransactWriteItemsCommand({
        TransactItems: ['1', '2'].map((sk) => ({ Put: { TableName, Item: Item(sk) } })),
      }),
    );
    await client
      .send(put({ pk: 'A', sk: '3' }, { ConditionExpression: 'attribute_exists(pk)' }))
      .catch(() => undefined);
    expect(
      batches.map((batch) =>
        batch.map((r) => [r.eventName, r.dynamodb?.NewImage?.sk?.S, r.dynamodb?.NewImage?.rev?.N]),
      ),
    ).toEqual([
      [['INSERT', '1', '1']],
      [
        ['MODIFY', '1', '2'],
        ['INSERT', '2', '2'],
      ],
    ]);
    const sequence = batches.flat().map((record) => record.dynamodb?.SequenceNumber ?? '');
    expect(sequence).toEqual([...new Set(sequence)].sort());
    expect(batches[0]?.[0]).toMatchObject({
      eventSource: 'aws:dynamodb',
      eventSourceARN: `arn:aws:dynamodb:${region}:${account}:table/incidents/stream/2026-01-01T00:00:00.000`,
      dynamodb: { Keys: marshall({ pk: 'A', sk: '1' }), StreamViewType: 'NEW_IMAGE' },
    });
  });

  it('delivers a write made by a listener after the one it listens to, to all listeners', async () => {
    const { client, table, clock } = tableStage();
    const seen: string[] = [];
    table.subscribe((records) => {
      if (records[0]?.dynamodb?.NewImage?.sk?.S === '1') table.write([marshall({ pk: 'A', sk: '2' })], clock.now);
    });
    table.subscribe((records) => seen.push(...records.map((r) => r.dynamodb?.NewImage?.sk?.S ?? '')));
    await client.send(put({ pk: 'A', sk: '1' }));
    expect(seen).toEqual(['1', '2']);
  });
});
