import { BeforeStateChanged, Drift, Hindered } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { equal } from '../core/standing.ts';
import type { Target } from '../core/target.ts';
import type { Action, Member } from './action.ts';
import { isAnswer } from './aws-error.ts';

/** What one service logs or detects, by part (`settings`, `logging`, …); null where a part is gone. */
export type Parts = { [part: string]: Json };

/** A state of an action that puts logging or detection back. */
export type Restorable = {
  live: Parts;
  /** what the survey recorded, and when; null: nothing was */
  recorded: { parts: Parts; at: string } | null;
  /** the parts of `live` that are not as they should be: what this action changes, and all that it owns */
  restores: string[];
  /** why this action can put nothing back, and what a person is to do */
  hindered: string | null;
};

/** What an action says about its service; everything else is here. */
export interface Restoration {
  /** e.g. `the trail`, as sentences about it begin */
  noun: string;
  /** The live parts. Throws TargetNotFound, TargetForeign. `recorded` is given where a gone resource must be told from one that never was. */
  read(target: Target, member: Member, recorded: Parts | null): Promise<Parts>;
  /**
   * The parts as they should be, beside which nothing is touched; without a record only what is harmless to switch on. A text where
   * nothing can be put back: why, and what a person is to do.
   */
  goal(live: Parts, recorded: Parts | null, target: Target): Parts | string;
  /** Writes every part in which `to` is not `live`, so that a call that failed halfway can be made again. */
  write(target: Target, member: Member, live: Parts, to: Parts): Promise<void>;
  /** other names for the permissions: role names and the like */
  scope?(live: Parts, recorded: Parts | null): Record<string, string>;
  /** values that AWS itself gives a part that has just been made anew, on the way from gone to restored */
  fresh?: Parts;
  /** what a part is called and how its value is shown to people; no PHI */
  show(part: string, value: Json): string[];
  losses?(state: Restorable, target: Target): string[];
  /** error codes of the service at a write that people must see to first, and what they are to do */
  hindrances: Record<string, string>;
  survey(member: Member): Promise<Target[]>;
}

/** The whole action from what its service says. */
export function restoring(of: Restoration): Action<Restorable> {
  const recordedIn = ({ baseline }: Member): Restorable['recorded'] => {
    const parts = baseline?.live as Parts | undefined;
    return parts ? { parts, at: String(baseline?.recordedAt ?? '') } : null;
  };
  return {
    async capture(target, member) {
      const recorded = recordedIn(member);
      const live = await of.read(target, member, recorded?.parts ?? null);
      const found = of.goal(live, recorded?.parts ?? null, target);
      const [goal, hindered]: [Parts, string | null] = typeof found === 'string' ? [{}, found] : [found, null];
      const restores = Object.keys(goal).filter((part) => !equal(live[part] ?? null, goal[part] ?? null));
      return {
        state: { live, recorded, restores: restores.sort(), hindered },
        scope: of.scope?.(live, recorded?.parts ?? null) ?? {},
      };
    },
    owned: (state, before = state) => picked(state.live, before.restores),
    intend(state, target) {
      // not at the capture: the survey captures what nothing was recorded of yet
      if (state.hindered !== null) throw new Hindered(state.hindered);
      const goal = of.goal(state.live, state.recorded?.parts ?? null, target);
      return { ...state, live: { ...state.live, ...picked(goal as Parts, state.restores) } };
    },
    losses: (state, target) => of.losses?.(state, target) ?? [],
    describe: (before, after) => described(of, before, after),
    verify: (live, _target, after) => {
      const off = after.restores.filter((part) => !equal(live.live[part] ?? null, after.live[part] ?? null));
      return off.length === 0
        ? { safe: true }
        : { safe: false, why: `${of.noun} is not as recorded: ${off.join(', ')}` };
    },
    apply: (target, member, before, after) =>
      move(of, target, member, { from: before, to: after, parts: before.restores }, () => {
        return new BeforeStateChanged(`${of.noun} ${target.id} changed since it was read`);
      }),
    undo: (target, member, before, after) =>
      move(of, target, member, { from: after, to: before, parts: before.restores }, () => {
        return new Drift(`somebody changed ${of.noun} ${target.id} after us: decide by hand`);
      }),
    survey: of.survey,
  };
}

interface Way {
  from: Restorable;
  to: Restorable;
  parts: string[];
}

async function move(of: Restoration, target: Target, member: Member, way: Way, changed: () => Error): Promise<void> {
  const live = await of.read(target, member, way.from.recorded?.parts ?? null);
  const at = (parts: Parts, part: string) => parts[part] ?? null;
  const there = (part: string) => equal(at(live, part), at(way.to.live, part));
  // a write of several calls may have stopped halfway: a part is where it came from, where it goes, or as AWS makes it anew
  const known = (part: string) =>
    [at(way.from.live, part), ...(of.fresh && part in of.fresh ? [at(of.fresh, part)] : [])].some((value) =>
      equal(at(live, part), value),
    );
  if (way.parts.every(there)) return;
  if (!way.parts.every((part) => there(part) || known(part))) throw changed();
  try {
    await of.write(target, member, live, { ...live, ...picked(way.to.live, way.parts) });
  } catch (error) {
    const todo = isAnswer(error) ? of.hindrances[error.name] : undefined;
    if (todo === undefined) throw error;
    throw new Hindered(`${of.noun} ${target.id}: AWS answered ${(error as Error).name}. ${todo}`);
  }
}

function described(of: Restoration, before: Restorable, after: Restorable): string[] {
  const lines = after.restores.flatMap((part) => {
    const [was, becomes] = [before.live[part] ?? null, after.live[part] ?? null];
    if (equal(was, becomes)) return [];
    const [old = [], made = []] = [was, becomes].map((value) => (value === null ? ['none'] : of.show(part, value)));
    const gone = old.filter((line) => !made.includes(line));
    const fresh = made.filter((line) => !old.includes(line));
    return [`${part}: ${gone.join(', ') || 'less'} → ${fresh.join(', ') || 'less'}`];
  });
  const source = sourceOf(after);
  return lines.length === 0 || source === undefined ? lines : [...lines, source];
}

/** Where the values of a state come from, if it is what this action leaves and not what it found. */
function sourceOf({ live, recorded, restores }: Restorable): string | undefined {
  if (recorded && restores.every((part) => equal(live[part] ?? null, recorded.parts[part] ?? null)))
    return `as recorded at ${recorded.at}`;
  return !recorded && restores.every((part) => live[part] === true)
    ? 'nothing was recorded before: it is only switched on, and its settings stay as they are now'
    : undefined;
}

/** What is absent is null, so that two states of the same parts can be compared. */
function picked(parts: Parts, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, parts[name] ?? null]));
}
