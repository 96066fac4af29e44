import { Table, type TableShape } from '../dynamodb/table.ts';
import { NotModelled } from '../kernel.ts';
import { mailKey } from '../sesv2.ts';
import type { Topic } from '../sns.ts';
import type {
  DeployedFunction,
  DeployedMachine,
  DeployedMapping,
  DeployedPermission,
  DeployedQueue,
  DeployedRule,
  Deployment,
} from './deployment.ts';
import type { DeclaredResource } from './resource.ts';
import type { KeyLookup } from './security.ts';
import * as shapes from './shapes.ts';

/** A function's name, whether a template names it or its ARN. */
function functionName(reference: string): string {
  return reference.startsWith('arn:') ? (reference.split(':')[6] ?? reference) : reference;
}

function keyNames(schema: readonly { AttributeName: string; KeyType: string }[], where: string) {
  const of = (type: string) => schema.find(({ KeyType }) => KeyType === type)?.AttributeName;
  const [hash, range] = [of('HASH'), of('RANGE')];
  if (hash === undefined || range === undefined) throw new NotModelled(`${where} without hash and range key`);
  return { hash, range };
}

export function table(resource: DeclaredResource, keys: KeyLookup): Table {
  const declared = resource.read(shapes.table);
  const notText = declared.AttributeDefinitions.find(({ AttributeType }) => AttributeType !== 'S');
  if (notText)
    throw new NotModelled(`the key attribute '${notText.AttributeName}' of '${resource.ref}': only strings are`);
  const encryption = declared.Replicas?.[0].SSESpecification ?? declared.SSESpecification;
  const { account, region } = resource.placement;
  const shape: TableShape = {
    name: resource.ref,
    arn: resource.arn,
    account,
    region,
    ...keyNames(declared.KeySchema, resource.logicalId),
    indexes: Object.fromEntries(
      declared.GlobalSecondaryIndexes.map((index) => [index.IndexName, keyNames(index.KeySchema, index.IndexName)]),
    ),
    streamArn: declared.StreamSpecification && resource.stack.identity(resource.logicalId).attributes.StreamArn,
    keyArn: keys(resource, encryption?.KMSMasterKeyId),
  };
  return new Table(shape);
}

export function topic(resource: DeclaredResource, keys: KeyLookup): Topic {
  const { account, region } = resource.placement;
  const keyArn = keys(resource, resource.read(shapes.topic).KmsMasterKeyId);
  return { name: resource.ref.split(':')[5] ?? '', arn: resource.ref, account, region, keyArn };
}

export function queue(resource: DeclaredResource): DeployedQueue {
  const { RedrivePolicy, VisibilityTimeout } = resource.read(shapes.queue);
  return {
    ...resource.placement,
    name: resource.ref.split('/').at(-1) ?? '',
    arn: resource.arn,
    url: resource.ref,
    visibilityTimeoutSeconds: VisibilityTimeout,
    deadLetter: RedrivePolicy && {
      arn: RedrivePolicy.deadLetterTargetArn,
      maxReceiveCount: RedrivePolicy.maxReceiveCount,
    },
  };
}

export function lambdaFunction(resource: DeclaredResource): DeployedFunction {
  const { Role, Environment, Timeout, ReservedConcurrentExecutions } = resource.read(shapes.lambdaFunction);
  return {
    ...resource.placement,
    name: resource.ref,
    arn: resource.arn,
    roleArn: Role,
    environment: Environment?.Variables ?? {},
    timeoutSeconds: Timeout,
    ...(ReservedConcurrentExecutions !== undefined && { reservedConcurrency: ReservedConcurrentExecutions }),
  };
}

