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

  it.each([
    ['instanceDetails', { instanceId: 'i-0123456789abcdef0' }, 'ec2-instance:i-0123456789abcdef0'],
    ['rdsDbInstanceDetails', { dbInstanceIdentifier: 'records' }, 'rds-instance:records'],
    [
      'ebsSnapshotDetails',
      { snapshotArn: 'arn:aws:ec2:us-east-1:111122223333:snapshot/snap-0123456789abcdef0' },
      'ebs-snapshot:snap-0123456789abcdef0',
    ],
    [
      'ec2ImageDetails',
      { imageArn: 'arn:aws:ec2:us-east-1:111122223333:image/ami-0123456789abcdef0' },
      'machine-image:ami-0123456789abcdef0',
    ],
  ])('names what stands in %s', (block, details, target) => {
    expect(targetsOf(read(edited(leak, { 'detail.resource': { [block]: details } })))).toEqual([target]);
  });

  it.each([
    ['lambdaDetails', { functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:export' }],
    ['ecsClusterDetails', { arn: 'arn:aws:ecs:us-east-1:111122223333:cluster/jobs' }],
    ['ebsSnapshotDetails', { snapshotArn: 'arn:aws:ec2:us-east-1:999988887777:snapshot/snap-0123456789abcdef0' }],
    ['instanceDetails', { instanceId: 'i-../../' }],
  ])('keeps what stands in %s out of the targets where nothing can act on it, and says so: %j', (block, details) => {
    const found = read(edited(leak, { 'detail.resource': { [block]: details } }));
    expect(found.targets).toEqual([]);
    expect(found.untargeted.map((one) => one.named)).toEqual(Object.values(details));
  });

  it('takes an instance from which another account called for none of ours', () => {
    const found = read(
      edited(leak, {
        'detail.resource.instanceDetails': { instanceId: 'i-0123456789abcdef0' },
        'detail.resource.accessKeyDetails': {
          userType: 'AWSAccount',
          userName: '999988887777',
          principalId: 'AROAEXAMPLEROLE000001:i-0123456789abcdef0',
        },
      }),
    );
    expect(targetsOf(found)).toEqual(['s3-bucket:northwind-patient-records']);
    expect(found.untargeted[0]?.reason).toContain('999988887777');
  });

  it.each([
    ['Policy:S3/AccountBlockPublicAccessDisabled', 'aws-account:111122223333'],
    ['Stealth:IAMUser/CloudTrailLoggingDisabled', 'account-region:us-east-1'],
    ['DefenseEvasion:IAMUser/AnomalousBehavior', 'account-region:us-east-1'],
    ['DefenseImpairment:EC2/DisableOrModifyTools', 'account-region:us-east-1'],
    ['Policy:IAMUser/RootCredentialUsage', 'root-user:root'],
  ])('of type %s is about %s, beside who did it', (type, whole) => {
    expect(targetsOf(read(edited(key, { 'detail.type': type }))).at(-1)).toBe(whole);
    expect(targetsOf(read(edited(key, { 'detail.type': type, 'detail.resource': undefined })))).toEqual([whole]);
  });

  it.each([
    ['DefenseImpairment:S3/DisableOrModifyTools', 's3-bucket'],
    ['DefenseEvasion:EC2/UnusualDNSResolver', 's3-bucket'],
  ])('of type %s is about no whole account', (type, kind) => {
    expect(read(edited(leak, { 'detail.type': type })).targets.map((t) => t.kind)).toEqual([
      kind,
      'iam-access-key',
      'iam-user',
    ]);
  });

  describe('about an instance behind an open door', () => {
    const instanceDetails = {
      instanceId: 'i-0123456789abcdef0',
      networkInterfaces: [{ securityGroups: [{ groupId: 'sg-0123456789abcdef0' }, { groupId: '<b>' }, 'x'] }, 7],
    };
    const about = (type: string, more: object = {}) =>
      read(edited(leak, { 'detail.type': type, 'detail.resource': { instanceDetails }, ...more }));

    it.each([
      'Recon:EC2/PortProbeUnprotectedPort',
      'UnauthorizedAccess:EC2/SSHBruteForce',
      'Impact:EC2/WinRMBruteForce',
    ])('of type %s names the security groups, which can be closed', (type) => {
      expect(targetsOf(about(type))).toEqual([
        'ec2-instance:i-0123456789abcdef0',
        'security-group:sg-0123456789abcdef0',
      ]);
    });

    it('names no security group where the machine itself is at fault: two machines of one group are two causes', () => {
      expect(targetsOf(about('Backdoor:EC2/C&CActivity.B'))).toEqual(['ec2-instance:i-0123456789abcdef0']);
    });

    it.each([
      ['ACTOR', true],
      ['TARGET', undefined],
      [7, undefined],
    ])('with the role %j attacks: %j', (role, attacker) => {
      const type = 'UnauthorizedAccess:EC2/SSHBruteForce';
      if (typeof role === 'string')
        expect(about(type, { 'detail.service.resourceRole': role }).attacker).toBe(attacker);
      else
        expect(refused(edited(leak, { 'detail.service.resourceRole': role })).field).toBe(
          'detail.service.resourceRole',
        );
    });
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
