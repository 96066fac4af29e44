import {
  DescribeSecurityGroupsCommand,
  EC2Client,
  type NetworkInterface,
  paginateDescribeNetworkInterfaces,
} from '@aws-sdk/client-ec2';
import { canonical, type Json } from '../../core/json.ts';
import type { Collector } from '../../platform/action.ts';
import { rulesOf } from '../../platform/quarantine-group.ts';

/** The rules with their ids, which a revocation destroys: CloudTrail knows the author of a rule by them. */
const collector: Collector = {
  async collect(target, member) {
    const client = member.client(EC2Client);
    const interfaces: NetworkInterface[] = [];
    const Filters = [{ Name: 'group-id', Values: [target.id] }];
    const [groups, rules] = await Promise.all([
      client.send(new DescribeSecurityGroupsCommand({ GroupIds: [target.id] })),
      rulesOf(member, [target.id]),
    ]);
    for await (const { NetworkInterfaces = [] } of paginateDescribeNetworkInterfaces({ client }, { Filters }))
      interfaces.push(...NetworkInterfaces);
    const inbound = rules.filter(({ IsEgress }) => !IsEgress).length;
    const body = canonical(JSON.parse(JSON.stringify({ groups: groups.SecurityGroups, rules, interfaces })) as Json);
    return {
      body: new TextEncoder().encode(body),
      contentType: 'application/json',
      summary: `Security group ${target.id} has ${inbound} rules inward and ${rules.length - inbound} outward; network interfaces that have it: ${interfaces.length}.`,
      coverage: { level: 'complete', notes: [] },
      footholds: [],
    };
  },
};
export default collector;
