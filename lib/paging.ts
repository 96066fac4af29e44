import { Duration } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ConfigurationSet, ConfigurationSetTlsPolicy, EmailIdentity, Identity } from 'aws-cdk-lib/aws-ses';
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Settings } from '../lambdas/core/settings.ts';
import type { Alarms } from './alarms.ts';
import type { CustomerKey } from './customer-key.ts';
import { type Names, responseArn } from './names.ts';

/**
 * Promise: the people on call are told, in two ways that fail independently, and never over an unencrypted connection. Each is
 * told only of what the escalation order asks of them (the message names its readers); alarms of Tourniquet itself reach all.
 */
export class Paging extends Construct {
  readonly topic: Topic;
  readonly alarms: Topic;

  constructor(scope: Construct, id: string, props: { names: Names; settings: Settings; key: CustomerKey }) {
    super(scope, id);
    const { names, settings, key } = props;
    const topic = (topicId: string, topicName: string) =>
      new Topic(this, topicId, { topicName, displayName: 'Tourniquet', masterKey: key.key, enforceSSL: true });
    this.topic = topic('Topic', names.topic);
    this.alarms = topic('AlarmTopic', names.alarmTopic);
    this.alarms.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsPublish',
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.alarms.topicArn],
        conditions: {
          ArnLike: { 'aws:SourceArn': responseArn(names, 'cloudwatch', 'alarm:*') },
          StringEquals: { 'aws:SourceAccount': names.response },
        },
      }),
    );
    const people = [...settings.onCall, ...settings.careCritical.map((c) => c.contact)];
    for (const address of new Set(people.map((person) => person.email)))
      this.topic.addSubscription(
        new EmailSubscription(address, {
          filterPolicy: { to: SubscriptionFilter.stringFilter({ allowlist: [address] }) },
        }),
      );
    for (const address of new Set(settings.onCall.map((person) => person.email)))
      this.alarms.addSubscription(new EmailSubscription(address));
    const configurationSet = new ConfigurationSet(this, 'Mail', {
      configurationSetName: names.mailConfigurationSet,
      tlsPolicy: ConfigurationSetTlsPolicy.REQUIRE,
      reputationMetrics: true,
    });
    new EmailIdentity(this, 'Sender', { identity: Identity.domain(names.mailDomain), configurationSet });
  }

  /** Apart from the constructor, because alarms need the topic first. */
  listen(alarms: Alarms): void {
    alarms.raise('pages-not-delivered', {
      heading: 'Pages are not delivered',
      says: 'SNS could not deliver a page to somebody on call.',
      metric: this.topic.metricNumberOfNotificationsFailed({ period: Duration.minutes(5), statistic: 'Sum' }),
    });
  }
}
