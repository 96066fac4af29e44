import { Command } from 'commander';
import { approveCommand } from './commands/approve.ts';
import { clockCommand } from './commands/clock.ts';
import { doctorCommand } from './commands/doctor.ts';
import { drillCommand } from './commands/drill.ts';
import { factsCommand } from './commands/facts.ts';
import { notifyCommand } from './commands/notify.ts';
import { pauseCommand } from './commands/pause.ts';
import { planCommand } from './commands/plan.ts';
import { restoreCommand } from './commands/restore.ts';
import { failed } from './outcome.ts';

/** Runs one command line (without node and script). Returns the exit code: 0 done, 1 refused or failed, 2 bad usage. */
export async function run(words: readonly string[]): Promise<number> {
  const program = new Command('tourniquet')
    .description('Stop the leak, keep the evidence, beat the clock.')
    .addHelpText('after', '\nExit codes: 0 done, 1 refused or failed, 2 bad usage.');
  for (const command of [
    drillCommand(),
    planCommand(),
    approveCommand(),
    restoreCommand(),
    pauseCommand(),
    doctorCommand(),
    factsCommand(),
    notifyCommand(),
    clockCommand(),
  ])
    program.addCommand(command);
  for (const each of [program, ...program.commands]) each.exitOverride();
  try {
    await program.parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    return failed(error, words.includes('--json'));
  }
}
