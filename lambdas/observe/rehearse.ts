import { Foreseen } from '../core/errors.ts';
import type { Captured } from '../platform/action.ts';
import { load, type Of, type StepOf, stepOf } from '../platform/live.ts';
import type { Platform } from '../platform/platform.ts';

/** What one step of a rehearsal reads: the observer assumed, the target looked for. Throws what would stop the real thing. */
export async function rehearse(
  platform: Platform,
  of: Of,
): Promise<{ step: StepOf; lines: string[]; live?: Captured }> {
  const step = await stepOf(platform, of);
  const assumed = 'the observer was assumed';
  try {
    const { live } = await load(platform, of, 'observer');
    return { step, lines: [assumed, 'the target was read; nothing was changed'], live };
  } catch (error) {
    if (!(error instanceof Foreseen)) throw error;
    return {
      step,
      lines: [assumed, `the target was looked for and not found, as a sample's must be: ${error.message}`],
    };
  }
}
