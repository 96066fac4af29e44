import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  type IpPermission,
  type SecurityGroup,
} from '@aws-sdk/client-ec2';
import type { Member } from '../../platform/action.ts';
import { isCode } from '../../platform/aws-error.ts';

/**
 * A group that allows everything both ways. EC2 does not track connections under such rules, so they end when the rules go away, while
 * tracked ones last for up to five days (EC2 user guide, "Security group connection tracking"). It is there for seconds only.
 */
export const conversionGroup = 'tourniquet-conversion';

async function find(member: Member, vpc: string): Promise<SecurityGroup | undefined> {
  const Filters = [
    { Name: 'vpc-id', Values: [vpc] },
    { Name: 'group-name', Values: [conversionGroup] },
  ];
  const answer = await member.client(EC2Client).send(new DescribeSecurityGroupsCommand({ Filters }));
  return answer.SecurityGroups?.[0];
}

/** What of "everything, in IPv4 and IPv6" these permissions lack; undefined where nothing is missing. */
function missing(given: IpPermission[] | undefined): IpPermission[] | undefined {
  const whole = (given ?? []).filter(({ IpProtocol }) => IpProtocol === '-1');
  const v4 = whole.some(({ IpRanges }) => IpRanges?.some(({ CidrIp }) => CidrIp === '0.0.0.0/0'));
  const v6 = whole.some(({ Ipv6Ranges }) => Ipv6Ranges?.some(({ CidrIpv6 }) => CidrIpv6 === '::/0'));
  const lacking: IpPermission = {
    IpProtocol: '-1',
    ...(!v4 && { IpRanges: [{ CidrIp: '0.0.0.0/0' }] }),
    ...(!v6 && { Ipv6Ranges: [{ CidrIpv6: '::/0' }] }),
  };
  return v4 && v6 ? undefined : [lacking];
}

/** The id of the VPC's conversion group with all four rules; undefined when EC2 says that it made one and has none. */
export async function ensureConversionGroup(member: Member, vpc: string): Promise<string | undefined> {
  const ec2 = member.client(EC2Client);
  const known = await find(member, vpc);
  if (!known) {
    const Description = 'Tourniquet: unties open connections before isolation; exists for seconds';
    await ec2
      .send(new CreateSecurityGroupCommand({ GroupName: conversionGroup, Description, VpcId: vpc }))
      .catch(unless('InvalidGroup.Duplicate'));
  }
  const group = known ?? (await find(member, vpc));
  if (!group?.GroupId) return undefined;
  const [ingress, egress] = [missing(group.IpPermissions), missing(group.IpPermissionsEgress)];
  const to = (IpPermissions: IpPermission[]) => ({ GroupId: group.GroupId, IpPermissions });
  // another run may have been faster: what is there already is what we want
  if (ingress)
    await ec2.send(new AuthorizeSecurityGroupIngressCommand(to(ingress))).catch(unless('InvalidPermission.Duplicate'));
  if (egress)
    await ec2.send(new AuthorizeSecurityGroupEgressCommand(to(egress))).catch(unless('InvalidPermission.Duplicate'));
  return group.GroupId;
}

/** Removes the group; EC2 itself refuses while another run uses it. */
export async function releaseConversionGroup(member: Member, vpc: string): Promise<void> {
  const group = await find(member, vpc);
  if (group?.GroupId)
    await member
      .client(EC2Client)
      .send(new DeleteSecurityGroupCommand({ GroupId: group.GroupId }))
      .catch(unless('DependencyViolation', 'InvalidGroup.NotFound'));
}

const unless =
  (...codes: string[]) =>
  (error: unknown): undefined => {
    if (!codes.some((code) => isCode(error, code))) throw error;
  };
