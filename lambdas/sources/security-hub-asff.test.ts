import { describe, expect, it } from 'vitest';
import { readFindings } from './index.ts';
import { edited, read, refused, sample, targetsOf } from './samples/load.ts';

const leak = 'public-bucket.asff-imported';
const key = 'leaked-key.asff-imported';
const f = 'detail.findings.0';

const control = () => sample('public-bucket.asff-custom-action').detail as { findings: Record<string, unknown>[] };

describe('a GuardDuty finding in the ASFF', () => {
  it.each([
    ['TTPs/Defense Evasion/Stealth:IAMUser-CloudTrailLoggingDisabled', 'Stealth:IAMUser/CloudTrailLoggingDisabled'],
    [
      'Effects/Data Exfiltration/UnauthorizedAccess:IAMUser-InstanceCredentialExfiltration.OutsideAWS',
      'UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS',
    ],
    ['TTPs/AttackSequence:S3/CompromisedData', 'AttackSequence:S3/CompromisedData'],
    ['TTPs/Credential Access/IAMUser-AnomalousBehavior', 'CredentialAccess:IAMUser/AnomalousBehavior'],
  ])('of type %s has the native type', (type, native) => {
    expect(read(edited(leak, { [`${f}.Types`]: [type] })).type).toBe(native);
  });

  it('has the severity of its label; GuardDuty’s number where there is none; never the normalised one', () => {
    const severity = (value: object) =>
      read(edited(leak, { [`${f}.Severity`]: value, [`${f}.FindingProviderFields`]: undefined })).severity;
    expect(severity({ Label: 'LOW', Normalized: 40, Product: 2 })).toBe('low');
    expect(severity({ Label: 'MEDIUM', Normalized: 40, Product: 2 })).toBe('medium');
    expect(severity({ Normalized: 40, Product: 2 })).toBe('low');
    expect(() => severity({ Normalized: 90 })).toThrow(/Severity.Label/);
  });

  it.each([
    ['ACTOR', true],
    ['TARGET', undefined],
  ])('with the role %s of its resource attacks: %s', (role, attacker) => {
    const changes = { [`${f}.ProductFields > aws/guardduty/service/resourceRole`]: role };
    expect(read(edited(leak, changes)).attacker).toBe(attacker);
  });

  it('counts occurrences from the text in ProductFields', () => {
    expect(read(edited(leak, { [`${f}.ProductFields > aws/guardduty/service/count`]: '74' })).count).toBe(74);
  });

  it.each([
    ['RecordState', { [`${f}.RecordState`]: 'ARCHIVED' }],
    ['the text in ProductFields', { [`${f}.ProductFields > aws/guardduty/service/archived`]: 'true' }],
  ])('is archived by %s', (_how, changes) => {
    expect(read(sample(leak)).archived).toBe(false);
    expect(read(edited(leak, changes)).archived).toBe(true);
  });

  it.each([
    ['Sample', { [`${f}.Sample`]: true }],
    ['[SAMPLE] before the title', { [`${f}.Title`]: '[SAMPLE] a title' }],
  ])('is a sample by %s', (_how, changes) => {
    expect(read(edited(leak, changes)).sample).toBe(true);
  });

  it('of a console login names no key', () => {
    const found = read(edited(key, { [`${f}.Resources.0.Id`]: 'AWS::IAM::AccessKey:null' }));
    expect(targetsOf(found)).toEqual(['iam-user:etl-nightly']);
    expect(found.actors[0]?.accessKeyId).toBeUndefined();
    expect(found.untargeted).toEqual([]);
  });

  it('takes the address of the caller from Action or from ProductFields', () => {
    const elsewhere = { AwsApiCallAction: { RemoteIpDetails: { IpAddressV4: '192.0.2.9' } } };
    expect(read(sample(key)).actors[0]?.origin).toBe('203.0.113.77');
    expect(read(edited(key, { [`${f}.Action`]: elsewhere })).actors[0]?.origin).toBe('192.0.2.9');
  });

  it.each([
    ['health', { GeneratorId: 'AWS_RISK_CREDENTIALS_EXPOSED' }, 'AWS_RISK_CREDENTIALS_EXPOSED'],
    [
      'access-analyzer',
      { Types: ['Software and Configuration Checks/AWS Security Best Practices/External Access Granted'] },
      'ExternalAccess:AWS::S3::Bucket',
    ],
    [
      'access-analyzer',
      { Types: ['Effects/Data Exposure/External Access Granted'] },
      'ExternalAccess:AWS::S3::Bucket/Public',
    ],
    ['access-analyzer', { Types: ['Software and Configuration Checks/Unused Permission'] }, /Unused Permission$/],
    [
      'macie',
      { Types: ['Sensitive Data Identifications/PII/SensitiveData:S3Object-Personal'] },
      'SensitiveData:S3Object/Personal',
    ],
    [
      'macie',
      { Types: ['Software and Configuration Checks/Policy:IAMUser-S3BucketPublic'] },
      'Policy:IAMUser/S3BucketPublic',
    ],
  ])('forwarded from %s with %j has the type that the product itself gives it: %s', (product, says, type) => {
    const found = read(
      edited(leak, {
        [`${f}.ProductArn`]: `arn:aws:securityhub:us-east-1::product/aws/${product}`,
        [`${f}.Id`]: '64b917aa3843e8a01b2c3d4e5f607182',
        [`${f}.Resources`]: [{ Type: 'AwsS3Bucket', Id: 'arn:aws:s3:::northwind-patient-records' }],
        ...Object.fromEntries(Object.entries(says).map(([name, value]) => [`${f}.${name}`, value])),
      }),
    );
    expect(found.product).toBe(product);
    expect(found.type).toMatch(typeof type === 'string' ? new RegExp(`^${type}$`) : type);
  });

  it('forwarded from AWS Health about operations is read, and is not to be answered', () => {
    const from = { [`${f}.ProductArn`]: 'arn:aws:securityhub:us-east-1::product/aws/health', [`${f}.Id`]: 'x' };
    const ignored = (GeneratorId: string) => read(edited(leak, { ...from, [`${f}.GeneratorId`]: GeneratorId })).ignore;
    expect(ignored('AWS_WAF_SECURITY_NOTIFICATION')).toContain('operations');
    expect(ignored('AWS_RISK_CREDENTIALS_EXPOSED')).toBeUndefined();
    expect(read(sample(leak)).ignore).toBeUndefined();
  });

  it('of a custom product is never trusted, whatever type and product it claims', () => {
    const found = read(
      edited(leak, {
        [`${f}.ProductArn`]: 'arn:aws:securityhub:us-east-1:111122223333:product/111122223333/health',
        [`${f}.GeneratorId`]: 'AWS_RISK_CREDENTIALS_EXPOSED',
        [`${f}.Id`]: 'x',
      }),
    );
    expect(found).toMatchObject({ trusted: false, product: '111122223333/health' });
    expect(found.type).not.toBe('AWS_RISK_CREDENTIALS_EXPOSED');
  });

  it('names an object by its bucket, as its key may name a patient', () => {
    const object = { Type: 'AwsS3Object', Id: 'arn:aws:s3:::northwind-claims/doe-jane-oncology.csv' };
    const found = read(edited(leak, { [`${f}.Resources`]: [object, { Type: 'AwsS3Object', Id: 'doe-jane.csv' }] }));
    expect(targetsOf(found)).toEqual(['s3-bucket:northwind-claims']);
    expect(JSON.stringify(found)).not.toContain('doe-jane');
  });

  it('takes the actors of an attack sequence from Detection', () => {
    const user = {
      Name: 'deploy-bot',
      Uid: 'AIDAI2XQR5NWTEXAMPLE7',
      Type: 'IAMUser',
      CredentialUid: 'AKIAI44QH8DHBEXAMPLE',
    };
    const found = read(edited(key, { [`${f}.Detection`]: { Sequence: { Actors: [{ User: user }] } } }));
    expect(targetsOf(found)).toContain('iam-access-key:AKIAI44QH8DHBEXAMPLE');
  });

  it('is in the Region of its resource, as the aggregating Region sees others', () => {
    const found = read(edited(leak, { [`${f}.Resources.0.Region`]: 'eu-central-1' }));
    expect(found.region).toBe('eu-central-1');
    expect(found.targets[0]).toMatchObject({ kind: 's3-bucket', region: 'eu-central-1' });
  });

  it.each([
    ['Id', 'finding-1', 'ARN of a GuardDuty finding'],
    ['ProductArn', 'arn:aws::securityhub:x', '::product/<vendor>/<name>'],
    ['AwsAccountId', '0123456789', '12 digits'],
    ['Types', ['Threats'], 'expected <namespace>/<type>'],
    ['CreatedAt', undefined, 'missing'],
    ['Resources', [], 'at least one'],
  ])('is refused, naming %s, when that is %j', (name, value, problem) => {
    const error = refused(edited(leak, { [`${f}.${name}`]: value }));
    expect(error.field).toBe(`detail.findings[0].${name}`);
    expect(error.problem).toContain(problem);
  });
});

