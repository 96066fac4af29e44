import type { Deployment } from './cloudformation/deployment.ts';
import { dynamodb } from './dynamodb.ts';
import type { Service } from './kernel.ts';
import { lambdaService } from './lambda.ts';
import { sesv2 } from './sesv2.ts';
import { sesAccountCommands } from './sesv2-account.ts';
import { sesBulkCommands } from './sesv2-bulk.ts';
import { sns } from './sns.ts';
import { type Executions, sfn } from './statesClient.ts';
import type { World } from './world.ts';

/** The services that the product itself stands on, over what `deploy` made: DynamoDB, SNS, SESv2, Lambda and SFN, by SDK client name. */
export function platformServices(
  world: World,
  deployment: Pick<Deployment, 'tables' | 'topics' | 'mail' | 'outbox' | 'machines' | 'functions'>,
  executions: Executions,
): Record<string, Service> {
  const machines = new Set([...deployment.machines.values()].map(({ arn }) => arn));
  return {
    DynamoDB: dynamodb(deployment.tables),
    SNS: sns(deployment.topics, deployment.outbox),
    SESv2: {
      ...sesv2(deployment.mail, deployment.outbox),
      ...sesBulkCommands(world, deployment.mail, deployment.outbox),
      ...sesAccountCommands(world, deployment.mail),
    },
    Lambda: lambdaService(world, deployment.functions),
    SFN: sfn(machines, executions),
  };
}
