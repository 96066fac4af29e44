import { describe, expect, it } from 'vitest';
import { edited, read, refused, sample, targetsOf } from './samples/load.ts';

const leak = 'public-bucket.guardduty-eventbridge';
const key = 'leaked-key.guardduty-eventbridge';

describe('a native GuardDuty finding', () => {
  it('names the bucket, the key and the user as targets, whatever resourceType says', () => {
    const found = read(sample(leak));
    expect(targetsOf(found)).toEqual([
      's3-bucket:northwind-patient-records',
      'iam-access-key:AKIAI44QH8DHBEXAMPLE',
      'iam-user:deploy-bot',
    ]);
    expect(found.actors).toEqual([
      {
        kind: 'iam-user',
        id: 'AIDAI2XQR5NWTEXAMPLE7',
        name: 'deploy-bot',
        accessKeyId: 'AKIAI44QH8DHBEXAMPLE',
        origin: '198.51.100.23',
      },
    ]);
  });

  it('is of the account and Region in the finding, not of the bus', () => {
    const raw = edited(leak, { region: 'eu-west-1', account: '999999999999' });
    expect(read(raw)).toMatchObject({ account: '111122223333', region: 'us-east-1' });
  });

  it('is read with PascalCase fields inside an EventBridge envelope', () => {
    const [pascal] = sample('public-bucket.guardduty-get-findings').Findings as unknown[];
    expect(read({ ...sample(leak), detail: pascal })).toEqual(read(sample(leak)));
  });

  it.each([
    ['bare', (detail: unknown) => detail],
    ['in {findings: […]}', (detail: unknown) => ({ findings: [detail] })],
    ['in {Findings: […]}', (detail: unknown) => ({ Findings: [detail] })],
    ['in a list', (detail: unknown) => [detail]],
  ])('is read %s', (_form, wrap) => {
    expect(read(wrap(sample(leak).detail))).toEqual(read(sample(leak)));
  });

  it('is of the Region in its ARN when it names none', () => {
    expect(read(edited(leak, { 'detail.region': undefined })).region).toBe('us-east-1');
  });

  it('loses the [beta] before its type', () => {
    const raw = edited(leak, { 'detail.type': '[beta]Exfiltration:S3/AnomalousBehavior' });
    expect(read(raw).type).toBe('Exfiltration:S3/AnomalousBehavior');
  });

  it('is updated when it was created if it does not say when', () => {
    const found = read(edited(leak, { 'detail.updatedAt': undefined }));
    expect(found.updatedAt).toBe(found.createdAt);
  });

  it('is read without its service block', () => {
    const found = read(edited(leak, { 'detail.service': undefined }));
    expect(found).toMatchObject({ count: 1, archived: false, sample: false });
  });

  it.each([true, 'true'])('is archived when service.archived is %j', (archived) => {
    expect(read(edited(leak, { 'detail.service.archived': archived })).archived).toBe(true);
  });

  it.each([
    ['additionalInfo.sample', { 'detail.service.additionalInfo': { sample: true } }],
    ['the JSON text additionalInfo.value', { 'detail.service.additionalInfo.value': '{"sample":true}' }],
    ['[SAMPLE] before the title', { 'detail.title': '[SAMPLE] Amazon S3 Bucket b was made public.' }],
  ])('is a sample by %s', (_how, changes) => {
    expect(read(edited(leak, changes)).sample).toBe(true);
  });

  it('is no sample because a name inside its title says [SAMPLE]', () => {
    expect(read(edited(leak, { 'detail.title': 'Bucket [SAMPLE] was made public.' })).sample).toBe(false);
  });

  it.each([
    [1, 'low'],
    [3.9, 'low'],
    [4, 'medium'],
    [6.9, 'medium'],
    [7, 'high'],
    [8.9, 'high'],
    [9, 'critical'],
    ['9.5', 'critical'],
  ])('with severity %j is %s', (number, word) => {
    expect(read(edited(leak, { 'detail.severity': number })).severity).toBe(word);
  });

  it.each([
    ['detail.accountId', '1234567891234', '12 digits'],
    ['detail.accountId', undefined, 'missing'],
    ['detail.arn', 'arn:aws::guardduty:us-east-1:111122223333:detector/1/finding/2', 'ARN of a GuardDuty finding'],
    ['detail.severity', 11, '11'],
    ['detail.type', 'Policy:S3/<script>', 'not a GuardDuty finding type'],
    ['detail.region', '../us-east-1', 'Region'],
    ['detail.createdAt', 'yesterday', 'expected a time'],
    ['detail.service.count', -1, '-1'],
    ['detail.resource.s3BucketDetails', 'b', 'array'],
    ['detail.resource.accessKeyDetails.userName', 7, 'string'],
  ])('is refused, naming the field, when %s is %j', (field, value, problem) => {
    const error = refused(edited(leak, { [field]: value }));
    expect(error.field).toBe(field);
    expect(error.problem).toContain(problem);
  });

  it('is refused as a whole when EventBridge delivers no detail', () => {
    expect(refused(edited(leak, { detail: undefined })).field).toBe('detail');
  });

  it('hints at patient data by the tags of its bucket', () => {
    expect(read(sample(leak)).phiHint).toBe(true);
    expect(read(edited(leak, { 'detail.resource.s3BucketDetails.0.tags': [] })).phiHint).toBe(false);
  });

  it('keeps a bucket whose name breaks the grammar out of the targets, and says so', () => {
    const found = read(edited(leak, { 'detail.resource.s3BucketDetails.0.name': '../../etc/passwd\n${jndi}' }));
    expect(targetsOf(found)).toEqual(['iam-access-key:AKIAI44QH8DHBEXAMPLE', 'iam-user:deploy-bot']);
    expect(found.untargeted[0]?.named).toContain('../../etc/passwd');
    expect(found.untargeted[0]?.reason).toContain('not the name of an s3-bucket');
  });

  it('takes the bucket from its ARN when it has no name', () => {
    expect(targetsOf(read(edited(leak, { 'detail.resource.s3BucketDetails.0.name': '' })))).toContain(
      's3-bucket:northwind-patient-records',
    );
  });

  it('keeps an instance or a database out of the targets, and says so', () => {
    const found = read(
      edited(leak, {
        'detail.resource.instanceDetails': { instanceId: 'i-0123456789abcdef0' },
        'detail.resource.rdsDbInstanceDetails': { dbInstanceIdentifier: 'records' },
      }),
    );
    expect(found.untargeted.map((u) => u.named)).toEqual(['i-0123456789abcdef0', 'records']);
  });
});

