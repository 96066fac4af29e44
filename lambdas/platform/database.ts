import {
  type DBCluster,
  type DBInstance,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { Collision, Hindered, TargetNotFound } from '../core/errors.ts';
import type { Target } from '../core/target.ts';
import type { Member } from './action.ts';
import { isCode } from './aws-error.ts';

/** A DB instance as RDS describes it. Throws TargetNotFound: names are per account, so nobody else's can be found. */
export async function readDatabase(target: Target, member: Member): Promise<DBInstance> {
  const found = await described(target, member);
  if (found) return found;
  throw new TargetNotFound(
    `RDS instance ${target.id} does not exist in ${target.region} of account ${target.account}: check the finding, it may be deleted or renamed`,
  );
}

/** The cluster that a DB instance is a member of, as RDS describes it; undefined for an empty answer. */
export async function readCluster(id: string, member: Member): Promise<DBCluster | undefined> {
  const command = new DescribeDBClustersCommand({ DBClusterIdentifier: id });
  return (await member.client(RDSClient).send(command)).DBClusters?.[0];
}

/** Names of the other members of its cluster that are publicly accessible, sorted; [] for one that stands alone. */
export async function publicSiblings(database: DBInstance, member: Member): Promise<string[]> {
  const { DBClusterIdentifier: cluster, DBInstanceIdentifier: own } = database;
  if (cluster === undefined) return [];
  const members = (await readCluster(cluster, member))?.DBClusterMembers ?? [];
  const names = members.flatMap(({ DBInstanceIdentifier: id }) => (id === undefined || id === own ? [] : [id]));
  const isPublic = async (id: string) => (await described({ id }, member))?.PubliclyAccessible ?? false;
  const open = await Promise.all(names.map(isPublic));
  return names.filter((_, index) => open[index]).sort();
}

async function described({ id }: Pick<Target, 'id'>, member: Member): Promise<DBInstance | undefined> {
  try {
    const command = new DescribeDBInstancesCommand({ DBInstanceIdentifier: id });
    return (await member.client(RDSClient).send(command)).DBInstances?.[0];
  } catch (error) {
    if (isCode(error, 'DBInstanceNotFoundFault')) return undefined;
    throw error;
  }
}

/** What passes by itself: the database is busy with another change, or with a backup, ours among them. */
const busy: Record<string, string> = {
  InvalidDBInstanceStateFault:
    'RDS takes no change of it in its present state: wait until it is available, then try again',
  InvalidDBClusterStateFault:
    'RDS takes no change of its cluster in its present state: wait until it is available, then try again',
};
const refusals: Record<string, string> = {
  InvalidParameterCombination: 'RDS does not take this change for this kind of database: change it by hand',
  SnapshotQuotaExceededFault: 'the account has as many manual snapshots as RDS allows: delete some, then try again',
};

/** A change of a database, with the refusals of RDS in words. Throws Collision, which machines try again, or Hindered. */
export async function changeDatabase(target: Target, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const said = (words: Record<string, string>) => Object.entries(words).find(([code]) => isCode(error, code))?.[1];
    const [passing, lasting] = [said(busy), said(refusals)];
    if (passing !== undefined) throw new Collision(`RDS instance ${target.id}: ${passing}`);
    if (lasting !== undefined) throw new Hindered(`RDS instance ${target.id}: ${lasting}`);
    throw error;
  }
}
