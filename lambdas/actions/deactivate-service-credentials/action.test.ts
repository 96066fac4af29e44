import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../core/target.ts';
import action, { type State } from './action.ts';

const target: Target = { kind: 'iam-user', id: 'etl', account: '111122223333', region: 'us-east-1' };
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const bedrock = { id: 'ACCA1', service: 'bedrock.amazonaws.com', status: 'Active' };
const old = { id: 'ACCA2', service: 'codecommit.amazonaws.com', status: 'Inactive' };
const state = (...credentials: State['credentials']): State => ({
  arn: 'arn:aws:iam::111122223333:user/etl',
  id: 'AIDAEXAMPLE',
  lastSignIn: null,
  credentials,
});

describe('deactivate-service-credentials', () => {
  it('has nothing to do for a user without any, and says so by being safe', () => {
    const none = state(old);
    expect(action.verify(none, target, action.intend(none, target, at))).toEqual({ safe: true });
    expect(action.losses(none, target)).toEqual([]);
  });

  it('owns what it switched off, and neither what was off before nor what was made after', () => {
    const before = state(bedrock, old);
    const after = action.intend(before, target, at);
    const made = { id: 'ACCA3', service: 'bedrock.amazonaws.com', status: 'Active' };
    const later = state(...after.credentials.filter((one) => one.id !== old.id), { ...old, status: 'Active' }, made);
    expect(action.owned(later, before)).toEqual(action.owned(after, before));
  });

  it('is unsafe again when the attacker makes a new key, and names it', () => {
    const after = action.intend(state(bedrock), target, at);
    const live = state(...after.credentials, { ...bedrock, id: 'ACCA9' });
    expect(action.verify(live, target, after)).toEqual({
      safe: false,
      why: 'still active: ACCA9 (bedrock.amazonaws.com)',
    });
  });
});
