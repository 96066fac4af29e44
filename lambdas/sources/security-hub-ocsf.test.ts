import { describe, expect, it } from 'vitest';
import { edited, read, refused, sample, targetsOf } from './samples/load.ts';

const leak = 'public-bucket.ocsf-v2';
const key = 'leaked-key.ocsf-v2';
const f = 'detail.findings.0';

describe('a Security Hub finding in OCSF', () => {
  it('is read bare as it is enveloped', () => {
    const { findings } = sample(leak).detail as { findings: unknown[] };
    expect(read(findings[0])).toEqual(read(sample(leak)));
  });

  it('names its resource in resources or, in older versions, in resource', () => {
    const bucket = { type: 'AwsS3Bucket', uid: 'northwind-patient-records', region: 'us-east-1' };
    const found = read(edited(leak, { [`${f}.resources`]: undefined, [`${f}.resource`]: bucket }));
    expect(targetsOf(found)).toContain('s3-bucket:northwind-patient-records');
  });

  it.each([
    ['AWS::S3::Bucket', 'arn:aws:s3:::northwind-patient-records', undefined, 's3-bucket:northwind-patient-records'],
    ['AWS::S3::Bucket', 'northwind-patient-records', undefined, 's3-bucket:northwind-patient-records'],
    ['AWS::IAM::User', 'AIDAI2XQR5NWTEXAMPLE7', 'jane.doe', 'iam-user:jane.doe'],
    ['AwsIamRole', 'arn:aws:iam::111122223333:role/jobs/etl-role', undefined, 'iam-role:etl-role'],
    ['AWS::IAM::AccessKey', 'AKIAI44QH8DHBEXAMPLE', undefined, 'iam-access-key:AKIAI44QH8DHBEXAMPLE'],
    ['AwsIamAccessKey', 'AWS::IAM::AccessKey:AKIAI44QH8DHBEXAMPLE', undefined, 'iam-access-key:AKIAI44QH8DHBEXAMPLE'],
  ])('with a resource %s %s has it as its target', (type, uid, name, target) => {
    const resources = [{ type, uid, ...(name ? { name } : {}) }];
    expect(targetsOf(read(edited(leak, { [`${f}.resources`]: resources, [`${f}.evidences`]: [] })))).toEqual([target]);
  });

  it('is of the account that owns the resource', () => {
    const found = read(
      edited(leak, { [`${f}.cloud.account.uid`]: '444455556666', [`${f}.cloud.region`]: 'eu-west-1' }),
    );
    expect(found).toMatchObject({ account: '111122223333', region: 'us-east-1' });
  });

  it('takes the higher where severity_id and severity contradict each other', () => {
    const severity = (id: unknown, word: unknown) =>
      read(edited(leak, { [`${f}.severity_id`]: id, [`${f}.severity`]: word })).severity;
    expect(severity(2, 'Critical')).toBe('critical');
    expect(severity(6, 'Low')).toBe('critical');
    expect(severity(undefined, 'Medium')).toBe('medium');
    expect(severity(1, 'Other')).toBe('informational');
    expect(() => severity(99, 'Other')).toThrow(/severity_id/);
  });

  it.each([
    [{ [`${f}.status_id`]: 1 }, 'NEW', false],
    [{ [`${f}.status_id`]: 2 }, 'NOTIFIED', false],
    [{ [`${f}.status_id`]: 3 }, 'SUPPRESSED', false],
    [{ [`${f}.status_id`]: 4 }, 'RESOLVED', false],
    [{ [`${f}.status_id`]: 5 }, undefined, true],
    [{ [`${f}.activity_id`]: 3 }, 'NEW', true],
  ])('says by %j where it stands', (changes, workflow, archived) => {
    expect(read(edited(leak, changes))).toMatchObject({ workflow, archived });
  });

  it('about a control has the control as its type and what the check said', () => {
    const controlled = (compliance: object) =>
      read(
        edited(leak, {
          [`${f}.metadata.product.uid`]: 'arn:aws:securityhub:us-east-1::productv2/aws/securityhub',
          [`${f}.compliance`]: compliance,
        }),
      );
    expect(controlled({ control: 'S3.8', status: 'Fail', status_id: 3 })).toMatchObject({
      product: 'securityhub',
      type: 'S3.8',
      compliance: 'FAILED',
    });
    expect(controlled({ control: 'S3.8', status: 'Pass', status_id: 1 }).compliance).toBe('PASSED');
    expect(controlled({ control: 'S3.8', status: 'Pass', status_id: 3 }).compliance).toBe('FAILED');
  });

  it('of a product outside AWS is not trusted', () => {
    const found = read(
      edited(leak, { [`${f}.metadata.product`]: { name: 'GuardDuty', uid: 'x', vendor_name: 'AWS' } }),
    );
    expect(found).toMatchObject({ product: 'AWS/GuardDuty', trusted: false });
    expect(found.id).not.toBe(read(sample(leak)).id);
  });

  it('takes no process on a machine for a caller', () => {
    const evidences = [{ actor: { process: { name: 'kubectl' }, user: { name: 'root', uid: '0' } } }];
    expect(read(edited(leak, { [`${f}.evidences`]: evidences, [`${f}.resources`]: [] })).actors).toEqual([]);
  });

  it('spares the key of the root user that an evidence names', () => {
    const found = read(edited(key, { [`${f}.evidences.0.actor.user.type`]: 'Root' }));
    expect(targetsOf(found)).toEqual(['root-user:root']);
  });

  it('is read with times in epoch milliseconds only', () => {
    const found = read(edited(leak, { [`${f}.finding_info.created_time_dt`]: undefined }));
    expect(found.createdAt).toBe('2026-11-20T03:09:44.512Z');
  });

  it.each([
    ['finding_info.uid', 'arn:aws::guardduty:x', 'ARN of a GuardDuty finding'],
    ['finding_info.types', ['Threats'], 'expected the type last'],
    ['metadata.product', {}, 'productv2'],
    ['severity_id', 'high', 'expected number'],
  ])('is refused when %s is %j', (name, value, problem) => {
    const error = refused(edited(leak, { [`${f}.${name}`]: value }));
    expect(error.field).toContain(`detail.findings[0].${name}`);
    expect(error.problem).toContain(problem);
  });
});
