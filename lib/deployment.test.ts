import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { readDeclarations } from './declarations.ts';
import {
  appOf,
  codeOf,
  document,
  exampleSettings,
  list,
  resources,
  root,
  rootWith,
  type Template as Synthesised,
  statementsByRole,
  templatesOf,
} from './deployment.fixture.ts';
import { flags } from './flags.ts';
import { ResponseStack } from './response-stack.ts';

const settings = await exampleSettings('organization');
const templates = templatesOf(settings);

/** The drill deploys these files into its simulated AWS: they are what is deployed, but for the hash of the code. */
function comparable(template: Synthesised): string {
  const text = JSON.stringify(template, null, 2).replace(/"[0-9a-f]{64}\.zip"/g, '"code.zip"');
  return `${text}\n`;
}

describe('the synthesised templates', () => {
  it.each(Object.entries(templates))('are the ones that the drill deploys: %s', async (name, template) => {
    await expect(comparable(template)).toMatchFileSnapshot(join(root, `drills/templates/${name}.template.json`));
  });

  it('stand each in its account and Region', () => {
    const where = appOf(settings)
      .synth()
      .stacks.map((stack) => [stack.id, stack.environment.account, stack.environment.region]);
    expect(where).toEqual([
      ['tourniquet-forensics', '333333333333', 'us-east-1'],
      ['tourniquet-management', '777777777777', 'us-east-1'],
      ['tourniquet-member-northwind-clinic', '111122223333', 'us-east-1'],
      ['tourniquet-response', '222222222222', 'us-east-1'],
    ]);
  });

  it('name, in every policy, resources of the response account that are there', () => {
    const text = JSON.stringify(templates.response);
    const named = (service: string) => [
      ...text.matchAll(new RegExp(`arn:aws:${service}:us-east-1:222222222222:(?:stateMachine:|table/)?([\\w-]+)`, 'g')),
    ];
    const there = new Set(
      Object.values(templates.response.Resources).flatMap(({ Properties = {} }) =>
        ['StateMachineName', 'TableName', 'TopicName'].map((name) => Properties[name]),
      ),
    );
    for (const service of ['states', 'dynamodb', 'sns'])
      for (const [arn, name] of named(service)) if (name !== 'execution') expect(there, arn).toContain(name);
  });
});

describe('a trial in a single account', () => {
  it("says that evidence is within the attacker's reach; an organization is not told so", async () => {
    const warnings = (app: ReturnType<typeof appOf>) =>
      app.node
        .findAll()
        .flatMap((c) => c.node.metadata)
        .filter((m) => m.type === 'aws:cdk:warning')
        .map((m) => String(m.data));
    expect(warnings(appOf(await exampleSettings('trial')))).toEqual([
      expect.stringContaining("within the attacker's reach"),
    ]);
    expect(warnings(appOf(settings))).toEqual([]);
  });

  it('keeps all three stacks in that account', async () => {
    const stacks = appOf(await exampleSettings('trial')).synth().stacks;
    expect(new Set(stacks.map((stack) => stack.environment.account))).toEqual(new Set(['444455556666']));
    expect(stacks).toHaveLength(3);
  });
});

describe('a function', () => {
  it('with a use that nobody knows does not synthesise, and the choices are named', () => {
    const declared = { promise: 'p', trigger: 'machine', timeoutSeconds: 9, memoryMb: 128 };
    const of = (uses: string[]) => rootWith({ 'lambdas/extra/function.json': { ...declared, uses } });
    expect(() => templatesOf(settings, of(['table:delete']))).toThrow(
      /lambdas\/extra\/function\.json: unknown use "table:delete"; choose of table:read, .*start:respond/,
    );
    expect(() => templatesOf(settings, of(['start:respnd']))).toThrow('unknown use "start:respnd"');
    expect(() => templatesOf(settings, of(['constructor']))).toThrow('unknown use "constructor"');
  });

  it('with a trigger that nobody knows does not synthesise', () => {
    const from = rootWith({
      'lambdas/extra/function.json': { promise: 'p', trigger: 'cron', timeoutSeconds: 9, memoryMb: 128, uses: [] },
    });
    expect(() => templatesOf(settings, from)).toThrow('trigger "cron" is not known; choose one of findings-queue');
  });

  it('gets the rights and variables of what it uses and no others', () => {
    const declared = {
      promise: 'p',
      trigger: 'machine',
      timeoutSeconds: 9,
      memoryMb: 128,
      uses: ['table:read', 'start:respond'],
    };
    const { response } = templatesOf(settings, rootWith({ 'lambdas/extra/function.json': declared }));
    const actions = (statementsByRole(response).get('tourniquet-extra') ?? []).flatMap((s) => list(s.Action));
    expect(new Set(actions)).toEqual(
      new Set([
        'dynamodb:GetItem',
        'dynamodb:Query',
        'kms:Decrypt',
        'kms:GenerateDataKey',
        'states:StartExecution',
        'states:DescribeExecution',
        'logs:CreateLogStream',
        'logs:PutLogEvents',
        'sqs:SendMessage',
      ]),
    );
    const made = resources(response, 'AWS::Lambda::Function').find(
      ([, r]) => r.Properties.FunctionName === 'tourniquet-extra',
    );
    expect(made?.[1].Properties.Environment).toEqual({
      Variables: {
        TABLE: 'tourniquet-records',
        MACHINE_RESPOND: 'arn:aws:states:us-east-1:222222222222:stateMachine:tourniquet-respond',
        PARTITION: 'aws',
        POWERTOOLS_SERVICE_NAME: 'tourniquet',
        POWERTOOLS_METRICS_NAMESPACE: 'Tourniquet',
        POWERTOOLS_LOGGER_LOG_EVENT: 'false',
        POWERTOOLS_LOG_LEVEL: 'INFO',
      },
    });
  });
});