/** `functions`: every deployed function by ARN, to name what a placeholder stands for. Throws for a placeholder without value. */
export function stateMachine(resource: DeclaredResource, functions: ReadonlyMap<string, string>): DeployedMachine {
  const { RoleArn, DefinitionString, DefinitionSubstitutions } = resource.read(shapes.stateMachine);
  const definition = DefinitionString.replace(/\$\{([^}]*)\}/g, (whole, name: string) => {
    const value = DefinitionSubstitutions[name];
    if (value === undefined)
      throw new RangeError(
        `state machine '${resource.logicalId}': ${whole} has no substitution; it has ${Object.keys(DefinitionSubstitutions).join(', ') || 'none'}`,
      );
    return value;
  });
  JSON.parse(definition);
  return {
    ...resource.placement,
    name: resource.arn.split(':')[6] ?? '',
    arn: resource.arn,
    roleArn: RoleArn,
    definition,
    source: DefinitionString,
    placeholders: Object.fromEntries(
      Object.entries(DefinitionSubstitutions).map(([name, value]) => [name, functions.get(value) ?? value]),
    ),
  };
}

export function rule(resource: DeclaredResource): DeployedRule {
  const declared = resource.read(shapes.rule);
  return {
    ...resource.placement,
    name: resource.ref,
    arn: resource.arn,
    bus: declared.EventBusName.split('/').at(-1) ?? 'default',
    eventPattern: declared.EventPattern,
    scheduleExpression: declared.ScheduleExpression,
    enabled: declared.State === 'ENABLED',
    targets: declared.Targets.map((target) => ({
      id: target.Id,
      arn: target.Arn,
      roleArn: target.RoleArn,
      input: target.Input,
      inputPath: target.InputPath,
      inputTransformer: target.InputTransformer,
      deadLetterArn: target.DeadLetterConfig?.Arn,
    })),
  };
}

export function mapping(resource: DeclaredResource): DeployedMapping {
  const declared = resource.read(shapes.eventSourceMapping);
  return {
    ...resource.placement,
    functionName: functionName(declared.FunctionName),
    sourceArn: declared.EventSourceArn,
    batchSize: declared.BatchSize,
    enabled: declared.Enabled,
    filters: declared.FilterCriteria?.Filters.map(({ Pattern }) => Pattern) ?? [],
    reportsBatchItemFailures: declared.FunctionResponseTypes.includes('ReportBatchItemFailures'),
    maximumRetryAttempts: declared.MaximumRetryAttempts,
    maximumConcurrency: declared.ScalingConfig?.MaximumConcurrency,
    onFailureArn: declared.DestinationConfig?.OnFailure?.Destination,
  };
}

export function permission(resource: DeclaredResource): DeployedPermission {
  const { FunctionName, Action, Principal, SourceArn } = resource.read(shapes.permission);
  return {
    ...resource.placement,
    functionName: functionName(FunctionName),
    action: Action,
    principal: Principal,
    sourceArn: SourceArn,
  };
}

/** Verified identities and configuration sets. */
export function mailSetup(resources: readonly DeclaredResource[]): Deployment['mail'] {
  const identities = new Map<string, { configurationSet?: string }>();
  const configurationSets = new Map<string, { tlsPolicy?: string; events?: string[] }>();
  for (const resource of resources) {
    const { account, region } = resource.placement;
    if (resource.type === 'AWS::SES::EmailIdentity') {
      const set = resource.read(shapes.emailIdentity).ConfigurationSetAttributes?.ConfigurationSetName;
      identities.set(mailKey(account, region, resource.ref), { configurationSet: set });
    } else if (resource.type === 'AWS::SES::ConfigurationSet') {
      const tlsPolicy = resource.read(shapes.configurationSet).DeliveryOptions?.TlsPolicy;
      const key = mailKey(account, region, resource.ref);
      configurationSets.set(key, { ...configurationSets.get(key), tlsPolicy });
    } else if (resource.type === 'AWS::SES::ConfigurationSetEventDestination') {
      const { ConfigurationSetName, EventDestination } = resource.read(shapes.eventDestination);
      const key = mailKey(account, region, ConfigurationSetName);
      configurationSets.set(key, { ...configurationSets.get(key), events: EventDestination.MatchingEventTypes });
    }
  }
  return { identities, configurationSets };
}
