import type { Readable, Writable } from 'node:stream';
import type { ApprovalRequest } from '../../lambdas/core/approval.ts';
import type { Settings } from '../../lambdas/core/settings.ts';
import { personOf, type Reaction } from '../engine/scenario.ts';

// before the drill's clock replaces them: a person answers in real time
const realTimeout = globalThis.setTimeout;
const clearRealTimeout = globalThis.clearTimeout;

/** Where a person sits. */
export interface Seat {
  input: Readable;
  output: Writable;
  /** real seconds until the script answers for a person who touches no key */
  patienceSeconds: number;
  /** Ctrl-C */
  interrupted(): never;
}

type Choice = 'approve' | 'decline' | 'silence';
const words: Record<Choice, string> = { approve: 'approve', decline: 'decline', silence: 'do not answer' };

/**
 * Asks at the prompt. Whoever touches a key has all the time in the world; else the script answers when patience ends.
 * Undefined: nobody answers.
 */
export async function askAtPrompt(
  request: ApprovalRequest,
  scripted: Reaction | undefined,
  settings: Pick<Settings, 'onCall' | 'entities'>,
  seat: Seat,
): Promise<Reaction | undefined> {
  const free = settings.onCall.findIndex((p) => p.principal !== request.requester);
  const person = scripted?.person ?? Math.max(0, free);
  const name = personOf(settings, person)?.name ?? 'the person on call';
  const answer = await choose(scripted?.decision ?? 'silence', name, seat);
  if (answer === 'script' || answer === scripted?.decision) return scripted;
  if (answer === 'silence') return undefined;
  return { after: scripted?.after ?? 30, person, decision: answer, reason: 'decided at the prompt of the drill' };
}

async function choose(initial: Choice, who: string, seat: Seat): Promise<Choice | 'script'> {
  const { isCancel, select } = await import('@clack/prompts');
  const { input, output, patienceSeconds } = seat;
  const patience = new AbortController();
  const timer = realTimeout(() => patience.abort(), patienceSeconds * 1000);
  const touched = () => clearRealTimeout(timer);
  input.once('data', touched);
  const chosen = await select<Choice>({
    message: `You are ${who}. Your decision? (in ${patienceSeconds} s the script answers: ${words[initial]})`,
    options: [
      { value: 'approve', label: words.approve },
      { value: 'decline', label: words.decline },
      { value: 'silence', label: words.silence, hint: 'escalates, then what silence means' },
    ],
    initialValue: initial,
    signal: patience.signal,
    showInstructions: false,
    input,
    output,
  });
  clearRealTimeout(timer);
  input.off('data', touched);
  if (patience.signal.aborted) {
    output.write(`   nobody touched a key: the script answers: ${words[initial]}\n`);
    return 'script';
  }
  return isCancel(chosen) ? seat.interrupted() : chosen;
}
