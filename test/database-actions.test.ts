import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import closeManifest from '../lambdas/actions/close-database/action.json' with { type: 'json' };
import close from '../lambdas/actions/close-database/action.ts';
import quarantineManifest from '../lambdas/actions/quarantine-database/action.json' with { type: 'json' };
import quarantine from '../lambdas/actions/quarantine-database/action.ts';
import snapshotManifest from '../lambdas/actions/snapshot-database/action.json' with { type: 'json' };
import snapshot from '../lambdas/actions/snapshot-database/action.ts';
import { Collision } from '../lambdas/core/errors.ts';
import type { JsonObject } from '../lambdas/core/json.ts';
import { actionManifest } from '../lambdas/core/manifest.ts';
import type { Target } from '../lambdas/core/target.ts';
import type { Action } from '../lambdas/platform/action.ts';
import exposedDatabase from '../lambdas/playbooks/exposed-database.json' with { type: 'json' };
import { type AccountSeed, type Stage, stage } from './member-account.ts';

const account = '111122223333';
const region = 'us-east-1';
const vpc = 'vpc-0a1b2c3d';
const group = 'sg-0a1b2c3d';
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const target = (id: string): Target => ({ kind: 'rds-instance', id, account, region });
const database = { region, vpc, groups: [group], publiclyAccessible: true };

const accountWith = (rds: AccountSeed['rds'] & {}): AccountSeed => ({
  ec2: {
    region,
    vpcs: [{ id: vpc, ipv6: '2001:db8::/56' }],
    securityGroups: [{ id: group, name: 'records', vpc, ingress: [{ port: 5432, peer: '0.0.0.0/0' }] }],
  },
  rds,
});
const staged = (seed: AccountSeed) => stage({ [account]: seed }, target('records'), at, new Set());

/** What an action reads, and its change, on one database of a stage. */
async function begin<S extends JsonObject>(on: Stage, manifest: unknown, action: Action<S>, id = 'records') {
  const { read, write } = actionManifest.parse(manifest).permissions;
  const of = target(id);
  const { state: before, scope } = await action.capture(of, on.member(read, {}, of));
  const member = on.member([...read, ...write], scope, of);
  const after = action.intend(before, of, at);
  return {
    before,
    apply: () => action.apply(of, member, before, after),
    undo: () => action.undo(of, member, before, after),
    verdict: async () => action.verify((await action.capture(of, member)).state, of, after),
    losses: action.losses(before, of),
  };
}
const ask = (on: Stage, service: string, command: string, input: object) =>
  on.act({ service, command, input }) as Promise<Record<string, object[]>>;
const waiting = async (on: Stage) =>
  (
    (await ask(on, 'RDS', 'DescribeDBInstances', { DBInstanceIdentifier: 'records' })).DBInstances as {
      PendingModifiedValues: object;
    }[]
  )[0]?.PendingModifiedValues;
const quarantineGroups = async (on: Stage) => {
  const Filters = [{ Name: 'group-name', Values: ['tourniquet-quarantine'] }];
  const answer = await ask(on, 'EC2', 'DescribeSecurityGroups', { Filters });
  return answer.SecurityGroups as { GroupId: string; IpPermissions: object[]; IpPermissionsEgress: object[] }[];
};

describe('a change of a database', () => {
  it('never brings other changes into force that wait for the maintenance window', async () => {
    const pending = { DBInstanceClass: 'db.r7g.xlarge', EngineVersion: '17.4' };
    const on = staged(accountWith({ instances: [{ ...database, id: 'records', pending }] }));
    const closing = await begin(on, closeManifest, close);
    await closing.apply();
    const cutting = await begin(on, quarantineManifest, quarantine);
    await cutting.apply();
    expect(await waiting(on)).toEqual(pending);
    await cutting.undo();
    await closing.undo();
    expect(await waiting(on)).toEqual(pending);
    expect(closing.before.waiting).toEqual(['DBInstanceClass', 'EngineVersion']);
  });

  it('is tried again while RDS takes none as things stand, and says so in words', async () => {
    const on = staged(accountWith({ instances: [{ ...database, id: 'records', status: 'upgrading' }] }));
    for (const begun of [await begin(on, closeManifest, close), await begin(on, snapshotManifest, snapshot)]) {
      await expect(begun.apply()).rejects.toThrow(Collision);
      await expect(begun.apply()).rejects.toThrow(/wait until it is available/);
    }
  });
});

