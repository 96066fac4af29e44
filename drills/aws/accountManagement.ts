import type { ListRegionsRequest, ListRegionsResponse } from '@aws-sdk/client-account';
import type { Call, Command, Service } from './kernel.ts';

/** The Regions that every simulated account has enabled. */
const enabled = ['eu-west-1', 'us-east-1', 'us-west-2'];

const listRegions: Command<ListRegionsRequest, ListRegionsResponse> = {
  parameters: ['RegionOptStatusContains', 'MaxResults', 'NextToken'],
  // Service Authorization Reference, AWS Account Management: without AccountId the call is about the caller's own account
  needs: (_input, call: Call) => [
    {
      action: 'account:ListRegions',
      resource: `arn:aws:account::${call.caller.account}:account`,
      owner: call.caller.account,
    },
  ],
  run: ({ RegionOptStatusContains: wanted = ['ENABLED_BY_DEFAULT'] }) => ({
    Regions: wanted.includes('ENABLED_BY_DEFAULT')
      ? enabled.map((RegionName) => ({ RegionName, RegionOptStatus: 'ENABLED_BY_DEFAULT' as const }))
      : [],
  }),
};

export function accountManagementService(): Service {
  return { ListRegions: listRegions as Command<never, unknown> };
}
