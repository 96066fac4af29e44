import { Command } from 'commander';
import { ConsoleClient } from '../console.ts';
import { print, printJson } from '../outcome.ts';
import { reasonFor } from '../question.ts';

/** `pause`: stops every containment from its next write on, in every account, until `--resume`. */
export function pauseCommand(): Command {
  return new Command('pause')
    .description('stop all containment, in every account, until it is resumed')
    .option('--resume', 'let containment go on', false)
    .option('--reason <text>', 'why; kept with the setting')
    .option('--api <url>', 'the console API (default: TOURNIQUET_API)')
    .option('--json', 'print one JSON document, and never ask', false)
    .action(async (options: { api?: string; resume: boolean; reason?: string; json: boolean }) => {
      const client = new ConsoleClient(options.api ?? process.env.TOURNIQUET_API);
      const decision = options.resume ? 'resume' : 'pause';
      const reason = await reasonFor(options, `Why do you ${decision} containment?`);
      const said = await client.decide({ decision, reason });
      if (options.json) return printJson(said);
      print(
        said.paused
          ? `paused since ${said.at}: nothing is contained, what arrives is kept\n  tourniquet pause --resume --reason …`
          : `resumed at ${said.at}: what waited is contained from the next tick on`,
      );
    });
}
