import type { Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { databaseCommands } from './databases.ts';
import { snapshotCommands } from './snapshots.ts';

/** RDS, as far as it is modelled: each file below this folder brings its own commands. */
export function rdsService(world: World): Service {
  return { ...databaseCommands(world), ...snapshotCommands(world) };
}
