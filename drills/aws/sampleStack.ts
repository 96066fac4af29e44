import { DynamoDBClient, PutItemCommand, type PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { Temporal } from 'temporal-polyfill';
import { SimulatedAws } from './aws.ts';
import { type Deployment, deploy, type Synthesised } from './deploy.ts';
import type { Table } from './dynamodb/table.ts';
import { platformServices } from './platform.ts';
import { type DescribedExecution, type Executions, executionArn, taskErrors } from './statesClient.ts';
import { type Credentials, World } from './world.ts';

export const account = '111122223333';
export const region = 'us-east-1';

const allow = (Action: string[], Resource: unknown, Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
});

const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};
const viaDynamodb = { StringEquals: { 'kms:ViaService': `dynamodb.${region}.amazonaws.com` } };

/** A stack with one of each that the platform services need; the role `worker` may use all of it, `reader` only GetItem. */
export const sample: Synthesised = {
  stackName: 'Sample',
  account,
  region,
  template: {
    Resources: {
      Key: {
        Type: 'AWS::KMS::Key',
        Properties: {
          KeyPolicy: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { AWS: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root' } },
                Action: 'kms:*',
                Resource: '*',
              },
            ],
          },
        },
      },
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          TableName: 'incidents',
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          AttributeDefinitions: ['pk', 'sk', 'duePartition', 'due'].map((AttributeName) => ({
            AttributeName,
            AttributeType: 'S',
          })),
          GlobalSecondaryIndexes: [
            {
              IndexName: 'due',
              KeySchema: [
                { AttributeName: 'duePartition', KeyType: 'HASH' },
                { AttributeName: 'due', KeyType: 'RANGE' },
              ],
              Projection: { ProjectionType: 'ALL' },
            },
          ],
          StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
          SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } },
        },
      },
      Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'on-call', KmsMasterKeyId: { Ref: 'Key' } } },
      Mail: {
        Type: 'AWS::SES::ConfigurationSet',
        Properties: { Name: 'staff', DeliveryOptions: { TlsPolicy: 'REQUIRE' } },
      },
      Domain: {
        Type: 'AWS::SES::EmailIdentity',
        Properties: {
          EmailIdentity: 'clinic.example',
          ConfigurationSetAttributes: { ConfigurationSetName: { Ref: 'Mail' } },
        },
      },
      WorkerRole: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: 'worker',
          AssumeRolePolicyDocument: trust,
          Policies: [
            {
              PolicyName: 'work',
              PolicyDocument: {
                Version: '2012-10-17',
                Statement: [
                  allow(
                    ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:ConditionCheckItem', 'dynamodb:Query'],
                    [{ 'Fn::GetAtt': ['Table', 'Arn'] }, { 'Fn::Sub': '${Table.Arn}/index/due' }],
                  ),
                  allow(['kms:Decrypt'], { 'Fn::GetAtt': ['Key', 'Arn'] }, viaDynamodb),
                  allow(['sns:Publish'], { Ref: 'Topic' }),
                  allow(
                    ['kms:GenerateDataKey', 'kms:Decrypt'],
                    { 'Fn::GetAtt': ['Key', 'Arn'] },
                    {
                      StringEquals: { 'kms:ViaService': `sns.${region}.amazonaws.com` },
                    },
                  ),
                  allow(
                    ['ses:SendEmail'],
                    [
                      { 'Fn::Sub': 'arn:aws:ses:${AWS::Region}:${AWS::AccountId}:identity/clinic.example' },
                      { 'Fn::Sub': 'arn:aws:ses:${AWS::Region}:${AWS::AccountId}:configuration-set/*' },
                    ],
                  ),
                  allow(['states:*'], '*'),
                ],
              },
            },
          ],
        },
      },
      ReaderRole: {
        Type: 'AWS::IAM::Role',
        Properties: { RoleName: 'reader', AssumeRolePolicyDocument: trust },
      },
      ReaderPolicy: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          PolicyName: 'read',
          Roles: [{ Ref: 'ReaderRole' }],
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              allow(['dynamodb:GetItem', 'dynamodb:Query'], { 'Fn::GetAtt': ['Table', 'Arn'] }),
              allow(['kms:Decrypt'], { 'Fn::GetAtt': ['Key', 'Arn'] }, viaDynamodb),
            ],
          },
        },
      },
      Respond: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          StateMachineName: 'respond',
          RoleArn: { 'Fn::GetAtt': ['WorkerRole', 'Arn'] },
          DefinitionString: '{"StartAt":"End","States":{"End":{"Type":"Succeed"}}}',
        },
      },
    },
  },
};

/** Executions that never move by themselves: tests set `status`. The only live token is `token-1`, `token-late` came too late. */
export class StillExecutions implements Executions {
  readonly executions = new Map<string, DescribedExecution>();
  readonly calls: string[] = [];

  start(machineArn: string, name: string, input: string) {
    const startDate = new Date('2026-11-22T00:00:00Z');
    const arn = executionArn(machineArn, name);
    this.executions.set(arn, { name, status: 'RUNNING', input, startDate });
    this.calls.push(`start ${name}`);
    return { executionArn: arn, startDate };
  }

  describe(arn: string): DescribedExecution | undefined {
    return this.executions.get(arn);
  }

  succeed(token: string, output: string): void {
    this.#token(token);
    this.calls.push(`succeed ${output}`);
  }

  fail(token: string, error: string, cause: string): void {
    this.#token(token);
    this.calls.push(`fail ${error} ${cause}`);
  }

  stop(arn: string): void {
    const execution = this.executions.get(arn);
    if (execution) execution.status = 'ABORTED';
  }

  #token(token: string): void {
    if (token === 'token-late') throw taskErrors.timedOut();
    if (token !== 'token-1') throw taskErrors.doesNotExist();
  }
}

export interface SampleStage {
  aws: SimulatedAws;
  deployment: Deployment;
  executions: StillExecutions;
  clock: { now: Temporal.Instant };
  worker: Credentials;
  reader: Credentials;
}

/** The sample stack, deployed and answering SDK clients, with a clock that a test moves. */
export function sampleStage(): SampleStage {
  const clock = { now: Temporal.Instant.from('2026-11-22T03:00:00Z') };
  const now = () => clock.now;
  const world = new World(now);
  const deployment = deploy(world, [sample]);
  const executions = new StillExecutions();
  const aws = new SimulatedAws({ now, world, services: platformServices(world, deployment, executions) });
  const credentials = (role: string) => world.roleCredentials(`arn:aws:iam::${account}:role/${role}`, 'test');
  return { aws, deployment, executions, clock, worker: credentials('worker'), reader: credentials('reader') };
}

export const TableName = 'incidents';

/** The sample stage with its table and a client of it that may use all of it. */
export function tableStage(): SampleStage & { table: Table; client: DynamoDBClient } {
  const made = sampleStage();
  const table = made.deployment.tables.get(`arn:aws:dynamodb:${region}:${account}:table/${TableName}`);
  if (!table) throw new Error('the sample stack has no table');
  return { ...made, table, client: made.aws.client(DynamoDBClient, { region, credentials: made.worker }) };
}

/** PutItem of a plain object into the sample table. */
export function put(item: object, more: Partial<PutItemCommandInput> = {}): PutItemCommand {
  return new PutItemCommand({ TableName, Item: marshall(item), ...more });
}
