import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { edited, read, refused, sample, targetsOf } from './samples/load.ts';

const policy = 'macie-public-bucket.eventbridge';
const data = 'macie-sensitive-data.eventbridge';
const identity = 'detail.policyDetails.actor.userIdentity';

/** The policy finding with another caller. */
const calledBy = (block: string, who: object) => read(edited(policy, { [identity]: { [block]: who } }));

describe('a Macie finding', () => {
  it('about a policy names the bucket and who opened it', () => {
    const found = read(sample(policy));
    expect(found).toMatchObject({
      product: 'macie',
      type: 'Policy:IAMUser/S3BucketPublic',
      severity: 'high',
      account: '111122223333',
      region: 'us-east-1',
      trusted: true,
    });
    expect(targetsOf(found)).toEqual([
      's3-bucket:northwind-patient-records',
      'iam-role:deploy-role',
      'role-session:deploy-role/deploy',
    ]);
    expect(found.actors).toEqual([
      {
        kind: 'role-session',
        id: 'AROAEXAMPLEROLE000001',
        name: 'deploy-role',
        session: 'deploy',
        accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
        origin: '198.51.100.23',
      },
    ]);
  });

  it('is the same in an event, bare, and as GetFindings wraps it', () => {
    const found = read(sample(policy));
    expect(read(sample(policy).detail)).toEqual(found);
    expect(read(sample('macie-public-bucket.get-findings'))).toEqual(found);
    expect(read(edited(policy, { source: 'aws.macie2' }))).toEqual(found);
  });

  it('about data names the bucket, and the object version by the hash of its key, which may name a patient', () => {
    const found = read(sample(data));
    const hash = createHash('sha256').update('intake/2026/doe-jane-oncology.csv').digest('hex');
    expect(targetsOf(found)).toEqual([
      's3-bucket:northwind-patient-records',
      `s3-object:northwind-patient-records/${hash}/3Xa9vKXbdZMuPcEXAMPLE`,
    ]);
    expect(JSON.stringify(found)).not.toContain('doe-jane');
    expect(found.actors).toEqual([]);
  });

  it.each([
    ['of a bucket without versioning names the version `null`', { versionId: null }, /\/[0-9a-f]{64}\/null$/],
    ['with an empty version id names the version `null`', { versionId: '' }, /\/[0-9a-f]{64}\/null$/],
    ['of a key of any characters hashes it', { key: '../é漢😀\n"' }, /\/[0-9a-f]{64}\/3Xa9/],
  ])('about data %s', (_what, object, id) => {
    const changes = Object.entries(object).map(([name, value]) => [`detail.resourcesAffected.s3Object.${name}`, value]);
    expect(targetsOf(read(edited(data, Object.fromEntries(changes))))[1]).toMatch(id);
  });

  it.each([
    ['no key', { key: undefined }],
    ['an empty key', { key: '' }],
    ['a key that is no text', { key: { jane: 'doe' } }],
    ['a version id outside the grammar', { versionId: 'doe-jane/../*' }],
  ])('about data with %s names the bucket only, and nothing of the object', (_what, object) => {
    const changes = Object.entries(object).map(([name, value]) => [`detail.resourcesAffected.s3Object.${name}`, value]);
    const found = read(edited(data, Object.fromEntries(changes)));
    expect(targetsOf(found)).toEqual(['s3-bucket:northwind-patient-records']);
    expect(JSON.stringify(found.targets)).not.toMatch(/jane/);
  });

  it.each([
    ['health insurance numbers', {}, true],
    ['names only', { type: 'NAME' }, false],
    ['NHS numbers', { type: 'UK_NHS_NUMBER' }, true],
  ])('about %s hints at patient data: %s', (_what, detection, hint) => {
    const found = 'detail.classificationDetails.result.sensitiveData.0.detections';
    const changes = Object.keys(detection).length > 0 ? { [found]: [detection] } : {};
    expect(read(edited(data, changes)).phiHint).toBe(hint);
  });

  it('hints at patient data by the tags of its bucket or of its object', () => {
    const tags = [{ key: 'data', value: 'phi' }];
    expect(read(sample(policy)).phiHint).toBe(false);
    expect(read(edited(policy, { 'detail.resourcesAffected.s3Bucket.tags': tags })).phiHint).toBe(true);
    expect(read(edited(policy, { 'detail.resourcesAffected.s3Object': { tags } })).phiHint).toBe(true);
  });

  it.each([
    [{ score: 1, description: 'Low' }, 'low'],
    [{ score: 2 }, 'medium'],
    [{ score: 3 }, 'high'],
    [{ description: 'High' }, 'high'],
    [{ score: 1, description: 'High' }, 'high'],
    [{ score: 8.1, description: 'Medium' }, 'medium'],
  ])('of severity %j is %s', (severity, word) => {
    expect(read(edited(policy, { 'detail.severity': severity })).severity).toBe(word);
  });

  it.each([
    ['sample', { 'detail.sample': true }, { sample: true }],
    ['sample by its title', { 'detail.title': '[SAMPLE] x' }, { sample: true }],
    ['archived', { 'detail.archived': true }, { archived: true }],
    ['repeated', { 'detail.count': 7 }, { count: 7 }],
  ])('is %s', (_what, changes, expected) => {
    expect(read(edited(policy, changes))).toMatchObject(expected);
  });

  it.each([
    ['detail.id', undefined, 'missing'],
    ['detail.accountId', '1234567891234', '12 digits'],
    ['detail.region', 'global', 'Region'],
    ['detail.type', 'Policy:IAMUser/<b>', 'not a Macie finding type'],
    ['detail.severity', { score: 9 }, '1 (low) to 3 (high)'],
    ['detail.createdAt', 'yesterday', 'expected a time'],
    ['detail.resourcesAffected', undefined, 'missing'],
    ['detail.resourcesAffected.s3Bucket', 'b', 'object'],
  ])('is refused, naming the field, when %s is %j', (field, value, problem) => {
    const error = refused(edited(policy, { [field]: value }));
    expect(error.field.replace('.score', '')).toBe(field);
    expect(error.problem).toContain(problem);
  });
});

describe('the caller in a Macie finding', () => {
  it.each([
    [
      'iamUser',
      { accountId: '111122223333', userName: 'deploy-bot', principalId: 'AIDAI2XQR5NWTEXAMPLE7' },
      'iam-user',
      ['iam-user:deploy-bot'],
    ],
    ['root', { accountId: '111122223333', principalId: '111122223333' }, 'root', ['root-user:root']],
    ['awsAccount', { accountId: '999988887777' }, 'aws-account', []],
    ['awsService', { invokedBy: 'config.amazonaws.com' }, 'aws-service', []],
    ['federatedUser', { accountId: '111122223333', accessKeyId: 'ASIAIOSFODNN7EXAMPLE' }, 'federated-user', []],
    ['iamUser', { accountId: '999988887777', userName: 'stranger' }, 'iam-user', []],
  ])('that is %s %j is %s; targets: %j', (block, who, kind, targets) => {
    const found = calledBy(block, who);
    expect(found.actors.map((actor) => actor.kind)).toEqual([kind]);
    expect(targetsOf(found).slice(1)).toEqual(targets);
  });

  it('is nobody where Macie knows nobody', () => {
    expect(read(edited(policy, { [identity]: { type: 'AWSService' } })).actors).toEqual([]);
    expect(read(edited(policy, { 'detail.policyDetails': {} })).actors).toEqual([]);
  });
});
