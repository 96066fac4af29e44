import {
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  type Instance,
} from '@aws-sdk/client-ec2';
import { canonical } from '../../core/json.ts';
import type { Collector, Member } from '../../platform/action.ts';
import { type Part, part, unread } from '../../platform/configuration.ts';
import { readInstance } from '../../platform/instance.ts';
import { profileRoles } from '../../platform/instance-role.ts';

const groupsOf = ({ NetworkInterfaces = [] }: Instance): string[] => [
  ...new Set(NetworkInterfaces.flatMap((eni) => (eni.Groups ?? []).flatMap((g) => g.GroupId ?? []))),
];
const interfacesOf = ({ NetworkInterfaces = [] }: Instance): string[] =>
  NetworkInterfaces.flatMap((eni) => eni.NetworkInterfaceId ?? []);

async function beside(instance: Instance, member: Member): Promise<Record<string, Part>> {
  const ec2 = member.client(EC2Client);
  const [NetworkInterfaceIds, GroupIds] = [interfacesOf(instance), groupsOf(instance)];
  const [interfaces, securityGroups, role] = await Promise.all([
    part(ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds })).then((a) => a.NetworkInterfaces)),
    part(ec2.send(new DescribeSecurityGroupsCommand({ GroupIds })).then((a) => a.SecurityGroups)),
    part(profileRoles(member).then((roles) => roles.get(instance.IamInstanceProfile?.Arn ?? ''))),
  ]);
  return { interfaces, securityGroups, role };
}

function summary(id: string, instance: Instance, parts: Record<string, Part>): string {
  const role = parts.role && 'value' in parts.role ? (parts.role.value as { name: string } | null) : undefined;
  const has = [
    `${interfacesOf(instance).length} network interfaces with ${groupsOf(instance).length} security groups`,
    `${instance.BlockDeviceMappings?.length ?? 0} volumes`,
    role === undefined ? 'role unreadable' : role ? `role ${role.name}` : 'no role',
    instance.PublicIpAddress ? 'a public address' : 'no public address',
    `metadata service ${instance.MetadataOptions?.HttpTokens === 'required' ? 'version 2 only' : 'versions 1 and 2'}`,
  ];
  return `Instance ${id} is ${instance.State?.Name ?? 'in an unknown state'}: ${has.join(', ')}.`;
}

const collector: Collector = {
  async collect(target, member) {
    const instance = await readInstance(target, member);
    const parts = { instance: await part(Promise.resolve(instance)), ...(await beside(instance, member)) };
    const failed = unread(parts);
    return {
      body: new TextEncoder().encode(
        canonical({ instance: target.id, account: target.account, region: target.region, configuration: parts }),
      ),
      contentType: 'application/json',
      summary: summary(target.id, instance, parts),
      coverage: {
        level: failed.length === 0 ? 'complete' : 'partial',
        notes: failed,
        to: member.now().toString(),
      },
      footholds: [],
    };
  },
};
export default collector;
