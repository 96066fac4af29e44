import {
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  paginateDescribeSecurityGroupRules,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroupRule,
} from '@aws-sdk/client-ec2';
import { Hindered } from '../core/errors.ts';
import type { Member } from './action.ts';
import { isCode } from './aws-error.ts';
import { wait } from './wait.ts';

/** The group of a VPC that lets nothing in and nothing out. One is made where there is none, and removed when nobody uses it. */
export const quarantineGroup = 'tourniquet-quarantine';

/**
 * A call that names a group which may just have been made. EC2 spreads a new group slowly: for some seconds calls may answer that there
 * is none (EC2 API reference, "Ensuring eventual consistency"). Waits up to 15 seconds, then throws what EC2 answers.
 */
export async function onceKnown<T>(call: () => Promise<T>): Promise<T> {
  for (const seconds of [1, 2, 4, 8]) {
    try {
      return await call();
    } catch (error) {
      if (!isCode(error, 'InvalidGroup.NotFound')) throw error;
      await wait(seconds);
    }
  }
  return call();
}

/** The id of the quarantine group of a VPC; undefined where there is none. */
export async function findQuarantineGroup(member: Member, vpc: string): Promise<string | undefined> {
  const Filters = [
    { Name: 'vpc-id', Values: [vpc] },
    { Name: 'group-name', Values: [quarantineGroup] },
  ];
  const answer = await member.client(EC2Client).send(new DescribeSecurityGroupsCommand({ Filters }));
  return answer.SecurityGroups?.[0]?.GroupId;
}

/** The rules of security groups, both ways, IPv4 and IPv6. */
export async function rulesOf(member: Member, groups: string[]): Promise<SecurityGroupRule[]> {
  if (groups.length === 0) return [];
  const Filters = [{ Name: 'group-id', Values: groups }];
  const rules: SecurityGroupRule[] = [];
  for await (const page of paginateDescribeSecurityGroupRules({ client: member.client(EC2Client) }, { Filters }))
    rules.push(...(page.SecurityGroupRules ?? []));
  return rules;
}

/**
 * The id of the VPC's quarantine group without any rule. A new group is no deny-all: EC2 lets it send everything, in IPv4 and IPv6,
 * so both rules are taken out, and so is whatever somebody let in meanwhile: a rule of the attacker's must not stop an isolation. Two
 * runs side by side end up with one group. Undefined when EC2 says that it made one and has none: the read-back then tells. Throws
 * Hindered where something is let in and the caller may not take that out.
 */
export async function ensureQuarantineGroup(member: Member, vpc: string): Promise<string | undefined> {
  const ec2 = member.client(EC2Client);
  const GroupId = (await findQuarantineGroup(member, vpc)) ?? (await made(member, vpc));
  if (GroupId === undefined) return undefined;
  const rules = await rulesOf(member, [GroupId]);
  const idsOf = (egress: boolean) =>
    rules.flatMap((rule) => (rule.IsEgress === egress ? (rule.SecurityGroupRuleId ?? []) : []));
  const [letIn, letOut] = [idsOf(false), idsOf(true)];
  if (letIn.length > 0)
    await ec2
      .send(new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds: letIn }))
      .catch((error: unknown) => {
        if (!isCode(error, 'UnauthorizedOperation')) throw error;
        throw new Hindered(
          `somebody gave the quarantine group ${GroupId} of ${vpc} ${letIn.length} rules that let something in: take them out, then try again`,
        );
      });
  if (letOut.length > 0)
    await onceKnown(() => ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, SecurityGroupRuleIds: letOut })));
  return GroupId;
}

async function made(member: Member, VpcId: string): Promise<string | undefined> {
  const Description = 'Tourniquet: lets nothing in and nothing out';
  const input = { GroupName: quarantineGroup, Description, VpcId };
  try {
    const { GroupId } = await member.client(EC2Client).send(new CreateSecurityGroupCommand(input));
    if (GroupId !== undefined) return GroupId;
  } catch (error) {
    if (!isCode(error, 'InvalidGroup.Duplicate')) throw error;
  }
  return findQuarantineGroup(member, VpcId);
}

/** Removes the group when nothing is in it any more; EC2 itself refuses while something is. */
export async function releaseQuarantineGroup(member: Member, vpc: string): Promise<void> {
  const GroupId = await findQuarantineGroup(member, vpc);
  if (GroupId === undefined) return;
  try {
    await member.client(EC2Client).send(new DeleteSecurityGroupCommand({ GroupId }));
  } catch (error) {
    if (!isCode(error, 'DependencyViolation') && !isCode(error, 'InvalidGroup.NotFound')) throw error;
  }
}
