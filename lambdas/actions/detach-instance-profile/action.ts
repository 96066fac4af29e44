import {
  AssociateIamInstanceProfileCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DisassociateIamInstanceProfileCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { BeforeStateChanged, Drift } from '../../core/errors.ts';
import { standing } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Captured, Member } from '../../platform/action.ts';
import { readInstance } from '../../platform/instance.ts';
import { profileRoles } from '../../platform/instance-role.ts';

export type State = {
  /** ARN of the instance profile; null: the instance has none */
  profile: string | null;
  /** ARN of the role that the profile hands out; null: none, so there is nothing to take away */
  role: string | null;
};

/** The association that is in force or on its way in or out: its id is a new one every time, so it is never recorded. */
async function association(target: Target, member: Member) {
  const Filters = [{ Name: 'instance-id', Values: [target.id] }];
  const answer = await member.client(EC2Client).send(new DescribeIamInstanceProfileAssociationsCommand({ Filters }));
  return answer.IamInstanceProfileAssociations?.find((a) => a.State !== 'disassociated');
}

async function capture(target: Target, member: Member): Promise<Captured<State>> {
  await readInstance(target, member);
  const profile = (await association(target, member))?.IamInstanceProfile?.Arn ?? null;
  const role = (profile && (await profileRoles(member)).get(profile)?.arn) || null;
  return { state: { profile, role }, scope: role === null ? {} : { roleArn: role } };
}

const nameOf = (arn: string) => arn.split('/').at(-1) ?? arn;

async function detach(target: Target, member: Member): Promise<void> {
  const AssociationId = (await association(target, member))?.AssociationId;
  await member.client(EC2Client).send(new DisassociateIamInstanceProfileCommand({ AssociationId }));
}

async function attach(target: Target, member: Member, Arn: string): Promise<void> {
  await member
    .client(EC2Client)
    .send(new AssociateIamInstanceProfileCommand({ InstanceId: target.id, IamInstanceProfile: { Arn } }));
}

async function move(target: Target, member: Member, from: State, to: State, changed: (why: string) => Error) {
  const live = (await capture(target, member)).state;
  const now = standing(live.profile, from.profile, to.profile);
  if (now === 'changed')
    throw changed(`instance ${target.id} has ${live.profile ? `the profile ${nameOf(live.profile)}` : 'no profile'}`);
  if (now === 'done') return;
  await (to.profile === null ? detach(target, member) : attach(target, member, to.profile));
}

const action: Action<State> = {
  capture,
  owned: ({ profile }) => ({ profile }),
  intend: () => ({ profile: null, role: null }),
  losses: ({ role }, target) =>
    role === null
      ? []
      : [
          `Everything on instance ${target.id} that uses role ${nameOf(role)} loses AWS when its present credentials end; Systems Manager loses the instance too.`,
          `Other instances with role ${nameOf(role)} keep it.`,
        ],
  describe: (before, after) =>
    before.profile === after.profile
      ? []
      : [
          `instance profile: ${before.profile ? nameOf(before.profile) : 'none'} → ${after.profile ? nameOf(after.profile) : 'none'}`,
        ],
  apply: (target, member, before, after) =>
    move(target, member, before, after, (why) => new BeforeStateChanged(`${why}, no longer as it was read`)),
  verify: (live) =>
    live.role === null
      ? { safe: true }
      : { safe: false, why: `the instance still gets credentials of role ${nameOf(live.role)}` },
  undo: (target, member, before, after) =>
    move(target, member, after, before, (why) => new Drift(`${why}, not what we left: decide by hand`)),
};
export default action;
