import { Duration } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { EventInvokeConfig } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { DeclaredFunction } from './declared-function.ts';
import { type Names, prefix, responseArn } from './names.ts';

export interface HeartbeatProps {
  names: Names;
  tick: DeclaredFunction;
  deadLetters: DeadLetters;
  alarms: Alarms;
}

/** Promise: the tick runs every five minutes, and its silence is as loud as its failure. */
export class Heartbeat extends Construct {
  constructor(scope: Construct, id: string, { names, tick, deadLetters, alarms }: HeartbeatProps) {
    super(scope, id);
    const name = `${prefix}-${tick.declared.name}`;
    new CfnRule(this, 'Rule', {
      name,
      description: 'The heartbeat of everything that time can break',
      state: 'ENABLED',
      scheduleExpression: 'rate(5 minutes)',
      targets: [
        {
          id: 'tick',
          arn: tick.lambda.functionArn,
          deadLetterConfig: { arn: deadLetters.queue.queueArn },
          retryPolicy: { maximumEventAgeInSeconds: 300, maximumRetryAttempts: 3 },
        },
      ],
    });
    tick.lambda.addPermission('Rule', {
      principal: new ServicePrincipal('events.amazonaws.com'),
      sourceArn: responseArn(names, 'events', `rule/${name}`),
    });
    deadLetters.admitEventBridge(name);
    // A heartbeat older than the next one is worth nothing: the next one does its work.
    new EventInvokeConfig(this, 'Retries', {
      function: tick.lambda,
      maxEventAge: Duration.minutes(5),
      retryAttempts: 1,
    });
    alarms.raise('heartbeat-stopped', {
      heading: 'The heartbeat has stopped',
      says: 'The tick has not run for fifteen minutes: clocks, escalations and checks of standing changes stand still.',
      metric: tick.lambda.metricInvocations({ period: Duration.minutes(15), statistic: 'Sum' }),
      silence: true,
    });
  }
}
