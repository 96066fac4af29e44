import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clockPerTest, heads, rehearse, settings } from './arrivals.ts';
import { mailed, table } from './rehearsed.ts';

clockPerTest();

const beat = {
  version: '0',
  id: '6f0c0f1e-1111-4222-8333-444455556666',
  account: settings.accounts.response,
  region: 'us-east-1',
  time: '2026-11-20T03:16:00Z',
  resources: [],
  detail: {},
};
interface Schedule {
  Properties: { ScheduleExpression: string; Target: { EventBridgeParameters: { Source: string; DetailType: string } } };
}
const template = JSON.parse(
  readFileSync(new URL('../drills/templates/response.template.json', import.meta.url), 'utf8'),
) as { Resources: Record<string, { Type: string } & Schedule> };
const schedule = Object.values(template.Resources).find((r) => r.Type === 'AWS::Scheduler::Schedule');

/** What the deployed schedule puts on the bus. */
function put(): Record<string, unknown> {
  const { Source, DetailType } = schedule?.Properties.Target.EventBridgeParameters ?? {};
  return { ...beat, source: Source, 'detail-type': DetailType };
}

describe('the heartbeat of the findings', () => {
  it('is put on the bus every five minutes, comes through rule, queue and intake, and leaves nothing but its count', async () => {
    expect(schedule?.Properties.ScheduleExpression).toBe('rate(5 minutes)');
    const drill = await rehearse();
    const before = [table(drill), JSON.stringify(drill.world.snapshot())];
    expect(drill.deliver(put())).toBe(true);
    await drill.settle();
    expect(drill.metrics).toEqual({ HeartbeatSeen: 1 });
    expect([table(drill), JSON.stringify(drill.world.snapshot())]).toEqual(before);
    expect([heads(drill), mailed(drill), drill.deadLetters]).toEqual([[], [], []]);
  });

  it('is not taken for one when it says that it is a finding: that is refused as a finding is', async () => {
    const drill = await rehearse();
    drill.deliver({ ...put(), source: 'aws.guardduty', 'detail-type': 'GuardDuty Finding' });
    await drill.settle();
    expect(drill.metrics).toEqual({ FindingRefused: 1 });
  });

  it.each([
    ['another source', { source: 'aws.guardduty' }],
    ['another kind', { 'detail-type': 'GuardDuty Finding' }],
  ])('is not let in with %s', async (_, more) => {
    const drill = await rehearse();
    expect(drill.deliver({ ...put(), ...more })).toBe(false);
  });
});
