import { describe, expect, it } from 'vitest';
import type { Target } from '../../core/target.ts';
import manifest from './action.json' with { type: 'json' };
import action, { type State } from './action.ts';

const target: Target = { kind: 'iam-user', id: 'rosa.diaz', account: '111122223333', region: 'us-east-1' };
const state: State = {
  arn: 'arn:aws:iam::111122223333:user/rosa.diaz',
  id: 'AIDAEXAMPLE',
  lastSignIn: null,
  login: '2026-01-01T00:00:00.000Z',
};

describe('remove-console-login', () => {
  it('does not claim that it can be undone', () => {
    expect(manifest.reversible).toBe(false);
    expect(action.losses(state, target).join(' ')).toMatch(
      /until an administrator makes a new login.*cannot be put back/,
    );
  });

  it('takes a login that was made since for another one', () => {
    expect(action.owned({ ...state, login: '2026-03-01T00:00:00.000Z' })).not.toEqual(action.owned(state));
    expect(action.owned({ ...state, lastSignIn: '2026-03-01T00:00:00.000Z' })).toEqual(action.owned(state));
  });
});
