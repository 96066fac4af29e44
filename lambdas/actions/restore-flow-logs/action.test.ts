import { DescribeFlowLogsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { type AccountSeed, stage } from '../../../test/member-account.ts';
import { Hindered } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Statement } from '../../core/manifest.ts';
import type { Target } from '../../core/target.ts';
import manifest from './action.json' with { type: 'json' };
import action from './action.ts';
import examples from './examples.json' with { type: 'json' };

const account = '111122223333';
const target: Target = { kind: 'vpc', id: 'vpc-0a1b2c3d', account, region: 'us-east-1' };
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const statements = [...manifest.permissions.read, ...manifest.permissions.write] as Statement[];
const names = { logsRole: 'flow-to-logs', otherRole: 'none' };
const [gone, cut] = examples;
if (!gone || !cut) throw new Error('two examples: logs that are gone, and one that records less');
const recordOf = ({ baseline }: (typeof examples)[number]) => baseline as unknown as JsonObject;
const seedOf = (example: (typeof examples)[number]) => example.accounts as unknown as Record<string, AccountSeed>;

describe('restore-flow-logs', () => {
  it('does not take an answer with failures in it for success', async () => {
    const on = stage(seedOf(gone), target, at, new Set(), recordOf(gone));
    const member = on.member(statements, names);
    const { state } = await action.capture(target, member);
    on.answer('EC2', 'CreateFlowLogs', {
      FlowLogIds: [],
      Unsuccessful: [{ ResourceId: target.id, Error: { Code: '400', Message: 'LogDestination does not exist' } }],
    });
    const made = action.apply(target, member, state, action.intend(state, target, at));
    await expect(made).rejects.toThrow(/LogDestination does not exist/);
    await expect(made).rejects.toThrow(Hindered);
  });

  it("leaves somebody else's flow log of the same VPC alone", async () => {
    const on = stage(seedOf(cut), target, at, new Set(), recordOf(cut));
    const { state } = await action.capture(target, on.member(statements, names));
    expect(Object.keys(state.live)).toContain('log to arn:aws:s3:::partner-logs');
    expect(state.restores).toEqual(['log to arn:aws:s3:::clinic-flow-logs/vpc']);
  });

  it('says what to do by hand where no log is left and none was recorded', async () => {
    const on = stage(seedOf(gone), target, at, new Set());
    const { state } = await action.capture(target, on.member(statements, names));
    expect(() => action.intend(state, target, at)).toThrow(/create one by hand/);
  });

  it('is not safe while a recorded log is there and does not arrive; that of somebody else counts for nothing', async () => {
    const on = stage(seedOf(cut), target, at, new Set(), recordOf(cut));
    const member = on.member(statements, names);
    const { state: before } = await action.capture(target, member);
    const after = action.intend(before, target, at);
    await action.apply(target, member, before, after);
    const answer = await member.client(EC2Client).send(new DescribeFlowLogsCommand({}));
    const failed = (bucket: string) =>
      on.answer('EC2', 'DescribeFlowLogs', {
        FlowLogs: answer.FlowLogs?.map((log) =>
          log.LogDestination?.startsWith(`arn:aws:s3:::${bucket}`)
            ? { ...log, DeliverLogsStatus: 'FAILED', DeliverLogsErrorMessage: 'Access error' }
            : log,
        ),
      });
    const seen = async () => action.verify((await action.capture(target, member)).state, target, after);
    failed('partner-logs');
    expect(await seen()).toEqual({ safe: true });
    failed('clinic-flow-logs');
    expect(await seen()).toEqual({
      safe: false,
      why: expect.stringMatching(/do not arrive at arn:aws:s3:::clinic-flow-logs\/vpc \(Access error\)/),
    });
  });
});
