import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  document,
  exampleSettings,
  list,
  resources,
  root,
  rootWith,
  type Statement,
  statementsByRole,
  type Template,
  templatesOf,
} from './deployment.fixture.ts';

const settings = await exampleSettings('organization');
const organization = templatesOf(settings);
const trial = templatesOf(await exampleSettings('trial'));
const shapes = { organization, trial };

/** The functions whose own declaration says so: read here, not through lib. */
function declaring(use: string): string[] {
  return readdirSync(join(root, 'lambdas'))
    .filter((name) => {
      try {
        return JSON.parse(readFileSync(join(root, 'lambdas', name, 'function.json'), 'utf8')).uses.includes(use);
      } catch {
        return false;
      }
    })
    .sort();
}

function trust(template: Template, role: string): Statement[] {
  const found = resources(template, 'AWS::IAM::Role').find(([, r]) => r.Properties.RoleName === role);
  return document(found?.[1].Properties.AssumeRolePolicyDocument);
}

function allowed(statements: Statement[]): { action: string; statement: Statement }[] {
  return statements
    .filter((s) => s.Effect === 'Allow')
    .flatMap((statement) => list(statement.Action).map((action) => ({ action, statement })));
}

describe('the member roles', () => {
  it.each(['observer', 'responder'])(
    'trust, as %s, exactly the functions that declare it, with the external id',
    (role) => {
      const functions = declaring(`assume:${role}`);
      expect(functions.length).toBeGreaterThan(0);
      expect(trust(organization.member, `tourniquet-${role}`)).toEqual([
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { AWS: 'arn:aws:iam::222222222222:root' },
          Condition: {
            ArnEquals: {
              'aws:PrincipalArn': functions.map((name) => `arn:aws:iam::222222222222:role/tourniquet-${name}`),
            },
            StringEquals: { 'sts:ExternalId': 'tourniquet-222222222222' },
          },
        },
      ]);
    },
  );

  it('are assumed by nobody else: only roles whose function declares it may call AssumeRole, and only on member roles and those of the organization', () => {
    for (const [role, statements] of statementsByRole(organization.response)) {
      const assumed = allowed(statements).filter(({ action }) => action.startsWith('sts:'));
      const expected = ['observer', 'responder']
        .filter((member) => declaring(`assume:${member}`).some((name) => role === `tourniquet-${name}`))
        .flatMap((member) => [
          `arn:aws:iam::111122223333:role/tourniquet-${member}`,
          `arn:aws:iam::777777777777:role/tourniquet-organizations-${member}`,
        ]);
      expect(assumed.flatMap(({ statement }) => list(statement.Resource as string))).toEqual(expected);
    }
  });

  it('fit one template for every member account', () => {
    const two = { ...settings, accounts: { ...settings.accounts, members: [...settings.accounts.members] } };
    two.accounts.members.unshift({ id: '999988887777', alias: 'another', mode: 'approval-required', phi: 'unknown' });
    expect(templatesOf(two).member).toEqual(organization.member);
    expect(JSON.stringify(organization.member)).not.toContain('arn:aws:s3:::cdk-');
    expect(Object.keys(organization.member)).toEqual(['Description', 'Resources']);
  });

  it('stay within what CloudFormation takes without a bucket and IAM takes as a managed policy', () => {
    expect(JSON.stringify(organization.member).length).toBeLessThan(51_200);
    for (const template of Object.values(organization))
      for (const [id, { Properties }] of resources(template, 'AWS::IAM::ManagedPolicy'))
        expect(JSON.stringify(Properties.PolicyDocument).length, id).toBeLessThanOrEqual(6_144);
  });

  it('carry at most ten managed policies, as many as their rights need and the same ones each time', () => {
    for (const template of Object.values(organization))
      for (const [id, { Properties }] of resources(template, 'AWS::IAM::Role'))
        expect(list(Properties.ManagedPolicyArns).length, id).toBeLessThanOrEqual(10);
    const names = resources(organization.member, 'AWS::IAM::ManagedPolicy').map(([, r]) =>
      String(r.Properties.ManagedPolicyName),
    );
    expect(names).toContain('tourniquet-responder-writes');
    expect(names).toContain('tourniquet-responder-writes-2');
    expect(new Set(names).size).toBe(names.length);
    expect(templatesOf(settings).member).toEqual(organization.member);
  });

  it('say in conditions nothing that only a session policy can fill in', () => {
    for (const [role, statements] of statementsByRole(organization.member))
      for (const { Condition } of statements) expect(JSON.stringify(Condition ?? {}), role).not.toContain('${');
    expect(JSON.stringify(organization.member)).toContain(
      '"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/AWSDenyAll"}',
    );
  });

  it('do not synthesise with a condition that could never be met, or a statement that no policy takes', () => {
    const made = (write: object) => () =>
      templatesOf(
        settings,
        rootWith({ 'lambdas/actions/odd/action.json': { id: 'odd', permissions: { read: [], write: [write] } } }),
      );
    const condition = { StringEquals: { 'ec2:Attribute': '${attribute}' } };
    expect(made({ actions: ['ec2:ModifyInstanceAttribute'], resources: ['${arn}'], conditions: condition })).toThrow(
      'action odd: StringEquals ec2:Attribute = ${attribute} takes no wildcard',
    );
    const many = Array.from({ length: 200 }, (_, n) => `arn:\${partition}:s3:::a-bucket-with-a-long-name-${n}`);
    expect(made({ actions: ['s3:PutBucketTagging'], resources: many })).toThrow(
      /one statement has \d+ characters and a managed policy takes 6144; declare s3:PutBucketTagging/,
    );
  });
});

