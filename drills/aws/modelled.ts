import { NotModelled } from './kernel.ts';

/**
 * Throws NotModelled when a nested structure of an SDK input sets a member that the model does not read
 * (SimulatedAws itself checks the top level only). `where` is the path shown to the reader, e.g. `PutItem.Item`.
 */
export function onlyModelled(value: object, known: readonly string[], where: string): void {
  for (const [name, set] of Object.entries(value)) {
    if (set !== undefined && !known.includes(name))
      throw new NotModelled(`${where} sets '${name}'; the simulated AWS models only ${known.join(', ')}`);
  }
}
