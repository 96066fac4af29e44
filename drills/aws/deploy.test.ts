import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { deploy, type Synthesised } from './deploy.ts';
import { account, region, sample } from './sampleStack.ts';
import { World } from './world.ts';

const now = () => Temporal.Instant.from('2026-11-22T03:00:00Z');

/** Deploys resources alone in a stack `S`; `rest` are further sections of the template. */
function deployOnly(Resources: object, rest: object = {}, more: Synthesised[] = []) {
  const world = new World(now);
  return { world, ...deploy(world, [{ stackName: 'S', account, region, template: { Resources, ...rest } }, ...more]) };
}

const topicNamed = (TopicName: unknown) => ({ Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName } } });
const nameOf = (TopicName: unknown, rest: object = {}, resources: object = {}) =>
  [...deployOnly({ ...topicNamed(TopicName), ...resources }, rest).topics.values()][0]?.name;

describe('an intrinsic function', () => {
  const queue = { Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q' } } };
  const rest = {
    Parameters: { Stage: { Type: 'String', Default: 'prod' } },
    Conditions: {
      IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
      Both: { 'Fn::And': [{ Condition: 'IsProd' }, { 'Fn::Not': [{ 'Fn::Equals': ['a', 'a'] }] }] },
      Either: { 'Fn::Or': [{ Condition: 'Both' }, { Condition: 'IsProd' }] },
    },
  };
  it.each<[unknown, string]>([
    [{ Ref: 'Stage' }, 'prod'],
    [{ Ref: 'AWS::Region' }, region],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'AWS::AccountId' }]] }, `a-${account}`],
    [{ 'Fn::Sub': '${AWS::StackName}-${Stage}-${!Stage}' }, 'S-prod-${Stage}'],
    [{ 'Fn::Sub': ['${Own}-${Queue.QueueName}', { Own: { Ref: 'Stage' } }] }, 'prod-q'],
    [{ 'Fn::Select': [5, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Queue', 'Arn'] }] }] }, 'q'],
    [{ 'Fn::If': ['IsProd', 'yes', 'no'] }, 'yes'],
    [{ 'Fn::If': ['Both', 'yes', 'no'] }, 'no'],
    [{ 'Fn::If': ['Either', 'yes', 'no'] }, 'yes'],
    [{ 'Fn::If': ['Both', 'yes', { Ref: 'AWS::NoValue' }] }, 'S-Topic'],
  ])('%j is %s', (value, expected) => {
    expect(nameOf(value, rest, queue)).toBe(expected);
  });

  it.each<[unknown, string]>([
    [{ 'Fn::FindInMap': ['a', 'b', 'c'] }, 'Fn::FindInMap'],
    [{ 'Fn::GetAtt': ['Queue', 'Colour'] }, "'Colour' of 'Queue'"],
    [{ Ref: 'Odd' }, 'AWS::Odd::Thing'],
    [{ Ref: 'Missing' }, "'Missing'"],
    [{ 'Fn::ImportValue': 'Missing' }, "exports 'Missing'"],
  ])('%j stops the deployment and is named', (value, message) => {
    expect(() => nameOf(value, rest, { ...queue, Odd: { Type: 'AWS::Odd::Thing' } })).toThrow(message);
  });

  it('that is not read does not matter', () => {
    const Odd = { Type: 'AWS::Odd::Thing', Properties: { Size: { 'Fn::FindInMap': ['a', 'b', 'c'] } } };
    expect(deployOnly({ Odd }).ignored).toEqual([
      { stackName: 'S', logicalId: 'Odd', type: 'AWS::Odd::Thing', account, region },
    ]);
  });

  it('imports what another stack of the account and Region exports', () => {
    const exporter = {
      stackName: 'T',
      account,
      region,
      template: { Resources: {}, Outputs: { Name: { Value: 'shared', Export: { Name: 'T:Name' } } } },
    };
    const made = deployOnly(topicNamed({ 'Fn::ImportValue': 'T:Name' }), {}, [exporter]);
    expect([...made.topics.values()][0]?.name).toBe('shared');
    expect(() =>
      deployOnly(topicNamed({ 'Fn::ImportValue': 'T:Name' }), {}, [{ ...exporter, region: 'eu-west-1' }]),
    ).toThrow("'T:Name'");
  });
});

