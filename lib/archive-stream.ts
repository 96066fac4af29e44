import { Duration } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventSourceMapping, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import type { CustomerKey } from './customer-key.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { DeclaredFunction } from './declared-function.ts';

export interface ArchiveStreamProps {
  table: Table;
  key: CustomerKey;
  archive: DeclaredFunction;
  deadLetters: DeadLetters;
  alarms: Alarms;
}

/** Promise: every timeline and custody entry reaches the archive function, in order, or a person hears that it did not. */
export class ArchiveStream extends Construct {
  constructor(scope: Construct, id: string, { table, key, archive, deadLetters, alarms }: ArchiveStreamProps) {
    super(scope, id);
    const stream = table.tableStreamArn;
    if (!stream) throw new Error('the records table has no stream: nothing would reach the vault');
    new EventSourceMapping(this, 'ToArchive', {
      target: archive.lambda,
      eventSourceArn: stream,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      bisectBatchOnError: true,
      retryAttempts: 20,
      onFailure: new SqsDlq(deadLetters.queue),
      filters: [
        {
          pattern: JSON.stringify({
            dynamodb: { Keys: { sk: { S: [{ prefix: 'TIMELINE#' }, { prefix: 'CUSTODY#' }] } } },
          }),
        },
      ],
    });
    archive.allow(
      {
        actions: [
          'dynamodb:DescribeStream',
          'dynamodb:GetRecords',
          'dynamodb:GetShardIterator',
          'dynamodb:ListStreams',
        ],
        resources: [stream],
      },
      key.through(['dynamodb'], ['kms:Decrypt']),
    );
    alarms.raise('archive-behind', {
      heading: 'The archive is behind',
      says: 'A timeline or custody entry has waited ten minutes for the vault.',
      metric: archive.lambda.metric('IteratorAge', { period: Duration.minutes(1), statistic: 'Maximum' }),
      threshold: Duration.minutes(10).toMilliseconds(),
    });
  }
}
