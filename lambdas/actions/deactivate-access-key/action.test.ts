import { describe, expect, it } from 'vitest';
import type { Target } from '../../core/target.ts';
import action, { type State } from './action.ts';

const target: Target = {
  kind: 'iam-access-key',
  id: 'AKIAIOSFODNN7EXAMPLE',
  account: '111122223333',
  region: 'us-east-1',
};
const lastUsed = { at: '2026-03-01T09:00:00.000Z', service: 's3', region: 'us-east-1' };
const state = (more: Partial<State> = {}): State => ({
  user: 'billing',
  userArn: 'arn:aws:iam::111122223333:user/billing',
  status: 'Active',
  lastUsed,
  ...more,
});

describe('deactivate-access-key', () => {
  it('says what the key was last used for', () => {
    expect(action.losses(state(), target)).toEqual([
      'The key of user billing was last used for s3 in us-east-1 at 2026-03-01T09:00:00.000Z: whatever still signs with it stops.',
    ]);
    expect(action.losses(state({ lastUsed: null }), target)[0]).toMatch(/no record of a use/);
    expect(action.losses(state({ status: 'Inactive' }), target)).toEqual([]);
  });

  it('does not take a further use of the key for a change', () => {
    expect(action.owned(state({ lastUsed: null }))).toEqual(action.owned(state()));
    expect(action.owned(state({ status: 'Inactive' }))).not.toEqual(action.owned(state()));
  });
});
