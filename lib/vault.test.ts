import { describe, expect, it } from 'vitest';
import {
  document,
  exampleSettings,
  resources,
  type Statement,
  type Template,
  templatesOf,
} from './deployment.fixture.ts';

const settings = await exampleSettings('organization');
const { forensics, response } = templatesOf(settings);
const vaultName = 'tourniquet-vault-333333333333-us-east-1';
const writers = [
  'arn:aws:iam::222222222222:role/tourniquet-archive',
  'arn:aws:iam::222222222222:role/tourniquet-collect',
];

function bucket(template: Template, name: string): [string, Record<string, unknown>] {
  const found = resources(template, 'AWS::S3::Bucket').find(([, b]) => b.Properties.BucketName === name);
  if (!found) throw new Error(`no bucket ${name}`);
  return [found[0], found[1].Properties];
}

function policy(template: Template, name: string): Statement[] {
  const [id] = bucket(template, name);
  const found = resources(template, 'AWS::S3::BucketPolicy').find(
    ([, p]) => (p.Properties.Bucket as { Ref: string }).Ref === id,
  );
  return document(found?.[1].Properties.PolicyDocument);
}

const vault = new Map(policy(forensics, vaultName).map((s) => [s.Sid, s]));
const [[, key] = ['', undefined]] = resources(forensics, 'AWS::KMS::Key');
const keyPolicy = new Map(document(key?.Properties.KeyPolicy).map((s) => [s.Sid, s]));

describe('the vault', () => {
  it('locks what is written for seven years, in governance mode unless the settings say what cannot be undone', () => {
    const lock = (template: Template) => bucket(template, vaultName)[1].ObjectLockConfiguration;
    const rule = (mode: string, years: number) => ({
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Mode: mode, Years: years } },
    });
    expect(lock(forensics)).toEqual(rule('GOVERNANCE', 7));
    const evidence = { lock: 'compliance-cannot-be-undone', retentionYears: 10 } as const;
    expect(lock(templatesOf({ ...settings, evidence }).forensics)).toEqual(rule('COMPLIANCE', 10));
  });

  it('takes only new objects, and lets nobody go around the retention', () => {
    expect(vault.get('OnlyNewObjects')).toMatchObject({
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 's3:PutObject',
      Condition: { Null: { 's3:if-none-match': 'true' } },
    });
    expect(vault.get('NoWayAroundRetention')).toMatchObject({
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 's3:BypassGovernanceRetention',
    });
  });

  it('lets exactly the functions that write evidence put an object, and allows nothing else', () => {
    const allows = policy(forensics, vaultName).filter((s) => s.Effect === 'Allow');
    expect(allows).toEqual([
      {
        Sid: 'WritersAddEvidence',
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::222222222222:root' },
        Action: 's3:PutObject',
        Resource: expect.anything(),
        Condition: { ArnEquals: { 'aws:PrincipalArn': writers } },
      },
    ]);
  });

  it('has a key with which writers encrypt and never decrypt', () => {
    expect(keyPolicy.get('WritersEncrypt')).toMatchObject({
      Effect: 'Allow',
      Action: 'kms:GenerateDataKey',
      Condition: {
        ArnEquals: { 'aws:PrincipalArn': writers },
        StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' },
      },
    });
    expect(keyPolicy.get('WritersNeverDecrypt')).toMatchObject({
      Effect: 'Deny',
      Action: expect.arrayContaining(['kms:Decrypt']),
      Condition: { ArnEquals: { 'aws:PrincipalArn': writers } },
    });
    const administered = keyPolicy.get(undefined);
    expect(administered).toMatchObject({ Action: 'kms:*', Principal: { AWS: 'arn:aws:iam::333333333333:root' } });
    expect(keyPolicy.get('WhetherItCanBeUsed')).toMatchObject({
      Effect: 'Allow',
      Action: 'kms:DescribeKey',
      Condition: { ArnEquals: { 'aws:PrincipalArn': ['arn:aws:iam::222222222222:role/tourniquet-doctor'] } },
    });
    expect(keyPolicy.size).toBe(4);
  });
});

describe.each([
  ['vault', forensics, vaultName],
  ['case bucket', response, 'tourniquet-cases-222222222222-us-east-1'],
] as const)('the %s', (_, template, name) => {
  it("is private, versioned, encrypted under the customer's key, logged and kept", () => {
    const [id, properties] = bucket(template, name);
    expect(properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: { Status: 'Enabled' },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
      },
      LoggingConfiguration: { DestinationBucketName: { Ref: expect.any(String) } },
    });
    expect(template.Resources[id]?.DeletionPolicy).toBe('Retain');
  });

  it('refuses plain connections, other keys and other encryption', () => {
    const denies = policy(template, name).filter((s) => s.Effect === 'Deny');
    expect(denies.map((s) => s.Condition)).toEqual(
      expect.arrayContaining([
        { Bool: { 'aws:SecureTransport': 'false' } },
        { NumericLessThan: { 's3:TlsVersion': 1.2 } },
        {
          Null: { 's3:x-amz-server-side-encryption': 'false' },
          StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' },
        },
        {
          Null: { 's3:x-amz-server-side-encryption-aws-kms-key-id': 'false' },
          StringNotEquals: {
            's3:x-amz-server-side-encryption-aws-kms-key-id': { 'Fn::GetAtt': [expect.any(String), 'Arn'] },
          },
        },
        { Null: { 's3:x-amz-server-side-encryption-customer-algorithm': 'false' } },
      ]),
    );
  });
});
