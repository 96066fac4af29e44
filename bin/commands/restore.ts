import { Command } from 'commander';
import { inert } from '../../lambdas/core/inert.ts';
import { type CaseFile, ConsoleClient, caseId } from '../console.ts';
import { BadUsage, print, printJson } from '../outcome.ts';
import { reasonFor } from '../question.ts';

interface Options {
  api?: string;
  reason?: string;
  change: string[];
  json: boolean;
}

/** `restore <case>`: asks for an undo, which others must approve. */
export function restoreCommand(): Command {
  return new Command('restore')
    .description('ask to put back what a case has changed; somebody else must approve it')
    .argument('<case>', 'the case id')
    .option('--reason <text>', 'why; kept with the request')
    .option(
      '--change <action:resource>',
      'only this change; may be repeated (default: every standing one)',
      collect,
      [],
    )
    .option('--api <url>', 'the console API (default: TOURNIQUET_API)')
    .option('--json', 'print one JSON document, and never ask', false)
    .action(async (id: string, options: Options) => {
      const incident = caseId(id);
      const client = new ConsoleClient(options.api ?? process.env.TOURNIQUET_API);
      const changes = options.change.length > 0 ? named(await client.case(incident), options.change) : undefined;
      const reason = await reasonFor(options, 'Why should it be put back?');
      const words = { decision: 'restore', incident, reason };
      const said = await client.decide(changes ? { ...words, changes } : words);
      if (options.json) return printJson({ case: incident, ...said });
      for (const kept of Array.isArray(said.kept) ? said.kept : []) print(`kept: ${inert(String(kept), 600)}`);
      print(`asked for: nothing is undone until others approve it\n  tourniquet approve ${incident} ${said.approval}`);
    });
}

const collect = (value: string, earlier: string[]) => [...earlier, value];

const nameOf = (c: CaseFile['changes'][number]) => `${c.action}:${c.target.id}`;

/** The newest standing change of each name. Throws BadUsage naming the choices. */
function named({ head, changes }: CaseFile, wanted: string[]) {
  const standing = changes.filter((c) => ['accepted', 'verified'].includes(c.state));
  return wanted.map((name) => {
    const found = standing.findLast((c) => nameOf(c) === name);
    if (found) return { action: found.action, target: found.target, generation: found.generation };
    const choices = standing.map((c) => `\n  ${inert(nameOf(c))}`).join('');
    throw new BadUsage(
      `no standing change of case ${head.id} is "${inert(name)}"; ${choices ? `there are${choices}` : 'there is none'}`,
    );
  });
}
