import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../core/target.ts';
import action, { type State } from './action.ts';

const target: Target = { kind: 's3-bucket', id: 'records', account: '111122223333', region: 'us-east-1' };
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const flags = (on: boolean) => ({
  BlockPublicAcls: on,
  IgnorePublicAcls: on,
  BlockPublicPolicy: on,
  RestrictPublicBuckets: on,
});
const exposure = {
  policyPublic: true,
  aclsCount: false,
  publicAclGrants: [],
  foreignPrincipals: ['account 444455556666'],
};
const state = (more: Partial<State> = {}): State => ({ flags: null, accountFlags: null, exposure, ...more });

describe('block-bucket-public-access', () => {
  it('names the anonymous readers and the foreign account that a public policy loses', () => {
    expect(action.losses(state(), target)).toEqual([
      expect.stringContaining('Everyone without credentials loses'),
      'Account 444455556666 in the same policy cannot read until the public statement is removed.',
    ]);
  });

  it('announces no loss where nobody loses anything', () => {
    expect(action.losses(state({ exposure: { ...exposure, policyPublic: false } }), target)).toEqual([]);
    expect(action.losses(state({ accountFlags: flags(true) }), target)).toEqual([]);
  });

  it('announces what public ACLs lose where ACLs count', () => {
    const acl = { policyPublic: false, aclsCount: true, publicAclGrants: ['AllUsers READ'], foreignPrincipals: [] };
    expect(action.losses(state({ exposure: acl }), target).join()).toMatch(/AllUsers READ.*public by their own ACL/);
  });

  it('tells absent from off', () => {
    const after = action.intend(state(), target, at);
    expect(action.describe(state(), after)[0]).toBe('BlockPublicAcls: absent → on');
    expect(action.describe(state({ flags: flags(false) }), after)[0]).toBe('BlockPublicAcls: off → on');
    expect(action.owned(state())).not.toEqual(action.owned(state({ flags: flags(false) })));
  });

  it('is safe only with all four flags on the bucket itself', () => {
    const after = action.intend(state(), target, at);
    expect(action.verify(after, target, after)).toEqual({ safe: true });
    for (const name of Object.keys(flags(true))) {
      const live = state({ flags: { ...flags(true), [name]: false }, accountFlags: flags(true) });
      expect(action.verify(live, target, after)).toEqual({ safe: false, why: expect.stringContaining(name) });
    }
  });
});
