import { describe, expect, it } from 'vitest';
import type { Target } from '../../core/target.ts';
import manifest from './action.json' with { type: 'json' };
import action, { type State } from './action.ts';

const target: Target = { kind: 'iam-user', id: 'billing', account: '111122223333', region: 'us-east-1' };
const state: State = {
  arn: 'arn:aws:iam::111122223333:user/billing',
  id: 'AIDAEXAMPLE',
  lastSignIn: '2026-02-28T08:00:00.000Z',
  denied: false,
  keys: [
    { id: 'AKIAIOSFODNN7EXAMPLE', lastUsed: '2026-03-01T09:00:00.000Z' },
    { id: 'AKIAI44QH8DHBEXAMPLE', lastUsed: null },
  ],
};

describe('deny-user', () => {
  it('may attach AWSDenyAll and nothing else', () => {
    for (const { conditions } of manifest.permissions.write)
      expect(conditions).toEqual({ ArnEquals: { 'iam:PolicyARN': 'arn:${partition}:iam::aws:policy/AWSDenyAll' } });
  });

  it('says of each active key and of the console when it was last used', () => {
    expect(action.losses(state, target)).toEqual([
      'Everything that IAM user billing does stops, by person or by program.',
      'Key AKIAIOSFODNN7EXAMPLE stops; it was last used at 2026-03-01T09:00:00.000Z.',
      'Key AKIAI44QH8DHBEXAMPLE stops; IAM has no record of its use.',
      'The console stops for billing; the last sign-in was 2026-02-28T08:00:00.000Z.',
    ]);
    expect(action.losses({ ...state, denied: true }, target)).toEqual([]);
  });

  it('does not take a further use of the key for a change', () => {
    expect(action.owned({ ...state, keys: [], lastSignIn: null })).toEqual(action.owned(state));
  });
});
