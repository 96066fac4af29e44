import type { JsonObject } from '../../lambdas/core/json.ts';
import type { ObligationStatus } from '../../lambdas/core/obligation.ts';
import type { Person, Settings } from '../../lambdas/core/settings.ts';
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
  /** who answers: a person of the settings' on-call order, or whom the settings name for the legal entity */
  person: number | 'privacyOfficer' | 'counsel';
  decision: 'approve' | 'decline';
  reason: string;
}

/** An end that is right and is no full containment. */
export interface Expected {
  /** it is safe already: nothing is changed */
  untouched?: true;
  /** actions whose change the attacker takes back: each must be noticed, reopen the case and page people */
  drifts?: string[];
  /** what has become of notices at the end of `aftermath`: the status by `regime/obligation` */
  notices?: Record<string, ObligationStatus>;
  /** the undo is refused because somebody changed the target meanwhile */
  undoRefused?: true;
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
  /** how people answer when nobody is at the terminal, several in turn where two must approve; undefined: nobody answers */
  people(asked: { incident: string; approval: string; action: string }): Reaction | Reaction[] | undefined;
  /** what somebody else does while the product works: begins when the events have arrived, and goes on in drill time */
  meanwhile?(drill: Rehearsal): Promise<void>;
  /** what somebody changes between the containment and its undo */
  beforeUndo?(drill: Rehearsal): Promise<void>;
  /** the weeks after the undo, in drill time: the notices, and who forgets one */
  aftermath?(drill: Rehearsal, incident: string): Promise<void>;
  /** how the drill ends otherwise than with everything contained and put back */
  expects?: Expected;
  /** whether the drill ends with a rehearsal of the undo */
  restores: boolean;
  /** accounts that the undo must leave exactly as they were */
  accounts: string[];
  /**
   * What actions that preserve leave on purpose (evidence, a key that is no longer to be deleted): an account as it was before the
   * containment, amended by what of its present state is kept. Everything else must be as it was.
   */
  keeps?(before: JsonObject, now: JsonObject): JsonObject;
}

/** The person of the settings that a reaction names; undefined where they name none. */
export function personOf(
  { onCall, entities }: Pick<Settings, 'onCall' | 'entities'>,
  who: Reaction['person'],
): Person | undefined {
  return typeof who === 'number' ? onCall[who] : entities[0]?.[who];
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
