import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../core/target.ts';
import manifest from './action.json' with { type: 'json' };
import action, { type State } from './action.ts';

const target: Target = { kind: 's3-bucket', id: 'records', account: '111122223333', region: 'us-east-1' };
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const state = (policy: string | null): State => ({ policy, partition: 'aws' });

describe('deny-customer-keys', () => {
  const after = action.intend(state(null), target, at);

  it('denies only uploads that name a key of their own', () => {
    const [deny] = JSON.parse(after.policy ?? '').Statement;
    expect(deny).toMatchObject({ Effect: 'Deny', Action: 's3:PutObject', Resource: 'arn:aws:s3:::records/*' });
    expect(deny.Condition).toEqual({ Null: { 's3:x-amz-server-side-encryption-customer-algorithm': 'false' } });
  });

  it('promises no more than SSE-C: it says that a foreign KMS key and text encrypted beforehand still get through', () => {
    expect(manifest.title).toContain('SSE-C');
    expect(manifest.protects).toMatch(/KMS key of another account, or with text encrypted beforehand, is not stopped/);
  });

  it('says what honest uploaders lose, once', () => {
    expect(action.losses(state(null), target).join()).toMatch(/honestly uploads to bucket records/);
    expect(action.losses(after, target)).toEqual([]);
  });

  it.each([
    ['"Deny"', '"Allow"'],
    ['s3:PutObject', 's3:PutObjectAcl'],
    ['"false"', '"true"'],
    ['records/*', 'records/a/*'],
    ['TourniquetDenyCustomerKeys', 'Renamed'],
  ])('is not safe with %s changed to %s', (from, to) => {
    expect(action.verify(after, target, after)).toEqual({ safe: true });
    const policy = (after.policy ?? '').replace(from, to);
    expect(policy).not.toBe(after.policy);
    expect(action.verify(state(policy), target, after)).toMatchObject({ safe: false });
  });

  it('changes nothing where the deny stands already', () => {
    expect(action.intend(after, target, at)).toBe(after);
    expect(action.describe(after, after)).toEqual([]);
  });
});
