import type { Settings } from '../../lambdas/core/settings.ts';
import type { World } from '../aws/world.ts';
import type { Rehearsal } from './rehearsal.ts';

/** A call of the attacker's or of the clinic's, seen from outside: the HTTP status that AWS answers with. */
export interface Probe {
  name: string;
  kind: 'attack' | 'care';
  /** Resolves to the HTTP status; a refusal is an answer, not an error. */
  call(drill: Rehearsal): Promise<number>;
}

/** What one person of the script does when asked. */
export interface Reaction {
  /** seconds of drill time before the answer */
  after: number;
  /** which person of the settings' on-call order answers */
  person: number;
  decision: 'approve' | 'decline';
  reason: string;
}

/** The script of a drill (one folder below drills/scenarios). */
export interface Scenario {
  id: string;
  title: string;
  /** two or three sentences: what has happened */
  story: string;
  /** when the drill's clock starts, ISO instant: shortly before the finding arrives */
  start: string;
  /** changes the settings of the project's example for this drill */
  settings?(settings: Settings): Settings;
  seed(world: World): void;
  /** what the attacker did before the finding arrives */
  attack?(drill: Rehearsal): Promise<void>;
  /** the events that arrive, in order; each as EventBridge delivers it */
  events(drill: Rehearsal): Record<string, unknown>[];
  probes: Probe[];
  /** how people answer when nobody is at the terminal; undefined: nobody answers */
  people(asked: { incident: string; approval: string }): Reaction | undefined;
  /** whether the drill ends with a rehearsal of the undo */
  restores: boolean;
  /** accounts that the undo must leave exactly as they were */
  accounts: string[];
}

/** The status of a call, 200 when AWS answers it. Throws what is no answer of AWS. */
export async function status(call: Promise<unknown>): Promise<number> {
  try {
    await call;
    return 200;
  } catch (error) {
    const code = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (code === undefined) throw error;
    return code;
  }
}
