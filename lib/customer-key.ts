import { RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { type Names, prefix, responseArn } from './names.ts';
import type { Right } from './rights.ts';

/** Promise: everything that rests in the response account rests under one key of the customer, and only through the services named here. */
export class CustomerKey extends Construct {
  readonly key: Key;
  readonly #names: Names;

  constructor(scope: Construct, id: string, names: Names) {
    super(scope, id);
    this.#names = names;
    this.key = new Key(this, 'Key', {
      alias: `alias/${prefix}-response`,
      description: 'Tourniquet: records, cases, queues, pages and logs of the response account',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.#admitLogs();
    // An encrypted queue or topic takes nothing from a service that may not make a data key (SQS and SNS developer guides,
    // "Key management"). Whose events and alarms is decided by the policies of the queues and the topic, which name our rules
    // and our account: the SNS guide says that source conditions in a key policy do not work for every sender.
    this.#admitSender('events.amazonaws.com', 'EventsToQueues');
    this.#admitSender('cloudwatch.amazonaws.com', 'AlarmsToTopic');
  }

  /** Use of the key by a role of this account, only through the given services. */
  through(services: string[], actions = ['kms:Decrypt', 'kms:GenerateDataKey']): Right {
    return {
      actions,
      resources: [this.key.keyArn],
      conditions: {
        StringEquals: { 'kms:ViaService': services.map((service) => `${service}.${this.#names.region}.amazonaws.com`) },
      },
    };
  }

  /** CloudWatch Logs user guide, "Encrypt log data using AWS KMS": the context binds the key to log groups of this account. */
  #admitLogs(): void {
    this.key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'LogGroups',
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal(`logs.${this.#names.region}.amazonaws.com`)],
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
        resources: ['*'],
        conditions: {
          ArnLike: { 'kms:EncryptionContext:aws:logs:arn': responseArn(this.#names, 'logs', 'log-group:*') },
        },
      }),
    );
  }

  #admitSender(service: string, sid: string): void {
    this.key.addToResourcePolicy(
      new PolicyStatement({
        sid,
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal(service)],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
      }),
    );
  }
}
