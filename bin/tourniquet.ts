import { Command } from 'commander';
import { approveCommand } from './commands/approve.ts';
import { drillCommand } from './commands/drill.ts';
import { pauseCommand } from './commands/pause.ts';
import { planCommand } from './commands/plan.ts';
import { restoreCommand } from './commands/restore.ts';
import { failed } from './outcome.ts';

const program = new Command('tourniquet')
  .description('Stop the leak, keep the evidence, beat the clock.')
  .addHelpText('after', '\nExit codes: 0 done, 1 refused or failed, 2 bad usage.')
  .showSuggestionAfterError();

for (const command of [drillCommand(), planCommand(), approveCommand(), restoreCommand(), pauseCommand()])
  program.addCommand(command);
for (const each of [program, ...program.commands]) each.exitOverride();

// a reader that has seen enough (`| head`) is no failure
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = failed(error, process.argv.includes('--json'));
}
