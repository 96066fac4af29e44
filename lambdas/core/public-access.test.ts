import { describe, expect, it } from 'vitest';
import { foreignPrincipals, publicGroup, publicStatements } from './public-access.ts';

type Raw = Record<string, unknown>;
const allow = (more: Raw = {}): Raw => ({
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::records/*',
  ...more,
});
const policy = (...Statement: Raw[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const isPublic = (more: Raw) => publicStatements(policy(allow(more))).length === 1;
const when = (operator: string, key: string, value: unknown) => ({ Condition: { [operator]: { [key]: value } } });
const owner = { account: '111122223333', canonicalId: 'c'.repeat(64) };

describe('a statement is public', () => {
  it.each<[string, Raw]>([
    ['for everyone', {}],
    ['for everyone in a list beside a named account', { Principal: { AWS: ['*', '444455556666'] } }],
    ['for all but someone', { Principal: undefined, NotPrincipal: { AWS: '444455556666' } }],
    ['for any federated identity', { Principal: { Federated: 'cognito-identity.amazonaws.com' } }],
    ['for an unknown action', { Action: 's3:NotASupportedAction' }],
    ['under a condition that is no limit', when('StringLike', 'aws:Referer', 'https://clinic.example/page')],
    ['under a wildcard', when('StringLike', 'aws:SourceVpc', 'vpc-*')],
    ['under a policy variable', when('StringEquals', 'aws:SourceVpce', '${aws:PrincipalTag/vpce}')],
    ['under a condition that a missing key meets', when('StringEqualsIfExists', 'aws:PrincipalOrgID', 'o-abcdefghij')],
    ['under a negated condition', when('StringNotEquals', 'aws:PrincipalAccount', '444455556666')],
    ['under ForAllValues, which nothing at all meets too', when('ForAllValues:StringEquals', 'aws:SourceVpc', 'vpc-1')],
    ['when one of several values is open', when('StringLike', 'aws:SourceVpc', ['vpc-1', 'vpc-*'])],
    ['for half of the internet', when('IpAddress', 'aws:SourceIp', '0.0.0.0/1')],
    ['for a wide IPv6 range', when('IpAddress', 'aws:SourceIp', '2001::/16')],
    ['for all addresses but some', when('NotIpAddress', 'aws:SourceIp', '203.0.113.0/24')],
    ['for what is no address', when('IpAddress', 'aws:SourceIp', '203.0.113.0/33')],
    [
      'for access points of any account',
      when('ArnLike', 's3:DataAccessPointArn', 'arn:aws:s3:us-east-1:*:accesspoint/*'),
    ],
    ['for any session of a role', when('StringLike', 'aws:userid', 'AROAEXAMPLE:*')],
  ])('%s', (_, more) => expect(isPublic(more)).toBe(true));
});

describe('a statement is not public', () => {
  it.each<[string, Raw]>([
    ['as a Deny', { Effect: 'Deny' }],
    ['for a named account', { Principal: { AWS: '444455556666' } }],
    ['for a named role', { Principal: { AWS: ['arn:aws:iam::444455556666:role/feed'] } }],
    ['for a service', { Principal: { Service: 'logging.s3.amazonaws.com' } }],
    ['for a canonical user', { Principal: { CanonicalUser: 'd'.repeat(64) } }],
    ['within one organization', when('StringEquals', 'aws:PrincipalOrgID', 'o-abcdefghij')],
    ['within one VPC, whatever the case of the key', when('StringEquals', 'AWS:sourceVPC', 'vpc-1')],
    ['for one account', when('StringEquals', 'aws:PrincipalAccount', '444455556666')],
    ['for a small range', when('IpAddress', 'aws:SourceIp', ['203.0.113.0/24', '198.51.100.7'])],
    ['for a /8', when('IpAddress', 'aws:SourceIp', '10.0.0.0/8')],
    ['for a narrow IPv6 range', when('IpAddress', 'aws:SourceIp', '2001:db8::/32')],
    [
      'for the access points of one account',
      when('ArnLike', 's3:DataAccessPointArn', 'arn:aws:s3:us-east-1:111122223333:accesspoint/*'),
    ],
  ])('%s', (_, more) => expect(isPublic(more)).toBe(false));
});

describe('publicGroup', () => {
  it('knows the two groups that are everyone, and no other', () => {
    expect(publicGroup('http://acs.amazonaws.com/groups/global/AllUsers')).toBe('AllUsers');
    expect(publicGroup('http://acs.amazonaws.com/groups/global/AuthenticatedUsers')).toBe('AuthenticatedUsers');
    expect(publicGroup('http://acs.amazonaws.com/groups/s3/LogDelivery')).toBeUndefined();
    expect(publicGroup('toString')).toBeUndefined();
    expect(publicGroup(undefined)).toBeUndefined();
  });
});

describe('foreignPrincipals', () => {
  it('names outsiders of statements that are not public, and neither the owner nor AWS services', () => {
    const text = policy(
      allow(),
      allow({ Principal: { AWS: ['arn:aws:iam::444455556666:role/feed', '111122223333'] } }),
      allow({ Principal: { Service: 'cloudtrail.amazonaws.com' } }),
      allow({ Principal: { CanonicalUser: [owner.canonicalId, 'd'.repeat(64)] } }),
      allow({ Principal: { AWS: 'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1' } }),
      allow(when('StringEquals', 'aws:PrincipalOrgID', 'o-abcdefghij')),
      allow(when('StringEquals', 'aws:PrincipalAccount', '111122223333')),
      allow({ Effect: 'Deny', Principal: { AWS: '777788889999' } }),
    );
    expect(foreignPrincipals(text, owner)).toEqual([
      'a CloudFront origin access identity',
      'account 444455556666',
      'callers with aws:PrincipalOrgID o-abcdefghij',
      'canonical user dddddddddddd…',
    ]);
  });
});
