import { DescribeInstancesCommand, EC2Client, type Instance, type Reservation } from '@aws-sdk/client-ec2';
import { TargetForeign, TargetNotFound } from '../core/errors.ts';
import type { Target } from '../core/target.ts';
import type { Member } from './action.ts';
import { isCode } from './aws-error.ts';

/** The instance as EC2 describes it. Throws TargetNotFound, also for one that is terminated, and TargetForeign. */
export async function readInstance(target: Target, member: Member): Promise<Instance> {
  const gone = new TargetNotFound(
    `EC2 instance ${target.id} does not exist in ${target.region} of account ${target.account}: it may be terminated`,
  );
  const [reservation] = await described(target, member, gone);
  const instance = reservation?.Instances?.[0];
  if (!instance || instance.State?.Name === 'terminated') throw gone;
  if (reservation?.OwnerId !== undefined && reservation.OwnerId !== target.account)
    throw new TargetForeign(
      `EC2 instance ${target.id} belongs to account ${reservation.OwnerId}, not to ${target.account}`,
    );
  return instance;
}

async function described(target: Target, member: Member, gone: TargetNotFound): Promise<Reservation[]> {
  try {
    const command = new DescribeInstancesCommand({ InstanceIds: [target.id] });
    return (await member.client(EC2Client).send(command)).Reservations ?? [];
  } catch (error) {
    if (isCode(error, 'InvalidInstanceID.NotFound')) throw gone;
    throw error;
  }
}
