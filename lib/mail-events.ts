import { Duration } from 'aws-cdk-lib';
import { CfnRule, EventBus } from 'aws-cdk-lib/aws-events';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { ConfigurationSet, ConfigurationSetTlsPolicy, EmailSendingEvent, EventDestination } from 'aws-cdk-lib/aws-ses';
import { Construct } from 'constructs';
import { admitEventBridge, type DeadLetters, type QueueProps, queue } from './dead-letters.ts';
import type { DeclaredFunction } from './declared-function.ts';
import { prefix } from './names.ts';

export interface MailEventsProps extends QueueProps {
  hears: DeclaredFunction;
  deadLetters: DeadLetters;
}

/** Promise: what SES tells about a notice to a person waits in a queue until it is in the ledger. */
export class MailEvents extends Construct {
  constructor(scope: Construct, id: string, { names, key, alarms, hears, deadLetters }: MailEventsProps) {
    super(scope, id);
    const name = `${prefix}-mail-events`;
    const events = queue(this, name, key, {
      // six times the function's timeout (Lambda developer guide, "Using Lambda with Amazon SQS")
      visibilityTimeout: Duration.seconds(6 * hears.declared.timeoutSeconds),
      deadLetters: deadLetters.queue,
    });
    admitEventBridge(events, names, name);
    deadLetters.admitEventBridge(name);
    const set = new ConfigurationSet(this, 'Notices', {
      configurationSetName: names.noticeConfigurationSet,
      tlsPolicy: ConfigurationSetTlsPolicy.REQUIRE,
      reputationMetrics: true,
    });
    set.addEventDestination('ToBus', {
      configurationSetEventDestinationName: name,
      destination: EventDestination.eventBus(EventBus.fromEventBusName(this, 'Bus', 'default')),
      events: [
        EmailSendingEvent.SEND,
        EmailSendingEvent.DELIVERY,
        EmailSendingEvent.BOUNCE,
        EmailSendingEvent.COMPLAINT,
        EmailSendingEvent.REJECT,
        EmailSendingEvent.RENDERING_FAILURE,
      ],
    });
    new CfnRule(this, 'Rule', {
      name,
      description: 'What became of notices to people, to the ledger',
      state: 'ENABLED',
      eventPattern: {
        source: ['aws.ses'],
        account: [names.response],
        detail: { mail: { tags: { 'ses:configuration-set': [names.noticeConfigurationSet] } } },
      },
      targets: [
        {
          id: 'events',
          arn: events.queueArn,
          deadLetterConfig: { arn: deadLetters.queue.queueArn },
          retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
        },
      ],
    });
    new EventSourceMapping(this, 'ToLedger', {
      target: hears.lambda,
      eventSourceArn: events.queueArn,
      batchSize: 10,
      reportBatchItemFailures: true,
      maxConcurrency: 8,
    });
    hears.allow({
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resources: [events.queueArn],
    });
    alarms.raise('mail-events-waiting', {
      heading: 'Events of e-mails wait',
      says: 'What became of an e-mail has waited an hour for the ledger.',
      metric: events.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(5), statistic: 'Maximum' }),
      threshold: 3600,
    });
  }
}
