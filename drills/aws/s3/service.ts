import type { Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { aclCommands } from './acls.ts';
import { blockCommands } from './block.ts';
import { listCommands } from './listing.ts';
import { objectCommands } from './objects.ts';
import { policyCommands } from './policies.ts';
import { settingCommands } from './settings.ts';

/** Amazon S3, as far as it is modelled; actions per call from the Service Authorization Reference. */
export function s3Service(world: World): Service {
  return {
    ...aclCommands(world),
    ...blockCommands(world),
    ...listCommands(world),
    ...objectCommands(world),
    ...policyCommands(world),
    ...settingCommands(world),
  };
}
