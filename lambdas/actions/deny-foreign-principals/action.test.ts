import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { ownRoleArns } from '../../core/own-roles.ts';
import type { Target } from '../../core/target.ts';
import action from './action.ts';
import { type State, sid } from './strangers.ts';

const target: Target = { kind: 's3-bucket', id: 'records', account: '111122223333', region: 'us-east-1' };
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const key = 'arn:aws:s3:::records/jane-doe.pdf';
const allow = (Sid: string, Principal: unknown, more: object = {}) => ({
  Sid,
  Effect: 'Allow',
  Principal,
  Action: 's3:GetObject',
  Resource: key,
  ...more,
});
const text = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const state = (policy: string | null, more: Partial<State> = {}): State => ({
  policy,
  ours: ['111122223333', '555566667777'],
  partition: 'aws',
  owner: 'o'.repeat(64),
  aclGrants: [],
  ...more,
});
const lost = (...statements: object[]) => action.losses(state(text(...statements)), target);

describe('deny-foreign-principals', () => {
  it('names each account and principal that the policy lets in now, and what it loses', () => {
    const losses = lost(
      allow('Vendor', { AWS: ['arn:aws:iam::999988887777:role/reader', '444455556666'] }),
      allow('Cdn', { AWS: 'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE' }),
      allow('Org', '*', { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-partner' } } }),
    );
    expect(losses).toEqual([
      'Account 999988887777 loses s3:GetObject, which statement "Vendor" of the policy of bucket records gives.',
      'Account 444455556666 loses s3:GetObject, which statement "Vendor" of the policy of bucket records gives.',
      'A CloudFront origin access identity loses s3:GetObject, which statement "Cdn" of the policy of bucket records gives.',
      'Callers with aws:PrincipalOrgID o-partner lose s3:GetObject, which statement "Org" of the policy of bucket records gives unless they call from one of our accounts.',
    ]);
    expect(losses.join()).not.toContain('jane');
  });

  it('announces no loss for our own accounts, AWS services, deleted principals and denies', () => {
    const fixed = { Condition: { StringEquals: { 'aws:PrincipalAccount': ['111122223333', '555566667777'] } } };
    expect(
      lost(
        allow('Ours', { AWS: '555566667777' }),
        allow('Both', '*', fixed),
        allow('Logs', { Service: 'logging.s3.amazonaws.com' }),
        allow('Gone', { AWS: 'AIDAEXAMPLE' }),
        { ...allow('Tls', '*'), Effect: 'Deny' },
      ),
    ).toEqual([]);
  });

  it('says that visitors and ACL grantees lose the bucket too', () => {
    expect(lost(allow('Open', '*')).join()).toMatch(/Everyone outside our accounts.*visitors of a website/);
    const acl = state(null, { aclGrants: ['canonical user 79a59df900b9… READ'] });
    expect(action.losses(acl, target)).toEqual([
      "The bucket ACL's grant canonical user 79a59df900b9… READ ends for everyone outside our accounts.",
    ]);
  });

  it('says which accounts stay', () => {
    const before = state(text(allow('Vendor', { AWS: '999988887777' })));
    expect(action.describe(before, action.intend(before, target, at))).toEqual([
      `policy statement "${sid}": absent → denies all but accounts 111122223333, 555566667777 and AWS services`,
    ]);
  });

  it('never leaves the bucket to itself: its own account is kept when the settings forget it', () => {
    const after = action.intend(state(null, { ours: ['111122223333'] }), target, at);
    const [deny] = JSON.parse(after.policy ?? '').Statement;
    expect(deny.Condition.StringNotEquals['aws:PrincipalAccount']).toEqual(['111122223333']);
    expect(deny.Condition.ArnNotEquals).toEqual({ 'aws:PrincipalArn': ownRoleArns('111122223333', 'aws') });
  });

  it('is not safe while an AWS service reads for anybody: a stranger may be behind it', () => {
    const service = { Service: 'cloudfront.amazonaws.com' };
    const verdict = (more: object) => {
      const after = action.intend(state(text(allow('Cdn', service, more))), target, at);
      return action.verify(after, target, after);
    };
    const on = (operator: string, key: string, value: string) => ({ Condition: { [operator]: { [key]: value } } });
    const distribution = (account: string) => `arn:aws:cloudfront::${account}:distribution/E1EXAMPLE`;
    for (const open of [
      {},
      { Action: 's3:*' },
      { Action: 'S3:getobject*' },
      on('StringEquals', 'aws:SourceAccount', '999988887777'),
      on('StringNotEquals', 'aws:SourceAccount', '111122223333'),
      on('StringEqualsIfExists', 'aws:SourceAccount', '111122223333'),
      on('ArnLike', 'AWS:SourceArn', distribution('999988887777')),
      on('ArnLike', 'AWS:SourceArn', distribution('*')),
    ])
      expect(verdict(open)).toEqual({
        safe: false,
        why: expect.stringMatching(/statement "Cdn" \(cloudfront.amazonaws.com\)/),
      });
    for (const bound of [
      on('StringEquals', 'aws:SourceAccount', '555566667777'),
      on('ArnLike', 'AWS:SourceArn', distribution('111122223333')),
      { Action: 's3:PutObject' },
      { Effect: 'Deny' },
    ])
      expect(verdict(bound)).toEqual({ safe: true });
  });

  it('is not safe when the deny is weaker than it should be', () => {
    const after = action.intend(state(text(allow('Vendor', { AWS: '999988887777' }))), target, at);
    expect(action.verify(after, target, after)).toEqual({ safe: true });
    for (const [from, to] of [
      ['"BoolIfExists"', '"Bool"'],
      ['"s3:*"', '"s3:GetObject"'],
      ['["111122223333","555566667777"]', '["111122223333","555566667777","999988887777"]'],
      ['"Deny"', '"Allow"'],
      [sid, 'Renamed'],
    ] as const) {
      const live = { ...after, policy: (after.policy ?? '').replace(from, to) };
      expect(live.policy).not.toBe(after.policy);
      expect(action.verify(live, target, after)).toMatchObject({ safe: false });
    }
  });
});
