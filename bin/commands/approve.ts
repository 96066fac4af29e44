import { Command } from 'commander';
import { inert } from '../../lambdas/core/inert.ts';
import { when } from '../../lambdas/core/message.ts';
import { noticeOfKey } from '../../lambdas/core/notice.ts';
import { type Asked, type CaseFile, ConsoleClient, caseId } from '../console.ts';
import { noticePage } from '../notice-page.ts';
import { BadUsage, print, printJson, Refusal } from '../outcome.ts';
import { mayAsk, question, reasonFor } from '../question.ts';

interface Options {
  api?: string;
  decline: boolean;
  reason?: string;
  typed?: string;
  yes: boolean;
  acknowledge: boolean;
  json: boolean;
}

/** `approve <case> [approval]`: shows what is asked, then records a decision with its reason. */
export function approveCommand(): Command {
  return new Command('approve')
    .description('decide what a case asks: shows it first, then records your decision and its reason')
    .argument('<case>', 'the case id, as in the mail that asked you')
    .argument('[approval]', 'which of the things it asks; may be left out when it is one')
    .option('--decline', 'say no', false)
    .option('--reason <text>', 'why; kept with the decision')
    .option('--typed <name>', 'the name that must be typed where an exposure would be reopened')
    .option('--yes', 'decide without being asked to confirm (needed without a terminal)', false)
    .option('--acknowledge', 'take the pages of the case: they stop for everybody', false)
    .option('--api <url>', 'the console API (default: TOURNIQUET_API)')
    .option('--json', 'print one JSON document, and never ask', false)
    .action(async (id: string, approval: string | undefined, options: Options) => {
      const incident = caseId(id);
      const client = new ConsoleClient(options.api ?? process.env.TOURNIQUET_API);
      if (options.acknowledge) return acknowledge(client, incident, options);
      return decide(client, incident, approval, options);
    });
}

async function acknowledge(client: ConsoleClient, incident: string, options: Options): Promise<void> {
  const reason = await reasonFor(options, 'Why (what are you doing about it)?');
  const said = await client.decide({ decision: 'acknowledge', incident, reason });
  if (options.json) return printJson({ case: incident, ...said });
  print(`acknowledged: ${said.acknowledged} page(s) of case ${incident}`);
}

async function decide(client: ConsoleClient, incident: string, approval: string | undefined, options: Options) {
  const seen = await client.case(incident);
  const asked = chosen(seen, approval);
  const decision = options.decline ? 'decline' : 'approve';
  const shown = await theNotice(client, incident, asked);
  if (!options.json) print([...shown, ...description(seen, asked)].join('\n'));
  if (!options.yes) await confirm(decision, options);
  const reason = await reasonFor(options, `Why do you ${decision}?`);
  const typed = options.typed ?? (decision === 'approve' ? await typedFor(asked, options) : undefined);
  const words = { decision, incident, approval: asked.id, hash: asked.hash, reason };
  const said = await client.decide(typed === undefined ? words : { ...words, typed });
  const after = await client.case(incident);
  const decisions = after.decisions.filter((d) => d.approval === asked.id && d.hash === asked.hash);
  if (options.json) return printJson({ case: incident, approval: asked.id, ...said, decisions });
  for (const d of decisions)
    print(
      `${d.decision === 'approve' ? 'approved' : 'declined'} by ${inert(d.name)} at ${when(d.decidedAt, 'UTC')}: ${inert(d.reason)}`,
    );
  if (asked.needs === 'two' && decision === 'approve' && !asked.requester && decisions.length < 2)
    print('a second person has to approve it too');
}

/** The very text and recipients that an approval of a notice binds to. Throws Refusal when they are no longer those that were asked about. */
async function theNotice(client: ConsoleClient, incident: string, { subject, hash }: Asked): Promise<string[]> {
  const of = subject.kind === 'notice' ? noticeOfKey(subject.notice) : undefined;
  if (!of) return [];
  const shown = await client.notice(incident, of);
  if (shown.hash === hash) return [...noticePage(shown), ''];
  throw new Refusal('the text or the recipients have changed since it was asked: look at the new draft');
}

async function confirm(decision: string, options: Options): Promise<void> {
  if (!mayAsk(options)) throw new BadUsage('without a terminal, or with --json, a decision needs --yes and --reason');
  const answer = await question(`${decision === 'approve' ? 'Approve' : 'Decline'} this? [y/N]`);
  if (!/^y(?:es)?$/i.test(answer)) throw new Refusal('nothing was decided');
}

async function typedFor(asked: Asked, options: Options): Promise<string | undefined> {
  if (asked.typed === undefined) return undefined;
  if (mayAsk(options)) return question('It reopens an exposure. Type the name of the resource:');
  throw new BadUsage('it reopens an exposure: give the name of the resource with --typed');
}

function chosen({ head, approvals, decisions }: CaseFile, id: string | undefined): Asked {
  const pending = approvals.filter((a) => a.outcome === undefined);
  const choices = pending.map((a) => `  ${a.id}  ${inert(a.subject.title)}`).join('\n');
  if (id !== undefined) {
    const named = approvals.find((a) => a.id === id);
    if (!named)
      throw new BadUsage(
        `case ${head.id} asks for no approval "${inert(id)}"${choices ? `; it asks for\n${choices}` : '; it asks for nothing now'}`,
      );
    if (named.outcome === undefined) return named;
    const last = decisions.findLast((d) => d.approval === id && d.hash === named.hash);
    throw new Refusal(
      last ? `already decided by ${inert(last.name)} at ${when(last.decidedAt, 'UTC')}` : `already ${named.outcome}`,
    );
  }
  const [only, another] = pending;
  if (!only) throw new Refusal(`case ${head.id} asks for nothing now; it is ${head.status}`);
  if (another) throw new BadUsage(`case ${head.id} asks for several things; name one of\n${choices}`);
  return only;
}

/** Everything that the hash of the approval covers, in words. */
function description({ head }: CaseFile, asked: Asked): string[] {
  const block = (heading: string, entries: string[]) =>
    entries.map((e, n) => `  ${(n === 0 ? heading : '').padEnd(10)}${inert(e, 600)}`);
  return [
    `case ${head.id}: ${inert(head.title)} (${head.status})`,
    asked.subject.kind === 'notice'
      ? inert(asked.subject.title)
      : `${inert(asked.subject.title)}: ${inert(asked.subject.target.id)} in account ${asked.subject.target.account}`,
    ...block('changes', asked.shows),
    ...block('loses', asked.losses.length > 0 ? asked.losses : ['nobody loses anything']),
    ...block('means', [asked.consequence]),
    ...block('asked', asked.asks),
    ...block('until', [
      `${when(asked.expiresAt, 'UTC')}; if nobody answers, ${asked.onTimeout === 'proceed' ? 'it is done' : 'nothing is done'}`,
    ]),
    ...block('needs', [asked.needs === 'two' ? 'two people' : 'one person']),
    '',
  ];
}
