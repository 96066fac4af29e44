import { describe, expect, it } from 'vitest';
import { policyReach } from './readable.ts';

const arn = 'arn:aws:s3:::records';
const reach = (...Statement: object[]) => policyReach(JSON.stringify({ Version: '2012-10-17', Statement }), arn);
const allow = (more: object) => ({
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: `${arn}/*`,
  ...more,
});

describe('policyReach', () => {
  it.each([
    ['every action', { Action: '*' }],
    ['a pattern of actions, whatever its case', { Action: 'S3:get*' }],
    ['all actions but others', { Action: undefined, NotAction: 's3:PutObject' }],
    ['every resource', { Resource: '*' }],
    ['all resources but others', { Resource: undefined, NotResource: `${arn}/other/*` }],
    ['a referer that anyone can send', { Condition: { StringLike: { 'aws:Referer': 'https://clinic.example/*' } } }],
  ])('reaches an object through %s', (_, more) => {
    expect(reach(allow(more)).readable('a/b.pdf')).toBe(true);
  });

  it.each([
    ['another action', { Action: 's3:ListBucket' }],
    ['another resource', { Resource: `${arn}/x/*` }],
    ['all actions but this', { Action: undefined, NotAction: 's3:Get*' }],
    ['a resource for signed users', { Resource: `${arn}/\${aws:username}/*` }],
    ['a named account', { Principal: { AWS: '444455556666' } }],
    ['one network', { Condition: { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } } }],
  ])('does not reach it through %s', (_, more) => {
    expect(reach(allow(more)).readable('a/b.pdf')).toBe(false);
  });

  it('is closed without a policy', () => {
    expect(policyReach(null, arn)).toMatchObject({ open: false });
  });
});
