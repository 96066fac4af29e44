import type {
  CreateSecurityGroupRequest,
  DeleteSecurityGroupRequest,
  DescribeSecurityGroupsRequest,
  IpPermission,
} from '@aws-sdk/client-ec2';
import { AwsError, type Call, type Need, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { everywhere, filtered, keysOf, page, shownTags } from './listing.ts';
import { groupNeed, ruleCommands } from './rules.ts';
import { seedGroup } from './seed.ts';
import { all, arnOf, drop, existing, lookup, type Rule, type SecurityGroup } from './state.ts';

/** Rules of the same protocol and ports make one permission. */
function permissions(rules: readonly Rule[]): IpPermission[] {
  const byPorts = Map.groupBy(rules, ({ protocol, from, to }) => JSON.stringify([protocol, from, to]));
  return [...byPorts.values()].map((same) => {
    const described = (rule: Rule) => ({ ...(rule.description !== undefined && { Description: rule.description }) });
    const of = (kind: (peer: string) => boolean) => same.filter(({ peer }) => kind(peer));
    const [isList, isGroup] = [(p: string) => p.startsWith('pl-'), (p: string) => p.startsWith('sg-')];
    const isBlock = (v6: boolean) => (p: string) => !isList(p) && !isGroup(p) && p.includes(':') === v6;
    const { protocol = '', from, to } = same[0] ?? {};
    return {
      IpProtocol: protocol,
      ...(protocol !== '-1' && { FromPort: from, ToPort: to }),
      IpRanges: of(isBlock(false)).map((r) => ({ CidrIp: r.peer, ...described(r) })),
      Ipv6Ranges: of(isBlock(true)).map((r) => ({ CidrIpv6: r.peer, ...described(r) })),
      PrefixListIds: of(isList).map((r) => ({ PrefixListId: r.peer, ...described(r) })),
      UserIdGroupPairs: of(isGroup).map((r) => ({ GroupId: r.peer, ...described(r) })),
    };
  });
}

const shownGroup = (group: SecurityGroup): object => ({
  GroupId: group.id,
  GroupName: group.name,
  Description: group.description,
  OwnerId: group.account,
  VpcId: group.vpc,
  SecurityGroupArn: arnOf(group.account, group.region, 'security-group', group.id),
  Tags: shownTags(group.tags),
  IpPermissions: permissions(group.rules.filter((rule) => !rule.egress)),
  IpPermissionsEgress: permissions(group.rules.filter((rule) => rule.egress)),
});

function describe(world: World, input: DescribeSecurityGroupsRequest, call: Call): object {
  const account = world.account(call.caller.account);
  const { GroupIds: ids } = input;
  const named = ids
    ? ids.map((id) => existing(account, call.region, 'security-group', id))
    : all(account, call.region, 'security-group');
  const some = filtered(named, input.Filters, {
    'group-id': ({ id }) => [id],
    'group-name': ({ name }) => [name],
    'vpc-id': ({ vpc }) => [vpc],
    description: ({ description }) => [description],
    'ip-permission.group-id': ({ rules }) => rules.filter((r) => !r.egress).map((r) => r.peer),
  });
  const { items, NextToken } = page(some, input);
  return { SecurityGroups: items.map(shownGroup), NextToken };
}

/** A new group is no deny-all: it lets everything out, in IPv4, and in IPv6 where the VPC has it. */
function create(world: World, input: CreateSecurityGroupRequest, call: Call): object {
  const account = world.account(call.caller.account);
  const { GroupName: name = '', Description: description = '', VpcId } = input;
  if (name === '' || description === '')
    throw new AwsError('MissingParameter', 400, 'GroupName and GroupDescription are needed');
  if (/^sg-/i.test(name) || name === 'default')
    throw new AwsError('InvalidParameterValue', 400, `Invalid value '${name}' for groupName`);
  const vpc = existing(account, call.region, 'vpc', VpcId);
  if (all(account, call.region, 'security-group').some((g) => g.vpc === vpc.id && g.name === name))
    throw new AwsError(
      'InvalidGroup.Duplicate',
      400,
      `The security group '${name}' already exists for VPC '${vpc.id}'`,
    );
  const group = seedGroup(account, call.region, { name, description, vpc: vpc.id, tags: tagsOf(input) });
  return {
    GroupId: group.id,
    SecurityGroupArn: arnOf(account.id, call.region, 'security-group', group.id),
    Tags: shownTags(group.tags),
  };
}

const tagsOf = (input: CreateSecurityGroupRequest): Record<string, string> =>
  Object.fromEntries((input.TagSpecifications?.[0]?.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));

function createNeeds(world: World, input: CreateSecurityGroupRequest, call: Call): Need[] {
  const owner = call.caller.account;
  const action = 'ec2:CreateSecurityGroup';
  const made = arnOf(owner, call.region, 'security-group', '*');
  const vpc = lookup(world.account(owner), call.region, 'vpc', input.VpcId);
  const tags = Object.entries(tagsOf(input));
  const context = Object.fromEntries(tags.map(([key, value]) => [`aws:RequestTag/${key}`, value]));
  const needs: Need[] = [
    { action, resource: made, owner, context },
    {
      action,
      resource: arnOf(owner, call.region, 'vpc', input.VpcId ?? ''),
      owner,
      ...(vpc && { context: keysOf({ ...vpc, vpc: vpc.id }) }),
    },
  ];
  const created = { ...context, 'ec2:CreateAction': 'CreateSecurityGroup' };
  if (tags.length > 0) needs.push({ action: 'ec2:CreateTags', resource: made, owner, context: created });
  return needs;
}

function remove(world: World, input: DeleteSecurityGroupRequest, call: Call): object {
  const account = world.account(call.caller.account);
  const group = existing(account, call.region, 'security-group', input.GroupId);
  if (group.name === 'default')
    throw new AwsError(
      'CannotDelete',
      400,
      `the specified group: "${group.id}" name: "default" cannot be deleted by a user`,
    );
  const inUse = all(account, call.region, 'network-interface').some((eni) => eni.groups.includes(group.id));
  const named = all(account, call.region, 'security-group').some(
    (other) => other.id !== group.id && other.rules.some(({ peer }) => peer === group.id),
  );
  if (inUse || named) throw new AwsError('DependencyViolation', 400, `resource ${group.id} has a dependent object`);
  drop(account, 'security-group', group);
  return { Return: true, GroupId: group.id };
}

/** Security groups of VPCs (there are no others since EC2-Classic ended), and their rules. */
export function securityGroupCommands(world: World): Service {
  return {
    ...ruleCommands(world),
    DescribeSecurityGroups: {
      parameters: ['GroupIds', 'Filters', 'MaxResults', 'NextToken'],
      needs: everywhere('ec2:DescribeSecurityGroups'),
      run: (input: DescribeSecurityGroupsRequest, call: Call) => describe(world, input, call),
    },
    CreateSecurityGroup: {
      parameters: ['GroupName', 'Description', 'VpcId', 'TagSpecifications'],
      needs: (input: CreateSecurityGroupRequest, call: Call) => createNeeds(world, input, call),
      run: (input: CreateSecurityGroupRequest, call: Call) => create(world, input, call),
    },
    DeleteSecurityGroup: {
      parameters: ['GroupId'],
      needs: groupNeed(world, 'ec2:DeleteSecurityGroup'),
      run: (input: DeleteSecurityGroupRequest, call: Call) => remove(world, input, call),
    },
  };
}