describe('the responder', () => {
  const statements = statementsByRole(organization.member).get('tourniquet-responder') ?? [];
  const denies = new Map(statements.filter((s) => s.Effect === 'Deny').map((s) => [s.Sid, s]));

  it('is denied everything but reading on protected principals, service roles and our own roles', () => {
    const deny = denies.get('ProtectedPrincipals');
    expect(deny?.NotAction).toEqual(['iam:Get*', 'iam:List*', 'iam:Generate*', 'iam:Simulate*']);
    expect(flat(deny?.Resource)).toEqual([
      'arn:aws:iam::AWS::AccountId:role/aws-reserved/*',
      'arn:aws:iam::AWS::AccountId:role/tourniquet-*',
      'arn:aws:iam::AWS::AccountId:policy/tourniquet-*',
      'arn:aws:iam::111122223333:role/break-glass*',
      'arn:aws:iam::111122223333:user/break-glass*',
    ]);
    expect(deny?.Condition).toBeUndefined();
    const linked = denies.get('ServiceLinkedRoles');
    expect(linked?.NotAction).toEqual([...list(deny?.NotAction), 'iam:PassRole']);
    expect(flat(linked?.Resource)).toEqual(['arn:aws:iam::AWS::AccountId:role/aws-service-role/*']);
    expect(linked?.Condition).toBeUndefined();
  });

  it('hands a role only to the one service that its action names', () => {
    const passing = allowed(statements).filter(({ action }) => action === 'iam:PassRole');
    expect(passing.length).toBeGreaterThan(0);
    for (const { statement } of passing)
      expect(statement.Condition?.StringEquals?.['iam:PassedToService']).toMatch(/^[a-z0-9-]+\.amazonaws\.com$/);
  });

  it.each(['organization', 'trial'] as const)('is denied the vault and the case bucket by ARN (%s)', (shape) => {
    const found = statementsByRole(shapes[shape].member)
      .get('tourniquet-responder')
      ?.find((s) => s.Sid === 'EvidenceAndCases');
    const buckets = [
      ...resources(shapes[shape].forensics, 'AWS::S3::Bucket'),
      ...resources(shapes[shape].response, 'AWS::S3::Bucket'),
    ];
    const names = buckets.map(([, bucket]) => `arn:aws:s3:::${bucket.Properties.BucketName}`);
    expect(names).toHaveLength(4);
    expect(found?.Action).toBe('s3:*');
    expect(new Set(flat(found?.Resource))).toEqual(new Set([...names, ...names.map((name) => `${name}/*`)]));
  });

  it('may attach and detach the full deny and no other policy', () => {
    expect(denies.get('OnlyTheFullDeny')).toMatchObject({
      Action: ['iam:AttachUserPolicy', 'iam:DetachUserPolicy', 'iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
      Resource: '*',
      Condition: { ArnNotEquals: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AWSDenyAll' } },
    });
  });

  it('may write only in the member account, whatever a bucket ARN leaves open', () => {
    const declared = resources(organization.member, 'AWS::IAM::ManagedPolicy')
      .filter(([, r]) => /^tourniquet-responder-writes(?:-\d+)?$/.test(String(r.Properties.ManagedPolicyName)))
      .flatMap(([, r]) => document(r.Properties.PolicyDocument));
    expect(declared.length).toBeGreaterThan(0);
    for (const statement of declared.filter((s) => !flat(s.Resource).includes('*')))
      expect(statement.Condition?.StringEquals?.['aws:ResourceAccount']).toEqual({ Ref: 'AWS::AccountId' });
  });

  it('does not synthesise for an action that could attach any policy', () => {
    const from = rootWith({
      'lambdas/actions/attach-anything/action.json': {
        id: 'attach-anything',
        permissions: { read: [], write: [{ actions: ['iam:AttachUserPolicy'], resources: ['*'] }] },
      },
    });
    expect(() => templatesOf(settings, from)).toThrow('attach-anything: iam:AttachUserPolicy without the condition');
  });

  it('gets what a new action folder declares, and nothing else changes hands', () => {
    const from = rootWith({
      'lambdas/actions/stop-logging-gap/action.json': {
        id: 'stop-logging-gap',
        permissions: {
          read: [{ actions: ['s3:GetBucketLogging'], resources: ['${arn}'] }],
          write: [{ actions: ['s3:PutBucketLogging'], resources: ['${arn}'] }],
        },
      },
    });
    const roles = statementsByRole(templatesOf(settings, from).member);
    const may = (role: string) => allowed(roles.get(role) ?? []).map(({ action }) => action);
    expect(may('tourniquet-observer')).toContain('s3:GetBucketLogging');
    expect(may('tourniquet-observer')).not.toContain('s3:PutBucketLogging');
    expect(may('tourniquet-responder')).toContain('s3:PutBucketLogging');
  });
});

describe.each(Object.keys(shapes) as (keyof typeof shapes)[])('no role (%s)', (shape) => {
  const roles = Object.values(shapes[shape]).flatMap((template) => [...statementsByRole(template)]);

  it('may delete or update a record, delete an object, or go around a retention', () => {
    const never =
      /^(?:\*|dynamodb:(?:\*|DeleteItem|UpdateItem|BatchWriteItem|PartiQL.*)|s3:(?:\*|DeleteObject.*|BypassGovernanceRetention))$/;
    for (const [role, statements] of roles)
      for (const { action } of allowed(statements))
        expect(`${role} ${action}`).not.toMatch(new RegExp(` ${never.source.slice(1)}`));
  });

  it('has a service wildcard', () => {
    for (const [role, statements] of roles)
      for (const { action } of allowed(statements)) expect(`${role} ${action}`).not.toContain('*');
  });

  it('writes to everything without a condition, but where IAM leaves no choice', () => {
    const read = /:(?:Get|List|Describe|Lookup|Simulate)/;
    const noResourceType = new RegExp(
      `^(?:${[
        'states:SendTask',
        'logs:(?:Create|Update|Delete)LogDelivery',
        'logs:PutResourcePolicy',
        'xray:Put',
        's3:PutAccountPublicAccessBlock',
        'ec2:(?:Enable|Disable)(?:Image|Snapshot)BlockPublicAccess',
        'config:(?:Put|Delete)DeliveryChannel',
        'guardduty:CreateDetector',
      ].join('|')})`,
    );
    for (const [role, statements] of roles)
      for (const { action, statement } of allowed(statements)) {
        if (!flat(statement.Resource).includes('*') || statement.Condition) continue;
        expect(`${role}: ${action}`).toSatisfy(() => read.test(action) || noResourceType.test(action));
      }
  });

  it('carries an inline policy', () => {
    for (const template of Object.values(shapes[shape])) {
      expect(resources(template, 'AWS::IAM::Policy')).toEqual([]);
      for (const [, role] of resources(template, 'AWS::IAM::Role')) expect(role.Properties.Policies).toBeUndefined();
    }
  });
});

/** Resources as text, references by their name. */
function flat(resource: unknown): string[] {
  return list(resource).map((one) => {
    if (typeof one === 'string') return one;
    const [, parts] = (one as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'] ?? ['', [JSON.stringify(one)]];
    return parts
      .map((part) => (typeof part === 'string' ? part : ((part as { Ref?: string }).Ref ?? JSON.stringify(part))))
      .join('');
  });
}
