import { Command } from 'commander';
import { inert } from '../../lambdas/core/inert.ts';
import { when } from '../../lambdas/core/message.ts';
import type { Line, Readiness } from '../../lambdas/core/readiness.ts';
import { ConsoleClient } from '../console.ts';
import { Ended, print, printJson } from '../outcome.ts';

/** `doctor`: whether a leak tonight could be seen, told and stopped. Ends with 1 when anything is missing or unknown. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('look whether a leak tonight could be seen, told and stopped; say what is missing and mend it')
    .option('--all', 'show what is ready too', false)
    .option('--api <url>', 'the console API (default: TOURNIQUET_API)')
    .option('--json', 'print one JSON document', false)
    .action(async (options: { api?: string; all: boolean; json: boolean }) => {
      const found = await new ConsoleClient(options.api ?? process.env.TOURNIQUET_API).doctor();
      const wrong = found.checks.flatMap((check) => check.lines).filter((line) => line.state !== 'ok');
      if (options.json) printJson(found);
      else print(shown(found, options.all, wrong).join('\n'));
      if (wrong.length > 0) throw new Ended(1);
    });
}

function shown({ examinedAt, checks }: Readiness, all: boolean, wrong: Line[]): string[] {
  const width = Math.max(...checks.map((check) => check.title.length)) + 2;
  const blocks = checks.map(({ title, lines }) => {
    const bad = lines.filter((line) => line.state !== 'ok');
    const good = lines.length - bad.length;
    const opening = bad.length === 0 ? `ok       ${title.padEnd(width)}${good} looked at` : undefined;
    return [...(opening ? [opening] : []), ...lines.flatMap((line) => described(title, width, line, all))];
  });
  const missing = wrong.filter((line) => line.state === 'missing').length;
  const unknown = wrong.length - missing;
  const counts = [...(missing > 0 ? [`${missing} missing`] : []), ...(unknown > 0 ? [`${unknown} unknown`] : [])];
  return [
    `looked at ${when(examinedAt, 'UTC')}`,
    '',
    ...blocks.flat(),
    '',
    wrong.length === 0 ? 'nothing is missing' : `${counts.join(', ')}: mend them, then look again`,
  ];
}

/** The command stands alone on its line, so that it can be copied whole. */
function described(title: string, width: number, line: Line, all: boolean): string[] {
  if (line.state === 'ok') return all ? [`  ready  ${' '.repeat(width)}${inert(line.what, 600)}`] : [];
  return [
    `${line.state.toUpperCase().padEnd(9)}${title.padEnd(width)}${inert(line.what, 600)}`,
    `           costs: ${inert(line.cost, 600)}`,
    `           mend:  ${inert(line.command, 1000)}`,
  ];
}
