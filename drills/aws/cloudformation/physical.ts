import { sha256 } from '../../../lambdas/core/json.ts';

/** What CloudFormation knows of a created resource: the value of Ref and those of Fn::GetAtt. */
export interface Identity {
  ref: string;
  attributes: Record<string, string>;
}

/** What an identity is made from. `property` resolves one property to text. */
export interface Naming {
  stackName: string;
  account: string;
  region: string;
  logicalId: string;
  property(name: string): string | undefined;
}

/** `stack-logicalId`, deterministic; cut to `limit` with a hash so that two long names stay different. */
function generated(n: Naming, limit: number): string {
  const whole = `${n.stackName}-${n.logicalId}`;
  return whole.length <= limit ? whole : `${whole.slice(0, limit - 9)}-${sha256(whole).slice(0, 8)}`;
}

const named = (n: Naming, property: string, limit: number) => n.property(property) ?? generated(n, limit);
const arn = (n: Naming, service: string, rest: string) => `arn:aws:${service}:${n.region}:${n.account}:${rest}`;
const globalArn = (n: Naming, service: string, rest: string) => `arn:aws:${service}::${n.account}:${rest}`;

/** Ref is the name, Arn the only attribute. */
function byName(service: string, resource: string, property: string, limit: number): (n: Naming) => Identity {
  return (n) => {
    const name = named(n, property, limit);
    return { ref: name, attributes: { Arn: arn(n, service, `${resource}${name}`) } };
  };
}

function table(n: Naming): Identity {
  const name = named(n, 'TableName', 255);
  const Arn = arn(n, 'dynamodb', `table/${name}`);
  // a real stream is labelled with its creation time
  return { ref: name, attributes: { Arn, StreamArn: `${Arn}/stream/2026-01-01T00:00:00.000` } };
}

function bucket(n: Naming): Identity {
  const name = n.property('BucketName') ?? generated(n, 63).toLowerCase();
  const attributes = {
    Arn: `arn:aws:s3:::${name}`,
    DomainName: `${name}.s3.amazonaws.com`,
    RegionalDomainName: `${name}.s3.${n.region}.amazonaws.com`,
  };
  return { ref: name, attributes };
}

function key(n: Naming): Identity {
  const id = sha256(`${n.account} ${n.region} ${n.stackName} ${n.logicalId}`).replace(
    /^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/,
    '$1-$2-$3-$4-$5',
  );
  return { ref: id, attributes: { KeyId: id, Arn: arn(n, 'kms', `key/${id}`) } };
}

function managedPolicy(n: Naming): Identity {
  const name = `${n.property('Path') ?? '/'}${named(n, 'ManagedPolicyName', 128)}`;
  const Arn = globalArn(n, 'iam', `policy${name}`);
  return { ref: Arn, attributes: { PolicyArn: Arn } };
}

function role(n: Naming): Identity {
  const name = named(n, 'RoleName', 64);
  return { ref: name, attributes: { Arn: globalArn(n, 'iam', `role${n.property('Path') ?? '/'}${name}`) } };
}

function organizationPolicy(n: Naming): Identity {
  const id = `p-${sha256(`${n.account} ${n.stackName} ${n.logicalId}`).slice(0, 10)}`;
  const Arn = globalArn(n, 'organizations', `policy/${organizationId(n.account)}/service_control_policy/${id}`);
  return { ref: id, attributes: { Arn, Id: id } };
}

/** The organization of a management account that no scenario seeds. */
export const organizationId = (management: string) => `o-${sha256(`organization ${management}`).slice(0, 10)}`;

function topic(n: Naming): Identity {
  const name = named(n, 'TopicName', 256);
  const TopicArn = arn(n, 'sns', name);
  return { ref: TopicArn, attributes: { TopicArn, TopicName: name } };
}

function queue(n: Naming): Identity {
  const name = named(n, 'QueueName', 80);
  const url = `https://sqs.${n.region}.amazonaws.com/${n.account}/${name}`;
  return { ref: url, attributes: { Arn: arn(n, 'sqs', name), QueueName: name, QueueUrl: url } };
}

function stateMachine(n: Naming): Identity {
  const name = named(n, 'StateMachineName', 80);
  const Arn = arn(n, 'states', `stateMachine:${name}`);
  return { ref: Arn, attributes: { Arn, Name: name } };
}

function rule(n: Naming): Identity {
  const name = named(n, 'Name', 64);
  const bus = n.property('EventBusName')?.split('/').at(-1) ?? 'default';
  return { ref: name, attributes: { Arn: arn(n, 'events', `rule/${bus === 'default' ? '' : `${bus}/`}${name}`) } };
}

function httpApi(n: Naming): Identity {
  const id = sha256(`${n.account} ${n.region} ${n.stackName} ${n.logicalId}`).slice(0, 10);
  return {
    ref: id,
    attributes: { ApiId: id, RestApiId: id, ApiEndpoint: `https://${id}.execute-api.${n.region}.amazonaws.com` },
  };
}

const onlyRef = (property: string, limit: number) => (n: Naming) => ({
  ref: named(n, property, limit),
  attributes: {},
});

/** Identity by resource type, as the "Return values" section of each type in the CloudFormation reference says. */
export const identities: Record<string, (n: Naming) => Identity> = {
  'AWS::ApiGateway::RestApi': httpApi,
  'AWS::ApiGatewayV2::Api': httpApi,
  'AWS::CloudWatch::Alarm': byName('cloudwatch', 'alarm:', 'AlarmName', 255),
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::DynamoDB::Table': table,
  'AWS::Events::EventBus': byName('events', 'event-bus/', 'Name', 256),
  'AWS::Events::Rule': rule,
  'AWS::IAM::ManagedPolicy': managedPolicy,
  'AWS::IAM::Role': role,
  'AWS::KMS::Alias': onlyRef('AliasName', 256),
  'AWS::KMS::Key': key,
  'AWS::Lambda::EventSourceMapping': (n) => ({ ref: generated(n, 64), attributes: { Id: generated(n, 64) } }),
  'AWS::Lambda::Function': byName('lambda', 'function:', 'FunctionName', 64),
  'AWS::Logs::LogGroup': (n) => {
    const name = named(n, 'LogGroupName', 512);
    return { ref: name, attributes: { Arn: arn(n, 'logs', `log-group:${name}:*`) } };
  },
  'AWS::Organizations::Policy': organizationPolicy,
  'AWS::S3::Bucket': bucket,
  'AWS::SES::ConfigurationSet': onlyRef('Name', 64),
  'AWS::SES::EmailIdentity': onlyRef('EmailIdentity', 320),
  'AWS::SNS::Topic': topic,
  'AWS::SQS::Queue': queue,
  'AWS::SSM::Parameter': onlyRef('Name', 2048),
  'AWS::StepFunctions::StateMachine': stateMachine,
};
