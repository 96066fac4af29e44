import { describe, expect, it } from 'vitest';
import { seedEc2 } from '../ec2/seed.ts';
import { allow, clinic, outcome, partner, region, testWorld } from '../testWorld.ts';
import { reaches } from './network.ts';
import { type RdsSeed, seedRds } from './seed.ts';

const vpc = 'vpc-0a1b2c3d';
const open = 'sg-0a1b2c3d';
const closed = 'sg-0a1b2c3e';
const outside = { address: '203.0.113.77' };

function withRds(seed: RdsSeed) {
  const t = testWorld();
  const account = t.world.account(clinic);
  seedEc2(account, {
    region,
    vpcs: [{ id: vpc }, { id: 'vpc-0a1b2c3e' }],
    securityGroups: [
      { id: open, name: 'open', vpc, ingress: [{ port: 5432, peer: '0.0.0.0/0' }] },
      { id: closed, name: 'closed', vpc },
      { id: 'sg-0a1b2c3f', name: 'elsewhere', vpc: 'vpc-0a1b2c3e' },
    ],
  });
  seedRds(t.world, account, seed);
  const owner = t.userWith(clinic, allow(['rds:*', 'ec2:*']));
  const stranger = t.userWith(partner, allow('rds:*'));
  const send = (command: string, input: object, who = owner) => t.aws.send('RDS', command, input, who, region);
  const reached = (id = 'records') => reaches(t.world, outside, { account: clinic, region, id });
  return { ...t, owner, stranger, send, reached };
}
const database = { id: 'records', region, vpc, groups: [open], publiclyAccessible: true };
const modify = (more: object) => ({ DBInstanceIdentifier: 'records', ...more });

describe('a database', () => {
  it('is reached from outside while it is public and a group lets in', async () => {
    const t = withRds({ instances: [database] });
    expect(t.reached()).toBe(true);
    await t.send('ModifyDBInstance', modify({ VpcSecurityGroupIds: [closed] }));
    expect(t.reached()).toBe(false);
    await t.send('ModifyDBInstance', modify({ VpcSecurityGroupIds: [open] }));
    await t.send('ModifyDBInstance', modify({ PubliclyAccessible: false }));
    expect(t.reached()).toBe(false);
  });

  it('keeps other changes waiting, unless ApplyImmediately brings them all into force', async () => {
    const t = withRds({ instances: [{ ...database, pending: { EngineVersion: '17.4' } }] });
    const pending = async () =>
      ((await t.send('DescribeDBInstances', modify({}))) as { DBInstances?: object[] }).DBInstances?.[0];
    await t.send('ModifyDBInstance', modify({ PubliclyAccessible: false }));
    expect(await pending()).toMatchObject({
      PubliclyAccessible: false,
      PendingModifiedValues: { EngineVersion: '17.4' },
    });
    await t.send('ModifyDBInstance', modify({ PubliclyAccessible: true, ApplyImmediately: true }));
    expect(await pending()).toMatchObject({ PubliclyAccessible: true, PendingModifiedValues: {} });
  });

  it('takes groups of its own VPC only, no change while it is being changed, and those of a cluster through the cluster', async () => {
    const t = withRds({
      clusters: [{ id: 'pair', region, vpc, groups: [open] }],
      instances: [
        database,
        { id: 'busy', region, vpc, status: 'modifying' },
        { id: 'pair-1', region, vpc, cluster: 'pair', publiclyAccessible: true },
      ],
    });
    const swap = (id: string, group: string) =>
      outcome(t.send('ModifyDBInstance', { DBInstanceIdentifier: id, VpcSecurityGroupIds: [group] }));
    expect(await swap('records', 'sg-0a1b2c3f')).toBe('InvalidParameterValue');
    expect(await swap('busy', closed)).toBe('InvalidDBInstanceStateFault');
    expect(await swap('nobody', closed)).toBe('DBInstanceNotFoundFault');
    expect(await swap('pair-1', closed)).toBe('InvalidParameterCombination');
    expect(t.reached('pair-1')).toBe(true);
    await t.send('ModifyDBCluster', { DBClusterIdentifier: 'pair', VpcSecurityGroupIds: [closed] });
    expect(t.reached('pair-1')).toBe(false);
  });

  it('keeps its security group from being deleted', async () => {
    const t = withRds({ instances: [database] });
    const remove = () => outcome(t.aws.send('EC2', 'DeleteSecurityGroup', { GroupId: open }, t.owner, region));
    expect(await remove()).toBe('DependencyViolation');
  });
});

describe('a snapshot', () => {
  const one = { id: 'copy', region, of: 'records' };
  const share = (ValuesToAdd: string[]) => ({ DBSnapshotIdentifier: 'copy', AttributeName: 'restore', ValuesToAdd });
  const arn = `arn:aws:rds:${region}:${clinic}:snapshot:copy`;

  it('is found by the public and by whom it is shared with, and by nobody else', async () => {
    const t = withRds({ snapshots: [one] });
    const find = () => outcome(t.send('DescribeDBSnapshots', { DBSnapshotIdentifier: arn }, t.stranger));
    expect(await find()).toBe('DBSnapshotNotFoundFault');
    await t.send('ModifyDBSnapshotAttribute', share([partner]));
    expect(await find()).toBe('200');
    const withdrawn = { DBSnapshotIdentifier: 'copy', AttributeName: 'restore', ValuesToRemove: [partner] };
    await t.send('ModifyDBSnapshotAttribute', withdrawn);
    expect(await find()).toBe('DBSnapshotNotFoundFault');
  });

  it('is not shared when automatic, under the default key, with the public when encrypted, or with more than 20', async () => {
    const answer = (more: object, names: string[]) =>
      outcome(withRds({ snapshots: [{ ...one, ...more }] }).send('ModifyDBSnapshotAttribute', share(names)));
    expect(await answer({ type: 'automated' }, [partner])).toBe('InvalidDBSnapshotStateFault');
    expect(await answer({ key: 'alias/aws/rds' }, [partner])).toBe('InvalidDBSnapshotStateFault');
    expect(await answer({ key: 'arn:one' }, ['all'])).toBe('InvalidDBSnapshotStateFault');
    expect(await answer({ key: 'arn:one' }, [partner])).toBe('200');
    const many = Array.from({ length: 21 }, (_, i) => String(100_000_000_000 + i));
    expect(await answer({}, many)).toBe('SharedSnapshotQuotaExceededFault');
  });

  it('is taken of a cluster as a whole, once under each name', async () => {
    const t = withRds({ clusters: [{ id: 'pair', region }], instances: [{ id: 'pair-1', region, cluster: 'pair' }] });
    const ofMember = { DBInstanceIdentifier: 'pair-1', DBSnapshotIdentifier: 'kept' };
    expect(await outcome(t.send('CreateDBSnapshot', ofMember))).toBe('InvalidParameterValue');
    const create = () =>
      outcome(t.send('CreateDBClusterSnapshot', { DBClusterIdentifier: 'pair', DBClusterSnapshotIdentifier: 'kept' }));
    expect([await create(), await create()]).toEqual(['200', 'DBClusterSnapshotAlreadyExistsFault']);
  });
});