describe('close-database', () => {
  const pair = (other: boolean) =>
    staged(
      accountWith({
        clusters: [{ region, vpc, id: 'pair', groups: [group] }],
        instances: [
          { region, vpc, id: 'records', cluster: 'pair', publiclyAccessible: true },
          { region, vpc, id: 'reader', cluster: 'pair', publiclyAccessible: other },
          { ...database, id: 'pharmacy' },
        ],
      }),
    );

  it('is not safe while another member of the cluster is public, and names it', async () => {
    const closing = await begin(pair(true), closeManifest, close);
    await closing.apply();
    expect(await closing.verdict()).toEqual({
      safe: false,
      why: expect.stringMatching(/other members of its cluster.*make reader not publicly accessible too/),
    });
  });

  it('is safe when the other members are closed, whatever other databases are', async () => {
    const closing = await begin(pair(false), closeManifest, close);
    await closing.apply();
    expect(await closing.verdict()).toEqual({ safe: true });
  });

  it('waits for no snapshot: a database that backs up may take no change for minutes', () => {
    const [first = []] = exposedDatabase.stages;
    expect(first.map((step) => step.action)).toEqual(['snapshot-database', 'close-database']);
  });
});

describe('quarantine-database', () => {
  it('leaves no rule in the group that it makes, neither IPv4 nor IPv6', async () => {
    const on = staged(accountWith({ instances: [{ ...database, id: 'records' }] }));
    const cutting = await begin(on, quarantineManifest, quarantine);
    await cutting.apply();
    expect(await quarantineGroups(on)).toMatchObject([{ IpPermissions: [], IpPermissionsEgress: [] }]);
  });

  it('keeps the group while another database is in it, and removes it with the last', async () => {
    const two = [
      { ...database, id: 'records' },
      { ...database, id: 'pharmacy' },
    ];
    const on = staged(accountWith({ instances: two }));
    const [one, other] = [
      await begin(on, quarantineManifest, quarantine),
      await begin(on, quarantineManifest, quarantine, 'pharmacy'),
    ];
    await one.apply();
    await other.apply();
    expect(await quarantineGroups(on)).toHaveLength(1);
    await one.undo();
    expect(await other.verdict()).toEqual({ safe: true });
    await other.undo();
    expect(await quarantineGroups(on)).toEqual([]);
  });

  it('is not safe when somebody lets something into the group, and does not use such a group', async () => {
    const on = staged(
      accountWith({
        instances: [
          { ...database, id: 'records' },
          { ...database, id: 'pharmacy' },
        ],
      }),
    );
    const cutting = await begin(on, quarantineManifest, quarantine);
    await cutting.apply();
    const [{ GroupId } = { GroupId: '' }] = await quarantineGroups(on);
    const IpPermissions = [
      { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, IpRanges: [{ CidrIp: '203.0.113.0/24' }] },
    ];
    await ask(on, 'EC2', 'AuthorizeSecurityGroupIngress', { GroupId, IpPermissions });
    expect(await cutting.verdict()).toEqual({ safe: false, why: 'the quarantine group lets in 203.0.113.0/24' });
    const next = await begin(on, quarantineManifest, quarantine, 'pharmacy');
    await expect(next.apply()).rejects.toThrow(/somebody gave the quarantine group/);
  });

  it('names whom it cuts off: who is let in now, and the other members of the cluster', async () => {
    const on = staged(
      accountWith({
        clusters: [{ region, vpc, id: 'pair', groups: [group] }],
        instances: [
          { region, vpc, id: 'records', cluster: 'pair' },
          { region, vpc, id: 'reader', cluster: 'pair' },
        ],
      }),
    );
    expect((await begin(on, quarantineManifest, quarantine)).losses).toEqual([
      'Nothing can connect to database records any more, our own applications included. Its groups let in: 0.0.0.0/0.',
      'The other members of cluster pair share its groups and are cut off too: reader.',
    ]);
  });
});
