import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import metrics from '../lambdas/platform/metrics.json' with { type: 'json' };
import { anchorOf } from './alarms.ts';
import { appOf, exampleSettings, resources, root, rootWith, type Template, templatesOf } from './deployment.fixture.ts';

const settings = await exampleSettings('organization');
const { response } = templatesOf(settings);
const elsewhere = appOf({ ...settings, regions: ['eu-west-1'] })
  .synth()
  .getStackArtifact('tourniquet-region-eu-west-1').template as Template;
const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
const anchors = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

interface Alarm {
  AlarmName: string;
  AlarmDescription: string;
  AlarmActions: unknown[];
  MetricName?: string;
  Dimensions?: { Name: string; Value: unknown }[];
  Metrics?: { MetricStat?: { Metric: { MetricName: string; Dimensions: { Name: string; Value: unknown }[] } } }[];
}

const alarmsOf = (template: Template) =>
  resources(template, 'AWS::CloudWatch::Alarm').map(([, r]) => r.Properties as unknown as Alarm);
const alarms = alarmsOf(response);

/** Which metrics of which resource are watched: `MetricName of logicalId or name`. */
function watched(): Set<string> {
  const dimension = (value: unknown) => {
    const reference = value as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
    return reference.Ref ?? reference['Fn::GetAtt']?.[0] ?? String(value);
  };
  return new Set(
    alarms.flatMap(({ MetricName, Dimensions = [], Metrics = [] }) =>
      [{ MetricName, Dimensions }, ...Metrics.flatMap((m) => m.MetricStat?.Metric ?? [])].flatMap((m) =>
        m.Dimensions.map((d) => `${m.MetricName} of ${dimension(d.Value)}`),
      ),
    ),
  );
}

function ids(template: Template, type: string): string[] {
  return resources(template, type).map(([id]) => id);
}

describe('the runbook', () => {
  it('has the heading that each alarm names', () => {
    for (const { AlarmName, AlarmDescription } of [...alarms, ...alarmsOf(elsewhere)]) {
      const named = /docs\/runbook\.md#(\S+)$/.exec(AlarmDescription)?.[1];
      expect(anchors, AlarmName).toContain(named);
    }
  });

  it('has no heading that no alarm names', () => {
    const named = new Set(
      [...alarms, ...alarmsOf(elsewhere)].map(({ AlarmDescription }) => AlarmDescription.split('#').at(-1)),
    );
    expect(anchors.filter((anchor) => !named.has(anchor))).toEqual([]);
  });

  it('says under each heading what to do, in numbered steps', () => {
    for (const section of runbook.split(/^## /m).slice(1)) expect(section, section.split('\n')[0]).toMatch(/^1\. /m);
  });
});

describe('alarms', () => {
  it('page the people on call, each of them', () => {
    const topic = resources(response, 'AWS::SNS::Topic').find(
      ([, t]) => t.Properties.TopicName === 'tourniquet-alarms',
    );
    for (const { AlarmName, AlarmActions } of alarms) expect(AlarmActions, AlarmName).toEqual([{ Ref: topic?.[0] }]);
    const subscriptions = resources(response, 'AWS::SNS::Subscription').map(([, s]) => s.Properties);
    const people = ['mara.lindqvist@example.com', 'tomas.okafor@example.com', 'priya.natarajan@example.com'];
    const told = (filtered: boolean) =>
      subscriptions.filter((s) => (s.FilterPolicy !== undefined) === filtered).map((s) => s.Endpoint);
    expect(told(false)).toEqual(people);
    const officers = ['dana.whitfield@example.com', 'ruth.abara@example.com'];
    expect(told(true)).toEqual([...people, ...officers]);
    for (const { FilterPolicy, Endpoint } of subscriptions)
      if (FilterPolicy) expect(FilterPolicy).toEqual({ to: [Endpoint] });
  });

  it('ring for every metric that the functions count for an alarm', () => {
    const watched = new Set(alarms.map(({ MetricName }) => MetricName));
    expect(Object.keys(metrics).filter((name) => !watched.has(name))).toEqual([]);
  });

  it('watch every function, state machine and rule', () => {
    const there = watched();
    for (const id of ids(response, 'AWS::Lambda::Function')) {
      expect(there).toContain(`Errors of ${id}`);
      expect(there).toContain(`Throttles of ${id}`);
    }
    for (const id of ids(response, 'AWS::StepFunctions::StateMachine'))
      for (const metric of ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'])
        expect(there).toContain(`${metric} of ${id}`);
    expect(there).toContain('FailedInvocations of tourniquet-findings');
    expect(there).toContain('ContainmentUnverified of tourniquet');
  });

  it.each(['heartbeat-stopped', 'findings-way-closed'])('ring when a heartbeat falls silent (%s)', (name) => {
    expect(alarms.find((alarm) => alarm.AlarmName === `tourniquet-${name}`)).toMatchObject({
      TreatMissingData: 'breaching',
      ComparisonOperator: 'LessThanThreshold',
      Period: 900,
    });
  });
});

describe('nothing is lost in silence', () => {
  const queues = resources(response, 'AWS::SQS::Queue');
  const isDead = (id: string) => String(response.Resources[id]?.Properties.QueueName).endsWith('-undelivered');
  const arnOf = (value: unknown) => (value as { 'Fn::GetAtt': [string, string] } | undefined)?.['Fn::GetAtt'][0] ?? '';

  it('every queue has a dead-letter queue or is one, and every dead-letter queue an alarm', () => {
    for (const [id, { Properties }] of queues) {
      if (isDead(id))
        expect(watched()).toContain(`ApproximateNumberOfMessagesVisible of ${id}Name`.replace('Name', ''));
      else
        expect(
          isDead(arnOf((Properties.RedrivePolicy as { deadLetterTargetArn: unknown }).deadLetterTargetArn)),
          id,
        ).toBe(true);
    }
  });

  it('every rule target has a dead-letter queue', () => {
    const targets = resources(response, 'AWS::Events::Rule').flatMap(([, r]) => r.Properties.Targets as object[]);
    expect(targets.length).toBeGreaterThan(1);
    for (const target of targets)
      expect(isDead(arnOf((target as { DeadLetterConfig: { Arn: unknown } }).DeadLetterConfig.Arn))).toBe(true);
  });

  it('every function and every stream mapping has a dead-letter queue', () => {
    for (const [id, { Properties }] of resources(response, 'AWS::Lambda::Function'))
      expect(isDead(arnOf((Properties.DeadLetterConfig as { TargetArn: unknown }).TargetArn)), id).toBe(true);
    const streams = resources(response, 'AWS::Lambda::EventSourceMapping').filter(
      ([, r]) => r.Properties.StartingPosition,
    );
    expect(streams).toHaveLength(1);
    for (const [, { Properties }] of streams)
      expect(
        isDead(arnOf((Properties.DestinationConfig as { OnFailure: { Destination: unknown } }).OnFailure.Destination)),
      ).toBe(true);
  });

  it('a function that is woken by events has a dead-letter queue of its own', async () => {
    const from = rootWith({
      'lambdas/sweep/function.json': { promise: 'p', trigger: 'schedule', timeoutSeconds: 9, memoryMb: 128, uses: [] },
      'lambdas/tick/function.json': undefined,
    });
    const template = templatesOf(await exampleSettings('organization'), from).response;
    expect(resources(template, 'AWS::SQS::Queue').map(([, q]) => q.Properties.QueueName)).toContain(
      'tourniquet-sweep-undelivered',
    );
  });
});
