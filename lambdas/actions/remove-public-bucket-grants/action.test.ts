import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../core/target.ts';
import action from './action.ts';
import type { State } from './grants.ts';

const target: Target = { kind: 's3-bucket', id: 'records', account: '111122223333', region: 'us-east-1' };
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const key = 'arn:aws:s3:::records/jane-doe.pdf';
const open = { Sid: 'Open', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: key };
const mixed = { ...open, Sid: undefined, Principal: { AWS: ['*', '444455556666'] } };
const partner = { ...open, Sid: 'Partner', Principal: { AWS: '444455556666' } };
const deny = { ...open, Sid: 'Tls', Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
const text = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Id: 'mine', Statement });
const state = (policy: string | null, more: Partial<State> = {}): State => ({
  policy,
  policyPublic: true,
  acl: 'disabled',
  ...more,
});
const all = 'http://acs.amazonaws.com/groups/global/AllUsers';
const acl = {
  owner: 'o',
  grants: [
    { grantee: { id: 'o' }, permission: 'FULL_CONTROL' },
    { grantee: { uri: all }, permission: 'READ' },
  ],
};

describe('remove-public-bucket-grants', () => {
  it('keeps every other statement, in whatever mixture they stand', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(open, mixed, partner, deny), { minLength: 1, maxLength: 8 }), (mixture) => {
        const kept = mixture.filter((s) => s === partner || s === deny);
        const after = action.intend(state(text(...mixture)), target, at);
        expect(after.policy).toBe(kept.length === 0 ? null : text(...kept));
      }),
    );
  });

  it('says what goes and what comes back, without an object key', () => {
    const before = state(text(open, partner), { acl });
    const after = action.intend(before, target, at);
    expect(action.describe(before, after)).toEqual([
      'policy statement "Open" (Allow s3:GetObject): present → removed',
      'bucket ACL grant AllUsers READ: present → removed',
    ]);
    expect(action.describe(after, before)).toEqual([
      'policy statement "Open" (Allow s3:GetObject): absent → restored',
      'bucket ACL grant AllUsers READ: absent → restored',
    ]);
    expect(JSON.stringify([action.losses(before, target), action.describe(before, after)])).not.toContain('jane');
  });

  it('names an account that stands in the same statement as everyone', () => {
    expect(action.losses(state(text(mixed)), target).join()).toMatch(
      /statement 1 of the policy.*names account 444455556666/,
    );
  });

  it("is safe only when AWS's verdict and its own agree", () => {
    const after = action.intend(state(text(open)), target, at);
    const verdict = (live: State) => action.verify(live, target, after);
    expect(verdict(state(text(partner), { policyPublic: false }))).toEqual({ safe: true });
    expect(verdict(state(text(open), { policyPublic: false }))).toMatchObject({
      safe: false,
      why: expect.stringContaining('Open'),
    });
    expect(verdict(state(text(partner)))).toMatchObject({ safe: false });
    expect(verdict(state(null, { policyPublic: false, acl }))).toMatchObject({ safe: false });
  });

  it('says that grants which the block hides stay stored, because nobody can see them to remove them', () => {
    expect(action.losses(state(text(open), { acl: 'hidden' }), target).join()).toContain('would revive them');
    expect(action.losses(state(text(open)), target).join()).not.toContain('would revive them');
  });
});
