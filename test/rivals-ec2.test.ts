import { readFileSync } from 'node:fs';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { connects } from '../drills/aws/ec2/reachability.ts';
import type { Ec2Seed } from '../drills/aws/ec2/seed.ts';
import { all, lookup } from '../drills/aws/ec2/state.ts';
import closeIngress from '../lambdas/actions/close-open-ingress/action.ts';
import isolate from '../lambdas/actions/isolate-instance/action.ts';
import type { JsonObject } from '../lambdas/core/json.ts';
import { actionManifest } from '../lambdas/core/manifest.ts';
import type { Target } from '../lambdas/core/target.ts';
import type { Action } from '../lambdas/platform/action.ts';
import { stage } from './member-account.ts';

const [account, region, vpc] = ['111122223333', 'us-east-1', 'vpc-0a1b2c3d4e5f60001'];
const [web, db, id] = ['sg-0a1b2c3d4e5f60001', 'sg-0a1b2c3d4e5f60002', 'i-0a1b2c3d4e5f60001'];
const [first, second] = ['eni-0a1b2c3d4e5f60001', 'eni-0a1b2c3d4e5f60002'];
const instance: Target = { kind: 'ec2-instance', id, account, region };
const group: Target = { kind: 'security-group', id: web, account, region };

const seed: Ec2Seed = {
  region,
  vpcs: [{ id: vpc, ipv6: '2001:db8:0:100::/56', isDefault: true }],
  securityGroups: [
    {
      id: web,
      name: 'web',
      vpc,
      ingress: [
        { port: 443, peer: '0.0.0.0/0', description: 'patients' },
        { port: 22, peer: '0.0.0.0/0', description: 'vendor' },
        { port: 22, peer: '192.0.2.0/24', description: 'office' },
      ],
    },
    { id: db, name: 'db', vpc, ingress: [{ port: 443, peer: '10.0.0.0/16' }] },
  ],
  instances: [
    {
      id,
      vpc,
      listening: [22, 443],
      interfaces: [
        { id: first, groups: [web], publicIp: '203.0.113.9', ipv6: ['2001:db8:0:100::9'] },
        { id: second, groups: [db, web] },
      ],
    },
  ],
};

/** An action begun on the seeded account, with exactly the rights that it declares. */
async function begun<S extends JsonObject>(action: Action<S>, name: string, target: Target) {
  const text = readFileSync(new URL(`../lambdas/actions/${name}/action.json`, import.meta.url), 'utf8');
  const { read, write } = actionManifest.parse(JSON.parse(text)).permissions;
  const on = stage({ [account]: { ec2: seed } }, target, Temporal.Instant.from('2026-03-01T10:00:00Z'), new Set());
  const { state: before, scope } = await action.capture(target, on.member(read));
  const after = action.intend(before, target, on.now());
  const member = on.member([...read, ...write], scope);
  const found = on.world.snapshot();
  const owner = on.world.account(account);
  return {
    on,
    found,
    owner,
    apply: () => action.apply(target, member, before, after),
    undo: () => action.undo(target, member, before, after),
  };
}

describe('what others get wrong, and Tourniquet does not', () => {
  it('mistake 1: a new security group is no deny-all: the quarantine group loses its egress in IPv4 and in IPv6', async () => {
    const { on, owner, apply } = await begun(isolate, 'isolate-instance', instance);
    await apply();
    const quarantine = all(owner, region, 'security-group').find(({ name }) => name === 'tourniquet-quarantine');
    expect(quarantine?.rules).toEqual([]);
    const from = { account, region, interface: first };
    for (const address of ['198.51.100.9', '2001:db8:ffff::9'])
      expect(connects(on.world, { from, to: { address }, port: 443 })).toBe(false);
  });

  it('mistake 5: the groups of an instance touch its primary interface only: each interface is isolated, and gets its own groups back', async () => {
    const { on, found, owner, apply, undo } = await begun(isolate, 'isolate-instance', instance);
    const groupsOf = (eni: string) => lookup(owner, region, 'network-interface', eni)?.groups;
    await apply();
    expect(groupsOf(second)).toEqual(groupsOf(first));
    expect(groupsOf(second)).not.toContain(db);
    await undo();
    expect([groupsOf(first), groupsOf(second)?.sort()]).toEqual([[web], [web, db]]);
    expect(on.world.snapshot()).toEqual(found);
  });

  it('mistake 9: a valid rule is removed along with the bad one: exactly the rule of that id goes, its neighbours stay', async () => {
    const { on, found, owner, apply, undo } = await begun(closeIngress, 'close-open-ingress', group);
    await apply();
    const rules = lookup(owner, region, 'security-group', web)?.rules.filter(({ egress }) => !egress);
    expect(rules?.map(({ description }) => description)).toEqual(['patients', 'office']);
    await undo();
    expect(on.world.snapshot()).toEqual(found);
  });
});
