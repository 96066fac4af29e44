import { readFile } from 'node:fs/promises';
import type { Settings } from '../../lambdas/core/settings.ts';
import type { Synthesised } from '../aws/deploy.ts';

const folder = new URL('../templates/', import.meta.url);

/**
 * The synthesised templates that the drill authorises with (DESIGN §6), as the stack tests keep them for the example settings:
 * a test fails when they are not what lib synthesises now.
 */
export async function templates(settings: Settings): Promise<Synthesised[]> {
  const { accounts, homeRegion: region } = settings;
  const stacks: [string, string][] = [
    ['response', accounts.response],
    ['forensics', accounts.forensic],
    ...accounts.members.map((m): [string, string] => ['member', m.id]),
    ...(accounts.management ? [['management', accounts.management] as [string, string]] : []),
  ];
  return Promise.all(
    stacks.map(async ([stack, account]) => {
      const text = await readFile(new URL(`${stack}.template.json`, folder), 'utf8');
      return { stackName: stack, account, region, template: JSON.parse(text) };
    }),
  );
}
