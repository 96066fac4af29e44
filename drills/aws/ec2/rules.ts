import type {
  AuthorizeSecurityGroupIngressRequest,
  DescribeSecurityGroupRulesRequest,
  IpPermission,
  RevokeSecurityGroupIngressRequest,
} from '@aws-sdk/client-ec2';
import { AwsError, type Call, type Command, type Need, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { everywhere, filtered, keysOf, page } from './listing.ts';
import { retrack } from './reachability.ts';
import { ruleOf } from './seed.ts';
import { all, arnOf, existing, lookup, type Rule, type SecurityGroup } from './state.ts';

/** IANA numbers that EC2 answers with their names. */
const protocolNames: Record<string, string> = { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6', all: '-1' };

const content = ({ egress, protocol, from, to, peer }: Rule): string =>
  JSON.stringify([egress, protocol, from, to, peer]);

/** How each kind of peer is written in a rule. */
function shownPeer(peer: string): Record<string, string> {
  if (peer.startsWith('pl-')) return { PrefixListId: peer };
  if (peer.startsWith('sg-')) return { ReferencedGroupId: peer };
  return peer.includes(':') ? { CidrIpv6: peer } : { CidrIpv4: peer };
}

/** One rule for each peer of each permission; protocol -1 has no ports, whatever the caller wrote. */
function rulesIn(world: World, call: Call, permissions: readonly IpPermission[], egress: boolean): Rule[] {
  const account = world.account(call.caller.account);
  return permissions.flatMap((permission) => {
    const { IpProtocol = '', FromPort, ToPort } = permission;
    const protocol = protocolNames[IpProtocol] ?? IpProtocol;
    if (protocol === '') throw new AwsError('MissingParameter', 400, 'IpProtocol is missing');
    if (['tcp', 'udp'].includes(protocol) && (FromPort === undefined || ToPort === undefined || FromPort > ToPort))
      throw new AwsError('InvalidParameterValue', 400, `Invalid value for portRange: ${FromPort}-${ToPort}`);
    const peers = [
      ...(permission.IpRanges ?? []).map(({ CidrIp, Description }) => [CidrIp, Description]),
      ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6, Description }) => [CidrIpv6, Description]),
      ...(permission.PrefixListIds ?? []).map(({ PrefixListId, Description }) => [PrefixListId, Description]),
      ...(permission.UserIdGroupPairs ?? []).map(({ GroupId, Description }) => [GroupId, Description]),
    ];
    return peers.map(([peer = '', description]) =>
      ruleOf(account, egress, {
        protocol,
        peer,
        ...(FromPort !== undefined && { from: FromPort }),
        ...(ToPort !== undefined && { to: ToPort }),
        ...(description !== undefined && { description }),
      }),
    );
  });
}

function shownRule(group: SecurityGroup, rule: Rule): object {
  const { ReferencedGroupId, ...peer } = shownPeer(rule.peer);
  return {
    SecurityGroupRuleId: rule.id,
    GroupId: group.id,
    GroupOwnerId: group.account,
    IsEgress: rule.egress,
    IpProtocol: rule.protocol,
    FromPort: rule.from,
    ToPort: rule.to,
    Description: rule.description,
    ...peer,
    ...(ReferencedGroupId && { ReferencedGroupInfo: { GroupId: ReferencedGroupId, UserId: group.account } }),
    Tags: [],
  };
}

/** The group of a call, and what IAM checks of it. */
export function groupNeed(world: World, action: string) {
  return ({ GroupId = '' }: { GroupId?: string | undefined }, call: Call): Need[] => {
    const group = lookup(world.account(call.caller.account), call.region, 'security-group', GroupId);
    const resource = arnOf(call.caller.account, call.region, 'security-group', GroupId);
    return [{ action, resource, owner: call.caller.account, ...(group && { context: keysOf(group) }) }];
  };
}

function authorize(world: World, egress: boolean): Command<AuthorizeSecurityGroupIngressRequest, object> {
  const action = `ec2:AuthorizeSecurityGroup${egress ? 'Egress' : 'Ingress'}`;
  return {
    parameters: ['GroupId', 'IpPermissions'],
    needs: (input, call) => {
      const resource = `arn:aws:ec2:${call.region}:${call.caller.account}:security-group-rule/*`;
      return [...groupNeed(world, action)(input, call), { action, resource, owner: call.caller.account }];
    },
    run(input, call) {
      const account = world.account(call.caller.account);
      const group = existing(account, call.region, 'security-group', input.GroupId);
      const added = rulesIn(world, call, input.IpPermissions ?? [], egress);
      if (added.length === 0)
        throw new AwsError('MissingParameter', 400, 'Either ipPermissions or a source must be given');
      for (const { peer } of added) {
        if (peer.startsWith('sg-')) existing(account, call.region, 'security-group', peer);
        if (peer.startsWith('pl-')) existing(account, call.region, 'prefix-list', peer);
      }
      const known = new Set(group.rules.map(content));
      for (const rule of added)
        if (known.has(content(rule)))
          throw new AwsError('InvalidPermission.Duplicate', 400, `the specified rule "${rule.peer}" already exists`);
      // 60 rules a direction; the weight of a prefix list is not counted
      if (group.rules.filter((rule) => rule.egress === egress).length + added.length > 60)
        throw new AwsError('RulesPerSecurityGroupLimitExceeded', 400, 'The maximum number of rules has been reached');
      group.rules.push(...added);
      retrack(world);
      return { Return: true, SecurityGroupRules: added.map((rule) => shownRule(group, rule)) };
    },
  };
}

