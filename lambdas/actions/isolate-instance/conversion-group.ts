import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  type IpPermission,
} from '@aws-sdk/client-ec2';
import { Hindered } from '../../core/errors.ts';
import type { Member } from '../../platform/action.ts';
import { isCode } from '../../platform/aws-error.ts';
import { onceKnown } from '../../platform/quarantine-group.ts';

/**
 * A group that allows everything both ways. EC2 does not track connections under such rules, so they end when the rules go away, while
 * tracked ones last for up to five days (EC2 user guide, "Security group connection tracking"). It is there for seconds only.
 */
export const conversionGroup = 'tourniquet-conversion';

/** The id of the conversion group of a VPC; undefined where there is none: then no isolation is under way or broken off. */
export async function findConversionGroup(member: Member, vpc: string): Promise<string | undefined> {
  const Filters = [
    { Name: 'vpc-id', Values: [vpc] },
    { Name: 'group-name', Values: [conversionGroup] },
  ];
  const answer = await member.client(EC2Client).send(new DescribeSecurityGroupsCommand({ Filters }));
  return answer.SecurityGroups?.[0]?.GroupId;
}

const everywhere: readonly IpPermission[] = [
  { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
  { IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
];

/**
 * The id of the VPC's conversion group with all four rules; undefined when EC2 says that it made one and gives no id. The id that EC2
 * answers is used, because a list may not show the new group for some seconds. Throws Hindered where there is one that no list shows.
 */
export async function ensureConversionGroup(member: Member, vpc: string): Promise<string | undefined> {
  const ec2 = member.client(EC2Client);
  const GroupId = (await findConversionGroup(member, vpc)) ?? (await made(member, vpc));
  if (GroupId === undefined) return undefined;
  // one by one: EC2 refuses a call as a whole when one of its rules is there already, as the egress of a new group is
  for (const permission of everywhere) {
    const rule = { GroupId, IpPermissions: [permission] };
    const [into, out] = [new AuthorizeSecurityGroupIngressCommand(rule), new AuthorizeSecurityGroupEgressCommand(rule)];
    await onceKnown(() => ec2.send(into)).catch(unless('InvalidPermission.Duplicate'));
    await onceKnown(() => ec2.send(out)).catch(unless('InvalidPermission.Duplicate'));
  }
  return GroupId;
}

async function made(member: Member, VpcId: string): Promise<string | undefined> {
  const Description = 'Tourniquet: unties open connections before isolation; exists for seconds';
  const input = { GroupName: conversionGroup, Description, VpcId };
  try {
    return (await member.client(EC2Client).send(new CreateSecurityGroupCommand(input))).GroupId;
  } catch (error) {
    if (!isCode(error, 'InvalidGroup.Duplicate')) throw error;
  }
  const GroupId = await findConversionGroup(member, VpcId);
  if (GroupId !== undefined) return GroupId;
  throw new Hindered(
    `${VpcId} has a group ${conversionGroup} that EC2 does not show yet, so open connections cannot be cut: try again in a minute`,
  );
}

/** Removes the group; EC2 itself refuses while another run uses it. */
export async function releaseConversionGroup(member: Member, vpc: string): Promise<void> {
  const GroupId = await findConversionGroup(member, vpc);
  if (GroupId !== undefined)
    await member
      .client(EC2Client)
      .send(new DeleteSecurityGroupCommand({ GroupId }))
      .catch(unless('DependencyViolation', 'InvalidGroup.NotFound'));
}

const unless =
  (...codes: string[]) =>
  (error: unknown): undefined => {
    if (!codes.some((code) => isCode(error, code))) throw error;
  };
