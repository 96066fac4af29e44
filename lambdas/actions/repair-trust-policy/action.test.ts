import { describe, expect, it } from 'vitest';
import { strangersIn, uncheckedProviders } from '../../platform/strangers.ts';
import action from './action.ts';
import { withoutStrangers } from './trust.ts';

const ours = ['111122223333', '555566667777'];
const allow = (Principal: unknown, more: object = {}) => ({
  Effect: 'Allow',
  Principal,
  Action: 'sts:AssumeRole',
  ...more,
});
const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const named = (...statements: object[]) => strangersIn(policy(...statements), ours).map((s) => s.principal);
const left = (...statements: object[]) => JSON.parse(withoutStrangers(policy(...statements), ours)).Statement;

describe('repair-trust-policy', () => {
  it.each([
    ['a service', { Service: 'ec2.amazonaws.com' }],
    ['a provider of the account', { Federated: 'arn:aws:iam::111122223333:saml-provider/clinic' }],
    ['an account of ours', { AWS: '555566667777' }],
    ['a role of ours', { AWS: 'arn:aws:iam::111122223333:role/app' }],
    ['a session of ours', { AWS: 'arn:aws:sts::111122223333:assumed-role/app/s' }],
    ['a principal that was deleted, whose id nobody has any more', { AWS: 'AROAEXAMPLEEXAMPLE123' }],
  ])('keeps %s', (_who, principal) => {
    expect(named(allow(principal))).toEqual([]);
    expect(withoutStrangers(policy(allow(principal)), ours)).toBe(policy(allow(principal)));
  });

  it.each([
    ['an account id', { AWS: '444455556666' }],
    ['its root', { AWS: 'arn:aws:iam::444455556666:root' }],
    ['one of its roles', { AWS: ['arn:aws:iam::444455556666:role/x'] }],
    ['everyone', '*'],
    ['everyone, said as AWS', { AWS: '*' }],
  ])('takes out %s', (_who, principal) => {
    expect(named(allow(principal))).toHaveLength(1);
    expect(left(allow(principal), allow({ Service: 'ec2.amazonaws.com' }))).toEqual([
      allow({ Service: 'ec2.amazonaws.com' }),
    ]);
  });

  it('takes strangers out of a statement and leaves in it whom else it names, with its conditions', () => {
    const Condition = { StringEquals: { 'sts:ExternalId': 'x' } };
    const AWS = ['arn:aws:iam::444455556666:root', 'arn:aws:iam::111122223333:root'];
    expect(left(allow({ AWS, Service: 'lambda.amazonaws.com' }, { Condition }))).toEqual([
      allow({ AWS: ['arn:aws:iam::111122223333:root'], Service: 'lambda.amazonaws.com' }, { Condition }),
    ]);
  });

  it('calls everyone ours only where a condition names our accounts; an external id or an organization does not', () => {
    const when = (Condition: object) => named(allow('*', { Condition }));
    expect(when({ StringEquals: { 'aws:PrincipalAccount': ['111122223333', '555566667777'] } })).toEqual([]);
    expect(when({ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/*' } })).toEqual([]);
    for (const condition of [
      { StringEquals: { 'aws:PrincipalAccount': ['111122223333', '444455556666'] } },
      { StringNotEquals: { 'aws:PrincipalAccount': '111122223333' } },
      { StringEqualsIfExists: { 'aws:PrincipalAccount': '111122223333' } },
      { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' } },
      { StringEquals: { 'sts:ExternalId': 'x' } },
      { StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' } },
    ])
      expect(when(condition)).toEqual(['*']);
  });

  describe('with a web-identity provider', () => {
    const github = 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com';
    const provider = (Federated: string, Condition?: object) =>
      policy(allow({ Federated }, { Action: 'sts:AssumeRoleWithWebIdentity', ...(Condition && { Condition }) }));
    const key = (name: string) => `token.actions.githubusercontent.com:${name}`;

    it.each([
      ['no condition', undefined],
      ['an audience alone', { StringEquals: { [key('aud')]: 'sts.amazonaws.com' } }],
      ['every repository there is', { StringLike: { [key('sub')]: 'repo:*' } }],
      ['one user or anybody', { StringLike: { [key('sub')]: ['repo:clinic/app:*', '*'] } }],
      ['a user, if the token names one', { StringEqualsIfExists: { [key('sub')]: 'repo:clinic/app' } }],
      ['everybody but one', { StringNotEquals: { [key('sub')]: 'repo:clinic/app' } }],
    ])('is not safe where the policy asks for %s', (_what, Condition) => {
      const trust = provider(github, Condition);
      expect(uncheckedProviders(trust)).toEqual([github]);
      const state = { trust, ours } as Parameters<typeof action.verify>[0];
      const target = { kind: 'iam-role', id: 'ci', account: '111122223333', region: 'us-east-1' } as const;
      expect(action.verify(state, target, state)).toEqual({
        safe: false,
        why: expect.stringMatching(/githubusercontent.*no condition on :sub.*by hand/),
      });
      expect(action.losses(state, target)).toEqual([expect.stringMatching(/^Not mended by this step/)]);
    });

    it('is safe where the policy says which user, or which identity pool of Cognito', () => {
      expect(uncheckedProviders(provider(github, { StringLike: { [key('sub')]: 'repo:clinic/app:*' } }))).toEqual([]);
      const cognito = 'cognito-identity.amazonaws.com';
      expect(uncheckedProviders(provider(cognito))).toEqual([cognito]);
      expect(uncheckedProviders(provider(cognito, { StringEquals: { [`${cognito}:aud`]: 'us-east-1:1' } }))).toEqual(
        [],
      );
      expect(uncheckedProviders(provider('arn:aws:iam::111122223333:saml-provider/clinic'))).toEqual([]);
    });
  });

  it('never removes a Deny, and takes "everyone but" for everyone', () => {
    const refuse = { ...allow({ AWS: '444455556666' }), Effect: 'Deny' };
    expect(named(refuse)).toEqual([]);
    const but = { Effect: 'Allow', NotPrincipal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' };
    expect(left(but, refuse)).toEqual([refuse]);
  });

  it('leaves a policy that lets nobody in where strangers were all that it had', () => {
    expect(left(allow('*'))).toEqual([expect.objectContaining({ Effect: 'Deny', Principal: { AWS: '*' } })]);
  });
});
