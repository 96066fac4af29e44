import type { IAMClient } from '@aws-sdk/client-iam';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import keyManifest from '../lambdas/actions/deactivate-access-key/action.json' with { type: 'json' };
import key from '../lambdas/actions/deactivate-access-key/action.ts';
import userManifest from '../lambdas/actions/deny-user-sessions/action.json' with { type: 'json' };
import user from '../lambdas/actions/deny-user-sessions/action.ts';
import roleManifest from '../lambdas/actions/revoke-role-sessions/action.json' with { type: 'json' };
import role from '../lambdas/actions/revoke-role-sessions/action.ts';
import { BeforeStateChanged, Drift, Hindered, TargetNotFound, TargetProtected } from '../lambdas/core/errors.ts';
import type { Target, TargetKind } from '../lambdas/core/target.ts';
import { type AccountSeed, type Stage, stage } from './member-account.ts';

const account = '111122223333';
const id = 'AKIAIOSFODNN7EXAMPLE';
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const of = (kind: TargetKind, name: string): Target => ({ kind, id: name, account, region: 'us-east-1' });
const on = (target: Target, seed: AccountSeed): Stage => stage({ [account]: seed }, target, at, new Set());
const all = ({ permissions: { read, write } }: typeof keyManifest) => [...read, ...write];
const allowAll = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const trust = (Principal: Record<string, string>) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
});

describe('deactivate-access-key', () => {
  const target = of('iam-access-key', id);
  const clinic = { users: [{ name: 'billing', accessKeys: [{ id }] }] };
  const scope = { userArn: `arn:aws:iam::${account}:user/billing`, userName: 'billing' };

  it('stops the key and leaves the other key of the same user', async () => {
    const other = 'AKIAI44QH8DHBEXAMPLE';
    const s = on(target, { users: [{ name: 'billing', accessKeys: [{ id }, { id: other }] }] });
    const member = s.member(all(keyManifest), scope);
    const { state } = await key.capture(target, member);
    await key.apply(target, member, state, key.intend(state, target, at));
    expect(
      s.world
        .account(account)
        .users.get('billing')
        ?.keys.map((k) => k.status.stored),
    ).toEqual(['Inactive', 'Active']);
  });

  it('refuses the key that it signs with, before it calls anything', async () => {
    const s = on(target, clinic);
    const member = s.member(all(keyManifest), scope);
    const own = {
      ...member,
      client: ((kind, region) => {
        const client = member.client(kind, region);
        (client as unknown as IAMClient).config.credentials = async () => ({ accessKeyId: id, secretAccessKey: 'x' });
        return client;
      }) as typeof member.client,
    };
    await expect(key.capture(target, own)).rejects.toThrow(TargetProtected);
    expect(s.calls()).toBe(0);
  });

  it('is not found once the key is deleted, also for the undo', async () => {
    const s = on(target, clinic);
    const member = s.member(all(keyManifest), scope);
    const { state } = await key.capture(target, member);
    const after = key.intend(state, target, at);
    s.world.account(account).users.get('billing')?.keys.splice(0);
    await expect(key.undo(target, member, state, after)).rejects.toThrow(/another account owns it|no IAM user/);
  });

  it('calls a key that belongs to nobody here by its likely reason, root included', async () => {
    const s = on(target, clinic);
    s.world.account(account).users.get('billing')?.keys.splice(0);
    s.answer('IAM', 'GetAccessKeyLastUsed', { UserName: 'root' });
    const refused = key.capture(target, s.member(all(keyManifest), scope));
    await expect(refused).rejects.toThrow(TargetNotFound);
    await expect(key.capture(target, s.member(all(keyManifest), scope))).rejects.toThrow(/root user's key/);
  });
});

describe('deny-user-sessions', () => {
  const target = of('iam-user', 'billing');
  const seed = { users: [{ name: 'billing', inline: { work: allowAll }, accessKeys: [{ id }] }] };

  async function denied(s: Stage) {
    const member = s.member(all(userManifest));
    const before = (await user.capture(target, member)).state;
    const after = user.intend(before, target, s.now());
    await user.apply(target, member, before, after);
    return { before, after, member };
  }

  it('ends sessions minted before, and neither the key nor sessions minted later', async () => {
    const s = on(target, seed);
    const fromKey = s.world.keyCredentials(id);
    const old = await s.mintSession(fromKey);
    expect(await s.can(old)).toBe(true);
    await denied(s);
    s.pass({ seconds: 40 });
    expect(await s.can(old)).toBe(false);
    expect(await s.can(fromKey)).toBe(true);
    expect(await s.can(await s.mintSession(fromKey))).toBe(true);
  });

  it('says what to do when the user has no room for it', async () => {
    const long = { ...allowAll, Statement: [{ ...allowAll.Statement[0], Sid: 'x'.repeat(1900) }] };
    const s = on(target, { users: [{ name: 'billing', inline: { work: long } }] });
    await expect(denied(s)).rejects.toThrow(Hindered);
    await expect(denied(s)).rejects.toThrow(/2,048 characters .* then run the step again/);
  });

  it('stops when the user was deleted and made again', async () => {
    const s = on(target, seed);
    const { before, after, member } = await denied(s);
    s.world.account(account).addUser({ name: 'billing' });
    await expect(user.apply(target, member, before, after)).rejects.toThrow(BeforeStateChanged);
    await expect(user.undo(target, member, before, after)).rejects.toThrow(Drift);
  });

  it('is safe under a later time that somebody else set, and not under an earlier one', async () => {
    const s = on(target, seed);
    const { after } = await denied(s);
    const later = user.intend(after, target, at.add({ hours: 1 }));
    expect(user.verify(later, target, after)).toEqual({ safe: true });
    expect(user.verify(after, target, later)).toMatchObject({ safe: false });
  });
});

describe('revoke-role-sessions', () => {
  const seed = (name: string, path = '/') => ({
    roles: [{ name, path, trust: trust({ AWS: `arn:aws:iam::${account}:root` }) }],
  });

  it.each(['AWSServiceRoleForRDS', 'AWSReservedSSO_Admin_0123', 'tourniquet-observer', 'Tourniquet-Responder'])(
    'never looks at %s',
    async (name) => {
      const target = of('iam-role', name);
      const s = on(target, seed(name));
      await expect(role.capture(target, s.member(all(roleManifest)))).rejects.toThrow(TargetProtected);
      expect(s.calls()).toBe(0);
    },
  );

  it('refuses a service-linked role by its path', async () => {
    const target = of('iam-role', 'plain-name');
    const s = on(target, seed('plain-name', '/aws-service-role/rds.amazonaws.com/'));
    await expect(role.capture(target, s.member(all(roleManifest)))).rejects.toThrow(TargetProtected);
  });

  it('tells who may use the role too', async () => {
    const target = of('iam-role', 'reports');
    const s = on(target, seed('reports'));
    const { state, scope } = await role.capture(target, s.member(all(roleManifest)));
    expect(role.losses(state, target)).toContain(`The role may be used by: arn:aws:iam::${account}:root.`);
    expect(scope).toEqual({ roleArn: `arn:aws:iam::${account}:role/reports` });
  });
});
