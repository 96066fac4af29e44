import type { ConditionCheck, Put, TransactWriteItem, TransactWriteItemsInput } from '@aws-sdk/client-dynamodb';
import type { Temporal } from 'temporal-polyfill';
import { hashOf } from '../../../lambdas/core/json.ts';
import { AwsError, type Call, type Command, NotModelled } from '../kernel.ts';
import { onlyModelled } from '../modelled.ts';
import { conditional, itemContext, type Judged, judge, needs, type Tables, tableOf } from './access.ts';
import { invalid } from './expression.ts';

const transactionBytes = 4 * 1024 * 1024;
/** TransactWriteItems reference: a client request token is valid for 10 minutes. */
const tokenMinutes = 10;

/** The one operation of a transaction member, with its parameters checked. */
function operationOf(
  member: TransactWriteItem,
): { action: 'PutItem'; write: Put } | { action: 'ConditionCheckItem'; write: ConditionCheck } {
  const set = Object.entries(member).filter(([, operation]) => operation !== undefined);
  onlyModelled(member, ['Put', 'ConditionCheck'], 'TransactWriteItems.TransactItems');
  if (set.length !== 1) throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
  if (member.Put) {
    onlyModelled(member.Put, [...conditional, 'Item'], 'TransactWriteItems.Put');
    return { action: 'PutItem', write: member.Put };
  }
  if (!member.ConditionCheck) throw new NotModelled('a transaction member without operation');
  onlyModelled(member.ConditionCheck, [...conditional, 'Key'], 'TransactWriteItems.ConditionCheck');
  if (member.ConditionCheck.ConditionExpression === undefined)
    throw invalid("Value null at 'conditionExpression' failed to satisfy constraint: Member must not be null");
  return { action: 'ConditionCheckItem', write: member.ConditionCheck };
}

function judgeAll(tables: Tables, members: readonly TransactWriteItem[], call: Call): Judged[] {
  if (members.length < 1 || members.length > 100)
    throw invalid("Value at 'transactItems' failed to satisfy constraint: Member must have length between 1 and 100");
  const judged = members.map(operationOf).map((operation) => {
    const table = tableOf(tables, operation.write.TableName, call);
    if (operation.action === 'ConditionCheckItem')
      return judge(table, operation.write, table.keyOfExact(operation.write.Key ?? {}));
    const item = operation.write.Item ?? {};
    return judge(table, operation.write, table.keyOf(item), item);
  });
  const touched = new Set(judged.map(({ table, key }) => `${table.shape.arn} ${key}`));
  if (touched.size < judged.length) throw invalid('Transaction request cannot include multiple operations on one item');
  const bytes = judged.reduce((sum, { table, put }) => sum + (put ? table.bytesOf(put) : 0), 0);
  if (bytes > transactionBytes) throw invalid('Transaction payload size limit exceeded: 4 MB');
  return judged;
}

function cancelled(judged: readonly Judged[]): AwsError {
  const CancellationReasons = judged.map(({ holds, returnOld, old }) =>
    holds
      ? { Code: 'None' }
      : {
          Code: 'ConditionalCheckFailed',
          Message: 'The conditional request failed',
          ...(returnOld && old && { Item: old }),
        },
  );
  const codes = CancellationReasons.map(({ Code }) => Code).join(', ');
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
  return Object.assign(new AwsError('TransactionCanceledException', 400, message), { CancellationReasons });
}

/** TransactWriteItems: all or nothing over up to 100 different items; Put and ConditionCheck only. */
export function transactWriteItems(tables: Tables): Command<TransactWriteItemsInput> {
  const done = new Map<string, { request: string; until: Temporal.Instant }>();
  return {
    parameters: ['TransactItems', 'ClientRequestToken'],
    needs: ({ TransactItems }, call) =>
      (TransactItems ?? []).map(operationOf).flatMap(({ action, write }) => {
        const item = 'Item' in write ? write.Item : 'Key' in write ? write.Key : undefined;
        const context = {
          ...itemContext(tables, write.TableName, item, call),
          'dynamodb:EnclosingOperation': 'TransactWriteItems',
        };
        return needs(tables, call, { action, table: write.TableName, context });
      }),
    run({ TransactItems, ClientRequestToken }, call) {
      const token = ClientRequestToken && `${call.caller.account} ${call.region} ${ClientRequestToken}`;
      if (ClientRequestToken !== undefined && (ClientRequestToken.length < 1 || ClientRequestToken.length > 36))
        throw invalid("Value at 'clientRequestToken' failed to satisfy constraint: 1 to 36 characters");
      const request = hashOf(JSON.parse(JSON.stringify(TransactItems ?? [])));
      const earlier = token ? done.get(token) : undefined;
      if (earlier && call.now.epochMilliseconds < earlier.until.epochMilliseconds) {
        if (earlier.request === request) return {};
        throw new AwsError(
          'IdempotentParameterMismatchException',
          400,
          'DynamoDB rejected the request because you retried a request with a different payload but with an idempotent token that was already used.',
        );
      }
      const judged = judgeAll(tables, TransactItems ?? [], call);
      if (judged.some(({ holds }) => !holds)) throw cancelled(judged);
      for (const table of new Set(judged.map((j) => j.table)))
        table.write(
          judged.flatMap((j) => (j.table === table && j.put ? [j.put] : [])),
          call.now,
        );
      if (token) done.set(token, { request, until: call.now.add({ minutes: tokenMinutes }) });
      return {};
    },
  };
}
