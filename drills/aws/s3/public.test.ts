import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../lambdas/core/json.ts';
import { allow, deny, policy } from '../testWorld.ts';
import { isPublicPolicyText } from './public.ts';

const verdict = (...statements: JsonObject[]) => isPublicPolicyText(JSON.stringify(policy(...statements)));
const everybody = (Condition?: JsonObject) =>
  allow('s3:GetObject', 'arn:aws:s3:::b/*', { Principal: '*', ...(Condition && { Condition }) });

describe('the verdict of Block Public Access on a policy', () => {
  it.each<[string, JsonObject, boolean]>([
    ['everybody', everybody(), true],
    ['everybody as an AWS principal', { ...everybody(), Principal: { AWS: '*' } }, true],
    [
      'all but one principal',
      { Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::b/*', NotPrincipal: { AWS: '111122223333' } },
      true,
    ],
    ['one account', { ...everybody(), Principal: { AWS: '111122223333' } }, false],
    ['one service', { ...everybody(), Principal: { Service: 'cloudtrail.amazonaws.com' } }, false],
    ['half of the internet', everybody({ IpAddress: { 'aws:SourceIp': '0.0.0.0/1' } }), true],
    ['one network', everybody({ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }), false],
    ['one network or everything', everybody({ IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '0.0.0.0/0'] } }), true],
    ['a private network', everybody({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }), false],
    ['a wide IPv6 block', everybody({ IpAddress: { 'aws:SourceIp': '2001::/16' } }), true],
    ['an IPv6 network', everybody({ IpAddress: { 'aws:SourceIp': '2001:db8::/32' } }), false],
    ['all but one network', everybody({ NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }), true],
    ['any VPC', everybody({ StringLike: { 'aws:SourceVpc': 'vpc-*' } }), true],
    ['one VPC', everybody({ StringEquals: { 'aws:SourceVpc': 'vpc-91237329' } }), false],
    ['one VPC, if the key exists', everybody({ StringEqualsIfExists: { 'aws:SourceVpc': 'vpc-91237329' } }), true],
    ['an organization', everybody({ StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } }), false],
    ['a policy variable', everybody({ StringEquals: { 'aws:PrincipalOrgID': '${aws:PrincipalOrgID}' } }), true],
    ['a referer', everybody({ StringEquals: { 'aws:Referer': 'https://clinic.example/' } }), true],
    ['TLS', everybody({ Bool: { 'aws:SecureTransport': 'true' } }), true],
    [
      'any access point of an account',
      everybody({ ArnLike: { 's3:DataAccessPointArn': 'arn:aws:s3:eu-central-1:111122223333:accesspoint/*' } }),
      false,
    ],
    ['any access point', everybody({ ArnLike: { 's3:DataAccessPointArn': 'arn:aws:s3:*:*:accesspoint/*' } }), true],
    ['an unknown action for everybody', { ...everybody(), Action: 's3:NotASupportedAction' }, true],
  ])('on %s', (_what, statement, expected) => {
    expect(verdict(statement)).toBe(expected);
  });

  it('lets one public statement make the whole policy public, and no Deny take it back', () => {
    const own = { ...everybody(), Principal: { AWS: '111122223333' } };
    expect(verdict(own, everybody())).toBe(true);
    expect(verdict(everybody(), deny('s3:*', 'arn:aws:s3:::b/*', { Principal: '*' }))).toBe(true);
    expect(isPublicPolicyText(undefined)).toBe(false);
  });
});