describe('a control finding', () => {
  const only = (changes: Record<string, unknown>) => read({ ...control().findings[1], ...changes });

  it('has the control as its type, and Security Hub as its product', () => {
    expect(only({})).toMatchObject({ product: 'securityhub', type: 'S3.8', compliance: 'FAILED', workflow: 'NEW' });
    expect(targetsOf(only({}))).toEqual(['s3-bucket:northwind-patient-records']);
  });

  it.each([
    ['security-control/S3.8', 'S3.8'],
    ['aws-foundational-security-best-practices/v/1.0.0/S3.8', 'S3.8'],
    ['pci-dss/v/3.2.1/PCI.S3.1', 'pci-dss/v/3.2.1/PCI.S3.1'],
    [
      'arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0/rule/2.1',
      'arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0/rule/2.1',
    ],
  ])('of generator %s is control %s', (GeneratorId, type) => {
    expect(only({ GeneratorId, Compliance: { Status: 'FAILED' } }).type).toBe(type);
    expect(only({ GeneratorId, Compliance: undefined })).toMatchObject({ type, compliance: undefined });
  });

  it.each(['nist-800-53/v/5.0.0', 'service-managed-aws-control-tower/v/1.0.0'])(
    'of the standard %s, which numbers as the controls do, is that control',
    (standard) => {
      expect(only({ GeneratorId: `${standard}/S3.2`, Compliance: { Status: 'FAILED' } }).type).toBe('S3.2');
    },
  );

  it('that passed says so', () => {
    expect(only({ Compliance: { Status: 'PASSED', SecurityControlId: 'S3.8' } }).compliance).toBe('PASSED');
  });

  it('has the word of Workflow.Status, else the older WorkflowState', () => {
    expect(only({ Workflow: { Status: 'SUPPRESSED' }, WorkflowState: 'NEW' }).workflow).toBe('SUPPRESSED');
    expect(only({ Workflow: undefined, WorkflowState: 'DEFERRED' }).workflow).toBe('SUPPRESSED');
  });

  it.each([
    ['S3.1', 'aws-account:111122223333'],
    ['EC2.1', 'account-region:eu-west-1'],
    ['SSM.7', 'account-region:eu-west-1'],
    ['CloudTrail.1', 'account-region:eu-west-1'],
    ['Config.1', 'account-region:eu-west-1'],
    ['GuardDuty.1', 'account-region:eu-west-1'],
    ['Macie.1', 'account-region:eu-west-1'],
    ['IAM.4', 'root-user:root'],
    ['PCI.EC2.1', 'aws-account:111122223333'],
  ])('%s about the account alone names %s alone', (SecurityControlId, target) => {
    const Resources = [{ Type: 'AwsAccount', Id: 'AWS::::Account:111122223333', Region: 'eu-west-1' }];
    const found = only({ Resources, Compliance: { Status: 'FAILED', SecurityControlId } });
    expect(targetsOf(found)).toEqual([target]);
    expect(found.targets[0]?.region).toBe('eu-west-1');
  });

  it('about an access point names its bucket only where it says which', () => {
    const point = { Type: 'AwsS3AccessPoint', Id: 'arn:aws:s3:us-east-1:111122223333:accesspoint/reports' };
    expect(only({ Resources: [point] }).targets).toEqual([]);
    const Details = { AwsS3AccessPoint: { Bucket: 'records', BucketAccountId: '111122223333' } };
    const found = only({ Resources: [{ ...point, Details }] });
    expect(targetsOf(found)).toEqual(['s3-bucket:records']);
    expect(found.untargeted[0]?.named).toBe(point.Id);
  });

  it.each(['cluster-snapshot', 'dbclustersnapshot'])('about a cluster snapshot finds it in an ARN with %s', (part) => {
    const Id = `arn:aws:rds:us-east-1:111122223333:${part}:nightly`;
    expect(targetsOf(only({ Resources: [{ Type: 'AwsRdsDbClusterSnapshot', Id }] }))).toEqual([
      'rds-cluster-snapshot:nightly',
    ]);
  });

  it.each([
    ['AwsIamUser', 'arn:aws:iam::111122223333:user/clinic/jane.doe', 'iam-user:jane.doe'],
    ['AwsIamRole', 'arn:aws:iam::111122223333:role/etl-role', 'iam-role:etl-role'],
    ['AwsS3Bucket', 'northwind-patient-records', 's3-bucket:northwind-patient-records'],
  ])('about an %s %s has it as its target', (Type, Id, target) => {
    expect(targetsOf(only({ Resources: [{ Type, Id }] }))).toEqual([target]);
  });

  it.each([
    ['AwsIamUser', 'arn:aws:iam::999988887777:user/jane.doe', 'names account 999988887777'],
    ['AwsIamUser', 'arn:aws:iam::111122223333:role/jane.doe', 'not the ARN of an IAM user'],
    ['AwsIamRole', 'arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/Mine', 'service-linked'],
    ['AwsS3Bucket', 'arn:aws:::public-bucket', 'not the ARN of an S3 bucket'],
    ['constructor', 'x', 'no resource of type constructor'],
  ])('about an %s %s has no target and says why', (Type, Id, why) => {
    const found = only({ Resources: [{ Type, Id }] });
    expect(found.targets).toEqual([]);
    expect(found.untargeted).toEqual([{ named: Id, reason: expect.stringContaining(why) }]);
  });
});

