import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import {
  App,
  aws_dynamodb,
  aws_events,
  aws_events_targets,
  aws_iam,
  aws_kms,
  aws_lambda,
  aws_lambda_event_sources,
  aws_s3,
  aws_ses,
  aws_sns,
  aws_sqs,
  aws_stepfunctions,
  Duration,
  Stack,
} from 'aws-cdk-lib';
import { Temporal } from 'temporal-polyfill';
import { beforeAll, describe, expect, it } from 'vitest';
import { SimulatedAws } from './aws.ts';
import { route } from './bus.ts';
import { type Deployment, deploy, type Synthesised } from './deploy.ts';
import { platformServices } from './platform.ts';
import { account, region, StillExecutions } from './sampleStack.ts';
import { mailKey } from './sesv2.ts';
import { World } from './world.ts';

const now = () => Temporal.Instant.from('2026-11-22T03:00:00Z');
const env = { account, region };

/** One stack as the product writes them, with the constructs of the CDK and their own grants. */
function synthesise(): Synthesised {
  const app = new App();
  const stack = new Stack(app, 'Response', { env });
  const key = new aws_kms.Key(stack, 'Key');
  const table = new aws_dynamodb.TableV2(stack, 'Table', {
    partitionKey: { name: 'pk', type: aws_dynamodb.AttributeType.STRING },
    sortKey: { name: 'sk', type: aws_dynamodb.AttributeType.STRING },
    encryption: aws_dynamodb.TableEncryptionV2.customerManagedKey(key),
    dynamoStream: aws_dynamodb.StreamViewType.NEW_IMAGE,
    globalSecondaryIndexes: [
      {
        indexName: 'due',
        partitionKey: { name: 'duePartition', type: aws_dynamodb.AttributeType.STRING },
        sortKey: { name: 'due', type: aws_dynamodb.AttributeType.STRING },
      },
    ],
  });
  const intake = new aws_lambda.Function(stack, 'Intake', {
    runtime: aws_lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: aws_lambda.Code.fromInline('exports.handler = async () => {}'),
    environment: { TABLE: table.tableName },
    timeout: Duration.seconds(20),
  });
  table.grant(intake, 'dynamodb:PutItem');
  const dead = new aws_sqs.Queue(stack, 'Dead', { encryptionMasterKey: key });
  const queue = new aws_sqs.Queue(stack, 'Findings', {
    deadLetterQueue: { queue: dead, maxReceiveCount: 3 },
    visibilityTimeout: Duration.minutes(2),
  });
  intake.addEventSource(new aws_lambda_event_sources.SqsEventSource(queue, { reportBatchItemFailures: true }));
  new aws_events.Rule(stack, 'Rule', {
    eventPattern: { source: ['aws.guardduty'], detailType: ['GuardDuty Finding'] },
    targets: [new aws_events_targets.SqsQueue(queue, { deadLetterQueue: dead })],
  });
  new aws_events.Rule(stack, 'Tick', {
    schedule: aws_events.Schedule.rate(Duration.minutes(5)),
    targets: [new aws_events_targets.LambdaFunction(intake)],
  });
  new aws_stepfunctions.StateMachine(stack, 'Respond', {
    stateMachineName: 'respond',
    definitionBody: aws_stepfunctions.DefinitionBody.fromString(
      '{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"${Intake}","End":true}}}',
    ),
    definitionSubstitutions: { Intake: intake.functionArn },
  });
  new aws_s3.Bucket(stack, 'Vault', {
    encryptionKey: key,
    enforceSSL: true,
    blockPublicAccess: aws_s3.BlockPublicAccess.BLOCK_ALL,
    objectLockDefaultRetention: aws_s3.ObjectLockRetention.governance(Duration.days(2557)),
  });
  const topic = new aws_sns.Topic(stack, 'OnCall', { masterKey: key, enforceSSL: true });
  topic.grantPublish(intake);
  const staff = new aws_ses.ConfigurationSet(stack, 'Staff', { tlsPolicy: aws_ses.ConfigurationSetTlsPolicy.REQUIRE });
  new aws_ses.EmailIdentity(stack, 'Mail', {
    identity: aws_ses.Identity.domain('clinic.example'),
    configurationSet: staff,
  });
  new aws_iam.Role(stack, 'Reader', {
    roleName: 'reader',
    assumedBy: new aws_iam.AccountPrincipal('444455556666'),
    externalIds: ['x'],
  });
  return { stackName: 'Response', account, region, template: app.synth().getStackByName('Response').template };
}

