import type { ListBucketsRequest } from '@aws-sdk/client-s3';
import type { Call, Service } from '../kernel.ts';
import type { World } from '../world.ts';

/**
 * ListBuckets: the caller's own account's, by name, whatever their Region. A request without any parameter is not paginated and
 * names no Regions (S3 API reference, ListBuckets). Does not model BucketRegion.
 */
export function bucketListCommands(world: World): Service {
  return {
    ListBuckets: {
      parameters: ['MaxBuckets', 'ContinuationToken', 'Prefix'],
      needs: (_input: ListBucketsRequest, call: Call) => [
        { action: 's3:ListAllMyBuckets', resource: '*', owner: call.caller.account },
      ],
      run(input: ListBucketsRequest, call: Call) {
        const { MaxBuckets, ContinuationToken = '', Prefix = '' } = input;
        const paginated = Object.keys(input).length > 0;
        const rest = [...world.account(call.caller.account).buckets.values()]
          .filter(({ name }) => name.startsWith(Prefix) && name > ContinuationToken)
          .sort((a, b) => (a.name < b.name ? -1 : 1));
        const page = rest.slice(0, MaxBuckets ?? 10_000);
        return {
          Buckets: page.map(({ name, created, region }) => ({
            Name: name,
            CreationDate: new Date(created.epochMilliseconds),
            BucketRegion: paginated ? region : undefined,
          })),
          ContinuationToken: page.length < rest.length ? page.at(-1)?.name : undefined,
        };
      },
    },
  };
}
