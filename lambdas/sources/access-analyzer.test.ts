import { describe, expect, it } from 'vitest';
import { edited, read, refused, sample, targetsOf } from './samples/load.ts';

const open = 'access-analyzer-public.eventbridge';
const shared = 'access-analyzer-shared.eventbridge';
const bare = 'access-analyzer-shared.get-finding';
const internal = 'access-analyzer-internal.eventbridge';
const unused = 'access-analyzer-unused.eventbridge';
const preview = 'access-analyzer-preview.eventbridge';

describe('an Access Analyzer finding', () => {
  it.each([
    [open, 'ExternalAccess:AWS::S3::Bucket/Public', 'high', ['s3-bucket:northwind-patient-records']],
    [shared, 'ExternalAccess:AWS::S3::Bucket', 'high', ['s3-bucket:northwind-patient-records']],
    [bare, 'ExternalAccess:AWS::IAM::Role', 'medium', ['iam-role:etl-role']],
    [internal, 'InternalAccess:AWS::S3::Bucket', 'low', ['s3-bucket:northwind-patient-records']],
    [unused, 'UnusedAccess:AWS::IAM::Role', 'informational', ['iam-role:etl-role']],
  ])('in %s is of type %s, severity %s', (name, type, severity, targets) => {
    const found = read(sample(name));
    expect(found).toMatchObject({
      product: 'access-analyzer',
      type,
      severity,
      account: '111122223333',
      region: 'us-east-1',
      trusted: true,
      actors: [],
    });
    expect(found.ignore).toBeUndefined();
    expect(targetsOf(found)).toEqual(targets);
  });

  it.each([
    ['AWS::S3::Bucket', false, 'high'],
    ['AWS::EC2::Snapshot', false, 'high'],
    ['AWS::RDS::DBSnapshot', false, 'high'],
    ['AWS::KMS::Key', false, 'high'],
    ['AWS::SecretsManager::Secret', false, 'high'],
    ['AWS::SQS::Queue', false, 'medium'],
    ['AWS::Lambda::Function', false, 'medium'],
    ['AWS::SQS::Queue', true, 'high'],
  ])('about an %s, public %s, is %s', (resourceType, isPublic, severity) => {
    const found = read(edited(shared, { 'detail.resourceType': resourceType, 'detail.isPublic': isPublic }));
    expect(found.severity).toBe(severity);
    expect(found.type).toBe(`ExternalAccess:${resourceType}${isPublic ? '/Public' : ''}`);
  });

  it('says who was let in, and takes him for no actor: nobody has come yet', () => {
    const found = read(sample(shared));
    expect(found.title).toContain('999988887777');
    expect(found.actors).toEqual([]);
  });

  it('that could not look is a type of its own, of which nothing is contained', () => {
    const changes = { 'detail.error': 'ACCESS_DENIED', 'detail.isPublic': undefined, 'detail.principal': undefined };
    const found = read(edited(open, changes));
    expect(found).toMatchObject({ type: 'AnalysisError:AWS::S3::Bucket', severity: 'medium' });
    expect(found.title).toContain('ACCESS_DENIED');
  });

  it.each([
    ['RESOLVED', { 'detail.status': 'RESOLVED' }, { ignore: expect.stringContaining('RESOLVED'), archived: false }],
    ['deleted', { 'detail.isDeleted': true }, { ignore: expect.stringContaining('deleted'), archived: false }],
    ['ARCHIVED', { 'detail.status': 'ARCHIVED' }, { archived: true }],
  ])('that is %s is read, and is not to be answered', (_what, changes, expected) => {
    expect(read(edited(open, changes))).toMatchObject(expected);
  });

  it('is of the kind that the finding says, or else the kind of the event', () => {
    expect(read(edited(internal, { 'detail.findingType': undefined })).type).toMatch(/^InternalAccess:/);
    expect(read(edited(open, { 'detail.findingType': 'UnusedIAMUserPassword' })).type).toMatch(/^UnusedAccess:/);
    expect(read(edited(open, { source: 'aws.access-analyzer-test' })).type).toMatch(/^ExternalAccess:/);
  });

  it('is public in the form of GetFindingV2 too', () => {
    const findingDetails = [{ externalAccessDetails: { isPublic: true, principal: { AWS: '*' } } }];
    expect(read({ ...sample(bare), isPublic: undefined, findingDetails }).type).toBe(
      'ExternalAccess:AWS::IAM::Role/Public',
    );
  });

  it.each([
    ['the finding', {}, 'us-east-1'],
    [
      'the ARN of the resource',
      { 'detail.region': '', 'detail.resource': 'arn:aws:kms:eu-west-1:1:key/x' },
      'us-east-1',
    ],
    [
      'the ARN of the resource',
      { 'detail.region': undefined, 'detail.resource': 'arn:aws:kms:eu-west-1:111122223333:key/x' },
      'eu-west-1',
    ],
    ['its analyzer', { 'detail.region': undefined, region: 'ap-south-1' }, 'us-east-1'],
  ])('is of the Region of %s', (_whose, changes, region) => {
    expect(read(edited(open, changes)).region).toBe(region);
  });

  it('about IAM in another partition is of that partition’s Region', () => {
    const resource = 'arn:aws-us-gov:iam::111122223333:role/x';
    expect(read({ ...sample(bare), resource }).region).toBe('us-gov-west-1');
  });

  it.each([
    ['detail.resource', undefined, 'missing'],
    ['detail.resourceType', 'bucket', 'not a resource type'],
    ['detail.accountId', '1', '12 digits'],
    ['detail.status', 'OPEN', 'ACTIVE'],
    ['detail.createdAt', 'x', 'expected a time'],
    ['detail.id', undefined, 'missing'],
  ])('is refused, naming the field, when %s is %j', (field, value, problem) => {
    const error = refused(edited(open, { [field]: value }));
    expect(error.field).toBe(field);
    expect(error.problem).toContain(problem);
  });

  it('is refused when nothing says its Region or its account', () => {
    expect(
      refused({ ...sample(bare), resource: 'arn:aws:s3:::records', resourceType: 'AWS::S3::Bucket' }),
    ).toMatchObject({
      field: 'region',
      problem: expect.stringContaining('add region'),
    });
    expect(refused({ ...sample(bare), resourceOwnerAccount: undefined }).field).toBe('accountId');
  });

  it('keeps a resource of another account, or with a hostile name, out of the targets', () => {
    for (const resource of ['arn:aws:iam::999988887777:role/x', 'arn:aws:iam::111122223333:role/<b>'])
      expect(read({ ...sample(bare), resource })).toMatchObject({ targets: [], untargeted: [{ named: resource }] });
  });
});

describe('an access preview', () => {
  it('is read, names no target, and says why there is nothing to answer', () => {
    const found = read(sample(preview));
    expect(found).toMatchObject({
      type: 'AccessPreview',
      severity: 'informational',
      account: '111122223333',
      targets: [],
      ignore: expect.stringContaining('nothing has changed'),
    });
    expect(found.untargeted).toEqual([
      {
        named: 'arn:aws:s3:::northwind-patient-records',
        reason: expect.stringContaining('nobody has put that policy'),
      },
    ]);
  });

  it('without an account anywhere is refused', () => {
    expect(refused(sample(preview).detail).field).toBe('resources[0]');
  });
});
