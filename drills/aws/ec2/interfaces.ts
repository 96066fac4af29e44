import type { DescribeNetworkInterfacesRequest, ModifyNetworkInterfaceAttributeRequest } from '@aws-sdk/client-ec2';
import { AwsError, type Call, type Need, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { everywhere, filtered, keysOf, page, shownTags } from './listing.ts';
import { retrack } from './reachability.ts';
import { all, arnOf, existing, lookup, type NetworkInterface } from './state.ts';

/** An interface as DescribeInstances shows it too. */
export function shownInterface(world: World, eni: NetworkInterface): object {
  const account = world.account(eni.account);
  const attachment = {
    AttachmentId: `eni-attach-${eni.id.slice(4)}`,
    DeviceIndex: eni.deviceIndex,
    InstanceId: eni.instance,
    InstanceOwnerId: eni.account,
    Status: 'attached',
    DeleteOnTermination: eni.deviceIndex === 0,
  };
  return {
    NetworkInterfaceId: eni.id,
    OwnerId: eni.account,
    VpcId: eni.vpc,
    SubnetId: eni.subnet,
    Status: eni.instance === undefined ? 'available' : 'in-use',
    InterfaceType: 'interface',
    PrivateIpAddress: eni.privateIp,
    Ipv6Addresses: eni.ipv6.map((Ipv6Address) => ({ Ipv6Address })),
    ...(eni.publicIp?.address && {
      Association: { PublicIp: eni.publicIp.address, IpOwnerId: eni.publicIp.elastic ? eni.account : 'amazon' },
    }),
    Groups: eni.groups.map((GroupId) => ({
      GroupId,
      GroupName: lookup(account, eni.region, 'security-group', GroupId)?.name,
    })),
    ...(eni.instance !== undefined && { Attachment: attachment }),
    ...(eni.operator !== undefined && { Operator: { Managed: true, Principal: eni.operator } }),
  };
}

export const interfacesOf = (world: World, account: string, region: string, instance: string): NetworkInterface[] =>
  all(world.account(account), region, 'network-interface')
    .filter((eni) => eni.instance === instance)
    .sort((a, b) => a.deviceIndex - b.deviceIndex);

function describe(world: World, input: DescribeNetworkInterfacesRequest, call: Call): object {
  const account = world.account(call.caller.account);
  const named = input.NetworkInterfaceIds
    ? input.NetworkInterfaceIds.map((id) => existing(account, call.region, 'network-interface', id))
    : all(account, call.region, 'network-interface');
  const some = filtered(named, input.Filters, {
    'network-interface-id': ({ id }) => [id],
    'group-id': ({ groups }) => groups,
    'vpc-id': ({ vpc }) => [vpc],
    'attachment.instance-id': ({ instance }) => [instance],
  });
  const { items, NextToken } = page(some, input);
  const shown = items.map((eni) => ({
    ...shownInterface(world, eni),
    RequesterManaged: eni.operator !== undefined,
    TagSet: shownTags(eni.tags),
  }));
  return { NetworkInterfaces: shown, NextToken };
}

/** Sets the groups of one interface. Throws what EC2 answers for groups of another VPC, too many, none, or a managed interface. */
export function regroup(world: World, eni: NetworkInterface, groups: readonly string[]): void {
  const account = world.account(eni.account);
  if (eni.operator !== undefined)
    throw new AwsError(
      'OperationNotPermitted',
      400,
      `The network interface ${eni.id} is managed by ${eni.operator}; you do not have permission to modify it`,
    );
  if (groups.length === 0) throw new AwsError('InvalidParameterValue', 400, 'An interface needs at least one group');
  if (groups.length > 5)
    throw new AwsError('SecurityGroupsPerInterfaceLimitExceeded', 400, 'The maximum number of groups is 5');
  for (const id of groups)
    if (existing(account, eni.region, 'security-group', id).vpc !== eni.vpc)
      throw new AwsError(
        'InvalidParameterValue',
        400,
        `Security group ${id} and interface ${eni.id} belong to different networks`,
      );
  eni.groups = [...new Set(groups)];
  retrack(world);
}

/** Every group that the call names must be allowed, beside the interface. */
function modifyNeeds(world: World, input: ModifyNetworkInterfaceAttributeRequest, call: Call): Need[] {
  const owner = call.caller.account;
  const need = (kind: 'network-interface' | 'security-group', id = ''): Need => {
    const entity = lookup(world.account(owner), call.region, kind, id);
    return {
      action: 'ec2:ModifyNetworkInterfaceAttribute',
      resource: arnOf(owner, call.region, kind, id),
      owner,
      context: { 'ec2:Attribute': 'Groups', ...(entity && keysOf(entity)) },
    };
  };
  const groups = (input.Groups ?? []).map((id) => need('security-group', id));
  return [need('network-interface', input.NetworkInterfaceId), ...groups];
}

/** Network interfaces. Does not model attaching, detaching, addresses, nor attributes but Groups. */
export function interfaceCommands(world: World): Service {
  return {
    DescribeNetworkInterfaces: {
      parameters: ['NetworkInterfaceIds', 'Filters', 'MaxResults', 'NextToken'],
      needs: everywhere('ec2:DescribeNetworkInterfaces'),
      run: (input: DescribeNetworkInterfacesRequest, call: Call) => describe(world, input, call),
    },
    ModifyNetworkInterfaceAttribute: {
      parameters: ['NetworkInterfaceId', 'Groups'],
      needs: (input: ModifyNetworkInterfaceAttributeRequest, call: Call) => modifyNeeds(world, input, call),
      run(input: ModifyNetworkInterfaceAttributeRequest, call: Call) {
        const account = world.account(call.caller.account);
        const eni = existing(account, call.region, 'network-interface', input.NetworkInterfaceId);
        if (input.Groups === undefined)
          throw new AwsError('InvalidParameterCombination', 400, 'No attributes specified');
        regroup(world, eni, input.Groups);
        return {};
      },
    },
  };
}
