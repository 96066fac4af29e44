import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { instanceCredentials } from '../drills/aws/instance-credentials.ts';
import { delegatingPolicy } from '../drills/aws/kms/key.ts';
import denyManifest from '../lambdas/actions/deny-instance-sessions/action.json' with { type: 'json' };
import deny from '../lambdas/actions/deny-instance-sessions/action.ts';
import deregisterManifest from '../lambdas/actions/deregister-instance-targets/action.json' with { type: 'json' };
import deregister from '../lambdas/actions/deregister-instance-targets/action.ts';
import detachManifest from '../lambdas/actions/detach-instance-profile/action.json' with { type: 'json' };
import detach from '../lambdas/actions/detach-instance-profile/action.ts';
import snapshotManifest from '../lambdas/actions/snapshot-instance-volumes/action.json' with { type: 'json' };
import snapshot from '../lambdas/actions/snapshot-instance-volumes/action.ts';
import standByManifest from '../lambdas/actions/stand-by-instance/action.json' with { type: 'json' };
import standBy from '../lambdas/actions/stand-by-instance/action.ts';
import configurationManifest from '../lambdas/collectors/instance-configuration/collector.json' with { type: 'json' };
import configuration from '../lambdas/collectors/instance-configuration/collector.ts';
import { BeforeStateChanged, Drift, Hindered } from '../lambdas/core/errors.ts';
import { actionManifest, collectorManifest } from '../lambdas/core/manifest.ts';
import type { Target } from '../lambdas/core/target.ts';
import type { Action } from '../lambdas/platform/action.ts';
import { type AccountSeed, type Stage, stage } from './member-account.ts';

const account = '111122223333';
const region = 'us-east-1';
const vpc = 'vpc-0123456789abcdef0';
const one: Target = { kind: 'ec2-instance', id: 'i-0123456789abcdef0', account, region };
const two: Target = { ...one, id: 'i-0fedcba9876543210' };
const arn = (t: Target) => `arn:aws:ec2:${region}:${account}:instance/${t.id}`;
const profile = (name: string) => `arn:aws:iam::${account}:instance-profile/${name}`;
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const role = (name: string, inline?: Record<string, object>) => ({
  name,
  trust: {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  },
  inline: { work: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }, ...inline },
});
const both: AccountSeed = {
  ec2: {
    region,
    vpcs: [{ id: vpc }],
    instances: [one, two].map(({ id }) => ({ id, vpc, profile: profile('web') })),
  },
  instanceProfiles: [
    { name: 'web', role: 'web' },
    { name: 'other', role: 'other' },
  ],
  roles: [role('web'), role('other')] as NonNullable<AccountSeed['roles']>,
};

/** An action with exactly its declared permissions on a target. */
function rehearse(action: unknown, manifest: unknown, seed: AccountSeed) {
  const acting = action as Action;
  const { read, write } = actionManifest.parse(manifest).permissions;
  const on = stage({ [account]: seed }, one, at, new Set());
  const begun = async (target: Target) => {
    const { state: before, scope } = await acting.capture(target, on.member(read, {}, target));
    const after = acting.intend(before, target, on.now());
    const responder = () => on.member([...read, ...write], scope, target);
    return {
      before,
      after,
      apply: () => acting.apply(target, responder(), before, after),
      undo: () => acting.undo(target, responder(), before, after),
      live: async () => (await acting.capture(target, on.member(read, {}, target))).state,
      verdict: async () =>
        acting.verify((await acting.capture(target, on.member(read, {}, target))).state, target, after),
    };
  };
  return { on, acting, begun };
}
const ec2 = (command: string, input: object) => ({ service: 'EC2', command, input });

/** Takes the profile from the first instance, as its administrator. */
async function withoutProfile(on: Stage): Promise<void> {
  const Filters = [{ Name: 'instance-id', Values: [one.id] }];
  const answer = await on.act(ec2('DescribeIamInstanceProfileAssociations', { Filters }));
  const [own] = (answer as { IamInstanceProfileAssociations: { AssociationId: string }[] })
    .IamInstanceProfileAssociations;
  if (own) await on.act(ec2('DisassociateIamInstanceProfile', { AssociationId: own.AssociationId }));
}

