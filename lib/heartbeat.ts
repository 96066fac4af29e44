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
  woken: DeclaredFunction;
  deadLetters: DeadLetters;
  alarms: Alarms;
}

/** How often a function runs, how long a run that did not come about is worth making up for, and when its silence is heard. */
interface Rhythm {
  expression: string;
  description: string;
  worth: Duration;
  silence: { alarm: string; heading: string; says: string; period: Duration };
}

function rhythmOf(name: string, daily: string | undefined): Rhythm {
  if (daily === undefined)
    return {
      expression: 'rate(5 minutes)',
      description: 'The heartbeat of everything that time can break',
      // A heartbeat older than the next one is worth nothing: the next one does its work.
      worth: Duration.minutes(5),
      silence: {
        alarm: 'heartbeat-stopped',
        heading: 'The heartbeat has stopped',
        says: 'The tick has not run for fifteen minutes: clocks, escalations and checks of standing changes stand still.',
        period: Duration.minutes(15),
      },
    };
  return {
    expression: daily,
    description: `Wakes ${prefix}-${name} once a day`,
    worth: Duration.hours(6),
    silence: {
      alarm: `${name}-stopped`,
      heading: 'A daily run has stopped',
      says: `${prefix}-${name} has not run for a day.`,
      period: Duration.days(1),
    },
  };
}

/** Promise: a function runs when it should, every five minutes or once a day, and its silence is as loud as its failure. */
export class Heartbeat extends Construct {
  constructor(scope: Construct, id: string, { names, woken, deadLetters, alarms }: HeartbeatProps) {
    super(scope, id);
    const name = `${prefix}-${woken.declared.name}`;
    const { expression, description, worth, silence } = rhythmOf(woken.declared.name, woken.declared.schedule);
    new CfnRule(this, 'Rule', {
      name,
      description,
      state: 'ENABLED',
      scheduleExpression: expression,
      targets: [
        {
          id: woken.declared.name,
          arn: woken.lambda.functionArn,
          deadLetterConfig: { arn: deadLetters.queue.queueArn },
          retryPolicy: { maximumEventAgeInSeconds: worth.toSeconds(), maximumRetryAttempts: 3 },
        },
      ],
    });
    woken.lambda.addPermission('Rule', {
      principal: new ServicePrincipal('events.amazonaws.com'),
      sourceArn: responseArn(names, 'events', `rule/${name}`),
    });
    deadLetters.admitEventBridge(name);
    new EventInvokeConfig(this, 'Retries', { function: woken.lambda, maxEventAge: worth, retryAttempts: 1 });
    alarms.raise(silence.alarm, {
      heading: silence.heading,
      says: silence.says,
      metric: woken.lambda.metricInvocations({ period: silence.period, statistic: 'Sum' }),
      silence: true,
    });
  }
}
