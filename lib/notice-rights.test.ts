import { describe, expect, it } from 'vitest';
import {
  document,
  exampleSettings,
  list,
  resources,
  type Statement,
  statementsByRole,
  templatesOf,
} from './deployment.fixture.ts';

const { response } = templatesOf(await exampleSettings('organization'));
const cases = 'arn:aws:s3:::tourniquet-cases-222222222222-us-east-1/';
const roles = statementsByRole(response);

/** What the roles of functions may do with objects of the case bucket: `<function> <action> <keys>`. */
function objectRights(): string[] {
  return [...roles].flatMap(([role, statements]) => rightsOf(role.replace('tourniquet-', ''), statements)).sort();
}

function rightsOf(who: string, statements: Statement[]): string[] {
  return statements.flatMap((s) =>
    list(s.Resource as string).flatMap((resource) =>
      String(resource).startsWith(cases)
        ? list(s.Action).map((action) => `${who} ${action} ${String(resource).slice(cases.length)}`)
        : [],
    ),
  );
}

function policy(name: string): Statement[] {
  const found = resources(response, 'AWS::IAM::ManagedPolicy').find(([, r]) => r.Properties.ManagedPolicyName === name);
  return document(found?.[1].Properties.PolicyDocument);
}

describe('the case bucket', () => {
  it('is written and read by each function only in the folders that its work needs', () => {
    expect(objectRights()).toEqual([
      'console s3:GetObject drafts/*',
      'console s3:PutObject drafts/*',
      'intake s3:PutObject events/*',
      'notify s3:GetObject drafts/*',
      'notify s3:PutObject notices/*',
      'send-slice s3:GetObject drafts/*',
      'send-slice s3:GetObject mailing/*',
      'send-slice s3:GetObjectVersion recipients/*',
      'send-slice s3:PutObject mailing/*',
    ]);
  });

  it('shows the console which lists are there, and never what is in one', () => {
    const [look, ...more] = (roles.get('tourniquet-console') ?? []).filter((s) =>
      list(s.Action).some((action) => String(action).startsWith('s3:List')),
    );
    expect(more).toEqual([]);
    expect(look).toMatchObject({
      Action: 's3:ListBucketVersions',
      Condition: { StringLike: { 's3:prefix': 'recipients/*' } },
    });
  });

  it('takes a list of recipients from no function, whatever a policy may say one day', () => {
    const [, bucket] =
      resources(response, 'AWS::S3::BucketPolicy').find(([id]) => id.startsWith('Cases') && !id.includes('Logs')) ?? [];
    const deny = document(bucket?.Properties.PolicyDocument).find(({ Sid }) => Sid === 'PeopleUploadRecipients');
    expect(deny).toMatchObject({ Effect: 'Deny', Action: 's3:PutObject', Principal: { AWS: '*' } });
    expect(JSON.stringify(deny?.Resource)).toContain('/recipients/*');
    const denied = deny?.Condition?.ArnEquals?.['aws:PrincipalArn'] as unknown as string[];
    for (const name of ['intake', 'console', 'notify', 'send-slice', 'tick'])
      expect(denied).toContain(`arn:aws:iam::222222222222:role/tourniquet-${name}`);
  });
});

describe('the functions that handle mail to people', () => {
  it.each(['send-slice', 'mail-events'])('%s puts records of the ledger and no others', (name) => {
    const partitions = ['LEDGER#*', 'MAILING#*'];
    const puts = (roles.get(`tourniquet-${name}`) ?? []).filter((s) => list(s.Action).includes('dynamodb:PutItem'));
    expect(puts.map((s) => s.Condition)).toEqual([
      {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    ]);
  });
});

describe('the policies for people', () => {
  it('let the privacy officer upload recipients, and nothing else', () => {
    expect(rightsOf('', policy('tourniquet-recipients-writer'))).toEqual([' s3:PutObject recipients/*']);
  });

  it('let a reader see what a mailing leaves behind, and change nothing', () => {
    const statements = policy('tourniquet-notice-reader');
    expect(statements.flatMap(({ Action }) => list(Action)).sort()).toEqual([
      'kms:Decrypt',
      's3:GetObject',
      's3:GetObject',
      's3:ListBucket',
    ]);
    // three folders deep: the key of an incident (mailing/<case>/key) is not among them
    expect(rightsOf('', statements)).toEqual([' s3:GetObject mailing/*/*/*', ' s3:GetObject notices/*']);
    expect(statements.find(({ Action }) => Action === 's3:ListBucket')?.Condition).toEqual({
      StringLike: { 's3:prefix': ['mailing/*', 'notices/*'] },
    });
  });
});
