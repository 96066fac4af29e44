import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { deploy } from '../lib/deployment.ts';
import { build, root } from './build.ts';
import { InvalidSettings, readSettings } from './settings.ts';

/** The CDK app (`cdk synth -c settings=<file>`): bundles the functions, then puts each stack into its account. */
async function main(): Promise<void> {
  const app = new App({ analyticsReporting: false });
  const path: unknown = app.node.tryGetContext('settings') ?? join(root, 'settings.example.json');
  const settings = await readSettings(String(path));
  await build(settings);
  deploy(app, { settings, root, codeOf: (name) => join(root, 'dist', name) });
  app.synth();
}

await main().catch((error: unknown) => {
  if (!(error instanceof InvalidSettings)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
