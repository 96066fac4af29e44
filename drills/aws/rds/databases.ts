import type { ModifyDBClusterMessage, ModifyDBInstanceMessage } from '@aws-sdk/client-rds';
import { lookup } from '../ec2/state.ts';
import { AwsError, type Call, type Command, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { attach } from './network.ts';
import { bare, type Database, databases, pageOf, rdsArn } from './state.ts';

const missing = { db: 'DBInstanceNotFoundFault', cluster: 'DBClusterNotFoundFault' };
const badState = { db: 'InvalidDBInstanceStateFault', cluster: 'InvalidDBClusterStateFault' };
/** States in which RDS takes changes and new snapshots; while it backs up, too. */
const takesChanges = ['available', 'backing-up', 'storage-optimization'];

export function databaseOf(world: World, kind: Database['kind'], name: string | undefined, call: Call): Database {
  const found = databases(world, call, kind).find(({ id }) => id === bare(name, kind));
  if (!found)
    throw new AwsError(missing[kind], 404, `${kind === 'db' ? 'DBInstance' : 'DBCluster'} ${name} not found.`);
  return found;
}

/** Throws InvalidDB…State. */
export function requireReady(database: Database): void {
  if (!takesChanges.includes(database.status))
    throw new AwsError(badState[database.kind], 400, `Database ${database.id} is not in available state.`);
}

const groupsOf = (world: World, database: Database, call: Call): readonly string[] =>
  database.cluster === undefined ? database.groups : databaseOf(world, 'cluster', database.cluster, call).groups;

function shownBoth(world: World, database: Database, call: Call) {
  return {
    Engine: database.engine,
    StorageEncrypted: database.key !== undefined,
    ...(database.key !== undefined && { KmsKeyId: database.key }),
    VpcSecurityGroups: groupsOf(world, database, call).map((VpcSecurityGroupId) => ({
      VpcSecurityGroupId,
      Status: 'active',
    })),
    PendingModifiedValues: { ...database.pending },
    ...(database.logs.length > 0 && { EnabledCloudwatchLogsExports: [...database.logs] }),
  };
}

const shownInstance = (world: World, database: Database, call: Call) => ({
  ...shownBoth(world, database, call),
  DBInstanceIdentifier: database.id,
  DBInstanceArn: rdsArn(database.account, database.region, 'db', database.id),
  DBInstanceStatus: database.status,
  PubliclyAccessible: database.publiclyAccessible,
  DBSubnetGroup: { VpcId: database.vpc },
  ...(database.cluster !== undefined && { DBClusterIdentifier: database.cluster }),
});

const shownCluster = (world: World, database: Database, call: Call) => ({
  ...shownBoth(world, database, call),
  DBClusterIdentifier: database.id,
  DBClusterArn: rdsArn(database.account, database.region, 'cluster', database.id),
  Status: database.status,
  DBClusterMembers: databases(world, call, 'db')
    .filter((member) => member.cluster === database.id)
    .map((member) => ({ DBInstanceIdentifier: member.id })),
});

/** The groups must exist, and stand in the database's own VPC. */
function checkGroups(world: World, database: Database, groups: readonly string[]): void {
  const account = world.account(database.account);
  for (const id of groups) {
    const group = lookup(account, database.region, 'security-group', id);
    if (group?.vpc !== database.vpc)
      throw new AwsError('InvalidParameterValue', 400, `Invalid security group , groupId= ${id}, groupName=.`);
  }
}

/** Whatever else waits comes into force too (API reference, ModifyDBInstance, ApplyImmediately). */
function applyPending(database: Database): void {
  database.settings = { ...database.settings, ...database.pending };
  database.pending = {};
}

function modifyInstance(world: World): Command<ModifyDBInstanceMessage, object> {
  return {
    parameters: [
      'DBInstanceIdentifier',
      'PubliclyAccessible',
      'VpcSecurityGroupIds',
      'ApplyImmediately',
      'DBInstanceClass',
      'EngineVersion',
      'BackupRetentionPeriod',
    ],
    needs: (input, call) => [need('ModifyDBInstance', 'db', input.DBInstanceIdentifier, call)],
    run(input, call) {
      const database = databaseOf(world, 'db', input.DBInstanceIdentifier, call);
      requireReady(database);
      const { PubliclyAccessible, VpcSecurityGroupIds, ApplyImmediately, DBInstanceIdentifier: _, ...later } = input;
      if (VpcSecurityGroupIds && database.cluster !== undefined)
        throw new AwsError(
          'InvalidParameterCombination',
          400,
          'The specified DB Instance is a member of a cluster. Modify the security groups of the cluster using the ModifyDbCluster API',
        );
      if (VpcSecurityGroupIds) checkGroups(world, database, VpcSecurityGroupIds);
      // these two do not wait, whatever ApplyImmediately says
      if (PubliclyAccessible !== undefined) database.publiclyAccessible = PubliclyAccessible;
      if (VpcSecurityGroupIds) database.groups = [...VpcSecurityGroupIds];
      Object.assign(database.pending, later);
      if (ApplyImmediately) applyPending(database);
      attach(world, database);
      return { DBInstance: shownInstance(world, database, call) };
    },
  };
}

function modifyCluster(world: World): Command<ModifyDBClusterMessage, object> {
  return {
    parameters: ['DBClusterIdentifier', 'VpcSecurityGroupIds', 'ApplyImmediately'],
    needs: (input, call) => [need('ModifyDBCluster', 'cluster', input.DBClusterIdentifier, call)],
    run(input, call) {
      const cluster = databaseOf(world, 'cluster', input.DBClusterIdentifier, call);
      requireReady(cluster);
      if (input.VpcSecurityGroupIds) {
        checkGroups(world, cluster, input.VpcSecurityGroupIds);
        cluster.groups = [...input.VpcSecurityGroupIds];
        for (const one of databases(world, call, 'db')) if (one.cluster === cluster.id) attach(world, one);
      }
      if (input.ApplyImmediately) applyPending(cluster);
      return { DBCluster: shownCluster(world, cluster, call) };
    },
  };
}

export const need = (
  name: string,
  kind: 'db' | 'cluster' | 'snapshot' | 'cluster-snapshot',
  id: string | undefined,
  call: Call,
) => ({
  action: `rds:${name}`,
  resource: rdsArn(call.caller.account, call.region, kind, id === undefined ? '*' : bare(id, kind)),
  owner: call.caller.account,
});

interface Listing {
  MaxRecords?: number;
  Marker?: string;
  DBInstanceIdentifier?: string;
  DBClusterIdentifier?: string;
}

function describe(world: World, kind: Database['kind']): Command<Listing, object> {
  const [name, parameter, list] =
    kind === 'db'
      ? (['DescribeDBInstances', 'DBInstanceIdentifier', 'DBInstances'] as const)
      : (['DescribeDBClusters', 'DBClusterIdentifier', 'DBClusters'] as const);
  const shown = kind === 'db' ? shownInstance : shownCluster;
  return {
    parameters: [parameter, 'MaxRecords', 'Marker'],
    needs: (input, call) => [need(name, kind, input[parameter], call)],
    run(input, call) {
      const one = input[parameter];
      const found = one === undefined ? databases(world, call, kind) : [databaseOf(world, kind, one, call)];
      const { items, ...more } = pageOf(found, input);
      return { [list]: items.map((database) => shown(world, database, call)), ...more };
    },
  };
}

/** DB instances and clusters. Does not model reboots, failovers, the time a change takes, nor connections. */
export function databaseCommands(world: World): Service {
  return {
    DescribeDBInstances: describe(world, 'db'),
    DescribeDBClusters: describe(world, 'cluster'),
    ModifyDBInstance: modifyInstance(world),
    ModifyDBCluster: modifyCluster(world),
  };
}
