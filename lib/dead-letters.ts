import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import type { CustomerKey } from './customer-key.ts';
import { type Names, prefix, responseArn } from './names.ts';
import type { Right } from './rights.ts';

export interface QueueProps {
  names: Names;
  key: CustomerKey;
  alarms: Alarms;
}

/** Promise: what could not be delivered waits for a person for 14 days, and the person is told at once. */
export class DeadLetters extends Construct {
  readonly queue: Queue;
  readonly #names: Names;

  /** `of` names what is kept: `tourniquet-<of>-undelivered`, heading "Undelivered: <of>" of the runbook. */
  constructor(scope: Construct, id: string, { names, key, alarms, of }: QueueProps & { of: string }) {
    super(scope, id);
    this.#names = names;
    this.queue = queue(this, `${prefix}-${of}-undelivered`, key, {});
    alarms.raise(`undelivered-${of}`, {
      heading: `Undelivered: ${of}`,
      says: `Something for ${of} could not be delivered and waits in ${prefix}-${of}-undelivered.`,
      metric: this.queue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: 'Maximum',
      }),
    });
  }

  /** A function's role puts its own failed events here. */
  take(): Right {
    return { actions: ['sqs:SendMessage'], resources: [this.queue.queueArn] };
  }

  /** EventBridge puts here what it could not deliver. */
  admitEventBridge(rule: string): void {
    admitEventBridge(this.queue, this.#names, rule);
  }
}

/** A queue under the customer's key that takes and gives messages over TLS only. */
export function queue(
  scope: Construct,
  name: string,
  key: CustomerKey,
  props: { visibilityTimeout?: Duration; deadLetters?: Queue; maxReceiveCount?: number },
): Queue {
  const made = new Queue(scope, 'Queue', {
    queueName: name,
    encryption: QueueEncryption.KMS,
    encryptionMasterKey: key.key,
    retentionPeriod: Duration.days(14),
    removalPolicy: RemovalPolicy.RETAIN,
    visibilityTimeout: props.visibilityTimeout,
    deadLetterQueue: props.deadLetters && { queue: props.deadLetters, maxReceiveCount: props.maxReceiveCount ?? 5 },
  });
  made.addToResourcePolicy(
    new PolicyStatement({
      sid: 'OnlyOverTls',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['sqs:*'],
      resources: [made.queueArn],
      conditions: { Bool: { 'aws:SecureTransport': 'false' } },
    }),
  );
  return made;
}

/** Lets rules of this account whose name begins so send to a queue, and nobody else's (the confused deputy). */
export function admitEventBridge(to: Queue, names: Names, rule: string): void {
  to.addToResourcePolicy(
    new PolicyStatement({
      sid: 'RulesDeliver',
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [to.queueArn],
      conditions: {
        ArnLike: { 'aws:SourceArn': responseArn(names, 'events', `rule/${rule}*`) },
        StringEquals: { 'aws:SourceAccount': names.response },
      },
    }),
  );
}
