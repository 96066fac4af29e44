import { describe, expect, it } from 'vitest';
import {
  appOf,
  document,
  exampleSettings,
  list,
  resources,
  statementsByRole,
  type Template,
} from './deployment.fixture.ts';

const settings = await exampleSettings('organization');
const regional = { ...settings, regions: ['eu-west-1', 'us-west-2'] };
const { stacks } = appOf(regional).synth();
const found = stacks.filter((stack) => stack.id.startsWith('tourniquet-region-'));
const [first] = found;
const template = first?.template as Template;

describe('another Region', () => {
  it('has one stack, in the response account', () => {
    const places = found.map((s) => [s.id, s.environment.account, s.environment.region]);
    expect(places).toEqual([
      ['tourniquet-region-eu-west-1', '222222222222', 'eu-west-1'],
      ['tourniquet-region-us-west-2', '222222222222', 'us-west-2'],
    ]);
  });

  it("sends the same findings, about our accounts alone, to the home Region's bus, and keeps what cannot be sent", () => {
    const response = stacks.find((s) => s.id === 'tourniquet-response')?.template as Template;
    const patterns = (of: Template) =>
      resources(of, 'AWS::Events::Rule').flatMap(([, r]) =>
        // events of our own e-mails are no findings
        r.Properties.EventPattern && r.Properties.Name !== 'tourniquet-mail-events' ? [r.Properties.EventPattern] : [],
      );
    expect(patterns(template)).toEqual(patterns(response));
    const [[, rule] = ['', undefined]] = resources(template, 'AWS::Events::Rule');
    const [target] = (rule?.Properties.Targets ?? []) as { Arn: string; RoleArn: unknown; DeadLetterConfig: unknown }[];
    expect(target?.Arn).toBe('arn:aws:events:us-east-1:222222222222:event-bus/default');
    expect(target?.DeadLetterConfig).toBeDefined();
    const [[, queue] = ['', undefined]] = resources(template, 'AWS::SQS::Queue');
    expect(queue?.Properties.QueueName).toBe('tourniquet-forwarding-undelivered');
  });

  it('may put events on that bus and do nothing else, for EventBridge in our account alone', () => {
    expect([...statementsByRole(template)]).toEqual([
      [
        'tourniquet-forward-eu-west-1',
        [
          {
            Effect: 'Allow',
            Action: 'events:PutEvents',
            Resource: 'arn:aws:events:us-east-1:222222222222:event-bus/default',
          },
        ],
      ],
    ]);
    const [[, role] = ['', undefined]] = resources(template, 'AWS::IAM::Role');
    expect(document(role?.Properties.AssumeRolePolicyDocument)).toMatchObject([
      {
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': '222222222222' } },
      },
    ]);
  });

  it('rings in its own Region, to everybody on call', () => {
    const alarms = resources(template, 'AWS::CloudWatch::Alarm').map(([, r]) => r.Properties);
    const [[topic] = ['']] = resources(template, 'AWS::SNS::Topic');
    expect(alarms.map((a) => a.AlarmName)).toEqual([
      'tourniquet-undelivered-forwarding',
      'tourniquet-findings-rule-failed',
    ]);
    for (const alarm of alarms) expect(list(alarm.AlarmActions)).toEqual([{ Ref: topic }]);
    const subscribed = resources(template, 'AWS::SNS::Subscription').map(([, s]) => s.Properties.Endpoint);
    expect(subscribed).toEqual(settings.onCall.map((p) => p.email));
  });

  it('is missed aloud where events of global services arrive', () => {
    const warnings = (of: typeof settings) =>
      appOf(of)
        .node.findAll()
        .flatMap((c) => c.node.metadata.filter((m) => m.type === 'aws:cdk:warning').map((m) => String(m.data)));
    const abroad = { ...settings, homeRegion: 'eu-west-1' };
    expect(warnings(abroad)).toEqual([expect.stringContaining('us-east-1 is not among the Regions')]);
    expect(warnings({ ...abroad, regions: ['us-east-1'] })).toEqual([]);
  });
});
