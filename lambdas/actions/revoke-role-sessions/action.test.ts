import { describe, expect, it } from 'vitest';
import { TargetProtected } from '../../core/errors.ts';
import type { Target } from '../../core/target.ts';
import { refuseProtectedRole } from '../../platform/iam.ts';
import action, { trusted } from './action.ts';

const target: Target = { kind: 'iam-role', id: 'reports', account: '111122223333', region: 'us-east-1' };

describe('revoke-role-sessions', () => {
  it('names each principal of the trust policy once', () => {
    const allow = (Principal: object) => ({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
    const Statement = [
      allow({ Service: ['lambda.amazonaws.com', 'ec2.amazonaws.com'] }),
      allow({ Service: 'ec2.amazonaws.com' }),
      { ...allow({ AWS: '444455556666' }), Effect: 'Deny' },
    ];
    expect(trusted(JSON.stringify({ Statement }))).toEqual(['ec2.amazonaws.com', 'lambda.amazonaws.com']);
  });

  it('protects by name and by path', () => {
    expect(() => refuseProtectedRole(target.id)).not.toThrow();
    expect(() => refuseProtectedRole(target.id, '/aws-reserved/sso.amazonaws.com/')).toThrow(TargetProtected);
    expect(() => refuseProtectedRole('awsservicerolefortest')).toThrow(TargetProtected);
  });

  it('tells the approver of all forty instances that use the role, and where nobody could look', () => {
    const instances = { count: 40, first: ['i-0a', 'i-0b'], gaps: ['eu-west-1 could not be looked at: AccessDenied'] };
    const state = { arn: '', id: 'AROA', policy: null, usedBy: [], lastUsed: null, instances };
    expect(action.losses(state, target)[1]).toBe(
      'Role reports is used by 40 instances: i-0a, i-0b, and 38 more (not complete: eu-west-1 could not be looked at: AccessDenied).',
    );
  });

  it('says that nobody knows, rather than that nobody uses it', () => {
    const state = {
      arn: '',
      id: 'AROA',
      policy: null,
      usedBy: [],
      lastUsed: null,
      instances: { count: 0, first: [], gaps: [] },
    };
    expect(action.losses(state, target).join()).toMatch(
      /nobody that its trust policy names.*no record of its last use/,
    );
  });
});
