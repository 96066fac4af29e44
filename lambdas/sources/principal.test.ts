import { describe, expect, it } from 'vitest';
import { edited, read, targetsOf } from './samples/load.ts';

const key = 'leaked-key.guardduty-eventbridge';

describe('the caller in a native GuardDuty finding', () => {
  const caller = (details: object) => read(edited(key, { 'detail.resource.accessKeyDetails': details }));

  it('with a temporary key is recorded as an actor; the key is no target, the role is', () => {
    const found = caller({
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      principalId: 'AROAEXAMPLEROLE000001:nightly:run',
      userType: 'AssumedRole',
      userName: 'etl-role',
    });
    // a session whose name breaks IAM's grammar (a colon) cannot be denied by it
    expect(targetsOf(found)).toEqual(['iam-role:etl-role']);
    expect(found.actors[0]).toMatchObject({
      kind: 'role-session',
      id: 'AROAEXAMPLEROLE000001',
      session: 'nightly:run',
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
    });
    expect(found.untargeted[0]).toEqual({
      named: 'ASIAIOSFODNN7EXAMPLE',
      reason: expect.stringContaining('a temporary key'),
    });
  });

  it.each([
    ['anonymous', { userType: 'AWSAccount', userName: 'ANONYMOUS_PRINCIPAL', accessKeyId: '', principalId: '' }],
    ['aws-account', { userType: 'AWSAccount', userName: '999988887777', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }],
    ['aws-service', { userType: 'AWSService', userName: 'config.amazonaws.com' }],
    ['federated-user', { userType: 'FederatedUser', userName: 'visitor', accessKeyId: 'ASIAIOSFODNN7EXAMPLE' }],
  ])('of kind %s is an actor and nothing of it a target', (kind, details) => {
    const found = caller(details);
    expect(found.actors[0]?.kind).toBe(kind);
    expect(found.targets).toEqual([]);
  });

  it('who is the root user is a target as a whole, and his key is none: nobody else can switch it off', () => {
    const found = caller({ userType: 'Root', userName: 'Root', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' });
    expect(found.actors[0]?.kind).toBe('root');
    expect(targetsOf(found)).toEqual(['root-user:root']);
    expect(found.untargeted[0]).toMatchObject({ named: 'AKIAIOSFODNN7EXAMPLE' });
  });

  it('in a session of a role names both', () => {
    const details = { userType: 'AssumedRole', userName: 'etl-role', principalId: 'AROAEXAMPLEROLE000001:i-0abc@x' };
    expect(targetsOf(caller(details))).toEqual(['iam-role:etl-role', 'role-session:etl-role/i-0abc@x']);
  });

  it('is no anonymous caller because an IAM user is named ANONYMOUS_PRINCIPAL', () => {
    const details = { userType: 'IAMUser', userName: 'ANONYMOUS_PRINCIPAL', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' };
    expect(targetsOf(caller(details))).toEqual(['iam-access-key:AKIAIOSFODNN7EXAMPLE', 'iam-user:ANONYMOUS_PRINCIPAL']);
  });

  it.each(['AWSServiceRoleForConfig', 'AWSReservedSSO_Admin_0123456789abcdef'])(
    'in the role %s is no target',
    (role) => {
      const found = caller({ userType: 'AssumedRole', userName: role, principalId: 'AROAEXAMPLEROLE000001:s' });
      expect(found.targets).toEqual([]);
      expect(found.untargeted).toEqual(
        [role, `${role}/s`].map((named) => ({ named, reason: expect.stringContaining('service-linked') })),
      );
    },
  );

  it('with hostile names is inert text', () => {
    const found = caller({ userType: 'IAMUser', userName: '"><img src=x>\n{% raw %}', accessKeyId: 'AKIA../../x' });
    expect(found.targets).toEqual([]);
    expect(found.untargeted).toHaveLength(2);
  });
});
