import type { DescribeManagedPrefixListsRequest } from '@aws-sdk/client-ec2';
import type { Call, Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { everywhere, filtered, page } from './listing.ts';
import { all, arnOf, existing } from './state.ts';

/** Managed prefix lists. Does not model their entries' API, versions nor changes; seeds say what is in them. */
export function prefixListCommands(world: World): Service {
  return {
    DescribeManagedPrefixLists: {
      parameters: ['PrefixListIds', 'Filters', 'MaxResults', 'NextToken'],
      needs: everywhere('ec2:DescribeManagedPrefixLists'),
      run(input: DescribeManagedPrefixListsRequest, call: Call) {
        const account = world.account(call.caller.account);
        const named = input.PrefixListIds
          ? input.PrefixListIds.map((id) => existing(account, call.region, 'prefix-list', id))
          : all(account, call.region, 'prefix-list');
        const some = filtered(named, input.Filters, {
          'prefix-list-id': ({ id }) => [id],
          'prefix-list-name': ({ name }) => [name],
          'owner-id': ({ owner }) => [owner],
        });
        const { items, NextToken } = page(some, input);
        const shown = items.map(({ id, name, owner, region }) => ({
          PrefixListId: id,
          PrefixListName: name,
          OwnerId: owner,
          State: 'create-complete',
          PrefixListArn: arnOf(owner, region, 'prefix-list', id),
        }));
        return { PrefixLists: shown, NextToken };
      },
    },
  };
}
