import { Command } from 'commander';
import { firstProblem } from '../../lambdas/core/facts.ts';
import { inert } from '../../lambdas/core/inert.ts';
import { noticeDraft } from '../../lambdas/core/notice-text.ts';
import { ConsoleClient, caseId } from '../console.ts';
import { readInput } from '../input.ts';
import { noticePage, type ShownNotice } from '../notice-page.ts';
import { BadUsage, print, printJson, Refusal } from '../outcome.ts';
import { reasonFor } from '../question.ts';

interface Options {
  api?: string;
  text?: string;
  recipients?: string;
  send: boolean;
  stop: boolean;
  starter: boolean;
  reason?: string;
  json: boolean;
}

/** `notify <case> <regime>/<obligation>`: shows a notice; with `--text` drafts it; with `--send` asks for its approvals. */
export function notifyCommand(): Command {
  return new Command('notify')
    .description('show, draft and send one notice that a law requires: two people approve it before anything leaves')
    .argument('<case>', 'the case id')
    .argument('<notice>', 'regime/obligation, as `facts` lists them')
    .option('--starter', 'print a text to begin with, as JSON', false)
    .option('--text <file>', 'draft it with this text (JSON; - for standard input)')
    .option('--recipients <key>', 'the CSV in the case bucket: recipients/<case>/<day>.csv')
    .option('--send', 'ask the privacy officer, then counsel; it is sent when both have approved', false)
    .option('--stop', 'stop it while it is being sent (the privacy officer or counsel)', false)
    .option('--reason <text>', 'why; kept with what you do')
    .option('--api <url>', 'the console API (default: TOURNIQUET_API)')
    .option('--json', 'print one JSON document, and never ask', false)
    .action(async (id: string, name: string, options: Options) => {
      const incident = caseId(id);
      const of = noticeName(name);
      if (options.recipients && !options.text)
        throw new BadUsage('--recipients belongs to a draft: give --text too, also when the text stays the same');
      if (options.stop && (options.send || options.text !== undefined))
        throw new BadUsage('--stop stands alone: what comes after it is a decision of its own');
      const client = new ConsoleClient(options.api ?? process.env.TOURNIQUET_API);
      if (options.starter) return printJson((await client.notice(incident, of)).starter);
      if (options.text !== undefined) await draft(client, incident, of, options, options.text);
      if (options.stop) await stop(client, incident, of, options);
      if (options.send) await send(client, incident, of, options);
      const shown = await client.notice(incident, of);
      if (options.json) return printJson(shown);
      print(noticePage(shown).join('\n'));
    });
}

type Of = Pick<ShownNotice, 'regime' | 'obligation'>;

function noticeName(text: string): Of {
  const [, regime, obligation] = /^([a-z0-9.-]+)\/([a-z0-9_]+)$/.exec(text) ?? [];
  if (regime !== undefined && obligation !== undefined) return { regime, obligation };
  throw new BadUsage(`"${inert(text)}" names no notice: <regime>/<obligation>, e.g. us-hipaa-individual/individual`);
}

async function draft(client: ConsoleClient, incident: string, of: Of, options: Options, path: string): Promise<void> {
  const text = textOf(await readInput(path, { limitBytes: 100_000, instead: 'shorten the text' }));
  const reason = await reasonFor(options, 'What is this draft for?');
  const words = { decision: 'draft', incident, ...of, text, reason };
  const said = await client.decide(options.recipients ? { ...words, recipients: options.recipients } : words);
  if (!options.json) print(`draft ${said.draft} of ${of.regime}/${of.obligation} is kept; nothing is sent\n`);
}

/** The text of a file, checked before it is sent. Throws Refusal naming the field. */
function textOf(content: string): unknown {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch (error) {
    throw new Refusal(`the text is not JSON: ${(error as Error).message}; begin with --starter`);
  }
  const draft = noticeDraft.safeParse(parsed);
  if (draft.success) return draft.data;
  const { field, problem } = firstProblem(draft.error);
  throw new Refusal(`the text: ${field} ${problem}`, field);
}

async function send(client: ConsoleClient, incident: string, of: Of, options: Options): Promise<void> {
  const { notice } = await client.notice(incident, of);
  if (!notice) throw new Refusal(`nobody has drafted ${of.regime}/${of.obligation}: give its text with --text`);
  const reason = await reasonFor(options, 'Why now?');
  const said = await client.decide({ decision: 'send', incident, ...of, draft: notice.draft, reason });
  const who = Array.isArray(said.asked) ? said.asked.map((n) => inert(String(n))).join(', then ') : 'two people';
  if (!options.json)
    print(`asked for: nothing is sent until ${who} have approved this very text and these very recipients\n`);
}

async function stop(client: ConsoleClient, incident: string, of: Of, options: Options): Promise<void> {
  const { notice } = await client.notice(incident, of);
  if (!notice) throw new Refusal(`nobody has drafted ${of.regime}/${of.obligation}: nothing is being sent`);
  const reason = await reasonFor(options, 'Why must it stop?');
  await client.decide({ decision: 'stop', incident, ...of, draft: notice.draft, reason });
  if (!options.json)
    print('it stops within seconds; what has left has left. Draft it anew (--text), or let it go on (--send)\n');
}
