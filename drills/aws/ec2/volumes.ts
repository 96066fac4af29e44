import type { DescribeVolumesRequest } from '@aws-sdk/client-ec2';
import type { Call, Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { everywhere, page } from './listing.ts';
import { defaultKey } from './snapshot.ts';
import { all, existing, type Volume } from './state.ts';

const shown = (volume: Volume): object => ({
  VolumeId: volume.id,
  Size: volume.size,
  Encrypted: volume.encrypted,
  ...(volume.encrypted && { KmsKeyId: volume.kmsKey ?? defaultKey }),
});

/** Volumes, read only. Does not model their attachments (an instance says which it has), their state nor filters. */
export function volumeCommands(world: World): Service {
  return {
    DescribeVolumes: {
      parameters: ['VolumeIds', 'MaxResults', 'NextToken'],
      needs: everywhere('ec2:DescribeVolumes'),
      run(input: DescribeVolumesRequest, call: Call) {
        const account = world.account(call.caller.account);
        const named = input.VolumeIds
          ? input.VolumeIds.map((id) => existing(account, call.region, 'volume', id))
          : all(account, call.region, 'volume');
        const { items, NextToken } = page(named, input);
        return { Volumes: items.map(shown), NextToken };
      },
    },
  };
}
