import type { GetItemInput, GetItemOutput, PutItemInput, QueryInput, QueryOutput } from '@aws-sdk/client-dynamodb';
import {
  bareNames,
  conditional,
  itemContext,
  judge,
  needs,
  type Tables,
  tableArn,
  tableOf,
} from './dynamodb/access.ts';
import { invalid, type KeyCondition, keyConditionOf } from './dynamodb/expression.ts';
import type { Table } from './dynamodb/table.ts';
import { transactWriteItems } from './dynamodb/transaction.ts';
import { AwsError, type Command, type Service } from './kernel.ts';

function getItem(tables: Tables): Command<GetItemInput, GetItemOutput> {
  return {
    parameters: ['TableName', 'Key', 'ConsistentRead'],
    needs: ({ TableName, Key }, call) =>
      needs(tables, call, { action: 'GetItem', table: TableName, context: itemContext(tables, TableName, Key, call) }),
    run({ TableName, Key }, call) {
      const table = tableOf(tables, TableName, call);
      const Item = table.read(table.keyOfExact(Key ?? {}));
      return Item ? { Item } : {};
    },
  };
}

function putItem(tables: Tables): Command<PutItemInput> {
  return {
    parameters: [...conditional, 'Item'],
    needs: ({ TableName, Item }, call) =>
      needs(tables, call, { action: 'PutItem', table: TableName, context: itemContext(tables, TableName, Item, call) }),
    run(input, call) {
      const table = tableOf(tables, input.TableName, call);
      const item = input.Item ?? {};
      const judged = judge(table, input, table.keyOf(item), item);
      if (!judged.holds) {
        const failed = new AwsError('ConditionalCheckFailedException', 400, 'The conditional request failed');
        throw judged.returnOld && judged.old ? Object.assign(failed, { Item: judged.old }) : failed;
      }
      table.write([item], call.now);
      return {};
    },
  };
}

function keyCondition(table: Table, input: QueryInput): KeyCondition {
  const index = input.IndexName;
  const keys = index === undefined ? table.shape : table.shape.indexes[index];
  if (!keys) throw invalid(`The table does not have the specified index: ${index}`);
  if (input.KeyConditionExpression === undefined)
    throw invalid('Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.');
  return keyConditionOf(input.KeyConditionExpression, input, bareNames(table), keys);
}

function query(tables: Tables): Command<QueryInput, QueryOutput> {
  return {
    parameters: [
      'TableName',
      'IndexName',
      'KeyConditionExpression',
      'ExpressionAttributeNames',
      'ExpressionAttributeValues',
      'ScanIndexForward',
      'Limit',
      'ExclusiveStartKey',
      'ConsistentRead',
    ],
    needs(input, call) {
      const table = tables.get(tableArn(input.TableName, call));
      const context = table && { 'dynamodb:LeadingKeys': [keyCondition(table, input).hash] };
      return needs(tables, call, { action: 'Query', table: input.TableName, index: input.IndexName, context });
    },
    run(input, call) {
      const table = tableOf(tables, input.TableName, call);
      if (input.IndexName !== undefined && input.ConsistentRead)
        throw invalid('Consistent reads are not supported on global secondary indexes');
      if (input.Limit !== undefined && !(Number.isInteger(input.Limit) && input.Limit >= 1))
        throw invalid(`Value '${input.Limit}' at 'limit' failed to satisfy constraint: Member must be at least 1`);
      const { items, last } = table.select({
        index: input.IndexName,
        condition: keyCondition(table, input),
        forward: input.ScanIndexForward ?? true,
        limit: input.Limit ?? Number.POSITIVE_INFINITY,
        after: input.ExclusiveStartKey,
      });
      const page = { Items: items, Count: items.length, ScannedCount: items.length };
      return last ? { ...page, LastEvaluatedKey: last } : page;
    },
  };
}

/**
 * Service `DynamoDB` over the given tables (by ARN). UpdateItem, DeleteItem and Scan are absent on purpose: no role may delete
 * a record, and updates are whole conditional puts.
 */
export function dynamodb(tables: Tables): Service {
  return {
    GetItem: getItem(tables),
    PutItem: putItem(tables),
    Query: query(tables),
    TransactWriteItems: transactWriteItems(tables),
  };
}
