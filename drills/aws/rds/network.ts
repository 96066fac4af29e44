import { connects, type End, retrack } from '../ec2/reachability.ts';
import { hexId, keep, storedInterface } from '../ec2/state.ts';
import type { World } from '../world.ts';
import { type Database, Database as DatabaseResource, rdsArn } from './state.ts';

const interfaceOf = ({ account, region, id }: Pick<Database, 'account' | 'region' | 'id'>): string =>
  hexId('eni', rdsArn(account, region, 'db', id));

/** Which port each engine listens on. */
const ports: Record<string, number> = { postgres: 5432, 'aurora-postgresql': 5432, mysql: 3306, 'aurora-mysql': 3306 };

/** A DB instance has a network interface that RDS manages; its groups, and whether it has a public address, follow the database. */
export function attach(world: World, database: Database): void {
  const account = world.account(database.account);
  const cluster = account.resources.get(rdsArn(account.id, database.region, 'cluster', database.cluster ?? ''));
  const { groups } = cluster instanceof DatabaseResource ? cluster : database;
  const last = Number.parseInt(interfaceOf(database).slice(-2), 16);
  const eni = {
    id: interfaceOf(database),
    account: account.id,
    region: database.region,
    tags: {},
    vpc: database.vpc,
    subnet: 'subnet-0d0d0d0d',
    groups: [...groups],
    privateIp: `10.0.200.${last}`,
    ipv6: [],
    publicIp: database.publiclyAccessible ? { address: `192.0.2.${last}`, elastic: false } : undefined,
    nat: false,
    operator: 'rds.amazonaws.com',
    instance: undefined,
    deviceIndex: 0,
  };
  keep(account, 'network-interface', { ...eni, stored: () => storedInterface(eni) });
  retrack(world);
}

/** Whether somebody can open a connection to a DB instance now. */
export function reaches(world: World, from: End, to: { account: string; region: string; id: string }): boolean {
  const database = world.account(to.account).resources.get(rdsArn(to.account, to.region, 'db', to.id));
  if (!(database instanceof DatabaseResource)) return false;
  const port = ports[database.engine] ?? 5432;
  return connects(world, {
    from,
    to: { account: to.account, region: to.region, interface: interfaceOf(database) },
    port,
  });
}
