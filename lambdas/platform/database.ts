import {
  type DBCluster,
  type DBInstance,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { Hindered, TargetNotFound } from '../core/errors.ts';
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

async function described({ id }: Target, member: Member): Promise<DBInstance | undefined> {
  try {
    const command = new DescribeDBInstancesCommand({ DBInstanceIdentifier: id });
    return (await member.client(RDSClient).send(command)).DBInstances?.[0];
  } catch (error) {
    if (isCode(error, 'DBInstanceNotFoundFault')) return undefined;
    throw error;
  }
}

const refusals: Record<string, string> = {
  InvalidDBInstanceStateFault:
    'RDS takes no change of it in its present state: wait until it is available, then try again',
  InvalidDBClusterStateFault:
    'RDS takes no change of its cluster in its present state: wait until it is available, then try again',
  InvalidParameterCombination: 'RDS does not take this change for this kind of database: change it by hand',
  SnapshotQuotaExceededFault: 'the account has as many manual snapshots as RDS allows: delete some, then try again',
};

/** A change of a database, with the refusals of RDS in words. Throws Hindered. */
export async function changeDatabase(target: Target, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const code = Object.keys(refusals).find((one) => isCode(error, one));
    if (code === undefined) throw error;
    throw new Hindered(`RDS instance ${target.id}: ${refusals[code]}`);
  }
}