describe('deny-instance-sessions', () => {
  it('kills what the instance was given, wherever it is, and what it fetches afterwards, and nothing of the others', async () => {
    const { on, begun } = rehearse(deny, denyManifest, both);
    const [stolen, working] = [one, two].map((t) => instanceCredentials(on.world, arn(t), 'web'));
    await (await begun(one)).apply();
    on.pass({ seconds: 40 });
    if (!stolen || !working) throw new Error('no credentials');
    expect(await on.can(stolen)).toBe(false);
    expect(await on.can(working)).toBe(true);
    on.pass({ minutes: 5 });
    expect(await on.can(instanceCredentials(on.world, arn(one), 'web'))).toBe(false);
  });

  it('keeps what stands for other instances of the role, and undoes only its own, in any order', async () => {
    const { on, begun } = rehearse(deny, denyManifest, both);
    const found = on.world.snapshot();
    const [first, second] = [await begun(one), await begun(two)];
    await first.apply();
    await second.apply();
    expect([await first.verdict(), await second.verdict()]).toEqual([{ safe: true }, { safe: true }]);
    await first.undo();
    expect(await first.verdict()).toMatchObject({ safe: false });
    expect(await second.verdict()).toEqual({ safe: true });
    await second.undo();
    expect(on.world.snapshot()).toEqual(found);
  });

  it('denies once when two runs overlap', async () => {
    const { on, begun } = rehearse(deny, denyManifest, both);
    const early = await begun(one);
    on.pass({ minutes: 5 });
    const late = await begun(one);
    await late.apply();
    const once = on.world.snapshot();
    await early.apply();
    expect(on.world.snapshot()).toEqual(once);
    expect(await late.verdict()).toEqual({ safe: true });
  });

  it('is still read back once the role was taken away from the instance, and sees its removal', async () => {
    const { on, begun } = rehearse(deny, denyManifest, both);
    const change = await begun(one);
    await change.apply();
    await withoutProfile(on);
    expect(await change.verdict()).toEqual({ safe: true });
    const gone = { RoleName: 'web', PolicyName: 'TourniquetDenyInstanceSessions' };
    await on.act({ service: 'IAM', command: 'DeleteRolePolicy', input: gone });
    expect(await change.verdict()).toMatchObject({ safe: false });
  });
});

describe('detach-instance-profile', () => {
  const swap = async (on: Stage, to: string) => {
    await withoutProfile(on);
    await on.act(ec2('AssociateIamInstanceProfile', { InstanceId: one.id, IamInstanceProfile: { Arn: profile(to) } }));
  };

  it('refuses to take away, or to replace, a profile that somebody gave the instance meanwhile', async () => {
    const { on, begun } = rehearse(detach, detachManifest, both);
    const change = await begun(one);
    await swap(on, 'other');
    await expect(change.apply()).rejects.toThrow(BeforeStateChanged);
    await swap(on, 'web');
    await change.apply();
    await swap(on, 'other');
    await expect(change.undo()).rejects.toThrow(Drift);
  });

  it('may pass no role but the one that the instance had', async () => {
    const { on, begun } = rehearse(detach, detachManifest, both);
    await begun(one);
    const { read, write } = actionManifest.parse(detachManifest).permissions;
    const member = on.member([...read, ...write], { roleArn: `arn:aws:iam::${account}:role/web` });
    const state = (name: string) => ({ profile: profile(name), role: `arn:aws:iam::${account}:role/${name}` });
    const none = { profile: null, role: null };
    await detach.apply(one, member, state('web'), none);
    await expect(detach.undo(one, member, state('other'), none)).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
    });
  });
});

