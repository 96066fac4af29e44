import { readdir } from 'node:fs/promises';
import { readCatalogue } from '../../lambdas/platform/catalogue.ts';
import { actionOf, collectorOf } from '../../lambdas/platform/code.ts';

/**
 * Loads every module that a drill may need before its clock starts: loading takes real time, in which drill time must not
 * run, or the first drill of a process would be timed differently from the next.
 */
export async function warm(): Promise<void> {
  const lambdas = new URL('../../lambdas/', import.meta.url);
  const catalogue = await readCatalogue();
  const folders = (await readdir(lambdas, { recursive: true })).filter((path) => path.endsWith('/function.json'));
  await Promise.all([
    ...folders.map((path) => import(`../../lambdas/${path.split('/')[0]}/handler.ts`)),
    ...Object.keys(catalogue.actions).map((id) => actionOf(id, catalogue)),
    ...Object.keys(catalogue.collectors).map((id) => collectorOf(id, catalogue)),
  ]);
}
