import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import type { Settings } from '../lambdas/core/settings.ts';
import { readCatalogue } from '../lambdas/platform/catalogue.ts';
import { readSettings } from './settings.ts';

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Bundles every `lambdas/<function>/handler.ts` into `<into>/<function>/index.mjs`, beside it the settings and the catalogue
 * that it reads. The SDK is bundled: a pinned version is reproducible, the runtime's own changes under us.
 * Throws naming the functions that have no handler.
 */
export async function build(settings: Settings, into: string = join(root, 'dist')): Promise<string[]> {
  const lambdas = join(root, 'lambdas');
  const functions = (await readdir(lambdas)).filter((name) => existsSync(join(lambdas, name, 'function.json'))).sort();
  const bare = functions.filter((name) => !existsSync(join(lambdas, name, 'handler.ts')));
  if (bare.length > 0) throw new Error(`no handler.ts in ${bare.map((name) => `lambdas/${name}`).join(', ')}`);
  await rm(into, { recursive: true, force: true });
  await bundle({
    entryPoints: functions.map((name) => ({ in: join(lambdas, name, 'handler.ts'), out: join(name, 'index') })),
    outdir: into,
    outExtension: { '.js': '.mjs' },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    keepNames: true,
    sourcemap: 'external',
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    // CommonJS packages inside the bundle still ask for node's own modules by require.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  const beside = { 'settings.json': settings, 'catalogue.json': await readCatalogue() };
  for (const name of functions)
    for (const [file, content] of Object.entries(beside)) {
      await mkdir(join(into, name), { recursive: true });
      await writeFile(join(into, name, file), JSON.stringify(content));
    }
  return functions;
}

if (import.meta.main) {
  const functions = await build(await readSettings(process.argv[2] ?? join(root, 'settings.example.json')));
  process.stdout.write(`dist: ${functions.join(', ')}\n`);
}