describe('stand-by-instance', () => {
  const group = { name: 'web', region, min: 2, max: 2, instances: [one.id, two.id] };

  it('lets the group start another instance where it must not have fewer, and says what the undo leaves', async () => {
    const { begun, acting } = rehearse(standBy, standByManifest, { ...both, autoScalingGroups: [group] });
    const change = await begun(one);
    expect(acting.losses(change.before, one)[0]).toMatch(/must not have fewer than 2.*lower its desired capacity/);
    await change.apply();
    expect(await change.verdict()).toEqual({ safe: true });
    await expect(change.undo()).rejects.toThrow(Hindered);
  });

  it('leaves an instance of no group alone', async () => {
    const { begun } = rehearse(standBy, standByManifest, both);
    expect(await (await begun(one)).verdict()).toEqual({ safe: true });
  });
});

describe('deregister-instance-targets', () => {
  const targetGroups = [{ name: 'records', region, vpc, port: 443, targets: [{ id: one.id, port: 8443 }] }];

  it('says when nothing else serves, and gives back the very port', async () => {
    const { on, begun, acting } = rehearse(deregister, deregisterManifest, { ...both, targetGroups });
    const found = on.world.snapshot();
    const change = await begun(one);
    expect(acting.losses(change.before, one)[0]).toMatch(
      /no other healthy target: what its load balancer serves stops/,
    );
    await change.apply();
    await change.undo();
    expect(on.world.snapshot()).toEqual(found);
  });
});

describe('snapshot-instance-volumes', () => {
  const ebsKey = `arn:aws:kms:${region}:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
  const encrypted: AccountSeed = {
    ...both,
    keys: [{ arn: ebsKey, policy: delegatingPolicy(account), manager: 'AWS' }],
    ec2: { region, vpcs: [{ id: vpc }], instances: [{ id: one.id, vpc, volumes: [{ kmsKey: ebsKey }, {}] }] },
  };

  it('mistake 10: names the snapshots that cannot be shared because the AWS-managed key encrypts them', async () => {
    const { begun, acting } = rehearse(snapshot, snapshotManifest, encrypted);
    const change = await begun(one);
    expect(acting.losses(change.before, one)).toEqual([
      expect.stringMatching(
        /vol-\w+ is encrypted with the AWS-managed key: its snapshot cannot be shared: must be re-encrypted first/,
      ),
    ]);
    const lines = acting.describe(change.before, change.after);
    expect(lines.filter((line) => line.includes('cannot be shared: must be re-encrypted first'))).toHaveLength(1);
    expect(lines).toHaveLength(2);
  });

  it('is not safe with a snapshot in state error, though AWS accepted the call', async () => {
    const { begun, acting } = rehearse(snapshot, snapshotManifest, encrypted);
    const change = await begun(one);
    await change.apply();
    expect(await change.verdict()).toEqual({ safe: true });
    const live = (await change.live()) as { snapshots: { state: string }[] };
    const failed = { ...live, snapshots: live.snapshots.map((s) => ({ ...s, state: 'error' })) };
    expect(acting.verify(failed as never, one, change.after)).toMatchObject({
      safe: false,
      why: expect.stringMatching(/is in state error/),
    });
  });

  it('does not take the snapshots of an earlier incident for its own', async () => {
    const { on, begun } = rehearse(snapshot, snapshotManifest, encrypted);
    await (await begun(one)).apply();
    on.pass({ hours: 24 });
    expect(await (await begun(one)).verdict()).toMatchObject({ safe: false });
  });
});

describe('instance-configuration', () => {
  it('keeps interfaces, groups, profile and tags before containment, with exactly its declared rights', async () => {
    const used = new Set<string>();
    const on = stage({ [account]: both }, one, at, used);
    const { permissions } = collectorManifest.parse(configurationManifest);
    const collected = await configuration.collect(one, on.member(permissions), at);
    expect([...used].sort()).toEqual(permissions.flatMap((s) => s.actions).sort());
    expect(collected.coverage).toMatchObject({ level: 'complete', notes: [] });
    expect(collected.summary).toMatch(/is running: 1 network interfaces with 1 security groups, 1 volumes, role web/);
    const { configuration: parts } = JSON.parse(new TextDecoder().decode(collected.body));
    expect(Object.keys(parts)).toEqual(['instance', 'interfaces', 'role', 'securityGroups']);
  });
});
