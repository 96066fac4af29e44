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
    this.topic = topic(this, 'Topic', names.topic, key);
    this.alarms = alarmTopic(this, 'AlarmTopic', props);
    const officers = settings.entities.flatMap((e) => [e.privacyOfficer, e.counsel]);
    const people = [...settings.onCall, ...settings.careCritical.map((c) => c.contact), ...officers];
    for (const address of new Set(people.flatMap((person) => person?.email ?? [])))
      this.topic.addSubscription(
        new EmailSubscription(address, {
          filterPolicy: { to: SubscriptionFilter.stringFilter({ allowlist: [address] }) },
        }),
      );
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

function topic(scope: Construct, id: string, topicName: string, key: CustomerKey): Topic {
  return new Topic(scope, id, { topicName, displayName: 'Tourniquet', masterKey: key.key, enforceSSL: true });
}

/** Alarms about Tourniquet itself, to everybody on call. An alarm reaches only a topic of its own Region. */
export function alarmTopic(
  scope: Construct,
  id: string,
  { names, settings, key }: { names: Names; settings: Settings; key: CustomerKey },
): Topic {
  const alarms = topic(scope, id, names.alarmTopic, key);
  alarms.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsPublish',
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [alarms.topicArn],
      conditions: {
        ArnLike: { 'aws:SourceArn': responseArn(names, 'cloudwatch', 'alarm:*') },
        StringEquals: { 'aws:SourceAccount': names.response },
      },
    }),
  );
  for (const address of new Set(settings.onCall.map((person) => person.email)))
    alarms.addSubscription(new EmailSubscription(address));
  return alarms;
}
