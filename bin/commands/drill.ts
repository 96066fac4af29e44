import { join, relative } from 'node:path';
import { Command } from 'commander';
import { inert } from '../../lambdas/core/inert.ts';
import { BadUsage, Ended, print, printJson } from '../outcome.ts';

interface Options {
  list: boolean;
  json: boolean;
  record: string;
}

/** `drill [scenario]`: the whole product on this machine against a simulated AWS. Drills are loaded only here, and only when asked for. */
export function drillCommand(): Command {
  return new Command('drill')
    .description('rehearse an incident, from the attack to the undo, against a simulated AWS')
    .argument('[scenario]', 'which one (see --list)', 'public-bucket')
    .option('--list', 'name the scenarios', false)
    .option('--record <folder>', 'where the record of the incident is left', 'drill-records')
    .option('--json', 'print the report as one JSON document, and never ask', false)
    .action(async (name: string, options: Options) => {
      const { loadScenario, scenarioNames } = await import('../../drills/engine/scenarios.ts');
      const names = await scenarioNames();
      if (options.list) return list(await Promise.all(names.map(loadScenario)), options.json);
      if (!names.includes(name))
        throw new BadUsage(`there is no scenario "${inert(name)}"; there are: ${names.join(', ')}`);
      const failures = await rehearse(name, options);
      if (failures.length > 0) throw new Ended(1);
    });
}

function list(scenarios: { id: string; title: string }[], json: boolean): void {
  if (json) printJson(scenarios.map(({ id, title }) => ({ id, title })));
  else for (const { id, title } of scenarios) print(`${id.padEnd(24)}${title}`);
}

async function rehearse(name: string, { json, record }: Options): Promise<string[]> {
  const { drill } = await import('../../drills/engine/drill.ts');
  const { loadScenario } = await import('../../drills/engine/scenarios.ts');
  const { Page } = await import('../page.ts');
  const { leaveRecord } = await import('../../drills/terminal/record.ts');
  const { Terminal } = await import('../../drills/terminal/terminal.ts');
  const { stdin, stdout } = process;
  const attended = !json && !process.env.CI && stdin.isTTY === true && stdout.isTTY === true;
  const terminal = new Terminal({
    page: new Page({
      columns: stdout.isTTY ? stdout.columns : undefined,
      colour: stdout.isTTY === true && stdout.hasColors(),
    }),
    write: (text) => void (json || stdout.write(text)),
    seat: attended
      ? { input: stdin, output: stdout, patienceSeconds: 10, interrupted: () => process.exit(130) }
      : undefined,
  });
  const folder = join(record, name);
  const report = await drill(await loadScenario(name), terminal);
  await leaveRecord(folder, report, terminal.drill);
  await terminal.finished();
  if (json) printJson(report);
  else print(`record: ${relative('', folder) || '.'}/`);
  return report.failures;
}
