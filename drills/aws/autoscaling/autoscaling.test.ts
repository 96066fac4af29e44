import { describe, expect, it } from 'vitest';
import { seedTargetGroup } from '../elbv2/groups.ts';
import { clinic, region, testWorld } from '../testWorld.ts';
import { seedAutoScalingGroup } from './groups.ts';

const group = { name: 'records-web', region, min: 1, max: 2, instances: ['i-0000000a', 'i-0000000b'] };

function ground() {
  const t = testWorld();
  const account = t.world.account(clinic);
  const targets = seedTargetGroup(account, {
    name: 'records',
    region,
    vpc: 'vpc-0000000a',
    port: 443,
    targets: [{ id: 'i-0000000a' }, { id: 'i-0000000b' }],
  });
  const scaling = seedAutoScalingGroup(account, { ...group, targetGroups: ['records'] });
  const root = t.world.rootCredentials(clinic);
  const send = (service: string, command: string, input: object) => t.aws.send(service, command, input, root, region);
  const standby = (command: string, id: string, more: object = {}) =>
    send('AutoScaling', command, { AutoScalingGroupName: group.name, InstanceIds: [id], ...more });
  const health = async () => {
    const answer = await send('ElasticLoadBalancingV2', 'DescribeTargetHealth', { TargetGroupArn: targets.arn });
    const { TargetHealthDescriptions: list } = answer as {
      TargetHealthDescriptions: { Target: { Id: string }; TargetHealth: { State: string } }[];
    };
    return Object.fromEntries(list.map((t) => [t.Target.Id, t.TargetHealth.State]));
  };
  return { ...t, scaling, targets, standby, health, send };
}

describe('Auto Scaling', () => {
  it('puts an instance on standby with one less desired, and back', async () => {
    const { scaling, standby, world } = ground();
    const before = world.snapshot();
    await standby('EnterStandby', 'i-0000000a', { ShouldDecrementDesiredCapacity: true });
    expect(scaling.desired).toBe(1);
    expect(scaling.instances.get('i-0000000a')).toBe('Standby');
    await standby('ExitStandby', 'i-0000000a');
    expect(world.snapshot()).toEqual(before);
  });

  it('takes an instance on standby out of the target groups of its group, where it drains', async () => {
    const { standby, health, wait } = ground();
    await standby('EnterStandby', 'i-0000000a', { ShouldDecrementDesiredCapacity: true });
    expect(await health()).toEqual({ 'i-0000000a': 'draining', 'i-0000000b': 'healthy' });
    wait({ minutes: 6 });
    expect(await health()).toEqual({ 'i-0000000b': 'healthy' });
    await standby('ExitStandby', 'i-0000000a');
    expect(await health()).toEqual({ 'i-0000000a': 'healthy', 'i-0000000b': 'healthy' });
  });

  it('refuses to go below the minimum, above the maximum, or from a state that the move does not start from', async () => {
    const { standby, scaling } = ground();
    const refused = (call: Promise<unknown>) => expect(call).rejects.toMatchObject({ name: 'ValidationError' });
    await refused(standby('ExitStandby', 'i-0000000a'));
    await standby('EnterStandby', 'i-0000000a', { ShouldDecrementDesiredCapacity: true });
    await refused(standby('EnterStandby', 'i-0000000b', { ShouldDecrementDesiredCapacity: true }));
    await standby('EnterStandby', 'i-0000000b', { ShouldDecrementDesiredCapacity: false });
    expect(scaling.desired).toBe(1);
    await standby('ExitStandby', 'i-0000000b');
    await refused(standby('ExitStandby', 'i-0000000a'));
    await refused(standby('EnterStandby', 'i-0000000c', { ShouldDecrementDesiredCapacity: false }));
  });
});

describe('target groups', () => {
  it('register and deregister exactly the port that the call names', async () => {
    const { send, targets } = ground();
    const Targets = [{ Id: 'i-0000000a', Port: 8443 }];
    await send('ElasticLoadBalancingV2', 'RegisterTargets', { TargetGroupArn: targets.arn, Targets });
    expect(targets.targets).toContainEqual({ id: 'i-0000000a', port: 8443 });
    await send('ElasticLoadBalancingV2', 'DeregisterTargets', { TargetGroupArn: targets.arn, Targets });
    expect(targets.targets).toContainEqual({ id: 'i-0000000a', port: 443 });
    expect(targets.targets).not.toContainEqual({ id: 'i-0000000a', port: 8443 });
  });

  it('are not found where there are none', async () => {
    const { send, targets } = ground();
    const TargetGroupArn = `${targets.arn}0`;
    await expect(send('ElasticLoadBalancingV2', 'DescribeTargetHealth', { TargetGroupArn })).rejects.toMatchObject({
      name: 'TargetGroupNotFoundException',
    });
  });
});
