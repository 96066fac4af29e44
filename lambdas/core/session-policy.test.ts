import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sessionPolicy, sessionPolicyLimit } from './session-policy.ts';
import type { Target } from './target.ts';

const bucket: Target = { kind: 's3-bucket', id: 'records', account: '111122223333', region: 'us-east-1' };
const around = { target: bucket, partition: 'aws', scope: {} };
const read = (...resources: string[]) => [{ actions: ['s3:GetBucketPolicy'], resources }];
const scoped = (userArn: string) =>
  sessionPolicy([{ actions: ['iam:GetUser'], resources: ['${userArn}'] }], { ...around, scope: { userArn } });

describe('sessionPolicy', () => {
  it('fills in the target and is minified', () => {
    expect(sessionPolicy(read('${arn}', 'arn:${partition}:s3:::${id}/*'), { ...around, partition: 'aws-us-gov' })).toBe(
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetBucketPolicy","Resource":["arn:aws-us-gov:s3:::records","arn:aws-us-gov:s3:::records/*"]}]}',
    );
  });

  it('fills in conditions too', () => {
    const conditions = { StringEquals: { 'aws:ResourceAccount': ['${account}'], 'aws:x': '${id}' } };
    const text = sessionPolicy([{ actions: ['s3:ListBucket'], resources: ['*'], conditions }], around);
    expect(JSON.parse(text).Statement[0].Condition).toEqual({
      StringEquals: { 'aws:ResourceAccount': ['111122223333'], 'aws:x': 'records' },
    });
  });

  it('names an unknown placeholder and the known ones', () => {
    expect(() => sessionPolicy(read('${user}'), around)).toThrow(/\$\{user\}.*arn, id, account, partition/);
  });

  it('refuses text that AssumeRole would not take', () => {
    expect(() => sessionPolicy(read('arn:aws:s3:::'.padEnd(sessionPolicyLimit, 'x')), around)).toThrow(
      /AssumeRole takes 2048/,
    );
    expect(() => sessionPolicy([], around)).toThrow(/at least one statement/);
  });

  it('refuses a target whose name breaks the grammar', () => {
    for (const id of ['*', 'records/*', '${aws:username}', 'a"b', 'records\n', '../x'])
      expect(() => sessionPolicy(read('${arn}'), { ...around, target: { ...bucket, id } })).toThrow(/not a target/);
  });

  it('refuses scope values that could widen the policy, but only where they are used', () => {
    for (const value of ['*', 'arn:aws:iam::1:user/?', '${aws:username}', 'a\nb', '', 'ü€'])
      expect(() => scoped(value)).toThrow(/scope userArn/);
    expect(() => sessionPolicy(read('${arn}'), { ...around, scope: { userArn: '*' } })).not.toThrow();
    expect(() => sessionPolicy(read('${arn}'), { ...around, scope: { arn: 'x' } })).toThrow(/may not redefine arn/);
  });

  it('never lets a scope value be anything but one literal resource', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        let text: string;
        try {
          text = scoped(value);
        } catch {
          return;
        }
        expect(JSON.parse(text).Statement).toEqual([{ Effect: 'Allow', Action: 'iam:GetUser', Resource: value }]);
        expect(value).not.toMatch(/[*?$]/);
      }),
    );
  });
});
