import type {
  AutoScalingGroupNamesType,
  DescribeAutoScalingInstancesType,
  EnterStandbyQuery,
  ExitStandbyQuery,
} from '@aws-sdk/client-auto-scaling';
import { type TargetGroup, targetGroups } from '../elbv2/groups.ts';
import { AwsError, type Call, type Command, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { type AutoScalingGroup, autoScalingGroups } from './groups.ts';

const invalid = (message: string) => new AwsError('ValidationError', 400, message);

const groupsOf = (world: World, call: Call) => autoScalingGroups(world.account(call.caller.account), call.region);

const attached = (world: World, group: AutoScalingGroup, call: Call): TargetGroup[] =>
  targetGroups(world.account(call.caller.account), call.region).filter((g) => group.targetGroups.includes(g.name));

const shownGroup = (group: AutoScalingGroup) => ({
  AutoScalingGroupName: group.name,
  AutoScalingGroupARN: group.arn,
  MinSize: group.min,
  MaxSize: group.max,
  DesiredCapacity: group.desired,
  Instances: [...group.instances].map(([InstanceId, LifecycleState]) => ({
    InstanceId,
    LifecycleState,
    HealthStatus: 'Healthy',
    ProtectedFromScaleIn: false,
  })),
});

/** An instance of no group is left out of the answer (API reference, DescribeAutoScalingInstances). */
function describeInstances(world: World): Command<DescribeAutoScalingInstancesType, object> {
  return {
    parameters: ['InstanceIds'],
    needs: (_input, { caller }) => [
      { action: 'autoscaling:DescribeAutoScalingInstances', resource: '*', owner: caller.account },
    ],
    run: ({ InstanceIds }, call) => ({
      AutoScalingInstances: groupsOf(world, call).flatMap((group) =>
        [...group.instances]
          .filter(([id]) => InstanceIds?.includes(id) ?? true)
          .map(([InstanceId, LifecycleState]) => ({
            InstanceId,
            AutoScalingGroupName: group.name,
            LifecycleState,
            HealthStatus: 'HEALTHY',
            ProtectedFromScaleIn: false,
          })),
      ),
    }),
  };
}

function describeGroups(world: World): Command<AutoScalingGroupNamesType, object> {
  return {
    parameters: ['AutoScalingGroupNames'],
    needs: (_input, { caller }) => [
      { action: 'autoscaling:DescribeAutoScalingGroups', resource: '*', owner: caller.account },
    ],
    run: ({ AutoScalingGroupNames }, call) => ({
      AutoScalingGroups: groupsOf(world, call)
        .filter((group) => AutoScalingGroupNames?.includes(group.name) ?? true)
        .map(shownGroup),
    }),
  };
}

type Moved = ExitStandbyQuery & Partial<EnterStandbyQuery>;

/** A command that moves instances of one group from one state to another, or out of it. */
function groupCommand(
  world: World,
  name: string,
  parameters: readonly string[],
  run: (group: AutoScalingGroup, ids: string[], call: Call, decrement: boolean) => void,
): Command<Moved, object> {
  const find = (input: Moved, call: Call) => groupsOf(world, call).find((g) => g.name === input.AutoScalingGroupName);
  return {
    parameters: ['InstanceIds', 'AutoScalingGroupName', ...parameters],
    needs(input, call) {
      const owner = call.caller.account;
      const unknown = `arn:aws:autoscaling:${call.region}:${owner}:autoScalingGroup:*:autoScalingGroupName/${input.AutoScalingGroupName}`;
      return [{ action: `autoscaling:${name}`, resource: find(input, call)?.arn ?? unknown, owner }];
    },
    run(input, call) {
      const group = find(input, call);
      if (!group) throw invalid(`AutoScalingGroup name not found - ${input.AutoScalingGroupName}`);
      const decrement = input.ShouldDecrementDesiredCapacity;
      if (parameters.includes('ShouldDecrementDesiredCapacity') && decrement === undefined)
        throw invalid("Value null at 'shouldDecrementDesiredCapacity' failed to satisfy constraint: not null");
      run(group, input.InstanceIds ?? [], call, decrement ?? false);
      return { Activities: [] };
    },
  };
}

function mustBe(group: AutoScalingGroup, ids: string[], ...states: string[]): void {
  for (const id of ids)
    if (!states.includes(group.instances.get(id) ?? ''))
      throw invalid(`The instance ${id} is not in ${states.join(' or ')}.`);
}

function resize(group: AutoScalingGroup, by: number, what: string): void {
  const desired = group.desired + by;
  if (desired < group.min || desired > group.max)
    throw invalid(
      `AutoScalingGroup ${group.name} has min-size=${group.min}, max-size=${group.max}, and desired-size=${group.desired}. To ${what} ${Math.abs(by)} instance, please update the AutoScalingGroup sizes appropriately.`,
    );
  group.desired = desired;
}

function leave(groups: TargetGroup[], id: string, call: Call): void {
  for (const group of groups)
    for (const target of group.targets.filter((t) => t.id === id)) group.deregister(id, target.port, call.now);
}

/**
 * EC2 Auto Scaling, as far as standby needs it. An instance on standby leaves the target groups that its group is attached to and is
 * left alone by the health check; ExitStandby always adds to the desired capacity. Does not model scaling: a replacement that
 * EnterStandby asks for by leaving the desired capacity is not launched, and the states on the way (EnteringStandby, Pending,
 * Detaching) are not shown.
 */
export function autoScalingService(world: World): Service {
  return {
    DescribeAutoScalingInstances: describeInstances(world),
    DescribeAutoScalingGroups: describeGroups(world),
    EnterStandby: groupCommand(
      world,
      'EnterStandby',
      ['ShouldDecrementDesiredCapacity'],
      (group, ids, call, decrement) => {
        mustBe(group, ids, 'InService');
        if (decrement) resize(group, -ids.length, 'place into standby');
        for (const id of ids) {
          group.instances.set(id, 'Standby');
          leave(attached(world, group, call), id, call);
        }
      },
    ),
    ExitStandby: groupCommand(world, 'ExitStandby', [], (group, ids, call) => {
      mustBe(group, ids, 'Standby');
      resize(group, ids.length, 'move out of standby');
      for (const id of ids) {
        group.instances.set(id, 'InService');
        for (const own of attached(world, group, call)) own.register(id);
      }
    }),
    DetachInstances: groupCommand(
      world,
      'DetachInstances',
      ['ShouldDecrementDesiredCapacity'],
      (group, ids, call, decrement) => {
        mustBe(group, ids, 'InService', 'Standby');
        if (decrement) resize(group, -ids.length, 'detach');
        for (const id of ids) {
          group.instances.delete(id);
          leave(attached(world, group, call), id, call);
        }
      },
    ),
  };
}
