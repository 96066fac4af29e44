import { DescribeSecurityGroupsCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { DBCluster, DBInstance } from '@aws-sdk/client-rds';
import { canonical } from '../../core/json.ts';
import type { Collector, Member } from '../../platform/action.ts';
import { type Part, part, unread } from '../../platform/configuration.ts';
import { readCluster, readDatabase } from '../../platform/database.ts';

/** RDS keeps the groups of a member with its cluster, and shows them at both. */
const groupsOf = ({ VpcSecurityGroups = [] }: DBInstance): string[] =>
  VpcSecurityGroups.flatMap(({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? []);

async function partsOf(instance: DBInstance, member: Member): Promise<Record<string, Part>> {
  const GroupIds = groupsOf(instance);
  const described = new DescribeSecurityGroupsCommand({ GroupIds });
  const cluster = instance.DBClusterIdentifier;
  return {
    instance: await part(Promise.resolve(instance)),
    ...(cluster !== undefined && { cluster: await part(readCluster(cluster, member)) }),
    // without ids EC2 would describe every group of the Region
    ...(GroupIds.length > 0 && {
      securityGroups: await part(
        member
          .client(EC2Client)
          .send(described)
          .then((answer) => answer.SecurityGroups),
      ),
    }),
  };
}

/** The logs that leave the database for CloudWatch; a member of a cluster exports its own or the cluster's. */
function exported(instance: DBInstance, cluster: Part | undefined): string[] {
  const of = cluster && 'value' in cluster ? (cluster.value as DBCluster | null) : undefined;
  const names = [...(instance.EnabledCloudwatchLogsExports ?? []), ...(of?.EnabledCloudwatchLogsExports ?? [])];
  return [...new Set(names)].sort();
}

function summary(id: string, instance: DBInstance, logs: string[]): string {
  const { Engine, DBInstanceStatus, PubliclyAccessible, StorageEncrypted, DBClusterIdentifier } = instance;
  const pending = Object.keys(instance.PendingModifiedValues ?? {}).sort();
  const has = [
    PubliclyAccessible ? 'publicly accessible' : 'not publicly accessible',
    `security groups: ${groupsOf(instance).length}`,
    StorageEncrypted ? 'encrypted' : 'not encrypted',
    ...(DBClusterIdentifier === undefined ? [] : [`member of cluster ${DBClusterIdentifier}`]),
    pending.length === 0 ? 'no change waits' : `changes that wait: ${pending.join(', ')}`,
    logs.length === 0 ? 'no logs exported' : `logs exported: ${logs.join(', ')}`,
  ];
  return `Database ${id} (${Engine ?? 'unknown engine'}) is ${DBInstanceStatus ?? 'in an unknown state'}: ${has.join('; ')}.`;
}

const collector: Collector = {
  async collect(target, member) {
    const instance = await readDatabase(target, member);
    const parts = await partsOf(instance, member);
    const logs = exported(instance, parts.cluster);
    const notes = [
      ...unread(parts),
      ...(logs.length === 0
        ? ['the database exports no log to CloudWatch: who logged in and what was read cannot be told from there']
        : []),
    ];
    return {
      body: new TextEncoder().encode(
        canonical({ database: target.id, account: target.account, region: target.region, configuration: parts }),
      ),
      contentType: 'application/json',
      summary: summary(target.id, instance, logs),
      coverage: { level: notes.length === 0 ? 'complete' : 'partial', notes, to: member.now().toString() },
      footholds: [],
    };
  },
};
export default collector;
