import { execFileSync } from 'node:child_process';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import manifest from '../lambdas/actions/deactivate-access-key/action.json' with { type: 'json' };
import key from '../lambdas/actions/deactivate-access-key/action.ts';
import { deniedUntil, denyOlderSessions } from '../lambdas/core/session-deny.ts';
import type { Target } from '../lambdas/core/target.ts';
import { stage } from './member-account.ts';

/** Mistakes of others that are regression tests for us; the number is the one in the list of rivals. */
const account = '111122223333';
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');

describe('mistake 6: a naive local time that is stamped Z', () => {
  const module = new URL('../lambdas/core/session-deny.ts', import.meta.url).href;
  const script = `
    const { denyOlderSessions } = await import(${JSON.stringify(module)});
    const { Temporal } = await import('temporal-polyfill');
    process.stdout.write(denyOlderSessions(null, Temporal.Instant.from('${at}')));`;
  const revokedIn = (TZ: string) =>
    execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: new URL('..', import.meta.url),
      encoding: 'utf8',
      env: { ...process.env, TZ },
    });

  it.each(['UTC', 'Pacific/Kiritimati', 'America/Los_Angeles', 'Asia/Kolkata'])(
    'sessions are revoked at the same UTC second when the process runs in %s',
    (zone) => {
      expect(String(deniedUntil(revokedIn(zone)))).toBe('2026-03-01T10:00:30Z');
    },
  );
});

describe('revocations that overlap', () => {
  it('reach 30 seconds ahead, and the latest time wins in whatever order they are written', () => {
    const later = at.add({ minutes: 5 });
    const forward = denyOlderSessions(denyOlderSessions(null, at), later);
    const backward = denyOlderSessions(denyOlderSessions(null, later), at);
    for (const policy of [forward, backward]) {
      expect(String(deniedUntil(policy))).toBe('2026-03-01T10:05:30Z');
      expect(JSON.parse(policy).Statement).toHaveLength(1);
    }
  });
});

describe('mistake 7: every key of the user is switched off instead of the named one', () => {
  it('only the named key changes, whichever of the two it is, and is the only one that the undo touches', async () => {
    const ids = ['AKIAIOSFODNN7EXAMPLE', 'AKIAI44QH8DHBEXAMPLE'] as const;
    for (const named of ids) {
      const target: Target = { kind: 'iam-access-key', id: named, account, region: 'us-east-1' };
      const users = [{ name: 'billing', accessKeys: ids.map((id) => ({ id })) }];
      const on = stage({ [account]: { users } }, target, at, new Set());
      const { read, write } = manifest.permissions;
      const { state, scope } = await key.capture(target, on.member(read));
      const member = on.member([...read, ...write], scope);
      const active = () =>
        on.world
          .account(account)
          .users.get('billing')
          ?.keys.filter((k) => k.status.stored === 'Active')
          .map((k) => k.id);
      const after = key.intend(state, target, at);
      await key.apply(target, member, state, after);
      expect(active()).toEqual(ids.filter((id) => id !== named));
      await key.undo(target, member, state, after);
      expect(active()).toEqual([...ids]);
    }
  });
});
