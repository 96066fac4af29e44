import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  EnterStandbyCommand,
  ExitStandbyCommand,
} from '@aws-sdk/client-auto-scaling';
import { BeforeStateChanged, Drift, Hindered } from '../../core/errors.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Captured, Member } from '../../platform/action.ts';
import { isCode } from '../../platform/aws-error.ts';
import { readInstance } from '../../platform/instance.ts';

/** null: the instance is in no Auto Scaling group, so none can terminate it. */
export type State = {
  group: { name: string; lifecycle: string; desired: number; min: number; max: number } | null;
};

async function capture(target: Target, member: Member): Promise<Captured<State>> {
  await readInstance(target, member);
  const client = member.client(AutoScalingClient);
  const found = await client.send(new DescribeAutoScalingInstancesCommand({ InstanceIds: [target.id] }));
  const own = found.AutoScalingInstances?.[0];
  if (!own?.AutoScalingGroupName) return { state: { group: null }, scope: {} };
  const name = own.AutoScalingGroupName;
  const answer = await client.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }));
  const group = answer.AutoScalingGroups?.[0];
  const { DesiredCapacity: desired = 0, MinSize: min = 0, MaxSize: max = 0, AutoScalingGroupARN = '' } = group ?? {};
  return {
    state: { group: { name, lifecycle: own.LifecycleState ?? '', desired, min, max } },
    scope: { groupArn: AutoScalingGroupARN },
  };
}

/** The group may have one fewer; otherwise it starts another instance. */
const mayShrink = (group: NonNullable<State['group']>) => group.desired - 1 >= group.min;

const intend = ({ group }: State): State => {
  if (!group || outOfService(group.lifecycle)) return { group };
  return { group: { ...group, lifecycle: 'Standby', desired: group.desired - (mayShrink(group) ? 1 : 0) } };
};

const outOfService = (lifecycle: string) => ['Standby', 'EnteringStandby', 'Detaching', 'Detached'].includes(lifecycle);

/** The desired capacity is the group's own business as soon as it scales: what we own is that this instance is out. */
const owned = ({ group }: State) => ({ group: group && { name: group.name, lifecycle: group.lifecycle } });

/** Moves towards standby or out of it. AWS says ValidationError where the group's sizes or the state do not allow it. */
async function move(target: Target, member: Member, from: State, to: State, changed: (why: string) => Error) {
  const { state: live } = await capture(target, member);
  const [wanted, was, now] = [to.group, from.group, live.group];
  if (now?.name !== wanted?.name)
    throw changed(
      `instance ${target.id} is in ${now ? `Auto Scaling group ${now.name}` : 'no Auto Scaling group'}, not in ${wanted?.name ?? 'none'}`,
    );
  if (!now || !wanted || now.lifecycle === wanted.lifecycle) return;
  const entering = wanted.lifecycle === 'Standby';
  // on its way already: a second call would be refused
  if (now.lifecycle === (entering ? 'EnteringStandby' : 'Pending')) return;
  if (now.lifecycle !== was?.lifecycle) throw changed(`instance ${target.id} is ${now.lifecycle} in ${now.name}`);
  const input = { AutoScalingGroupName: now.name, InstanceIds: [target.id] };
  const client = member.client(AutoScalingClient);
  try {
    if (entering)
      await client.send(new EnterStandbyCommand({ ...input, ShouldDecrementDesiredCapacity: mayShrink(now) }));
    else await client.send(new ExitStandbyCommand(input));
  } catch (error) {
    if (!isCode(error, 'ValidationError')) throw error;
    throw new Hindered(
      `Auto Scaling group ${now.name} (minimum ${now.min}, desired ${now.desired}, maximum ${now.max}) does not move instance ${target.id} from ${now.lifecycle} to ${wanted.lifecycle}: set its sizes so that there is room for it, or detach the instance by hand, then run the step again`,
    );
  }
}

const action: Action<State> = {
  capture,
  owned,
  intend,
  losses({ group }) {
    if (!group || outOfService(group.lifecycle)) return [];
    if (mayShrink(group))
      return [
        `Auto Scaling group ${group.name} works with ${group.desired - 1} instances instead of ${group.desired}.`,
      ];
    return [
      `Auto Scaling group ${group.name} must not have fewer than ${group.min} instances, so it starts another one, at its own cost; after the undo it has one more than it wanted: lower its desired capacity by hand.`,
    ];
  },
  describe({ group: before }, { group: after }) {
    if (!before || !after || before.lifecycle === after.lifecycle) return [];
    const sizes = before.desired === after.desired ? 'unchanged' : `${before.desired} → ${after.desired}`;
    return [
      `state in Auto Scaling group ${after.name}: ${before.lifecycle} → ${after.lifecycle} (desired capacity ${sizes})`,
    ];
  },
  apply: (target, member, before, after) =>
    move(target, member, before, after, (why) => new BeforeStateChanged(`${why}, no longer as it was read`)),
  verify({ group }) {
    if (!group || (outOfService(group.lifecycle) && group.lifecycle !== 'EnteringStandby')) return { safe: true };
    return {
      safe: false,
      why: `Auto Scaling group ${group.name} has it as ${group.lifecycle} and may terminate it`,
    };
  },
  undo: (target, member, before, after) =>
    move(target, member, after, before, (why) => new Drift(`${why}, not what we left: decide by hand`)),
};
export default action;
