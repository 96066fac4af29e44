import {
  DescribeInstanceAttributeCommand,
  EC2Client,
  ModifyInstanceAttributeCommand,
  StartInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import { BeforeStateChanged, Drift, Hindered } from '../../core/errors.ts';
import { standing } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Member } from '../../platform/action.ts';
import { isCode } from '../../platform/aws-error.ts';
import { readInstance } from '../../platform/instance.ts';
import { wait } from '../../platform/wait.ts';

export type State = {
  /** as EC2 names it: pending, running, stopping, stopped */
  power: string;
  /** against StopInstances; our own protection of the evidence sets it too, so it is lifted for the moment of the stop */
  stopProtection: boolean;
  type: string;
  /** public addresses that EC2 takes back when the instance stops */
  leased: string[];
  autoScalingGroup: string | null;
};

async function read(target: Target, member: Member): Promise<State> {
  const instance = await readInstance(target, member);
  if (instance.InstanceLifecycle === 'spot')
    throw new Hindered(
      `EC2 instance ${target.id} is a Spot Instance, which EC2 may refuse to stop: isolate it and take snapshots, then cancel its Spot request by hand`,
    );
  const command = new DescribeInstanceAttributeCommand({ InstanceId: target.id, Attribute: 'disableApiStop' });
  const { DisableApiStop } = await member.client(EC2Client).send(command);
  return {
    power: instance.State?.Name ?? '',
    stopProtection: DisableApiStop?.Value === true,
    type: instance.InstanceType ?? '',
    leased: (instance.NetworkInterfaces ?? []).flatMap(({ Association }) =>
      Association?.PublicIp !== undefined && Association.IpOwnerId === 'amazon' ? [Association.PublicIp] : [],
    ),
    autoScalingGroup: instance.Tags?.find(({ Key }) => Key === 'aws:autoscaling:groupName')?.Value ?? null,
  };
}

/** On its way is as good as there, as far as somebody else's change is concerned. */
const heading = ({ power }: State): string =>
  power === 'pending' ? 'running' : power === 'stopping' ? 'stopped' : power;

function losses({ power, type, leased, autoScalingGroup }: State, { id }: Target): string[] {
  if (power === 'stopped') return [];
  return [
    `Everything that runs on instance ${id} stops.`,
    `What is in its memory, and on instance store disks where the type ${type} has any, is lost for good; the EBS volumes stay.`,
    ...leased.map((address) => `The public address ${address} is given back: started again the instance has another.`),
    ...(autoScalingGroup === null
      ? []
      : [`Auto Scaling group ${autoScalingGroup} will terminate it, unless it stands by or is detached first.`]),
    'Started again it fails where the key of an encrypted volume is disabled meanwhile.',
  ];
}

async function stop(target: Target, member: Member, live: State): Promise<void> {
  const ec2 = member.client(EC2Client);
  if (live.stopProtection) await protect(ec2, target, false);
  try {
    await ec2.send(new StopInstancesCommand({ InstanceIds: [target.id] }));
  } finally {
    if (live.stopProtection) await protect(ec2, target, true);
  }
}

const protect = (ec2: EC2Client, { id }: Target, Value: boolean) =>
  ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, DisableApiStop: { Value } }));

async function start(target: Target, member: Member): Promise<void> {
  try {
    await member.client(EC2Client).send(new StartInstancesCommand({ InstanceIds: [target.id] }));
  } catch (error) {
    if (!isCode(error, 'IncorrectInstanceState')) throw error;
    throw new Hindered(`EC2 instance ${target.id} is still stopping: try again in a minute`);
  }
}

/** EC2 answers a start at once, and an instance whose encrypted volume cannot be opened stops again meanwhile: `running` is the proof. */
async function requireRunning(target: Target, member: Member): Promise<void> {
  for (let looks = 0; looks < 10; looks += 1) {
    const power = (await readInstance(target, member)).State?.Name;
    if (power === 'running') return;
    if (power !== 'pending')
      throw new Hindered(
        `EC2 instance ${target.id} was started and is ${power} again: read why in its state transition reason, often the key of an encrypted volume that is disabled or may not be used`,
      );
    await wait(3);
  }
  throw new Hindered(`EC2 instance ${target.id} is still starting: try again in a minute`);
}

const action: Action<State> = {
  capture: async (target, member) => ({ state: await read(target, member), scope: {} }),
  owned: (state) => ({ power: heading(state) }),
  intend: (state) => ({ ...state, power: 'stopped', leased: [] }),
  losses,
  describe: (before, after) =>
    heading(before) === heading(after) ? [] : [`instance: ${before.power} → ${after.power}`],
  apply: async (target, member, before, after) => {
    const live = await read(target, member);
    const now = standing(heading(live), heading(before), heading(after));
    if (now === 'changed')
      throw new BeforeStateChanged(
        `EC2 instance ${target.id} is ${live.power} now, and was ${before.power} when it was read`,
      );
    if (now === 'due') await stop(target, member, live);
    // a run that died between lifting the protection and setting it again
    else if (before.stopProtection && !live.stopProtection) await protect(member.client(EC2Client), target, true);
  },
  verify: ({ power }) =>
    power === 'stopped' ? { safe: true } : { safe: false, why: `the instance is ${power || 'in no known state'}` },
  undo: async (target, member, before, after) => {
    const live = await read(target, member);
    const now = standing(heading(live), heading(after), heading(before));
    if (now === 'changed')
      throw new Drift(`EC2 instance ${target.id} is ${live.power}, which is neither what we left nor what was before`);
    if (now === 'due') await start(target, member);
    if (heading(before) === 'running') await requireRunning(target, member);
  },
};
export default action;
