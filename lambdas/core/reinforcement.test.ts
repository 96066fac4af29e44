import { expect, it } from 'vitest';
import { reinforced, workKey } from './reinforcement.ts';
import type { Target } from './target.ts';

const at = (kind: Target['kind'], id: string): Target => ({ kind, id, account: '111122223333', region: 'us-east-1' });
const key = at('iam-access-key', 'AKIAIOSFODNN7EXAMPLE');
const off = { action: 'deactivate', target: key };
const keyOf = (owner: string) => (k: Target, user: Target) => k.id === key.id && user.id === owner;

it("repeats what is done to the user's own key, and not to another user's of the same finding", () => {
  const repeats = (user: string) => reinforced(['deactivate'], at('iam-user', user), [off], keyOf('etl'));
  expect(repeats('etl')).toEqual([workKey(off)]);
  expect(repeats('rosa')).toEqual([]);
});

it('repeats what is done to the same target, or to a session of the same role, and nothing of another role', () => {
  const session = (role: string) => ({ action: 'deny-session', target: at('role-session', `${role}/i-1`) });
  const revoke = { action: 'revoke', target: at('iam-role', 'records') };
  const others = [session('records'), session('claims'), revoke];
  expect(reinforced(['deny-session', 'revoke'], at('iam-role', 'records'), others, () => false)).toEqual([
    workKey(session('records')),
    workKey(revoke),
  ]);
});

it('repeats only the actions that it names, each once', () => {
  const user = at('iam-user', 'etl');
  const done = { action: 'deny', target: user };
  expect(reinforced(['deny'], user, [done, { action: 'tag', target: user }, done], () => false)).toEqual([
    workKey(done),
  ]);
});