describe('a finding of another product in Security Hub', () => {
  const arn = 'arn:aws:securityhub:us-east-1:111122223333:product/111122223333/default';

  it('that anyone may have written is not trusted, and never passes for a finding of GuardDuty', () => {
    const genuine = read(sample(leak));
    const forged = read(edited(leak, { [`${f}.ProductArn`]: arn }));
    expect(forged).toMatchObject({ product: '111122223333/default', trusted: false });
    expect(forged.id).toBe(`${arn}/${genuine.id}`);
    expect(forged.type).not.toBe(genuine.type);
  });

  it.each([
    'arn:aws:securityhub:us-east-1:111122223333:product/aws/guardduty',
    'arn:aws:securityhub:us-east-1::product/prowler/prowler',
  ])('is not trusted as %s', (ProductArn) => {
    expect(read(edited(leak, { [`${f}.ProductArn`]: ProductArn })).trusted).toBe(false);
  });

  it('of AWS is trusted, under its own name and native type', () => {
    const found = read(
      edited(leak, {
        [`${f}.ProductArn`]: 'arn:aws:securityhub:us-east-1::product/aws/macie',
        [`${f}.Types`]: ['Software and Configuration Checks/AWS Security Best Practices/Policy:IAMUser-S3BucketPublic'],
      }),
    );
    expect(found).toMatchObject({ product: 'macie', trusted: true, type: 'Policy:IAMUser/S3BucketPublic' });
  });
});

describe('several findings in one event', () => {
  it('are read each by itself: one that cannot be read stands in its place and stops no other', () => {
    const event = edited('public-bucket.asff-custom-action', { [`${f}.AwsAccountId`]: 'x' });
    const [first, second] = readFindings(event);
    expect(first).toMatchObject({ field: 'detail.findings[0].AwsAccountId' });
    expect(second).toMatchObject({ type: 'S3.8' });
  });
});