function namedById(group: SecurityGroup, ids: readonly string[], egress: boolean): Rule[] {
  return ids.map((id) => {
    const rule = group.rules.find((r) => r.id === id && r.egress === egress);
    if (!rule)
      throw new AwsError(
        'InvalidSecurityGroupRuleId.NotFound',
        400,
        `The security group rule ID '${id}' does not exist`,
      );
    return rule;
  });
}

/** In a default VPC a permission that matches no rule is no error, and revokes nothing (RevokeSecurityGroupIngress). */
function revoke(world: World, egress: boolean): Command<RevokeSecurityGroupIngressRequest, object> {
  return {
    parameters: ['GroupId', 'IpPermissions', 'SecurityGroupRuleIds'],
    needs: groupNeed(world, `ec2:RevokeSecurityGroup${egress ? 'Egress' : 'Ingress'}`),
    run(input, call) {
      const account = world.account(call.caller.account);
      const group = existing(account, call.region, 'security-group', input.GroupId);
      const { SecurityGroupRuleIds: ids = [], IpPermissions: permissions = [] } = input;
      if (ids.length > 0 === permissions.length > 0)
        throw new AwsError('InvalidParameterCombination', 400, 'Give either ipPermissions or securityGroupRuleIds');
      const asked = new Set(rulesIn(world, call, permissions, egress).map(content));
      const known = new Set(group.rules.map(content));
      const unknown = [...asked].filter((rule) => !known.has(rule));
      if (unknown.length > 0 && !existing(account, call.region, 'vpc', group.vpc).isDefault)
        throw new AwsError(
          'InvalidPermission.NotFound',
          400,
          'The specified rule does not exist in this security group',
        );
      const byContent = group.rules.filter((rule) => asked.has(content(rule)));
      const gone = new Set([...namedById(group, ids, egress), ...byContent]);
      group.rules = group.rules.filter((rule) => !gone.has(rule));
      retrack(world);
      return {
        Return: true,
        ...(unknown.length > 0 && { UnknownIpPermissions: permissions }),
        RevokedSecurityGroupRules: [...gone].map((rule) => ({
          SecurityGroupRuleId: rule.id,
          GroupId: group.id,
          IsEgress: egress,
          IpProtocol: rule.protocol,
          FromPort: rule.from,
          ToPort: rule.to,
          Description: rule.description,
          ...shownPeer(rule.peer),
        })),
      };
    },
  };
}

/** The rules of security groups. Does not model references to groups of peers, tags of rules, nor changes of descriptions. */
export function ruleCommands(world: World): Service {
  return {
    DescribeSecurityGroupRules: {
      parameters: ['Filters', 'SecurityGroupRuleIds', 'MaxResults', 'NextToken'],
      needs: everywhere('ec2:DescribeSecurityGroupRules'),
      run(input: DescribeSecurityGroupRulesRequest, call: Call) {
        const groups = all(world.account(call.caller.account), call.region, 'security-group');
        const rules = groups.flatMap((group) => group.rules.map((rule) => ({ id: rule.id, group, rule, tags: {} })));
        const wanted = input.SecurityGroupRuleIds;
        for (const id of wanted ?? [])
          if (!rules.some((r) => r.id === id))
            throw new AwsError('InvalidSecurityGroupRuleId.NotFound', 400, `The rule ID '${id}' does not exist`);
        const some = filtered(
          rules.filter(({ id }) => !wanted || wanted.includes(id)),
          input.Filters,
          { 'group-id': ({ group }) => [group.id], 'security-group-rule-id': ({ id }) => [id] },
        );
        const { items, NextToken } = page(some, input);
        return { SecurityGroupRules: items.map(({ group, rule }) => shownRule(group, rule)), NextToken };
      },
    },
    AuthorizeSecurityGroupIngress: authorize(world, false),
    AuthorizeSecurityGroupEgress: authorize(world, true),
    RevokeSecurityGroupIngress: revoke(world, false),
    RevokeSecurityGroupEgress: revoke(world, true),
  };
}
