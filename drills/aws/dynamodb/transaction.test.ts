import {
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { put, TableName, tableStage } from '../sampleStack.ts';

const fresh = { ConditionExpression: 'attribute_not_exists(pk)' };

describe('a transaction', () => {
  const Key = marshall({ pk: 'A', sk: 'HEAD' });
  const member = (item: object, more: object = {}): TransactWriteItem => ({
    Put: { TableName, Item: marshall(item), ...more },
  });
  const transact = (TransactItems: TransactWriteItem[], ClientRequestToken?: string) =>
    new TransactWriteItemsCommand({ TransactItems, ClientRequestToken });

  it('names the reason of every member when one condition fails', async () => {
    const { client, table } = tableStage();
    await client.send(put({ pk: 'A', sk: 'HEAD', rev: 1 }));
    const before = table.snapshot();
    const check = { ConditionCheck: { TableName, Key, ConditionExpression: 'attribute_exists(pk)' } };
    const stale = member({ pk: 'A', sk: 'T#1' }, { ...fresh });
    const clash = member({ pk: 'B', sk: 'T#1' }, { ConditionExpression: 'attribute_exists(pk)' });
    const error = await client.send(transact([check, stale, clash])).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TransactionCanceledException);
    expect((error as TransactionCanceledException).CancellationReasons?.map((reason) => reason.Code)).toEqual([
      'None',
      'None',
      'ConditionalCheckFailed',
    ]);
    expect(table.snapshot()).toEqual(before);
  });

  it('changes all or nothing, whatever its members', async () => {
    const row = fc.record({ sk: fc.constantFrom('a', 'b', 'c', 'd'), rev: fc.integer({ min: 0, max: 2 }) });
    const rows = fc.uniqueArray(row, { selector: ({ sk }) => sk, minLength: 1 });
    const conditioned = fc.uniqueArray(fc.tuple(row, fc.constantFrom('none', 'fresh', 'exists', 'rev', 'check')), {
      selector: ([{ sk }]) => sk,
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(rows, conditioned, async (stored, members) => {
        const { client, table } = tableStage();
        for (const item of stored) await client.send(put({ pk: 'A', ...item }));
        const model = new Map(stored.map((item) => [item.sk, item.rev]));
        const holds = members.map(([{ sk, rev }, kind]) => {
          if (kind === 'fresh') return !model.has(sk);
          if (kind === 'rev') return model.get(sk) === rev;
          return kind === 'none' || model.has(sk);
        });
        const items = members.map(([{ sk, rev }, kind]) => {
          const exists = { ConditionExpression: 'attribute_exists(pk)' };
          if (kind === 'check') return { ConditionCheck: { TableName, Key: marshall({ pk: 'A', sk }), ...exists } };
          const equal = { ConditionExpression: 'rev = :r', ExpressionAttributeValues: marshall({ ':r': rev }) };
          const condition = { none: {}, fresh, exists, rev: equal }[kind] ?? {};
          return member({ pk: 'A', sk, rev: 9 }, condition);
        });
        const sent = await client.send(transact(items)).then(
          () => true,
          (error: Error) => error.name,
        );
        const all = holds.every(Boolean);
        expect(sent).toBe(all || 'TransactionCanceledException');
        if (all) for (const [{ sk }, kind] of members) if (kind !== 'check') model.set(sk, 9);
        const after = table.snapshot().map((item) => unmarshall(item));
        expect(after).toEqual([...model].sort().map(([sk, rev]) => ({ pk: 'A', sk, rev })));
      }),
      { numRuns: 100 },
    );
  });

  it('refuses the same item twice, more than 100 members and none', async () => {
    const { client, table } = tableStage();
    const twice = [
      member({ pk: 'A', sk: 'HEAD' }),
      { ConditionCheck: { TableName, Key, ConditionExpression: 'attribute_exists(pk)' } },
    ];
    await expect(client.send(transact(twice))).rejects.toThrow('cannot include multiple operations on one item');
    const many = Array.from({ length: 101 }, (_, n) => member({ pk: 'A', sk: `${n}` }));
    await expect(client.send(transact(many))).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(client.send(transact([]))).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(client.send(transact([member({ pk: 'A', sk: 'B', text: 'x'.repeat(400 * 1024) })]))).rejects.toThrow(
      'Item size',
    );
    expect(table.snapshot()).toEqual([]);
    await client.send(transact(many.slice(1)));
    expect(table.snapshot()).toHaveLength(100);
  });

  it('happens once under one client request token, for ten minutes', async () => {
    const { client, clock } = tableStage();
    const first = [member({ pk: 'A', sk: 'HEAD' }, fresh)];
    await client.send(transact(first, 'token'));
    await client.send(transact(first, 'token'));
    await expect(client.send(transact([member({ pk: 'B', sk: 'HEAD' }, fresh)], 'token'))).rejects.toMatchObject({
      name: 'IdempotentParameterMismatchException',
    });
    clock.now = clock.now.add({ minutes: 10 });
    await expect(client.send(transact(first, 'token'))).rejects.toMatchObject({ name: 'TransactionCanceledException' });
  });

  it('does not model Update and Delete', async () => {
    const { client } = tableStage();
    const remove = { Delete: { TableName, Key } };
    await expect(client.send(transact([remove]))).rejects.toMatchObject({ name: 'NotModelled' });
  });
});
