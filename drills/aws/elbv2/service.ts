import type {
  DeregisterTargetsInput,
  DescribeTargetGroupsInput,
  DescribeTargetHealthInput,
  RegisterTargetsInput,
  TargetDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError, type Call, type Command, type Service } from '../kernel.ts';
import { onlyModelled } from '../modelled.ts';
import type { World } from '../world.ts';
import { type Registered, type TargetGroup, targetGroups } from './groups.ts';

const shownGroup = (group: TargetGroup) => ({
  TargetGroupArn: group.arn,
  TargetGroupName: group.name,
  Protocol: 'HTTPS',
  Port: group.port,
  VpcId: group.vpc,
  TargetType: group.type,
});

const shownTarget = (target: Registered, State: 'healthy' | 'draining') => ({
  Target: { Id: target.id, Port: target.port },
  HealthCheckPort: String(target.port),
  TargetHealth: { State, ...(State === 'draining' && { Reason: 'Target.DeregistrationInProgress' }) },
});

function existing(world: World, arn: string | undefined, call: Call): TargetGroup {
  const found = targetGroups(world.account(call.caller.account), call.region).find((g) => g.arn === arn);
  if (!found) throw new AwsError('TargetGroupNotFoundException', 400, `Target groups '${arn}' not found`);
  return found;
}

/** At most 400 groups a page (API reference, DescribeTargetGroups). */
function describeGroups(world: World): Command<DescribeTargetGroupsInput, object> {
  return {
    parameters: ['TargetGroupArns', 'Names', 'Marker', 'PageSize'],
    needs: (_input, { caller }) => [
      { action: 'elasticloadbalancing:DescribeTargetGroups', resource: '*', owner: caller.account },
    ],
    run({ TargetGroupArns, Names, Marker = '0', PageSize = 400 }, call) {
      for (const arn of TargetGroupArns ?? []) existing(world, arn, call);
      const groups = targetGroups(world.account(call.caller.account), call.region).filter(
        (g) => (TargetGroupArns?.includes(g.arn) ?? true) && (Names?.includes(g.name) ?? true),
      );
      const end = Number(Marker) + PageSize;
      return {
        TargetGroups: groups.slice(Number(Marker), end).map(shownGroup),
        ...(end < groups.length && { NextMarker: String(end) }),
      };
    },
  };
}

function describeHealth(world: World): Command<DescribeTargetHealthInput, object> {
  return {
    parameters: ['TargetGroupArn'],
    needs: (_input, { caller }) => [
      { action: 'elasticloadbalancing:DescribeTargetHealth', resource: '*', owner: caller.account },
    ],
    run({ TargetGroupArn }, call) {
      const group = existing(world, TargetGroupArn, call);
      return {
        TargetHealthDescriptions: [
          ...group.targets.map((t) => shownTarget(t, 'healthy')),
          ...group.draining(call.now).map((t) => shownTarget(t, 'draining')),
        ],
      };
    },
  };
}

/** A command that moves targets in or out of one group. */
function targetCommand(
  world: World,
  action: string,
  run: (group: TargetGroup, target: TargetDescription & { Id: string }, call: Call) => void,
): Command<RegisterTargetsInput & DeregisterTargetsInput, object> {
  return {
    parameters: ['TargetGroupArn', 'Targets'],
    needs: ({ TargetGroupArn = '' }, { caller }) => [{ action, resource: TargetGroupArn, owner: caller.account }],
    run({ TargetGroupArn, Targets = [] }, call) {
      const group = existing(world, TargetGroupArn, call);
      for (const target of Targets) {
        onlyModelled(target, ['Id', 'Port'], 'Targets');
        const form = group.type === 'instance' ? /^i-[0-9a-f]{8,17}$/ : /^[\d.:a-f]+$/;
        if (!form.test(target.Id ?? ''))
          throw new AwsError('ValidationError', 400, `The target ID '${target.Id}' is not valid`);
        run(group, { ...target, Id: target.Id ?? '' }, call);
      }
      return {};
    },
  };
}

/**
 * Target groups of Elastic Load Balancing v2. Does not model load balancers, listeners and health checks: a registered target is
 * healthy, and one that leaves drains for 300 seconds.
 */
export function elasticLoadBalancingService(world: World): Service {
  return {
    DescribeTargetGroups: describeGroups(world),
    DescribeTargetHealth: describeHealth(world),
    RegisterTargets: targetCommand(world, 'elasticloadbalancing:RegisterTargets', (group, { Id, Port }) =>
      group.register(Id, Port),
    ),
    DeregisterTargets: targetCommand(world, 'elasticloadbalancing:DeregisterTargets', (group, { Id, Port }, call) =>
      group.deregister(Id, Port ?? group.port, call.now),
    ),
  };
}
