import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import sessionManifest from '../lambdas/actions/deny-role-session/action.json' with { type: 'json' };
import session from '../lambdas/actions/deny-role-session/action.ts';
import userManifest from '../lambdas/actions/deny-user/action.json' with { type: 'json' };
import user from '../lambdas/actions/deny-user/action.ts';
import loginManifest from '../lambdas/actions/remove-console-login/action.json' with { type: 'json' };
import login from '../lambdas/actions/remove-console-login/action.ts';
import trustManifest from '../lambdas/actions/repair-trust-policy/action.json' with { type: 'json' };
import trust from '../lambdas/actions/repair-trust-policy/action.ts';
import { BeforeStateChanged, Drift, Hindered, TargetProtected } from '../lambdas/core/errors.ts';
import type { JsonObject } from '../lambdas/core/json.ts';
import type { Statement } from '../lambdas/core/manifest.ts';
import type { Target, TargetKind } from '../lambdas/core/target.ts';
import type { Action } from '../lambdas/platform/action.ts';
import { type AccountSeed, type Stage, stage } from './member-account.ts';

const account = '111122223333';
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const of = (kind: TargetKind, id: string): Target => ({ kind, id, account, region: 'us-east-1' });
const on = (target: Target, seed: AccountSeed): Stage => stage({ [account]: seed }, target, at, new Set());
const allowAll = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const trusting = (Principal: JsonObject): JsonObject => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
});
const tasks = trusting({ Service: 'ecs-tasks.amazonaws.com', AWS: account });

/** Captures, and gives what apply and undo take. */
async function ready<S extends JsonObject>(
  s: Stage,
  target: Target,
  action: Action<S>,
  { permissions }: { permissions: { read: Statement[]; write: Statement[] } },
) {
  const { state: before, scope } = await action.capture(target, s.member(permissions.read, {}, target));
  const after = action.intend(before, target, s.now());
  const member = s.member([...permissions.read, ...permissions.write], scope, target);
  return { before, after, member, apply: () => action.apply(target, member, before, after) };
}

describe('deny-role-session', () => {
  const role = { name: 'export', trust: tasks, inline: { all: allowAll } };
  const target = of('role-session', 'export/stolen');
  const live = (s: Stage, name: string) => s.world.roleCredentials(`arn:aws:iam::${account}:role/export`, name);

  it('stops the one session, new credentials of the same name too, and nobody else', async () => {
    const s = on(target, { roles: [role] });
    const [stolen, other] = [live(s, 'stolen'), live(s, 'stolen2')];
    await (await ready(s, target, session, sessionManifest)).apply();
    s.pass({ seconds: 10 });
    expect([await s.can(stolen), await s.can(live(s, 'stolen'))]).toEqual([false, false]);
    expect([await s.can(other), await s.can(live(s, 'fresh'))]).toEqual([true, true]);
  });

  it('does not reach the session of another role that it assumed before: that one is a target of its own', async () => {
    const s = on(target, { roles: [role, { ...role, name: 'next' }] });
    const chained = s.world.roleCredentials(`arn:aws:iam::${account}:role/next`, 'chained');
    await (await ready(s, target, session, sessionManifest)).apply();
    s.pass({ seconds: 10 });
    expect(await s.can(chained)).toBe(true);
    const further = of('role-session', 'next/chained');
    await (await ready(s, further, session, sessionManifest)).apply();
    s.pass({ seconds: 10 });
    expect(await s.can(chained)).toBe(false);
  });

  it('denied at the same time as another session of the role, neither is lost, and each is undone alone', async () => {
    const s = on(target, { roles: [role] });
    const second = of('role-session', 'export/second');
    const [one, two] = [
      await ready(s, target, session, sessionManifest),
      await ready(s, second, session, sessionManifest),
    ];
    await Promise.all([one.apply(), two.apply()]);
    s.pass({ seconds: 10 });
    expect([await s.can(live(s, 'stolen')), await s.can(live(s, 'second'))]).toEqual([false, false]);
    await session.undo(target, one.member, one.before, one.after);
    s.pass({ seconds: 10 });
    expect([await s.can(live(s, 'stolen')), await s.can(live(s, 'second'))]).toEqual([true, false]);
  });

  it('says what to do when the role has no room for it', async () => {
    const filler = { Effect: 'Deny', Action: `s3:${'x'.repeat(10_090)}`, Resource: '*' };
    const s = on(target, { roles: [{ ...role, inline: { f: { Version: '2012-10-17', Statement: [filler] } } }] });
    await expect((await ready(s, target, session, sessionManifest)).apply()).rejects.toThrow(Hindered);
  });

  it.each(['AWSServiceRoleForRDS/x1', 'AWSReservedSSO_Admin_0123/mara', 'tourniquet-responder/i1'])(
    'never looks at %s',
    async (id) => {
      const target = of('role-session', id);
      const s = on(target, {});
      await expect(ready(s, target, session, sessionManifest)).rejects.toThrow(TargetProtected);
      expect(s.calls()).toBe(0);
    },
  );
});