describe('a stack synthesised by the CDK', () => {
  let source: Synthesised;
  let world: World;
  let made: Deployment;
  beforeAll(() => {
    source = synthesise();
    world = new World(now);
    made = deploy(world, [source]);
  });
  const only = <T>(values: Iterable<T>): T => {
    const [first, ...more] = values;
    if (first === undefined || more.length > 0) throw new Error('not exactly one');
    return first;
  };

  it('has its function, with environment, role and timeout', () => {
    const table = only(made.tables.values());
    const intake = only(made.functions.values());
    expect(intake).toMatchObject({ account, region, timeoutSeconds: 20, environment: { TABLE: table.shape.name } });
    expect(world.role(intake.roleArn)?.attached.effective).toContain(
      'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
    );
  });

  it('has its machine, which knows the function behind each placeholder', () => {
    const machine = only(made.machines.values());
    const intake = only(made.functions.values());
    expect(machine.placeholders).toEqual({ Intake: intake.name });
    expect(JSON.parse(machine.definition).States.A.Resource).toBe(intake.arn);
    expect(machine.source).toContain('${Intake}');
  });

  it('routes a finding to its queue, and the queue feeds its function', () => {
    const queue = [...made.queues.values()].find(({ logicalId }) => logicalId.startsWith('Findings'));
    const dead = [...made.queues.values()].find(({ logicalId }) => logicalId.startsWith('Dead'));
    const event = { source: 'aws.guardduty', 'detail-type': 'GuardDuty Finding', detail: {} };
    expect(route(event, made.rules)).toEqual([queue?.arn]);
    expect(route({ ...event, 'detail-type': 'Other' }, made.rules)).toEqual([]);
    expect(queue).toMatchObject({ visibilityTimeoutSeconds: 120, deadLetter: { arn: dead?.arn, maxReceiveCount: 3 } });
    expect(queue?.policy).toContain('events.amazonaws.com');
    expect(made.rules.find(({ eventPattern }) => eventPattern)?.targets[0]?.deadLetterArn).toBe(dead?.arn);
    const intake = only(made.functions.keys());
    expect(only(made.mappings)).toMatchObject({
      functionName: intake,
      sourceArn: queue?.arn,
      reportsBatchItemFailures: true,
    });
    expect(made.rules.find(({ scheduleExpression }) => scheduleExpression)?.scheduleExpression).toBe('rate(5 minutes)');
    expect(only(made.permissions)).toMatchObject({ functionName: intake, principal: 'events.amazonaws.com' });
  });

  it('has its vault under lock and key, closed to the public', () => {
    const key = only(world.account(account).keys.values());
    expect(only(world.account(account).buckets.values())).toMatchObject({
      name: expect.stringMatching(/^response-vault/),
      encryption: { keyArn: key.arn },
      objectLock: { rule: { mode: 'GOVERNANCE', days: 2557 } },
      versioning: 'Enabled',
    });
    const bucket = only(world.account(account).buckets.values());
    expect(bucket.publicAccessBlock.effective).toEqual({
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    });
    expect(bucket.policy.effective).toContain('aws:SecureTransport');
  });

  it('has its mail set-up and its topic', () => {
    const configurationSet = expect.stringMatching(/^Response-Staff/);
    expect([...made.mail.identities]).toEqual([[mailKey(account, region, 'clinic.example'), { configurationSet }]]);
    expect(only(made.mail.configurationSets.values())).toEqual({ tlsPolicy: 'REQUIRE' });
    const key = only(world.account(account).keys.values());
    expect(only(made.topics.values())).toMatchObject({
      keyArn: key.arn,
      policy: expect.stringContaining('AllowPublishThroughSSLOnly'),
    });
  });

  it('authorises its function as deployed, and no longer once a grant is taken out of the template', async () => {
    const put = async (synthesised: Synthesised) => {
      const fresh = new World(now);
      const deployment = deploy(fresh, [synthesised]);
      const aws = new SimulatedAws({
        now,
        world: fresh,
        services: platformServices(fresh, deployment, new StillExecutions()),
      });
      const { roleArn, environment } = only(deployment.functions.values());
      const client = aws.client(DynamoDBClient, { region, credentials: fresh.roleCredentials(roleArn, 'intake') });
      await client.send(new PutItemCommand({ TableName: environment.TABLE, Item: marshall({ pk: 'A', sk: 'B' }) }));
      return only(deployment.tables.values()).snapshot();
    };
    expect(await put(source)).toEqual([marshall({ pk: 'A', sk: 'B' })]);
    const without = (action: string) => ({
      ...source,
      template: JSON.parse(JSON.stringify(source.template).replaceAll(action, 'sns:Nothing')),
    });
    for (const action of ['dynamodb:PutItem', 'kms:Decrypt'])
      await expect(put(without(action))).rejects.toThrow(`not authorized to perform: ${action}`);
  });
});
