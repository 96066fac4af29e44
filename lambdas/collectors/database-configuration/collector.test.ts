import { describe, expect, it } from 'vitest';
import { lines, run } from '../../../test/collecting.ts';
import { TargetNotFound } from '../../core/errors.ts';
import type { Target } from '../../core/target.ts';
import manifest from './collector.json' with { type: 'json' };
import configuration from './collector.ts';

const region = 'us-east-1';
const vpc = 'vpc-0a1b2c3d4e5f60001';
const group = 'sg-0a1b2c3d4e5f60001';
const database: Target = { kind: 'rds-instance', id: 'records', account: '111122223333', region };
const place = { region, vpc, groups: [group] };
const ec2 = {
  region,
  vpcs: [{ id: vpc }],
  securityGroups: [{ id: group, name: 'database', vpc, ingress: [{ port: 5432, peer: '0.0.0.0/0' }] }],
};
const seeded = (instance: object = {}, clusters: object[] = []) => ({
  ec2,
  rds: { clusters: clusters as never, instances: [{ ...place, id: 'records', ...instance }] },
});

describe('database-configuration', () => {
  it('shows what stands open and what waits, and keeps the rules of its groups', async () => {
    const open = { publiclyAccessible: true, pending: { DBInstanceClass: 'db.r7g.2xlarge' }, logs: ['postgresql'] };
    const c = await run(configuration, manifest, database, seeded(open)).collected;
    expect(c.summary).toMatch(/publicly accessible; security groups: 1; .*changes that wait: DBInstanceClass; logs/);
    expect(c.coverage).toMatchObject({ level: 'complete', notes: [] });
    const { securityGroups } = lines(c)[0].configuration;
    expect(securityGroups.value[0].IpPermissions[0].IpRanges[0].CidrIp).toBe('0.0.0.0/0');
  });

  it('says that nothing can tell who read, where no log is exported', async () => {
    const c = await run(configuration, manifest, database, seeded()).collected;
    expect(c.coverage).toMatchObject({ level: 'partial', notes: [expect.stringContaining('exports no log')] });
  });

  it("counts the cluster's logs for its member, with the calls that it declares and no others", async () => {
    const r = run(
      configuration,
      manifest,
      database,
      seeded({ cluster: 'ward' }, [{ ...place, id: 'ward', logs: ['audit'] }]),
    );
    const c = await r.collected;
    expect(c.summary).toMatch(/member of cluster ward; .*logs exported: audit/);
    expect(lines(c)[0].configuration.cluster.value.DBClusterIdentifier).toBe('ward');
    expect([...r.used].sort()).toEqual(manifest.permissions.flatMap((s) => s.actions).sort());
  });

  it('asks EC2 for no group where the database has none: without ids it would describe all', async () => {
    const r = run(configuration, manifest, database, seeded({ groups: [] }));
    expect(lines(await r.collected)[0].configuration.securityGroups).toBeUndefined();
    expect(r.used).not.toContain('ec2:DescribeSecurityGroups');
  });

  it('fails for a database that is gone', async () => {
    await expect(run(configuration, manifest, database, {}).collected).rejects.toThrow(TargetNotFound);
  });
});