describe('deny-user', () => {
  const target = of('iam-user', 'billing');
  const key = 'AKIAIOSFODNN7EXAMPLE';
  const billing = { name: 'billing', inline: { all: allowAll }, accessKeys: [{ id: key }] };

  it('stops the key and the sessions made with it, before and after', async () => {
    const s = on(target, { users: [billing] });
    const minted = await s.mintSession(s.world.keyCredentials(key));
    await (await ready(s, target, user, userManifest)).apply();
    s.pass({ seconds: 10 });
    expect([await s.can(s.world.keyCredentials(key)), await s.can(minted)]).toEqual([false, false]);
  });

  it('says what to do when ten managed policies are attached', async () => {
    const s = on(target, {});
    const managed = Array.from({ length: 10 }, (_, i) => `arn:aws:iam::${account}:policy/p${i}`);
    for (const arn of managed) s.world.account(account).addManagedPolicy(arn, allowAll);
    s.world.account(account).addUser({ ...billing, managed });
    const { apply } = await ready(s, target, user, userManifest);
    await expect(apply()).rejects.toThrow(Hindered);
    await expect(apply()).rejects.toThrow(/detach one that only allows, or raise the quota/);
  });

  it('stops when the user was deleted and made again', async () => {
    const s = on(target, { users: [billing] });
    const { before, after, member, apply } = await ready(s, target, user, userManifest);
    s.world.account(account).addUser({ name: 'billing' });
    await expect(apply()).rejects.toThrow(BeforeStateChanged);
    await expect(user.undo(target, member, before, after)).rejects.toThrow(Drift);
  });
});

describe('remove-console-login', () => {
  const target = of('iam-user', 'rosa');

  it('leaves alone a login that somebody made since, before and after us', async () => {
    const s = on(target, { users: [{ name: 'rosa', loginProfile: true }] });
    const { before, after, member, apply } = await ready(s, target, login, loginManifest);
    await apply();
    s.pass({ seconds: 60 });
    await s.act({ service: 'IAM', command: 'CreateLoginProfile', input: { UserName: 'rosa', Password: 'another' } });
    await expect(apply()).rejects.toThrow(BeforeStateChanged);
    await expect(login.undo(target, member, before, after)).rejects.toThrow(Drift);
    expect(s.world.account(account).users.get('rosa')?.login.stored?.password).toBe('another');
  });

  it('tells an administrator how to give the person a new one', async () => {
    const s = on(target, { users: [{ name: 'rosa', loginProfile: true }] });
    const { before, after, member, apply } = await ready(s, target, login, loginManifest);
    await apply();
    const undone = login.undo(target, member, before, after);
    await expect(undone).rejects.toThrow(/aws iam create-login-profile --user-name rosa --password-reset-required/);
  });
});

describe('repair-trust-policy', () => {
  const target = of('iam-role', 'reports');
  const role = (principals: JsonObject) => ({
    name: 'reports',
    trust: trusting(principals),
    inline: { all: allowAll },
  });

  it('ends no session that runs, and says so', async () => {
    const s = on(target, { roles: [role({ AWS: ['444455556666', account] })] });
    const running = s.world.roleCredentials(`arn:aws:iam::${account}:role/reports`, 'from-outside');
    const { before, apply } = await ready(s, target, trust, trustManifest);
    expect(trust.losses(before, target).join(' ')).toMatch(/444455556666 can assume .* no more.*ends no session/);
    await apply();
    s.pass({ seconds: 10 });
    expect(await s.can(running)).toBe(true);
  });

  it('says what to do when the policy names a principal that was deleted, which IAM does not take back', async () => {
    const s = on(target, { roles: [role({ AWS: ['444455556666', 'AROAEXAMPLEEXAMPLE123'] })] });
    const { apply } = await ready(s, target, trust, trustManifest);
    await expect(apply()).rejects.toThrow(Hindered);
    await expect(apply()).rejects.toThrow(/names a principal that was deleted since/);
  });

  it('changes nothing of a service-linked role', async () => {
    const s = on(target, { roles: [{ ...role({ Service: 'rds.amazonaws.com' }), path: '/aws-service-role/rds/' }] });
    await expect(ready(s, target, trust, trustManifest)).rejects.toThrow(TargetProtected);
  });
});
