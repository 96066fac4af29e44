import type { Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { associationCommands } from './associations.ts';
import { blockPublicAccessCommands } from './block-public-access.ts';
import { flowLogCommands } from './flow-logs.ts';
import { imageCommands } from './images.ts';
import { instanceCommands } from './instances.ts';
import { interfaceCommands } from './interfaces.ts';
import { prefixListCommands } from './prefix-lists.ts';
import { securityGroupCommands } from './security-groups.ts';
import { snapshotCommands } from './snapshots.ts';
import { volumeCommands } from './volumes.ts';

/** EC2, as far as it is modelled: each file below this folder brings its own commands. */
export function ec2Service(world: World): Service {
  return {
    ...instanceCommands(world),
    ...interfaceCommands(world),
    ...securityGroupCommands(world),
    ...prefixListCommands(world),
    ...associationCommands(world),
    ...snapshotCommands(world),
    ...volumeCommands(world),
    ...imageCommands(world),
    ...blockPublicAccessCommands(world),
    ...flowLogCommands(world),
  };
}
