import type { GetFunctionConcurrencyRequest } from '@aws-sdk/client-lambda';
import type { Account } from './account.ts';
import type { DeployedFunction } from './cloudformation/deployment.ts';
import { AwsError, type Call, type Command, type Service } from './kernel.ts';
import type { World } from './world.ts';

/*
 * Lambda's concurrency, of the functions that the templates declare. Does not model: functions of others, versions, invocation, and any change.
 */

const limitArn = (account: string, region: string) => `arn:aws:lambda:${region}:${account}:account-limit`;

/** How many executions at once the account has in a Region; 1,000 where nothing is said. */
export function seedLambdaLimit(account: Account, region: string, limit: number): void {
  account.resources.set(limitArn(account.id, region), { stored: () => limit });
}

export function lambdaService(world: World, functions: ReadonlyMap<string, DeployedFunction>): Service {
  const here = (call: Call) =>
    [...functions.values()].filter((f) => f.account === call.caller.account && f.region === call.region);
  const settings: Command<object, object> = {
    parameters: [],
    needs: (_input, call) => [{ action: 'lambda:GetAccountSettings', resource: '*', owner: call.caller.account }],
    run(_input, call) {
      const { account } = call.caller;
      const limit = Number(world.account(account).resources.get(limitArn(account, call.region))?.stored() ?? 1000);
      const reserved = here(call).reduce((sum, f) => sum + (f.reservedConcurrency ?? 0), 0);
      return { AccountLimit: { ConcurrentExecutions: limit, UnreservedConcurrentExecutions: limit - reserved } };
    },
  };
  const concurrency: Command<GetFunctionConcurrencyRequest, object> = {
    parameters: ['FunctionName'],
    needs: ({ FunctionName }, call) => [
      {
        action: 'lambda:GetFunctionConcurrency',
        resource: `arn:aws:lambda:${call.region}:${call.caller.account}:function:${FunctionName}`,
        owner: call.caller.account,
      },
    ],
    run({ FunctionName }, call) {
      const found = here(call).find((f) => f.name === FunctionName);
      if (!found) throw new AwsError('ResourceNotFoundException', 404, `Function not found: ${FunctionName}`);
      return { ReservedConcurrentExecutions: found.reservedConcurrency };
    },
  };
  return { GetAccountSettings: settings, GetFunctionConcurrency: concurrency };
}
