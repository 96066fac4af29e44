import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { type AccountSeed, stage } from '../../../test/member-account.ts';
import { Hindered } from '../../core/errors.ts';
import type { Statement } from '../../core/manifest.ts';
import type { Target } from '../../core/target.ts';
import manifest from './action.json' with { type: 'json' };
import action from './action.ts';
import examples from './examples.json' with { type: 'json' };

const account = '111122223333';
const target: Target = { kind: 'config-recorder', id: 'default', account, region: 'us-east-1' };
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const statements = [...manifest.permissions.read, ...manifest.permissions.write] as Statement[];
const names = { recorderRole: 'none', recorderRoleBefore: 'none' };
const [deleted, stopped] = examples;
if (!deleted || !stopped) throw new Error('the first examples are a deleted and a stopped recorder');
const seedOf = (example: (typeof examples)[number]) => example.accounts as unknown as Record<string, AccountSeed>;

describe('restore-config-recorder', () => {
  it('names the role that it hands over by path and name: the service-linked role is not changed, only passed', async () => {
    const on = stage(seedOf(deleted), target, at, new Set(), deleted.baseline);
    const { scope } = await action.capture(target, on.member(statements, names));
    expect(scope.recorderRole).toBe('aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig');
  });

  it('only starts a recorder of which nothing was recorded, and says so', async () => {
    const on = stage(seedOf(stopped), target, at, new Set());
    const { state } = await action.capture(target, on.member(statements, names));
    const after = action.intend(state, target, at);
    expect(state.restores).toEqual(['recording']);
    expect(action.describe(state, after).at(-1)).toMatch(/nothing was recorded/);
  });

  it('says what to do where it has nowhere to deliver to', async () => {
    const on = stage(seedOf(stopped), target, at, new Set());
    on.world.account(account).resources.delete(`arn:aws:config:us-east-1:${account}:delivery-channel`);
    const member = on.member(statements, names);
    const { state } = await action.capture(target, member);
    const made = action.apply(target, member, state, action.intend(state, target, at));
    await expect(made).rejects.toThrow(Hindered);
    await expect(made).rejects.toThrow(/nowhere to deliver to/);
  });
});
