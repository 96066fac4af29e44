import {
  DescribeInstanceAttributeCommand,
  EC2Client,
  type InstanceAttributeName,
  ModifyInstanceAttributeCommand,
  type ModifyInstanceAttributeCommandInput,
} from '@aws-sdk/client-ec2';
import { BeforeStateChanged, Drift } from '../../core/errors.ts';
import { standing } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Captured, Member } from '../../platform/action.ts';
import { readInstance } from '../../platform/instance.ts';

/** `volumes`: by device name, whether the volume is deleted together with the instance. */
export type State = {
  terminationProtection: boolean;
  stopProtection: boolean;
  shutdown: string;
  volumes: { [device: string]: boolean };
  /** AWS takes no protection for Spot Instances, which it may reclaim at any time (EC2 user guide) */
  spot: boolean;
};

async function capture(target: Target, member: Member): Promise<Captured<State>> {
  const instance = await readInstance(target, member);
  const ec2 = member.client(EC2Client);
  const attribute = (Attribute: InstanceAttributeName) =>
    ec2.send(new DescribeInstanceAttributeCommand({ InstanceId: target.id, Attribute }));
  const [termination, stop, shutdown] = await Promise.all([
    attribute('disableApiTermination'),
    attribute('disableApiStop'),
    attribute('instanceInitiatedShutdownBehavior'),
  ]);
  const state: State = {
    terminationProtection: termination.DisableApiTermination?.Value === true,
    stopProtection: stop.DisableApiStop?.Value === true,
    shutdown: shutdown.InstanceInitiatedShutdownBehavior?.Value ?? 'stop',
    volumes: Object.fromEntries(
      (instance.BlockDeviceMappings ?? []).map(({ DeviceName = '', Ebs }) => [
        DeviceName,
        Ebs?.DeleteOnTermination === true,
      ]),
    ),
    spot: instance.InstanceLifecycle === 'spot',
  };
  return { state, scope: {} };
}

const kept = (volumes: State['volumes']): State['volumes'] =>
  Object.fromEntries(Object.keys(volumes).map((device) => [device, false]));

function intend(state: State): State {
  const after = { ...state, volumes: kept(state.volumes) };
  return state.spot ? after : { ...after, terminationProtection: true, stopProtection: true, shutdown: 'stop' };
}

const owned = ({ terminationProtection, stopProtection, shutdown, volumes }: State) => ({
  terminationProtection,
  stopProtection,
  shutdown,
  volumes,
});

/** One line for each attribute that differs, and the one call that sets it: AWS takes one attribute a call. */
function steps(
  from: State,
  to: State,
): { line: string; input: Omit<ModifyInstanceAttributeCommandInput, 'InstanceId'> }[] {
  const made: ReturnType<typeof steps> = [];
  const onOff = (on: boolean) => (on ? 'on' : 'off');
  const change = (what: string, was: string, becomes: string, input: (typeof made)[number]['input']) => {
    if (was !== becomes) made.push({ line: `${what}: ${was} → ${becomes}`, input });
  };
  for (const [device, deleted] of Object.entries(to.volumes))
    change(
      `volume ${device} when the instance is terminated`,
      from.volumes[device] ? 'deleted' : 'kept',
      deleted ? 'deleted' : 'kept',
      { BlockDeviceMappings: [{ DeviceName: device, Ebs: { DeleteOnTermination: deleted } }] },
    );
  change('shutdown from inside', from.shutdown, to.shutdown, {
    InstanceInitiatedShutdownBehavior: { Value: to.shutdown },
  });
  change('stop protection', onOff(from.stopProtection), onOff(to.stopProtection), {
    DisableApiStop: { Value: to.stopProtection },
  });
  change('termination protection', onOff(from.terminationProtection), onOff(to.terminationProtection), {
    DisableApiTermination: { Value: to.terminationProtection },
  });
  return made;
}

/** Writes what is still missing on the way; throws before the first write when any attribute is somewhere else. */
async function move(target: Target, member: Member, from: State, to: State, changed: (why: string) => Error) {
  const { state: live } = await capture(target, member);
  for (const [name, value] of Object.entries(owned(live))) {
    const key = name as keyof ReturnType<typeof owned>;
    if (key !== 'volumes' && standing(value, from[key], to[key]) === 'changed')
      throw changed(`${name} of instance ${target.id} is ${JSON.stringify(value)}`);
  }
  for (const device of new Set([...Object.keys(live.volumes), ...Object.keys(to.volumes)]))
    if (standing(live.volumes[device] ?? null, from.volumes[device] ?? null, to.volumes[device] ?? null) === 'changed')
      throw changed(`volume ${device} of instance ${target.id} was attached, detached or changed`);
  const ec2 = member.client(EC2Client);
  for (const { input } of steps(live, to))
    await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: target.id, ...input }));
}

const action: Action<State> = {
  capture,
  owned,
  intend,
  losses: ({ spot }, target) =>
    spot
      ? [`Instance ${target.id} is a Spot Instance: AWS takes no protection for it and may still reclaim it.`]
      : [
          'Nobody can stop or terminate the instance by an API call meanwhile, deployment tools included. Auto Scaling still can: it does not heed this protection.',
        ],
  describe: (before, after) => steps(before, after).map(({ line }) => line),
  apply: (target, member, before, after) =>
    move(target, member, before, after, (why) => new BeforeStateChanged(`${why}, no longer as it was read`)),
  verify(live) {
    const missing = steps(live, intend(live)).map(({ line }) => line);
    return missing.length === 0 ? { safe: true } : { safe: false, why: `not protected yet: ${missing.join('; ')}` };
  },
  undo: (target, member, before, after) =>
    move(target, member, after, before, (why) => new Drift(`${why}, not what we left: decide by hand`)),
};
export default action;
