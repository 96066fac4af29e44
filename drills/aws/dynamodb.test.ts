import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { account, put, region, TableName, tableStage } from './sampleStack.ts';

const fresh = { ConditionExpression: 'attribute_not_exists(pk)' };
const atRev = (rev: number) => ({
  ConditionExpression: 'attribute_not_exists(#p) OR (rev = :rev AND attribute_exists(sk))',
  ExpressionAttributeNames: { '#p': 'pk' },
  ExpressionAttributeValues: marshall({ ':rev': rev }),
});

describe('the table', () => {
  it('stores an item and reads it back, without the caller holding a reference into it', async () => {
    const { client, table } = tableStage();
    const Item = marshall({ pk: 'INCIDENT#1', sk: 'HEAD', rev: 1, nested: { list: [true, null, 'x'] } });
    await client.send(new PutItemCommand({ TableName, Item }));
    Item.sk = { S: 'changed' };
    const key = { TableName, Key: marshall({ pk: 'INCIDENT#1', sk: 'HEAD' }) };
    delete table.read(table.keyOf(key.Key))?.nested;
    const read = await client.send(new GetItemCommand(key));
    expect(unmarshall(read.Item ?? {})).toEqual({
      pk: 'INCIDENT#1',
      sk: 'HEAD',
      rev: 1,
      nested: { list: [true, null, 'x'] },
    });
    expect(
      (await client.send(new GetItemCommand({ ...key, Key: marshall({ pk: 'INCIDENT#1', sk: 'none' }) }))).Item,
    ).toBeUndefined();
  });

  it('writes under a condition only while it holds, and shows the old item on request', async () => {
    const { client, table } = tableStage();
    const item = { pk: 'A', sk: 'HEAD', rev: 1 };
    await client.send(put(item, fresh));
    const refused = client.send(put({ ...item, rev: 9 }, { ...fresh, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }));
    const error = await refused.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).toMatchObject({ name: 'ConditionalCheckFailedException', Item: marshall(item) });
    await client.send(put({ ...item, rev: 2 }, atRev(1)));
    await expect(client.send(put({ ...item, rev: 3 }, atRev(1)))).rejects.toThrow('The conditional request failed');
    expect(table.snapshot().map((i) => unmarshall(i))).toEqual([{ ...item, rev: 2 }]);
  });

  it.each([
    ['a key that is missing', { pk: 'A' }, {}],
    ['an empty key', { pk: 'A', sk: '' }, {}],
    ['a key that is no string', { pk: 'A', sk: 1 }, {}],
    ['an index key that is no string', { pk: 'A', sk: 'B', due: 5 }, {}],
    ['an item over 400 KB', { pk: 'A', sk: 'B', text: 'x'.repeat(400 * 1024) }, {}],
    ['a placeholder that is not defined', { pk: 'A', sk: 'B' }, { ConditionExpression: 'rev = :rev' }],
    ['a placeholder that is not used', { pk: 'A', sk: 'B' }, { ...fresh, ExpressionAttributeNames: { '#x': 'x' } }],
  ])('refuses %s as DynamoDB does', async (_what, item, more) => {
    const { client, table } = tableStage();
    await expect(client.send(put(item, more))).rejects.toMatchObject({ name: 'ValidationException' });
    expect(table.snapshot()).toEqual([]);
  });

  it('takes an item of exactly 400 KB', async () => {
    const { client } = tableStage();
    const rest = 400 * 1024 - 'pkAskBtext'.length;
    await client.send(put({ pk: 'A', sk: 'B', text: 'x'.repeat(rest) }));
    await expect(client.send(put({ pk: 'A', sk: 'B', text: 'x'.repeat(rest + 1) }))).rejects.toThrow('Item size');
  });

  it.each([
    'size(pk) > :rev',
    'NOT attribute_exists(pk)',
    'state = :rev',
    'rev <> :rev',
    'rev = :rev AND',
    'a.b = :rev',
    'rev = :rev rev',
  ])('does not guess what "%s" means', async (ConditionExpression) => {
    const { client } = tableStage();
    const more = { ConditionExpression, ExpressionAttributeValues: marshall({ ':rev': 1 }) };
    await expect(client.send(put({ pk: 'A', sk: 'B' }, more))).rejects.toMatchObject({ name: 'NotModelled' });
  });

  it('does not model what the product never does', async () => {
    const { client } = tableStage();
    await expect(client.send(new ScanCommand({ TableName }))).rejects.toMatchObject({ name: 'NotModelled' });
    const set = new PutItemCommand({ TableName, Item: { ...marshall({ pk: 'A', sk: 'B' }), tags: { SS: ['x'] } } });
    await expect(client.send(set)).rejects.toMatchObject({ name: 'NotModelled' });
  });

  it('answers nobody without the grant, the key included', async () => {
    const { aws, reader, client, table } = tableStage();
    const reading = aws.client(DynamoDBClient, { region, credentials: reader });
    await reading.send(new GetItemCommand({ TableName, Key: marshall({ pk: 'A', sk: 'B' }) }));
    await expect(reading.send(put({ pk: 'A', sk: 'B' }))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const TransactItems = [{ Put: { TableName, Item: marshall({ pk: 'A', sk: 'B' }) } }];
    await expect(reading.send(new TransactWriteItemsCommand({ TransactItems }))).rejects.toThrow('dynamodb:PutItem');
    const due = {
      TableName,
      IndexName: 'due',
      KeyConditionExpression: 'duePartition = :p',
      ExpressionAttributeValues: marshall({ ':p': 'x' }),
    };
    await expect(reading.send(new QueryCommand(due))).rejects.toThrow('/index/due');
    await client.send(new QueryCommand(due));
    expect(table.snapshot()).toEqual([]);
    await expect(
      client.send(new GetItemCommand({ TableName: 'other', Key: marshall({ pk: 'A', sk: 'B' }) })),
    ).rejects.toThrow();
  });

  it('asks for kms:Decrypt through DynamoDB on the key of the table', async () => {
    const { aws, client } = tableStage();
    const { policy } = [...aws.world.account(account).keys.values()][0] ?? {};
    const read = new GetItemCommand({ TableName, Key: marshall({ pk: 'A', sk: 'B' }) });
    await client.send(read);
    policy?.seed(policy.stored.replace('kms:*', 'kms:DescribeKey'));
    await expect(client.send(read)).rejects.toThrow('not authorized to perform: kms:Decrypt');
  });
});
