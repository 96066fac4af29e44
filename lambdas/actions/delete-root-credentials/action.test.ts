import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { rootKey } from '../../../drills/aws/iam/root.ts';
import { stage } from '../../../test/member-account.ts';
import { Hindered } from '../../core/errors.ts';
import { actionManifest } from '../../core/manifest.ts';
import type { Target } from '../../core/target.ts';
import quarantine from '../../platform/quarantine.json' with { type: 'json' };
import manifest from './action.json' with { type: 'json' };
import action from './action.ts';

const clinic = '111122223333';
const target: Target = { kind: 'root-user', id: 'root', account: clinic, region: 'us-east-1' };
const { read, write } = actionManifest.parse(manifest).permissions;
const key = 'AKIAROOTEXAMPLE00001';

/** The root user already denied through the organization. */
function staged(rootAccess = true) {
  const { name, content } = quarantine.quarantineRoot;
  const policies = [{ id: 'p-rootdeny01', name, content: JSON.stringify(content), targets: [clinic] }];
  const accounts = {
    '777777777777': { organization: { id: 'o-exampleorgid', accounts: [clinic], policies, rootAccess } },
    [clinic]: { root: { accessKeys: [key], loginProfile: true } },
  };
  return stage(accounts, target, Temporal.Instant.from('2026-03-01T10:00:00Z'), new Set(), undefined, 'management');
}

describe('delete-root-credentials', () => {
  it('works while the root user is denied: the deny leaves out sessions of AssumeRoot', async () => {
    const on = staged();
    const { state: before } = await action.capture(target, on.member(read));
    await action.apply(target, on.member([...read, ...write]), before, action.intend(before, target, on.now()));
    const { state } = await action.capture(target, on.member(read));
    expect(action.verify(state, target, state)).toEqual({ safe: true });
    on.pass({ seconds: 10 });
    expect(await on.can(rootKey(key))).toBe(false);
  });

  it('cannot delete with the session that only looks', async () => {
    const on = staged();
    const { state: before } = await action.capture(target, on.member(read));
    await expect(
      action.apply(target, on.member(read), before, action.intend(before, target, on.now())),
    ).rejects.toThrow(Hindered);
  });

  it('goes on where an apply was cut short', async () => {
    const on = staged();
    const { state: before } = await action.capture(target, on.member(read));
    await on.act({ account: clinic, service: 'IAM', command: 'DeleteLoginProfile', input: {} }).catch(() => undefined);
    await action.apply(target, on.member([...read, ...write]), before, action.intend(before, target, on.now()));
    const { state } = await action.capture(target, on.member(read));
    expect(state).toEqual(action.intend(before, target, on.now()));
  });

  it('says what to enable where the organization has no central root access', async () => {
    const on = staged(false);
    await expect(action.capture(target, on.member(read))).rejects.toThrow(/enable centralized root access/);
  });
});