describe('findings', () => {
  it('come in only about our own accounts, in patterns that EventBridge takes, however many accounts there are', () => {
    const [member = { id: '', alias: '', mode: 'approval-required', phi: 'unknown' }] = settings.accounts.members;
    const members = Array.from({ length: 250 }, (_, n) => ({ ...member, id: String(500_000_000_000 + n) }));
    const many = { ...settings, accounts: { ...settings.accounts, members } };
    const stack = new ResponseStack(new App({ context: flags }), 'Many', {
      settings: many,
      declarations: readDeclarations(root),
      codeOf,
    });
    const rules = Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule'));
    const incoming = rules.filter((rule) => rule.Properties.Name.startsWith('tourniquet-findings'));
    const accounts: string[] = incoming.flatMap((rule) => rule.Properties.EventPattern.account);
    for (const rule of incoming) expect(JSON.stringify(rule.Properties.EventPattern).length).toBeLessThanOrEqual(2_048);
    expect(accounts.sort()).toEqual(['222222222222', '333333333333', ...members.map((m) => m.id)].sort());
    expect(new Set(incoming.map((rule) => rule.Properties.Name)).size).toBe(4);
  });

  it('are answered by functions whose rights fit into a managed policy (6,144 characters) with 90 accounts', () => {
    const [member = { id: '', alias: '', mode: 'approval-required', phi: 'unknown' }] = settings.accounts.members;
    const members = Array.from({ length: 90 }, (_, n) => ({ ...member, id: String(500_000_000_000 + n) }));
    const stack = new ResponseStack(new App({ context: flags }), 'Many', {
      settings: { ...settings, accounts: { ...settings.accounts, members } },
      declarations: readDeclarations(root),
      codeOf,
    });
    for (const [, policy] of Object.entries(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy')))
      expect(JSON.stringify(policy.Properties.PolicyDocument).length).toBeLessThanOrEqual(6_144);
  });
});

describe('at rest and on the way', () => {
  it('everything of the response account is under its one key', () => {
    const [[key] = ['']] = resources(templates.response, 'AWS::KMS::Key');
    const under = (type: string, path: (p: Record<string, unknown>) => unknown) =>
      resources(templates.response, type).map(([id, r]) => [id, path(r.Properties)]);
    const logs = under('AWS::Logs::LogGroup', (p) => p.KmsKeyId);
    const queues = under('AWS::SQS::Queue', (p) => p.KmsMasterKeyId);
    const topic = under('AWS::SNS::Topic', (p) => p.KmsMasterKeyId);
    const table = under(
      'AWS::DynamoDB::Table',
      (p) => (p.SSESpecification as { KMSMasterKeyId: unknown }).KMSMasterKeyId,
    );
    for (const [id, used] of [...logs, ...queues, ...topic, ...table])
      expect(used, String(id)).toEqual({ 'Fn::GetAtt': [key, 'Arn'] });
    expect(resources(templates.response, 'AWS::KMS::Key')).toHaveLength(1);
    expect(resources(templates.forensics, 'AWS::KMS::Key')).toHaveLength(1);
  });

  it('mail leaves only over TLS', () => {
    const [[, set] = ['', undefined]] = resources(templates.response, 'AWS::SES::ConfigurationSet');
    expect(set?.Properties).toMatchObject({ Name: 'tourniquet-mail', DeliveryOptions: { TlsPolicy: 'REQUIRE' } });
    const [[, identity] = ['', undefined]] = resources(templates.response, 'AWS::SES::EmailIdentity');
    expect(identity?.Properties.EmailIdentity).toBe('security.example.com');
  });

  it('the records table takes no deletion and no update, from anybody', () => {
    const [[, table] = ['', undefined]] = resources(templates.response, 'AWS::DynamoDB::Table');
    expect(table).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        TableName: 'tourniquet-records',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      },
    });
    const policy = table?.Properties.ResourcePolicy as { PolicyDocument: unknown } | undefined;
    const [deny] = document(policy?.PolicyDocument);
    expect(deny).toMatchObject({ Effect: 'Deny', Principal: { AWS: '*' }, Resource: '*' });
    expect(deny?.Action).toEqual(
      expect.arrayContaining(['dynamodb:DeleteItem', 'dynamodb:UpdateItem', 'dynamodb:BatchWriteItem']),
    );
  });
});
