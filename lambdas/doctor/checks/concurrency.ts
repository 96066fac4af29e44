import { GetAccountSettingsCommand, GetFunctionConcurrencyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { variable } from '../../platform/platform.ts';
import { type Check, looked, missing, ok } from '../check.ts';
import manifest from './concurrency.json' with { type: 'json' };

/** What Lambda keeps for functions without a reservation (Lambda developer guide, "Configuring reserved concurrency"). */
const unreservedFloor = 100;

const cost = 'other functions of the account, or a flood of findings, can take the concurrency that containment needs';

/** Every function of ours has its own share of the account's concurrency, and the account has some left for the rest. */
const check: Check = {
  ...manifest,
  async examine({ platform, settings }) {
    const client = platform.client(LambdaClient);
    const region = settings.homeRegion;
    const names = variable(platform, 'FUNCTIONS').split(',');
    const mend = { cost, command: `aws lambda get-account-settings --region ${region}` };
    const account = looked('concurrency of the response account', mend, async () => {
      const { AccountLimit = {} } = await client.send(new GetAccountSettingsCommand({}));
      const { ConcurrentExecutions = 0, UnreservedConcurrentExecutions = 0 } = AccountLimit;
      const said = `${UnreservedConcurrentExecutions} of ${ConcurrentExecutions} executions at once are unreserved in the response account`;
      if (UnreservedConcurrentExecutions >= unreservedFloor) return ok(said);
      return missing(said, {
        cost,
        command: `aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000 --region ${region}`,
      });
    });
    const reserved = looked('reserved concurrency', mend, async () => {
      const found = await Promise.all(
        names.map(async (name) => ({
          name,
          ...(await client.send(new GetFunctionConcurrencyCommand({ FunctionName: name }))),
        })),
      );
      const without = found.filter((f) => !f.ReservedConcurrentExecutions).map((f) => f.name);
      if (without.length === 0) return ok(`all ${names.length} functions have reserved concurrency`);
      return missing(`without reserved concurrency, or stopped by a reservation of 0: ${without.join(', ')}`, {
        cost,
        command: 'npx cdk deploy -c settings=<file> tourniquet-response',
      });
    });
    return [...(await account), ...(await reserved)];
  },
};
export default check;
