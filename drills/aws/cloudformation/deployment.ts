import type { JsonObject } from '../../../lambdas/core/json.ts';
import type { Pattern } from '../bus.ts';
import type { Table } from '../dynamodb/table.ts';
import type { Outbox } from '../outbox.ts';
import type { MailSetup } from '../sesv2.ts';
import type { Topic } from '../sns.ts';

/** Where a deployed resource is. */
export interface Placement {
  stackName: string;
  logicalId: string;
  account: string;
  region: string;
}

export interface DeployedFunction extends Placement {
  name: string;
  arn: string;
  roleArn: string;
  environment: Record<string, string>;
  timeoutSeconds: number;
  reservedConcurrency?: number;
}

export interface DeployedMachine extends Placement {
  name: string;
  arn: string;
  roleArn: string;
  /** ASL text with every placeholder substituted */
  definition: string;
  /** ASL text as declared */
  source: string;
  /** by placeholder: the name of the deployed function it stands for, else the substituted value */
  placeholders: Record<string, string>;
}

export interface DeployedTarget {
  id: string;
  arn: string;
  roleArn?: string;
  input?: string;
  inputPath?: string;
  inputTransformer?: JsonObject;
  deadLetterArn?: string;
}

export interface DeployedRule extends Placement, Pattern {
  name: string;
  arn: string;
  bus: string;
  eventPattern?: JsonObject;
  scheduleExpression?: string;
  enabled: boolean;
  targets: DeployedTarget[];
}

export interface DeployedQueue extends Placement {
  name: string;
  arn: string;
  url: string;
  visibilityTimeoutSeconds: number;
  deadLetter?: { arn: string; maxReceiveCount: number };
  /** the queue policy's text */
  policy?: string;
}

export interface DeployedMapping extends Placement {
  functionName: string;
  sourceArn: string;
  batchSize?: number;
  enabled: boolean;
  /** JSON texts of the event patterns of FilterCriteria */
  filters: string[];
  reportsBatchItemFailures: boolean;
  maximumRetryAttempts?: number;
  /** invocations at once, for a queue */
  maximumConcurrency?: number;
  onFailureArn?: string;
}

export interface DeployedPermission extends Placement {
  functionName: string;
  action: string;
  principal: string;
  sourceArn?: string;
}

/** What stands after a deployment, beside what is in the world (roles, policies, keys, buckets). */
export interface Deployment {
  /** by name */
  functions: Map<string, DeployedFunction>;
  /** by name */
  machines: Map<string, DeployedMachine>;
  rules: DeployedRule[];
  /** by ARN */
  queues: Map<string, DeployedQueue>;
  /** by ARN */
  topics: Map<string, Topic>;
  /** by ARN */
  tables: Map<string, Table>;
  mail: MailSetup;
  mappings: DeployedMapping[];
  permissions: DeployedPermission[];
  outbox: Outbox;
  /** resources of types that the deployment does not read */
  ignored: (Placement & { type: string })[];
  /** the value of a stack output. Throws RangeError for an unknown one, naming those that exist. */
  output(stackName: string, key: string): string;
  /** what Ref gives for a resource (a bucket's name, a topic's ARN) */
  ref(stackName: string, logicalId: string): string;
}
