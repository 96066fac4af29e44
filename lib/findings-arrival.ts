import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Settings } from '../lambdas/core/settings.ts';
import { admitEventBridge, type DeadLetters, type QueueProps, queue } from './dead-letters.ts';
import type { DeclaredFunction } from './declared-function.ts';
import { findingsPatterns, heartbeat, ourAccounts } from './findings-pattern.ts';
import { prefix, responseArn } from './names.ts';
import { Rights } from './rights.ts';

export interface FindingsArrivalProps extends QueueProps {
  settings: Settings;
  intake: DeclaredFunction;
  deadLetters: DeadLetters;
}

/** Promise: every finding about our accounts waits in a queue until intake has recorded it, and none from elsewhere gets in. */
export class FindingsArrival extends Construct {
  constructor(scope: Construct, id: string, props: FindingsArrivalProps) {
    super(scope, id);
    const { names, intake, deadLetters } = props;
    const timeout = intake.declared.timeoutSeconds;
    const findings = queue(this, `${prefix}-findings`, props.key, {
      // six times the function's timeout (Lambda developer guide, "Using Lambda with Amazon SQS")
      visibilityTimeout: Duration.seconds(6 * timeout),
      deadLetters: deadLetters.queue,
    });
    admitEventBridge(findings, names, `${prefix}-findings`);
    deadLetters.admitEventBridge(`${prefix}-findings`);
    for (const { suffix, pattern } of findingsPatterns(ourAccounts(props.settings)))
      this.#rule(suffix, pattern, findings, props);
    this.#beat(props);
    new EventSourceMapping(this, 'ToIntake', {
      target: intake.lambda,
      eventSourceArn: findings.queueArn,
      batchSize: 10,
      reportBatchItemFailures: true,
      maxConcurrency: 8,
    });
    intake.allow({
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resources: [findings.queueArn],
    });
    props.alarms.raise('findings-waiting', {
      heading: 'Findings wait',
      says: 'A finding has waited five minutes for intake.',
      metric: findings.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: 'Maximum' }),
      threshold: 300,
    });
  }

  #rule(suffix: string, eventPattern: object, findings: Queue, { deadLetters, alarms }: FindingsArrivalProps): void {
    new CfnRule(this, `Rule${suffix}`, {
      name: `${prefix}-findings${suffix}`,
      description: 'Findings about our accounts, to intake',
      state: 'ENABLED',
      eventPattern,
      targets: [
        {
          id: 'findings',
          arn: findings.queueArn,
          deadLetterConfig: { arn: deadLetters.queue.queueArn },
          retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
        },
      ],
    });
    alarms.raise(`findings-rule${suffix}-failed`, {
      heading: 'Findings do not reach the queue',
      says: `The rule ${prefix}-findings${suffix} could not deliver a finding.`,
      metric: new Metric({
        namespace: 'AWS/Events',
        metricName: 'FailedInvocations',
        dimensionsMap: { RuleName: `${prefix}-findings${suffix}` },
        period: Duration.minutes(1),
        statistic: 'Sum',
      }),
    });
  }

  /** Its metric is counted by intake alone: what is late may be the schedule, the bus, a rule, the queue or intake itself. */
  #beat({ names, alarms }: FindingsArrivalProps): void {
    const bus = responseArn(names, 'events', 'event-bus/default');
    const name = `${prefix}-heartbeat`;
    const role = new Role(this, 'Heartbeat', {
      roleName: name,
      description: 'Puts the heartbeat on the bus that findings come by',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com').withConditions({
        StringEquals: { 'aws:SourceAccount': names.response },
      }),
      managedPolicies: [
        new Rights(this, 'HeartbeatRights', {
          name,
          description: 'Puts the heartbeat on the bus that findings come by',
          rights: [
            {
              actions: ['events:PutEvents'],
              resources: [bus],
              conditions: { StringEquals: { 'events:source': heartbeat.source } },
            },
          ],
        }),
      ],
    });
    new CfnSchedule(this, 'Beat', {
      name,
      description: 'A heartbeat on the way of the findings',
      scheduleExpression: 'rate(5 minutes)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: bus,
        roleArn: role.roleArn,
        input: '{}',
        eventBridgeParameters: { source: heartbeat.source, detailType: heartbeat.detailType },
        // the next one does its work
        retryPolicy: { maximumEventAgeInSeconds: 300, maximumRetryAttempts: 3 },
      },
    });
    alarms.raise('findings-way-closed', {
      heading: 'No heartbeat of the findings',
      says: 'No heartbeat has come through bus, rule, queue and intake for fifteen minutes: findings may not come through either.',
      metric: new Metric({
        namespace: 'Tourniquet',
        metricName: 'HeartbeatSeen',
        dimensionsMap: { service: prefix },
        period: Duration.minutes(15),
        statistic: 'Sum',
      }),
      silence: true,
    });
  }
}
