import { describe, expect, it } from 'vitest';
import example from '../../settings.example.json' with { type: 'json' };
import { type Settings, settings as settingsSchema } from './settings.ts';
import type { Target } from './target.ts';
import { principalMatches, refusal, withholding } from './withholding.ts';

const account = '111122223333';
const settings = (more: Partial<Settings> = {}) => settingsSchema.parse({ ...example, ...more });
const at = (kind: Target['kind'], id: string): Target => ({ kind, id, account, region: 'us-east-1' });

it.each([
  [at('iam-role', 'AWSServiceRoleForX'), /service-linked/],
  [at('iam-role', 'AWSReservedSSO_Admin_0123456789abcdef'), /Identity Center/],
  [at('iam-role', 'tourniquet-responder'), /principal of Tourniquet/],
  [at('iam-role', 'Tourniquet-Observer'), /principal of Tourniquet/],
  [at('iam-user', 'tourniquet-x'), undefined],
  [at('rds-instance', 'tourniquet-db'), undefined],
  [at('role-session', 'tourniquet-responder/abc'), /principal of Tourniquet/],
  [at('role-session', 'AWSReservedSSO_Admin_0123/jane'), /Identity Center/],
  [at('role-session', 'break-glass-role/jane'), /protected principal/],
  [{ ...at('s3-bucket', 'tourniquet-vault-1'), account: '333333333333' }, /bucket of Tourniquet|not in the settings/],
  [at('s3-bucket', 'tourniquet-anything'), undefined],
  [at('iam-user', 'break-glass-1'), /protected principal/],
  [at('iam-user', 'etl'), undefined],
  [at('s3-bucket', 'break-glass-1'), undefined],
])('refuses to touch %j: %s', (t, reason) => {
  const own = settings({
    protectedPrincipals: [`arn:aws:iam::${account}:user/break-glass*`, `arn:aws:iam::${account}:role/break-glass-role`],
  });
  expect(refusal(t, own)).toEqual(reason === undefined ? undefined : expect.stringMatching(reason));
});

it.each([
  ['user/ci', 'user/ci', true],
  ['user/ci', 'user/team/ci', true],
  ['user/team/ci', 'user/ci', true],
  ['user/ci', 'role/ci', false],
  ['user/ci', 'user/ci2', false],
  ['role/break-glass*', 'role/break-glass-1', true],
  ['role/break-glass*', 'role/emergency/break-glass-1', true],
  ['role/emergency/break-glass*', 'role/break-glass-1', true],
  ['role/emergency/*', 'role/emergency/x', true],
  ['role/emergency/*', 'role/other', false],
  ['role/break-glass*', 'role/break', false],
  ['user/*', 'user/any', true],
])('a protected %s covers %s: %s', (pattern, name, covered) => {
  const arn = `arn:aws:iam::${account}:${name}`;
  expect(principalMatches(`arn:aws:iam::${account}:${pattern}`, arn)).toBe(covered);
  expect(principalMatches(`arn:aws:iam::*:${pattern}`, arn)).toBe(covered);
  expect(principalMatches(`arn:aws:iam::999988887777:${pattern}`, arn)).toBe(false);
});

describe('an exception', () => {
  const key = at('iam-access-key', 'AKIAIOSFODNN7EXAMPLE');
  const deactivate = { id: 'deactivate', title: 'Deactivate', through: 'member' } as const;
  const excepted = (more: object = {}) =>
    settings({
      exceptions: [
        { target: key, actions: [], reason: 'CI signs with it', owner: 'Dana', expires: '2026-03-31', ...more },
      ],
    });

  it('withholds the step and says whose it is, until when and why', () => {
    expect(withholding(deactivate, key, excepted(), '2026-03-31T23:59:59Z')).toBe(
      'exception of Dana until 2026-03-31: CI signs with it',
    );
  });

  it('ends with the day that it names', () => {
    expect(withholding(deactivate, key, excepted(), '2026-04-01T00:00:00Z')).toBeUndefined();
  });

  it('covers the named actions and the named target only', () => {
    const now = '2026-03-01T00:00:00Z';
    expect(withholding(deactivate, key, excepted({ actions: ['rotate'] }), now)).toBeUndefined();
    expect(withholding(deactivate, at('iam-access-key', 'AKIAI44QH8DHBEXAMPLE'), excepted(), now)).toBeUndefined();
  });
});

it('withholds what goes through the organization while no management account is configured, and says what is lost', () => {
  const scp = { id: 'deny-by-scp', title: 'Deny', through: 'management' } as const;
  const { management: _, ...accounts } = settings().accounts;
  const user = at('iam-user', 'etl');
  expect(withholding(scp, user, settings({ accounts }), '2026-03-01T00:00:00Z')).toMatch(/accounts\.management/);
  const managed = settings({ accounts: { ...accounts, management: '999988887777' } });
  expect(withholding(scp, user, managed, '2026-03-01T00:00:00Z')).toBeUndefined();
});
