import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { acknowledge } from './rights.ts';

/** Promise: records are added and never taken away. No principal of any account may delete or update an item, nor the table. */
export class RecordsTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, props: { name: string; key: IKey }) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      tableName: props.name,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: props.key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      stream: StreamViewType.NEW_IMAGE,
      resourcePolicy: onlyAdd(),
    });
    this.table.addGlobalSecondaryIndex({
      indexName: 'due',
      partitionKey: { name: 'duePartition', type: AttributeType.STRING },
      sortKey: { name: 'due', type: AttributeType.STRING },
      projectionType: ProjectionType.ALL,
    });
    acknowledge(
      this.table,
      'HIPAA.Security-DynamoDBInBackupPlan',
      'Point-in-time recovery covers 35 days; nobody may delete or update an item, and every timeline and custody entry is streamed into the vault, under Object Lock in another account, for the whole retention.',
    );
  }
}

/** PutItem on an existing key replaces it: writers use conditions for that. What needs no condition is denied here, to administrators too. */
function onlyAdd(): PolicyDocument {
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        sid: 'NothingIsTakenAway',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: [
          'dynamodb:DeleteItem',
          'dynamodb:UpdateItem',
          'dynamodb:BatchWriteItem',
          'dynamodb:PartiQLDelete',
          'dynamodb:PartiQLUpdate',
          'dynamodb:DeleteTable',
        ],
        resources: ['*'],
      }),
    ],
  });
}