describe('a deployment', () => {
  const trust = { Version: '2012-10-17', Statement: [] };
  const document = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }] };
  const role = (more: object = {}) => ({
    Type: 'AWS::IAM::Role',
    Properties: { AssumeRolePolicyDocument: trust, ...more },
  });

  it('gives a role the policies of its own, those beside it and the managed ones', () => {
    const { world } = deployOnly({
      Role: role({
        Path: '/a/',
        MaxSessionDuration: '7200',
        Policies: [{ PolicyName: 'own', PolicyDocument: document }],
      }),
      Beside: {
        Type: 'AWS::IAM::Policy',
        Properties: { PolicyName: 'beside', PolicyDocument: document, Roles: [{ Ref: 'Role' }] },
      },
      Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: document, Roles: [{ Ref: 'Role' }] } },
      Other: role({
        RoleName: 'other',
        ManagedPolicyArns: [{ Ref: 'Managed' }, { 'Fn::Sub': 'arn:${AWS::Partition}:iam::aws:policy/AWSDenyAll' }],
      }),
    });
    const made = world.role(`arn:aws:iam::${account}:role/a/S-Role`);
    expect(made?.inline.effective).toEqual({ own: JSON.stringify(document), beside: JSON.stringify(document) });
    expect(made?.attached.effective).toEqual([`arn:aws:iam::${account}:policy/S-Managed`]);
    expect(made?.maxSessionDuration).toBe(7200);
    expect(world.managedPolicy(account, `arn:aws:iam::${account}:policy/S-Managed`)).toBe(JSON.stringify(document));
    expect(world.role(`arn:aws:iam::${account}:role/other`)?.attached.effective).toHaveLength(2);
  });

  it.each<[string, object, string]>([
    [
      'a managed policy of AWS whose text is unknown',
      { Role: role({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/Odd'] }) },
      'managed-policies.ts',
    ],
    [
      'a policy of a role that no stack has',
      { P: { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'p', PolicyDocument: document, Roles: ['ghost'] } } },
      'ghost',
    ],
    ['an IAM resource that could hide a grant', { U: { Type: 'AWS::IAM::User', Properties: {} } }, 'AWS::IAM::User'],
    [
      'a role with an unreadable form',
      { Role: { Type: 'AWS::IAM::Role', Properties: {} } },
      'AssumeRolePolicyDocument',
    ],
    [
      'a bucket with an ACL',
      { B: { Type: 'AWS::S3::Bucket', Properties: { AccessControl: 'PublicRead' } } },
      'AccessControl',
    ],
    [
      'a policy of a queue that no stack has',
      { P: { Type: 'AWS::SQS::QueuePolicy', Properties: { PolicyDocument: document, Queues: ['u'] } } },
      "'P'",
    ],
  ])('refuses %s', (_what, resources, message) => {
    expect(() => deployOnly(resources)).toThrow(message);
  });

  it('finds a key by its id, ARN and alias, and leaves the keys that AWS manages alone', () => {
    const Key = { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: document } };
    const Alias = {
      Type: 'AWS::KMS::Alias',
      Properties: { AliasName: 'alias/own', TargetKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } },
    };
    const under = (KmsMasterKeyId: unknown) => {
      const { topics, world } = deployOnly({
        Key,
        Alias,
        Topic: { Type: 'AWS::SNS::Topic', Properties: { KmsMasterKeyId } },
      });
      const used = [...topics.values()][0]?.keyArn;
      return used === undefined ? 'none' : [...world.account(account).keys.keys()].indexOf(used);
    };
    for (const name of [{ Ref: 'Key' }, { 'Fn::GetAtt': ['Key', 'Arn'] }, { Ref: 'Alias' }, 'alias/own'])
      expect(under(name)).toBe(0);
    expect(under({ 'Fn::Sub': 'arn:aws:kms:${AWS::Region}:${AWS::AccountId}:alias/own' })).toBe(0);
    expect(under('alias/aws/sns')).toBe('none');
    expect(() => under('alias/other')).toThrow('alias/other');
  });

  it('closes a bucket that says nothing about public access, as S3 does', () => {
    const { world, ref } = deployOnly({
      Bucket: { Type: 'AWS::S3::Bucket', Properties: {} },
      Policy: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: { Ref: 'Bucket' }, PolicyDocument: document } },
      Open: { Type: 'AWS::S3::Bucket', Properties: { PublicAccessBlockConfiguration: { BlockPublicAcls: 'true' } } },
    });
    const flags = (name: string) => Object.values(world.bucket(ref('S', name))?.publicAccessBlock.effective ?? {});
    expect(flags('Bucket')).toEqual([true, true, true, true]);
    expect(flags('Open')).toEqual([true, false, false, false]);
    expect(world.bucket('s-bucket')?.policy.effective).toBe(JSON.stringify(document));
  });

  it('leaves out what a false condition leaves out', () => {
    const conditions = { Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } } };
    const Topic = { ...topicNamed('t').Topic, Condition: 'Never' };
    expect(deployOnly({ Topic }, conditions).topics.size).toBe(0);
  });

  it('gives names that are short enough, and different', () => {
    const long = (end: string) => `${'Long'.repeat(20)}${end}`;
    const { functions } = deployOnly({
      Role: role(),
      ...Object.fromEntries(
        ['A', 'B'].map((end) => [
          long(end),
          { Type: 'AWS::Lambda::Function', Properties: { Role: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
        ]),
      ),
    });
    const names = [...functions.keys()];
    expect(new Set(names).size).toBe(2);
    expect(names.every((name) => name.length <= 64)).toBe(true);
  });

  it('refuses a definition with a placeholder that has no substitution', () => {
    const machine = (DefinitionSubstitutions: object) => ({
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: { RoleArn: 'arn', DefinitionString: '{"a":"${Act}"}', DefinitionSubstitutions },
    });
    expect(() => deployOnly({ M: machine({ Plan: 'x' }) })).toThrow('${Act} has no substitution; it has Plan');
    expect(deployOnly({ M: machine({ Act: 'x' }) }).machines.get('S-M')?.definition).toBe('{"a":"x"}');
  });

  it('names the outputs that there are when asked for another', () => {
    const made = deployOnly(topicNamed('t'), { Outputs: { Topic: { Value: { Ref: 'Topic' } } } });
    expect(made.output('S', 'Topic')).toBe(`arn:aws:sns:${region}:${account}:t`);
    expect(() => made.output('S', 'Queue')).toThrow('it has Topic');
    expect(() => made.output('T', 'Queue')).toThrow('deployed: S');
  });
});

it('deploys the sample that the other tests use, twice the same', () => {
  const [a, b] = [new World(now), new World(now)];
  deploy(a, [sample]);
  deploy(b, [sample]);
  expect(a.snapshot()).toEqual(b.snapshot());
});
