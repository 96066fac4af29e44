import { describe, expect, it } from 'vitest';
import { exampleSettings, resources, rootWith, templatesOf } from './deployment.fixture.ts';

const declared = (more: object) => ({
  'lambdas/nightly/function.json': {
    promise: 'p',
    trigger: 'schedule',
    timeoutSeconds: 9,
    memoryMb: 128,
    uses: [],
    ...more,
  },
});
const settings = await exampleSettings('organization');

describe('a scheduled function', () => {
  const made = (more: object) => templatesOf(settings, rootWith(declared(more)));
  const daily = () => made({ schedule: 'cron(17 2 * * ? *)' }).response;

  it('runs once a day where its declaration says when, beside the five-minute heartbeat', () => {
    const rules = resources(daily(), 'AWS::Events::Rule').map(([, r]) => [
      r.Properties.Name,
      r.Properties.ScheduleExpression,
    ]);
    expect(rules).toContainEqual(['tourniquet-nightly', 'cron(17 2 * * ? *)']);
    expect(rules).toContainEqual(['tourniquet-tick', 'rate(5 minutes)']);
  });

  it('rings when it has not run for a day', () => {
    const alarms = resources(daily(), 'AWS::CloudWatch::Alarm').map(([, r]) => r.Properties);
    expect(alarms.find((a) => a.AlarmName === 'tourniquet-nightly-stopped')).toMatchObject({
      TreatMissingData: 'breaching',
      ComparisonOperator: 'LessThanThreshold',
      Period: 86_400,
    });
  });

  it('is refused a schedule that is not once a day, and one without the trigger', () => {
    expect(() => made({ schedule: 'rate(1 day)' })).toThrow(/"rate\(1 day\)" is not once a day/);
    expect(() => made({ trigger: 'machine', schedule: 'cron(17 2 * * ? *)' })).toThrow(/only the trigger "schedule"/);
  });
});
