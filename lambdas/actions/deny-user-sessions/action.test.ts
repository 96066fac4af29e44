import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../core/target.ts';
import action from './action.ts';

const target: Target = { kind: 'iam-user', id: 'billing', account: '111122223333', region: 'us-east-1' };
const state = {
  arn: 'arn:aws:iam::111122223333:user/billing',
  id: 'AIDAEXAMPLE',
  policy: null,
  usedBy: [],
  lastUsed: null,
};
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');

describe('deny-user-sessions', () => {
  it('says from when sessions are denied, in UTC', () => {
    const after = action.intend(state, target, at);
    expect(action.describe(state, after)).toEqual([
      'sessions denied everything: none → those issued before 2026-03-01T10:00:30Z',
    ]);
  });

  it('mentions the console only to a user who signs in there', () => {
    expect(action.losses(state, target)).toHaveLength(1);
    expect(action.losses({ ...state, lastUsed: '2026-02-28T08:00:00.000Z' }, target)[1]).toMatch(/console session/);
  });

  it('is not safe when the policy allows, or denies less than everything', () => {
    const after = action.intend(state, target, at);
    const live = (from: string, to: string) => ({ ...after, policy: (after.policy ?? '').replace(from, to) });
    expect(action.verify(after, target, after)).toEqual({ safe: true });
    for (const [from, to] of [
      ['"Deny"', '"Allow"'],
      ['"Action":["*"]', '"Action":["s3:*"]'],
      ['10:00:30Z', '10:00:29Z'],
    ] as const)
      expect(action.verify(live(from, to), target, after)).toMatchObject({ safe: false });
    expect(action.verify(state, target, after)).toMatchObject({ safe: false });
  });
});
