import { Command } from 'commander';
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { obligation } from '../../lambdas/core/obligation.ts';
import { factsVersion, runs } from '../../lambdas/core/schedule.ts';
import { clockLines } from '../clock-page.ts';
import { type CaseFile, ConsoleClient, caseId } from '../console.ts';
import { changeOf, checked, type Given } from '../facts-change.ts';
import { factLines } from '../facts-page.ts';
import { print, printJson, Refusal } from '../outcome.ts';
import { Page } from '../page.ts';
import { reasonFor } from '../question.ts';

type Options = Given & { api?: string; json: boolean };

const clocks = z.object({
  facts: factsVersion.optional(),
  schedule: z.object({ n: z.int(), reason: z.string(), at: z.iso.datetime() }).optional(),
  work: z.record(z.string(), z.object({ owner: z.string().optional() })).default({}),
  obligations: z.array(obligation),
});
type Clocks = z.infer<typeof clocks>;

const several = (value: string, before?: string[]) => [...(before ?? []), value];

/** `facts <case>`: what is known of a case and every date that follows; with options, what a person has learned, and why. */
export function factsCommand(): Command {
  return new Command('facts')
    .description('what is known of a case and every due date that follows; with options: record what you have learned')
    .argument('<case>', 'the case id, as in the mail that told you')
    .option(
      '--set <field=value>',
      'a fact, e.g. anchors.discovery=2026-11-20; nothing after "=" takes it away',
      several,
    )
    .option('--count <State=n>', 'how many live in a State, e.g. CA=501', several)
    .option('--total <n>', 'how many in all')
    .option('--sent <notice=day>', 'a notice has left, e.g. us-hipaa-media/media=2026-12-01', several)
    .option('--proof <text>', 'with --sent: what shows it (a number of the portal, a receipt)')
    .option('--hold <kind>', 'law enforcement asks to wait: oral or written')
    .option('--on <day>', 'with --hold, --exclude, --extend: its day (default: today)')
    .option('--until <day>', 'with --hold: the last day that the statement names')
    .option('--official <name>', 'with --hold: who said so (45 CFR 164.412(b) asks to keep it)')
    .option('--assessment <file>', 'a signed risk assessment as JSON (45 CFR 164.402(2))')
    .option('--safe-harbour <file>', 'why nobody can read the data, as JSON')
    .option('--exclude <law=exemption>', 'an exemption that counsel found to apply', several)
    .option('--extend <law>', 'an extension that a law grants', several)
    .option('--owner <notice=address>', 'who sees to a notice, e.g. us-hipaa-media/media=dana@example.com', several)
    .option('--reason <text>', 'why; kept with the facts')
    .option('--api <url>', 'the console API (default: TOURNIQUET_API)')
    .option('--json', 'print one JSON document, and never ask', false)
    .action(async (id: string, options: Options) => {
      const incident = caseId(id);
      const client = new ConsoleClient(options.api ?? process.env.TOURNIQUET_API);
      const before = clocksIn(await client.case(incident));
      const change = await changeOf(options, before.facts?.facts.entity.zone);
      if (change) {
        if (before.facts) checked(before.facts.facts, change);
        const reason = await reasonFor(options, 'Why (what shows it)?');
        await client.decide({ decision: 'learn', incident, change, reason });
      }
      const file = change ? await client.case(incident) : undefined;
      show(incident, file ? clocksIn(file) : before, options, change ? before : undefined);
    });
}

function clocksIn(file: CaseFile): Clocks {
  const parsed = clocks.safeParse(file);
  if (parsed.success) return parsed.data;
  throw new Refusal('the console tells the facts in a form that this version does not know: update Tourniquet here');
}

function show(incident: string, now: Clocks, { json }: Options, before: Clocks | undefined): void {
  if (json) printJson({ case: incident, ...now });
  else print(pageOf(incident, now, before).join('\n'));
}

function pageOf(incident: string, now: Clocks, before: Clocks | undefined): string[] {
  const { facts, schedule, obligations, work } = now;
  if (!facts || !schedule)
    return [`case ${incident}: no clock runs; what you record with --set, --count or --total starts it`];
  const { stdout } = process;
  const page = new Page({
    columns: stdout.isTTY ? stdout.columns : undefined,
    colour: stdout.isTTY === true && stdout.hasColors(),
  });
  const running = obligations.filter(runs);
  const owners = Object.entries(work).flatMap(([of, { owner }]) => (owner ? [`  ${of}  ${owner}`] : []));
  return [
    ...factLines(page, facts),
    '',
    ...clockLines(page, obligations, facts.facts, {
      today: Temporal.Now.instant().toString({ smallestUnit: 'second' }),
    }),
    ...(owners.length > 0 ? [...page.heading('SEEN TO BY'), ...owners] : []),
    '',
    ...page.hanging(
      '',
      `schedule ${schedule.n}: ${running.length} notice${running.length === 1 ? '' : 's'} may still have to be sent`,
      'strong',
    ),
    ...(before?.schedule && before.schedule.n !== schedule.n ? moved(page, before, now) : []),
  ];
}

/** Which dates follow from what was recorded. */
function moved(page: Page, before: Clocks, now: Clocks): string[] {
  const old = new Map(before.obligations.map((o) => [`${o.regime}/${o.obligation}`, o]));
  return now.obligations.flatMap((o) => {
    const was = old.get(`${o.regime}/${o.obligation}`);
    if (!o.inView || (was?.due === o.due && was.status === o.status)) return [];
    const became =
      o.status === was?.status ? `due ${o.due ?? 'without a day'}` : `${o.status}${o.due ? `, due ${o.due}` : ''}`;
    return page.hanging(
      '  now  ',
      `${o.regime}/${o.obligation}: ${became}; was ${was?.due ?? was?.status ?? 'not listed'}`,
    );
  });
}
