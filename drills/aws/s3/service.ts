import type { Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { aclCommands } from './acls.ts';
import { blockCommands } from './block.ts';
import { bucketListCommands } from './buckets.ts';
import { lifecycleCommands } from './lifecycle.ts';
import { listCommands } from './listing.ts';
import { loggingCommands } from './logging.ts';
import { objectCommands } from './objects.ts';
import { policyCommands } from './policies.ts';
import { replicationCommands } from './replication.ts';
import { settingCommands } from './settings.ts';
import { taggingCommands } from './tagging.ts';

/** Amazon S3, as far as it is modelled; actions per call from the Service Authorization Reference. */
export function s3Service(world: World): Service {
  return {
    ...aclCommands(world),
    ...blockCommands(world),
    ...bucketListCommands(world),
    ...lifecycleCommands(world),
    ...listCommands(world),
    ...loggingCommands(world),
    ...objectCommands(world),
    ...policyCommands(world),
    ...replicationCommands(world),
    ...settingCommands(world),
    ...taggingCommands(world),
  };
}