describe('a finding of a Custom Detection Rule', () => {
  const rule = 'custom-rule.guardduty-eventbridge';
  const d = 'detail.service.detection';

  it('is read like any other, with the name of its signal in the title', () => {
    const found = read(sample(rule));
    expect(found).toMatchObject({ type: 'Exfiltration:S3/TransferDataToCloudAccount', severity: 'high' });
    expect(found.title).toBe('An S3 bucket was shared with another account. (S3BucketPolicyExternalAccess)');
    expect(targetsOf(found)).toContain('s3-bucket:northwind-patient-records');
  });

  it.each([
    ['deeper', { [d]: { rule: { signals: [{ name: 'VPCFlowLogsDeleted' }] } } }, /\(VPCFlowLogsDeleted\)$/],
    ['twice', { [d]: { signals: [{ name: 'One' }, { name: 'One' }, { name: 'Two' }] } }, /account\. \(One, Two\)$/],
    ['already in the title', { 'detail.title': 'S3BucketPolicyExternalAccess' }, /^S3BucketPolicyExternalAccess$/],
    ['nowhere', { [d]: undefined }, /account\.$/],
    ['as no plain name', { [d]: { signals: [{ name: '<img src=x>' }, 'x', { name: 7 }] } }, /account\.$/],
  ])('has its signal %s', (_where, changes, title) => {
    expect(read(edited(rule, changes)).title).toMatch(title);
  });
});

describe('the caller in a native GuardDuty finding', () => {
  const caller = (details: object) => read(edited(key, { 'detail.resource.accessKeyDetails': details }));

  it('with a temporary key is recorded as an actor; the key is no target, the role is', () => {
    const found = caller({
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      principalId: 'AROAEXAMPLEROLE000001:nightly:run',
      userType: 'AssumedRole',
      userName: 'etl-role',
    });
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
    ['root', { userType: 'Root', userName: 'Root', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }],
    ['federated-user', { userType: 'FederatedUser', userName: 'visitor', accessKeyId: 'ASIAIOSFODNN7EXAMPLE' }],
  ])('of kind %s is an actor and nothing of it a target', (kind, details) => {
    const found = caller(details);
    expect(found.actors[0]?.kind).toBe(kind);
    expect(found.targets).toEqual([]);
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
      expect(found.untargeted).toEqual([{ named: role, reason: expect.stringContaining('service-linked') }]);
    },
  );

  it('with hostile names is inert text', () => {
    const found = caller({ userType: 'IAMUser', userName: '"><img src=x>\n{% raw %}', accessKeyId: 'AKIA../../x' });
    expect(found.targets).toEqual([]);
    expect(found.untargeted).toHaveLength(2);
  });
});
