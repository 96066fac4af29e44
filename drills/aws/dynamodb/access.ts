import type { PutItemInput } from '@aws-sdk/client-dynamodb';
import { AwsError, type Call, type Need } from '../kernel.ts';
import { conditionOf, type Item, invalid } from './expression.ts';
import type { Table } from './table.ts';

export type Tables = ReadonlyMap<string, Table>;

/** What PutItem and the members of a transaction share. */
type Write = Pick<PutItemInput, (typeof conditional)[number]>;

/** One condition judged against the stored item; `put` is absent for a ConditionCheck. */
export interface Judged {
  table: Table;
  key: string;
  put?: Item;
  old: Item | undefined;
  holds: boolean;
  returnOld: boolean;
}

/** Parameters of every conditional write. */
export const conditional = [
  'TableName',
  'ConditionExpression',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'ReturnValuesOnConditionCheckFailure',
] as const;

/** TableName is a name in the caller's account and Region, or an ARN. */
export function tableArn(name: string | undefined, call: Call): string {
  if (name === undefined || name === '') throw invalid("Value null at 'tableName' failed to satisfy constraint");
  return name.startsWith('arn:') ? name : `arn:aws:dynamodb:${call.region}:${call.caller.account}:table/${name}`;
}

/** Throws ResourceNotFoundException for a table that is not deployed. */
export function tableOf(tables: Tables, name: string | undefined, call: Call): Table {
  const table = tables.get(tableArn(name, call));
  if (!table) throw new AwsError('ResourceNotFoundException', 400, 'Requested resource not found');
  return table;
}

/** Names that an expression may use without a #placeholder: none of them is a reserved word. */
export function bareNames(table: Table): string[] {
  const keys = [table.shape, ...Object.values(table.shape.indexes)].flatMap((names) => [names.hash, names.range]);
  return [...new Set([...keys, 'rev'])];
}

/**
 * The action on the table or index, and for a table under a customer managed key kms:Decrypt through DynamoDB
 * (Developer Guide, "DynamoDB encryption at rest: how it works": the table key is decrypted on behalf of the caller).
 */
export function needs(
  tables: Tables,
  call: Call,
  access: {
    action: string;
    table: string | undefined;
    index?: string | undefined;
    context?: Need['context'];
  },
): Need[] {
  const arn = tableArn(access.table, call);
  const owner = arn.split(':')[4] ?? '';
  const resource = access.index === undefined ? arn : `${arn}/index/${access.index}`;
  const own: Need = {
    action: `dynamodb:${access.action}`,
    resource,
    owner,
    ...(access.context && { context: access.context }),
  };
  const keyArn = tables.get(arn)?.shape.keyArn;
  if (keyArn === undefined) return [own];
  const context = {
    'kms:ViaService': `dynamodb.${call.region}.amazonaws.com`,
    'kms:EncryptionContext:aws:dynamodb:tableName': arn.split('/').at(-1) ?? '',
    'kms:EncryptionContext:aws:dynamodb:subscriberId': owner,
  };
  return [own, { action: 'kms:Decrypt', resource: keyArn, owner: keyArn.split(':')[4] ?? '', context }];
}

/** dynamodb:LeadingKeys and dynamodb:Attributes for a call that names `item` (a whole item or its key). */
export function itemContext(
  tables: Tables,
  name: string | undefined,
  item: Item | undefined,
  call: Call,
): Record<string, string[]> {
  const leading = item?.[tables.get(tableArn(name, call))?.shape.hash ?? '']?.S;
  return {
    'dynamodb:Attributes': Object.keys(item ?? {}),
    ...(leading !== undefined && { 'dynamodb:LeadingKeys': [leading] }),
  };
}

/** Evaluates a write's condition on the stored item. Throws ValidationException for an item that DynamoDB does not store. */
export function judge(table: Table, write: Write, key: string, put?: Item): Judged {
  if (put) table.bytesOf(put);
  const old = table.read(key);
  const holds = conditionOf(write.ConditionExpression, write, bareNames(table))(old);
  const returnOld = write.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  return { table, key, old, holds, returnOld, ...(put && { put }) };
}
