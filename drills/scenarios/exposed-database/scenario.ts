import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import type { JsonObject } from '../../../lambdas/core/json.ts';
import type { End } from '../../aws/ec2/reachability.ts';
import { seedEc2 } from '../../aws/ec2/seed.ts';
import { reaches } from '../../aws/rds/network.ts';
import { seedRds } from '../../aws/rds/seed.ts';
import type { World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Scenario, status } from '../../engine/scenario.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
const region = 'us-east-1';
const vpc = 'vpc-0a1b2c3d4e5f60001';
const databaseGroup = 'sg-0a1b2c3d4e5f60001';
const appGroup = 'sg-0a1b2c3d4e5f60002';
const app: End = { account: clinic, region, interface: 'eni-0a1b2c3d4e5f60001' };
const pharmacyApp: End = { account: clinic, region, interface: 'eni-0a1b2c3d4e5f60002' };
const attacker: End = { address: '203.0.113.77' };
const operator = `arn:aws:iam::${clinic}:role/database-operator`;

function seed(world: World): void {
  const account = world.account(clinic);
  account.addRole({
    name: 'database-operator',
    trust: {
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
    inline: { read: { Statement: [{ Effect: 'Allow', Action: 'rds:Describe*', Resource: '*' }] } },
  });
  seedEc2(account, {
    region,
    vpcs: [{ id: vpc }],
    securityGroups: [
      { id: appGroup, name: 'records-app', vpc },
      {
        id: databaseGroup,
        name: 'records-database',
        vpc,
        ingress: [
          { port: 5432, peer: appGroup },
          { port: 5432, peer: '0.0.0.0/0', description: 'for the vendor, until Friday' },
        ],
      },
    ],
    interfaces: [
      { id: 'eni-0a1b2c3d4e5f60001', vpc, groups: [appGroup], privateIp: '10.0.1.11' },
      { id: 'eni-0a1b2c3d4e5f60002', vpc, groups: [appGroup], privateIp: '10.0.1.12' },
    ],
  });
  const database = { region, vpc, groups: [databaseGroup] };
  seedRds(world, account, {
    instances: [
      // the class waits for Sunday's maintenance window, and must go on waiting
      {
        ...database,
        id: 'records',
        publiclyAccessible: true,
        logs: ['postgresql'],
        pending: { DBInstanceClass: 'db.r7g.2xlarge' },
      },
      { ...database, id: 'pharmacy' },
    ],
  });
}

/** A connection that is not answered is a gateway that does not answer. */
const connection = (from: End, id: string) => (drill: Rehearsal) =>
  Promise.resolve(reaches(drill.world, from, { account: clinic, region, id }) ? 200 : 504);

/** 200 while the change that waits still waits. */
async function stillWaits(drill: Rehearsal): Promise<number> {
  const credentials = drill.world.roleCredentials(operator, 'drill');
  const command = new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'records' });
  const call = drill.aws.client(RDSClient, { region, credentials }).send(command);
  const waiting = (await call).DBInstances?.[0]?.PendingModifiedValues?.DBInstanceClass;
  return waiting === undefined ? 409 : status(call);
}

const scenario: Scenario = {
  id: 'exposed-database',
  title: 'Somebody guessed the password of a database of patient records',
  story:
    'The database was opened to the internet for a vendor. In a quarter of an hour 412 passwords were tried, and one fits. Another database beside it shares its security group.',
  start: '2026-11-21T05:12:30Z',
  seed,
  events: () => [finding],
  probes: [
    { name: 'the attacker connects from the internet', kind: 'attack', call: connection(attacker, 'records') },
    {
      name: 'a machine of ours that he may hold connects',
      kind: 'attack',
      call: connection(app, 'records'),
    },
    {
      name: "the pharmacy's application reaches its own database",
      kind: 'care',
      call: connection(pharmacyApp, 'pharmacy'),
    },
    { name: 'the change that waits for the maintenance window still waits', kind: 'care', call: stillWaits },
  ],
  people: ({ approval }) =>
    approval.startsWith('restore-')
      ? { after: 60, person: 1, decision: 'approve', reason: 'rehearsal: the database goes back into service' }
      : { after: 50, person: 0, decision: 'approve', reason: 'the ward works on paper until the password is changed' },
  restores: true,
  accounts: [clinic],
  keeps: (before, now) => {
    const snapshots = Object.entries(now.resources as JsonObject).filter(([name]) =>
      name.includes(':snapshot:tourniquet-evidence-'),
    );
    return { ...before, resources: { ...(before.resources as JsonObject), ...Object.fromEntries(snapshots) } };
  },
};
export default scenario;
