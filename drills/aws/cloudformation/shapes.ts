import { z } from 'zod';
import { json } from '../../../lambdas/core/json.ts';

/** The properties that the deployment reads, with intrinsic functions resolved. CloudFormation takes numbers and booleans as text too. */
const document = z.record(z.string(), json);
const flag = z.union([z.boolean(), z.stringbool()]);
const count = z.coerce.number().int();
const schema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));
const policies = z.array(z.object({ PolicyName: z.string(), PolicyDocument: document }));
const noOne = z.array(z.never(), 'policies for users or groups are not modelled').optional();
const encryptionKey = z.object({ KMSMasterKeyId: z.string().optional() });

export const role = z.object({
  AssumeRolePolicyDocument: document,
  Policies: policies.default([]),
  ManagedPolicyArns: z.array(z.string()).default([]),
  Path: z.string().optional(),
  PermissionsBoundary: z.string().optional(),
  MaxSessionDuration: count.optional(),
});

export const policy = z.object({
  PolicyName: z.string(),
  PolicyDocument: document,
  Roles: z.array(z.string()).default([]),
  Users: noOne,
  Groups: noOne,
});

export const managedPolicy = policy.omit({ PolicyName: true });

export const organizationPolicy = z.object({
  Name: z.string(),
  Type: z.literal('SERVICE_CONTROL_POLICY'),
  Content: document,
  Description: z.string().optional(),
  TargetIds: z.array(z.never(), 'attached from the template: not modelled').optional(),
});

export const bucket = z.object({
  AccessControl: z.literal('Private').optional(),
  PublicAccessBlockConfiguration: z
    .object({
      BlockPublicAcls: flag.default(false),
      IgnorePublicAcls: flag.default(false),
      BlockPublicPolicy: flag.default(false),
      RestrictPublicBuckets: flag.default(false),
    })
    .optional(),
  BucketEncryption: z
    .object({
      ServerSideEncryptionConfiguration: z.tuple([
        z.object({
          ServerSideEncryptionByDefault: z.discriminatedUnion('SSEAlgorithm', [
            z.object({ SSEAlgorithm: z.literal('AES256') }),
            z.object({ SSEAlgorithm: z.literal('aws:kms'), KMSMasterKeyID: z.string() }),
          ]),
        }),
      ]),
    })
    .optional(),
  ObjectLockEnabled: flag.default(false),
  ObjectLockConfiguration: z
    .object({
      Rule: z
        .object({
          DefaultRetention: z.object({
            Mode: z.enum(['GOVERNANCE', 'COMPLIANCE']),
            Days: count.optional(),
            Years: count.optional(),
          }),
        })
        .optional(),
    })
    .optional(),
  OwnershipControls: z
    .object({
      Rules: z.tuple([
        z.object({ ObjectOwnership: z.enum(['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter']) }),
      ]),
    })
    .optional(),
  VersioningConfiguration: z.object({ Status: z.enum(['Enabled', 'Suspended']) }).optional(),
  LoggingConfiguration: z
    .object({ DestinationBucketName: z.string().optional(), LogFilePrefix: z.string().default('') })
    .optional(),
});

export const bucketPolicy = z.object({ Bucket: z.string(), PolicyDocument: document });
export const key = z.object({ KeyPolicy: document });
export const alias = z.object({ AliasName: z.string(), TargetKeyId: z.string() });

export const table = z.object({
  KeySchema: schema,
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.string() })),
  GlobalSecondaryIndexes: z
    .array(
      z.object({
        IndexName: z.string(),
        KeySchema: schema,
        Projection: z.object({ ProjectionType: z.literal('ALL', 'only indexes with projection ALL are modelled') }),
      }),
    )
    .default([]),
  LocalSecondaryIndexes: z.array(z.never(), 'local secondary indexes are not modelled').optional(),
  StreamSpecification: z
    .object({ StreamViewType: z.literal('NEW_IMAGE', 'only streams with NEW_IMAGE are modelled') })
    .optional(),
  SSESpecification: encryptionKey.optional(),
  /** of a GlobalTable */
  Replicas: z
    .tuple([z.object({ SSESpecification: encryptionKey.optional() })], 'only one replica is modelled')
    .optional(),
});

export const topic = z.object({ KmsMasterKeyId: z.string().optional(), FifoTopic: z.literal(false).optional() });
export const topicPolicy = z.object({ PolicyDocument: document, Topics: z.array(z.string()) });
export const queuePolicy = z.object({ PolicyDocument: document, Queues: z.array(z.string()) });
export const queue = z.object({
  RedrivePolicy: z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: count }).optional(),
  VisibilityTimeout: count.default(30),
});

export const emailIdentity = z.object({
  ConfigurationSetAttributes: z.object({ ConfigurationSetName: z.string().optional() }).optional(),
});
export const configurationSet = z.object({
  DeliveryOptions: z.object({ TlsPolicy: z.enum(['REQUIRE', 'OPTIONAL']).optional() }).optional(),
});

export const eventDestination = z.object({
  ConfigurationSetName: z.string(),
  EventDestination: z.object({
    Enabled: z.literal(true),
    MatchingEventTypes: z.array(z.string()),
    EventBridgeDestination: z.object({ EventBusArn: z.string().endsWith(':event-bus/default') }),
  }),
});

export const lambdaFunction = z.object({
  Role: z.string(),
  Environment: z.object({ Variables: z.record(z.string(), z.coerce.string()).default({}) }).optional(),
  Timeout: count.default(3),
  ReservedConcurrentExecutions: count.optional(),
});

export const stateMachine = z.object({
  RoleArn: z.string(),
  DefinitionString: z.string('only definitions as text are modelled: DefinitionBody.fromString'),
  DefinitionSubstitutions: z.record(z.string(), z.coerce.string()).default({}),
  StateMachineType: z.literal('STANDARD').default('STANDARD'),
});

export const rule = z.object({
  EventBusName: z.string().default('default'),
  EventPattern: document.optional(),
  ScheduleExpression: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z
    .array(
      z.object({
        Id: z.string(),
        Arn: z.string(),
        RoleArn: z.string().optional(),
        Input: z.string().optional(),
        InputPath: z.string().optional(),
        InputTransformer: document.optional(),
        DeadLetterConfig: z.object({ Arn: z.string() }).optional(),
      }),
    )
    .default([]),
});

export const eventSourceMapping = z.object({
  FunctionName: z.string(),
  EventSourceArn: z.string(),
  BatchSize: count.optional(),
  Enabled: flag.default(true),
  FilterCriteria: z.object({ Filters: z.array(z.object({ Pattern: z.string() })) }).optional(),
  FunctionResponseTypes: z.array(z.string()).default([]),
  MaximumRetryAttempts: count.optional(),
  ScalingConfig: z.object({ MaximumConcurrency: count.optional() }).optional(),
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.string() }).optional() }).optional(),
});

export const permission = z.object({
  FunctionName: z.string(),
  Action: z.string(),
  Principal: z.string(),
  SourceArn: z.string().optional(),
});
