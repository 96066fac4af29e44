import { BootstraplessSynthesizer, Duration, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Settings } from '../lambdas/core/settings.ts';
import { Alarms } from './alarms.ts';
import { CustomerKey } from './customer-key.ts';
import { DeadLetters } from './dead-letters.ts';
import { findingsPatterns, ourAccounts } from './findings-pattern.ts';
import { namesOf, prefix, responseArn } from './names.ts';
import { alarmTopic } from './paging.ts';
import { acknowledge, Rights } from './rights.ts';

/**
 * Another Region of the response account: its findings go to the home Region's bus, and on from there as if they had been found there.
 * EventBridge forwards once: what a bus got from another account it sends to no third one (EventBridge user guide, "Sending and
 * receiving events between AWS accounts"), so findings have to arrive here as this account's own, as those of an administrator do.
 */
export class RegionStack extends Stack {
  constructor(scope: Construct, id: string, { settings, region }: { settings: Settings; region: string }) {
    const home = namesOf(settings);
    const here = { ...home, region };
    super(scope, id, {
      stackName: `${prefix}-region`,
      description: `Tourniquet: findings of ${region}, to ${home.region}`,
      env: { account: home.response, region },
      synthesizer: new BootstraplessSynthesizer(),
    });
    const key = new CustomerKey(this, 'Key', here);
    const alarms = new Alarms(this, 'Raised', alarmTopic(this, 'Alarms', { names: here, settings, key }));
    const deadLetters = new DeadLetters(this, 'Undelivered', { names: here, key, alarms, of: 'forwarding' });
    deadLetters.admitEventBridge(`${prefix}-findings`);
    acknowledge(
      deadLetters.queue,
      'AwsSolutions-SQS3',
      'It is the dead-letter queue itself, of the rules of this Region, and no queue stands before it; its own alarm rings for the first message.',
    );
    const bus = responseArn(home, 'events', 'event-bus/default');
    const role = this.#role(bus, region);
    for (const { suffix, pattern } of findingsPatterns(ourAccounts(settings))) {
      const name = `${prefix}-findings${suffix}`;
      new CfnRule(this, `Rule${suffix}`, {
        name,
        description: `Findings about our accounts, to ${home.region}`,
        state: 'ENABLED',
        eventPattern: pattern,
        targets: [
          {
            id: 'home',
            arn: bus,
            roleArn: role.roleArn,
            deadLetterConfig: { arn: deadLetters.queue.queueArn },
            retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
          },
        ],
      });
      alarms.raise(`findings-rule${suffix}-failed`, {
        heading: 'Findings of another Region are not forwarded',
        says: `The rule ${name} in ${region} could not forward a finding to ${home.region}.`,
        metric: new Metric({
          namespace: 'AWS/Events',
          metricName: 'FailedInvocations',
          dimensionsMap: { RuleName: name },
          period: Duration.minutes(1),
          statistic: 'Sum',
        }),
      });
    }
  }

  #role(bus: string, region: string): Role {
    // IAM has no Regions, so the Region is in the name
    const name = `${prefix}-forward-${region}`;
    const description = `Forwards findings of ${region} to the home Region`;
    const rights = new Rights(this, 'Rights', {
      name,
      description,
      rights: [{ actions: ['events:PutEvents'], resources: [bus] }],
    });
    return new Role(this, 'Forward', {
      roleName: name,
      description,
      assumedBy: new ServicePrincipal('events.amazonaws.com').withConditions({
        StringEquals: { 'aws:SourceAccount': this.account },
      }),
      managedPolicies: [rights],
    });
  }
}
