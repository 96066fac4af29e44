import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { Temporal } from 'temporal-polyfill';
import { inert } from '../../lambdas/core/inert.ts';
import { type Target, targetKinds } from '../../lambdas/core/target.ts';
import { type Catalogue, readCatalogue } from '../../lambdas/platform/catalogue.ts';
import { readInput } from '../input.ts';
import { Ended, print, printJson } from '../outcome.ts';
import { type Preview, preview, type Unreadable } from '../preview.ts';
import { readSettings } from '../settings.ts';

const exampleSettings = fileURLToPath(new URL('../../settings.example.json', import.meta.url));

/** `plan <file|->`: what would be done about a finding, without doing it. Offline. */
export function planCommand(): Command {
  return new Command('plan')
    .description('what would be done about a finding, without doing it; offline')
    .argument('<finding>', 'a file with a finding or an event as JSON, or - for standard input')
    .option('--settings <file>', 'settings of the deployment', exampleSettings)
    .option('--drill', 'answer sample findings too, as a drill does', false)
    .option('--json', 'print one JSON document: an object for one finding, an array for several', false)
    .action(async (path: string, options: { settings: string; drill: boolean; json: boolean }) => {
      const [settings, catalogue] = await Promise.all([readSettings(options.settings), readCatalogue()]);
      const now = Temporal.Now.instant().toString({ smallestUnit: 'millisecond' });
      const previews = preview(await readInput(path), { settings, catalogue, samples: options.drill, now });
      if (options.json) printJson(previews.length === 1 ? previews[0] : previews);
      else tell(previews, catalogue);
      if (previews.some((p) => 'error' in p)) throw new Ended(1);
    });
}

function tell(previews: (Preview | Unreadable)[], catalogue: Catalogue): void {
  for (const [n, each] of previews.entries()) {
    if (n > 0) print('');
    if ('error' in each) process.stderr.write(`error: ${each.error}\n`);
    else print(lines(each, catalogue).join('\n'));
  }
  if (previews.some((p) => 'finding' in p)) print('\nThis was a look ahead: nothing was done.');
}

function lines(p: Preview, catalogue: Catalogue): string[] {
  const { finding } = p;
  return [
    `${p.disposition}: ${inert(p.reason)}`,
    `  ${inert(finding.type)} (${finding.severity}), from ${inert(finding.product)}`,
    `  account ${finding.account}, ${finding.region}`,
    ...p.playbooks.map((id) => `  playbook ${id}: ${catalogue.playbooks[id]?.title}`),
    ...section('would change', p.steps.map(stepLine(catalogue))),
    ...section(
      'would keep as evidence',
      p.evidence.map((e) => `${e.collector} of ${noun(e.target)}`),
    ),
    ...section('would not touch', [
      ...p.withheld.map((w) => `${noun(w.target)} (${w.action}): ${w.reason}`),
      ...p.untargeted.map((u) => `${inert(u.named)}: ${inert(u.reason)}`),
    ]),
  ];
}

const noun = (t: Target) => `${targetKinds[t.kind].noun} ${inert(t.id)}`;

const stepLine =
  (catalogue: Catalogue) =>
  ({ action, target, approval, onTimeout, reversible }: Preview['steps'][number]): string => {
    const when =
      approval === 'none'
        ? 'at once'
        : `after ${approval === 'two' ? 'two people approve' : 'a person approves'}, ${onTimeout === 'proceed' ? 'or nobody answers in time' : 'never without an answer'}`;
    return `${catalogue.actions[action]?.title ?? action} (${noun(target)}): ${when}${reversible ? '' : '; cannot be undone'}`;
  };

function section(heading: string, entries: string[]): string[] {
  return entries.length === 0 ? [] : [`  ${heading}`, ...entries.map((entry) => `    - ${entry}`)];
}
