import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { Temporal } from 'temporal-polyfill';
import { type Facts, factsOf, InvalidFacts } from '../../lambdas/core/facts.ts';
import { type Obligation, obligationsOf } from '../../lambdas/core/obligation.ts';
import { deployedCatalogue } from '../../lambdas/platform/catalogue.ts';
import { calendarOf } from '../clock-calendar.ts';
import { type AsOf, asOf } from '../clock-day.ts';
import { clockLines } from '../clock-page.ts';
import { readInput } from '../input.ts';
import { BadUsage, print, printJson, Refusal } from '../outcome.ts';
import { Page } from '../page.ts';
import { isSchemaName, schemaNames, schemaOf } from '../schema.ts';

interface Options {
  today?: string;
  ics?: string;
  schema?: string;
  json: boolean;
}

/** Far above the facts of any incident. */
const limitBytes = 4 * 1024 * 1024;
/** without a terminal: what fits everywhere, a log and a mail too */
const plainColumns = 80;

/** `clock <facts|->`: every notice that the laws may ask for, and until when. Offline; nothing is sent or recorded. */
export function clockCommand(): Command {
  return new Command('clock')
    .description(
      'every notice that the laws may ask for, its due date and how it was computed; offline, not legal advice',
    )
    .argument('[facts]', 'a file with the facts of an incident as JSON, or - for standard input')
    .option('--json', 'print the obligations as one JSON array', false)
    .option(
      '--ics <file>',
      'write what is due as a calendar file (iCalendar) with alarms at 50, 80 and 95 % of the time',
    )
    .option('--today <day>', 'read the clocks as of this date or instant; facts after it are refused')
    .addOption(new Option('--schema <of>', `print a JSON Schema and end: ${schemaNames.join(', ')}`))
    .action(async (path: string | undefined, options: Options) => {
      if (options.schema !== undefined) return printJson(schemaOf(schemaNamed(options.schema)));
      if (path === undefined) throw new BadUsage('name a file with facts, or - for standard input; see --help');
      try {
        await read(path, options);
      } catch (error) {
        if (error instanceof InvalidFacts) throw new Refusal(error.message, error.field);
        throw error;
      }
    });
}

function schemaNamed(name: string) {
  if (isSchemaName(name)) return name;
  throw new BadUsage(`there is no schema of ${JSON.stringify(name)}; there are: ${schemaNames.join(', ')}`);
}

async function read(path: string, options: Options): Promise<void> {
  const text = await readInput(path, { limitBytes, instead: 'the facts of one incident are far fewer' });
  const facts = factsOf(parsed(text));
  const { regimes } = await deployedCatalogue();
  const day = asOf(facts, options.today, Temporal.Now.instant());
  const obligations = obligationsOf(Object.values(regimes), facts, day.today);
  if (day.whatIf) process.stderr.write(`${day.whatIf}\n`);
  if (options.ics !== undefined) await leaveCalendar(options.ics, obligations, facts, day.today);
  if (options.json) printJson(obligations);
  else show(obligations, facts, day);
}

function parsed(text: string): unknown {
  const json = text.replace(/^\uFEFF/, '');
  if (json.trim() === '') throw new InvalidFacts('(top level)', 'is empty; give the facts as JSON');
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new InvalidFacts('(top level)', `is not JSON: ${(error as Error).message}`);
  }
}

async function leaveCalendar(file: string, obligations: Obligation[], facts: Facts, today: string): Promise<void> {
  try {
    await writeFile(file, calendarOf(obligations, facts, today));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Refusal(`${file} cannot be written: ${code}; name a file in a folder that there is`, 'ics');
  }
}

function show(obligations: Obligation[], facts: Facts, day: AsOf): void {
  const { stdout } = process;
  const page = new Page({
    columns: stdout.isTTY ? stdout.columns : plainColumns,
    colour: stdout.isTTY === true && stdout.hasColors(),
  });
  print(clockLines(page, obligations, facts, day).join('\n'));
}
