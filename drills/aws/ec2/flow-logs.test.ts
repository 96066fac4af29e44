import { describe, expect, it } from 'vitest';
import { allow, clinic, outcome, region, testWorld } from '../testWorld.ts';
import { seedEc2 } from './seed.ts';

const vpc = 'vpc-0a1b2c3d';

function grounds() {
  const t = testWorld();
  const account = t.world.account(clinic);
  account.addBucket({ name: 'flows', region });
  seedEc2(account, { region, vpcs: [{ id: vpc }] });
  const root = t.world.rootCredentials(clinic);
  const call = (command: string, input: object = {}, signer = root) =>
    t.aws.send('EC2', command, input, signer, region) as Promise<{ FlowLogIds?: string[]; Unsuccessful?: object[] }>;
  return { ...t, call };
}
const toBucket = {
  ResourceIds: [vpc],
  ResourceType: 'VPC',
  TrafficType: 'ALL',
  LogDestinationType: 's3',
  LogDestination: 'arn:aws:s3:::flows',
};

describe('a flow log', () => {
  it('is one for each VPC, destination and kind of traffic, under a new id every time', async () => {
    const { call, world } = grounds();
    const before = world.snapshot();
    const made = await call('CreateFlowLogs', toBucket);
    expect(await outcome(call('CreateFlowLogs', toBucket))).toBe('FlowLogAlreadyExists');
    const whole = world.snapshot();
    await call('DeleteFlowLogs', { FlowLogIds: made.FlowLogIds });
    expect(world.snapshot()).toEqual(before);
    const again = await call('CreateFlowLogs', toBucket);
    expect(again.FlowLogIds).not.toEqual(made.FlowLogIds);
    expect(world.snapshot()).toEqual(whole);
  });

  it('that cannot be made or deleted is named in an answer that is no error', async () => {
    const { call } = grounds();
    const nowhere = await call('CreateFlowLogs', { ...toBucket, LogDestination: 'arn:aws:s3:::nowhere' });
    expect(nowhere).toMatchObject({ FlowLogIds: [], Unsuccessful: [{ ResourceId: vpc }] });
    const unknown = await call('DeleteFlowLogs', { FlowLogIds: ['fl-00000000000000000'] });
    expect(unknown.Unsuccessful).toHaveLength(1);
    const missing = { ...toBucket, ResourceIds: ['vpc-00000000'] };
    expect(await outcome(call('CreateFlowLogs', missing))).toBe('InvalidVpcID.NotFound');
  });

  it('to a log group needs the right to pass its role, to a bucket the right to deliver', async () => {
    const { call, userWith } = grounds();
    const user = userWith(clinic, allow('ec2:*'));
    const toLogs = {
      ...toBucket,
      LogDestinationType: 'cloud-watch-logs',
      LogDestination: `arn:aws:logs:${region}:${clinic}:log-group:flow`,
      DeliverLogsPermissionArn: `arn:aws:iam::${clinic}:role/flow`,
    };
    for (const input of [toLogs, toBucket])
      expect(await outcome(call('CreateFlowLogs', input, user))).toBe('UnauthorizedOperation');
    const able = userWith(clinic, allow(['ec2:*', 'iam:PassRole', 'logs:CreateLogDelivery']));
    for (const input of [toLogs, toBucket]) expect(await outcome(call('CreateFlowLogs', input, able))).toBe('200');
  });
});
