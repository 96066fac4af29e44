import { describe, expect, it } from 'vitest';
import { edited, read, refused, sample, targetsOf } from './samples/load.ts';

const bucket = 'config-bucket.eventbridge';
const user = 'config-user.conformance-pack';
const compliance = 'detail.newEvaluationResult.complianceType';

describe('a compliance change of AWS Config', () => {
  it('is a finding of its rule about its resource', () => {
    const found = read(sample(bucket));
    expect(found).toMatchObject({
      product: 'config',
      type: 's3-bucket-public-read-prohibited',
      severity: 'medium',
      compliance: 'FAILED',
      account: '111122223333',
      region: 'us-east-1',
      createdAt: '2026-11-21T02:20:00.512Z',
      trusted: true,
    });
    expect(targetsOf(found)).toEqual(['s3-bucket:northwind-patient-records']);
    expect(read(sample(bucket).detail)).toEqual(found);
  });

  it.each([
    ['NON_COMPLIANT', 'FAILED', 'medium'],
    ['COMPLIANT', 'PASSED', 'informational'],
    ['NOT_APPLICABLE', 'NOT_AVAILABLE', 'informational'],
    ['INSUFFICIENT_DATA', 'NOT_AVAILABLE', 'informational'],
  ])('to %s is %s, and the same finding as before', (word, expected, severity) => {
    const found = read(edited(bucket, { [compliance]: word }));
    expect(found).toMatchObject({ compliance: expected, severity, id: read(sample(bucket)).id });
  });

  it('of a rule that is gone has nothing to say', () => {
    const found = read(edited(bucket, { 'detail.newEvaluationResult': null }));
    expect(found).toMatchObject({ compliance: 'NOT_AVAILABLE', createdAt: '2026-11-21T02:20:01.000Z' });
  });

  it.each([
    ['s3-bucket-public-read-prohibited-conformance-pack-6cruwvtg2', 's3-bucket-public-read-prohibited'],
    ['securityhub-s3-bucket-public-read-prohibited-1a2b3c4d', 's3-bucket-public-read-prohibited'],
    ['conformance-pack-check', 'conformance-pack-check'],
    ['securityhub-mine', 'securityhub-mine'],
  ])('of the rule %s is of type %s', (name, type) => {
    expect(read(edited(bucket, { 'detail.configRuleName': name })).type).toBe(type);
  });

  it('of two rules about one resource, or of one rule about two, is two findings', () => {
    const ids = [
      sample(bucket),
      edited(bucket, { 'detail.configRuleName': 's3-bucket-public-read-prohibited-conformance-pack-6cruwvtg2' }),
      edited(bucket, { 'detail.resourceId': 'other-bucket' }),
      edited(bucket, { 'detail.awsRegion': 'us-west-2' }),
    ].map((one) => read(one).id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('about an IAM user names him by his unique id, which is nobody’s name', () => {
    const found = read(sample(user));
    expect(found).toMatchObject({ type: 'access-keys-rotated', targets: [] });
    expect(found.untargeted).toEqual([
      { named: 'AIDAJQABLZS4A3QDU576Q', reason: expect.stringContaining('its unique id') },
    ]);
    expect(targetsOf(read({ ...sample(user), resourceId: 'etl-nightly' }))).toEqual(['iam-user:etl-nightly']);
    const role = { resourceType: 'AWS::IAM::Role', resourceId: 'AROAJQABLZS4A3QDU576Q' };
    expect(read({ ...sample(user), ...role }).targets).toEqual([]);
  });

  it('about a database names it by its resource id, which is nobody’s name', () => {
    const changes = {
      'detail.resourceType': 'AWS::RDS::DBInstance',
      'detail.resourceId': 'db-ABCDEFGHIJKLMNOPQRST234567',
    };
    expect(read(edited(bucket, changes))).toMatchObject({
      targets: [],
      untargeted: [{ reason: expect.stringContaining('its unique id') }],
    });
  });

  it.each([
    ['s3-account-level-public-access-blocks', 'aws-account:111122223333'],
    ['cloudtrail-enabled', 'account-region:us-east-1'],
    ['ebs-snapshot-public-restorable-check', 'account-region:us-east-1'],
    ['iam-root-access-key-check', 'root-user:root'],
  ])('of %s about the account itself names %s alone', (rule, target) => {
    const changes = {
      'detail.configRuleName': rule,
      'detail.resourceType': 'AWS::::Account',
      'detail.resourceId': '111122223333',
    };
    expect(targetsOf(read(edited(bucket, changes)))).toEqual([target]);
  });

  it.each([
    ['detail.awsAccountId', '1', '12 digits'],
    ['detail.awsRegion', 'global', 'Region'],
    ['detail.configRuleName', '<b>', 'not the name of a Config rule'],
    [compliance, 'BROKEN', 'NON_COMPLIANT'],
    ['detail.resourceId', undefined, 'missing'],
    ['detail.newEvaluationResult.resultRecordedTime', 'x', 'expected a time'],
  ])('is refused, naming the field, when %s is %j', (field, value, problem) => {
    const error = refused(edited(bucket, { [field]: value }));
    expect(error.field).toBe(field);
    expect(error.problem).toContain(problem);
  });

  it('is refused when nothing says when', () => {
    const changes = {
      'detail.newEvaluationResult.resultRecordedTime': '',
      'detail.notificationCreationTime': '',
      time: '',
    };
    expect(refused(edited(bucket, changes)).field).toBe('detail.newEvaluationResult.resultRecordedTime');
  });
});
