import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Settings } from '../lambdas/core/settings.ts';
import { admitEventBridge, type DeadLetters, type QueueProps, queue } from './dead-letters.ts';
import type { DeclaredFunction } from './declared-function.ts';
import { prefix } from './names.ts';

export interface FindingsArrivalProps extends QueueProps {
  settings: Settings;
  intake: DeclaredFunction;
  deadLetters: DeadLetters;
}

/** An event pattern holds 2,048 characters (EventBridge quotas); 100 account ids leave room for the rest. */
const accountsPerRule = 100;

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
    const accounts = ourAccounts(props.settings);
    for (let n = 0; n * accountsPerRule < accounts.length; n++)
      this.#rule(n, accounts.slice(n * accountsPerRule, (n + 1) * accountsPerRule), findings, props);
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

  #rule(n: number, accounts: string[], findings: Queue, { deadLetters, alarms }: FindingsArrivalProps): void {
    const suffix = n === 0 ? '' : `-${n + 1}`;
    new CfnRule(this, `Rule${suffix}`, {
      name: `${prefix}-findings${suffix}`,
      description: 'Findings about our accounts, to intake',
      state: 'ENABLED',
      eventPattern: {
        source: ['aws.guardduty', 'aws.securityhub'],
        'detail-type': [
          'GuardDuty Finding',
          'Security Hub Findings - Imported',
          'Security Hub Findings - Custom Action',
          'Findings Imported V2',
        ],
        // A bus that admits others delivers their genuine findings too: without this an outsider could start a containment.
        account: accounts,
      },
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
}

function ourAccounts({ accounts }: Settings): string[] {
  return [...new Set([accounts.response, accounts.forensic, ...accounts.members.map((member) => member.id)])];
}
