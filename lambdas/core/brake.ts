import { Temporal } from 'temporal-polyfill';
import type { Settings } from './settings.ts';
import { type Target, targetKey } from './target.ts';

/** When containments were planned without asking anybody, as ISO instants: by account id, and in total. */
export type Containments = Readonly<Record<string, readonly string[]>>;

/** How every sentence of the brake begins. */
export const brakeSays = 'the brake: ';

/** The key under which `Containments` counts every account together. */
export const total = 'total';

/** Those of the last minutes, which is all that the brake looks at. `now` is an ISO instant. Pure. */
export function recent(times: readonly string[], { brake }: Settings, now: string): string[] {
  const since = Temporal.Instant.from(now).subtract({ minutes: brake.minutes });
  return times.filter((t) => Temporal.Instant.compare(Temporal.Instant.from(t), since) > 0);
}

/**
 * Counts the containments of one plan against the brake: a flood of findings, forged or not, must not cut off a hospital unasked.
 * `ask` gives the sentence with which a person is asked instead, or undefined when there is room, which is then taken.
 */
export class Brake {
  readonly #left: Map<string, number>;
  readonly #settings: Settings;
  readonly #before: Containments;
  readonly #now: string;
  readonly taken: string[] = [];
  readonly #targets = new Set<string>();

  constructor(settings: Settings, before: Containments, now: string) {
    this.#settings = settings;
    this.#before = before;
    this.#now = now;
    this.#left = new Map();
  }

  ask(t: Target): string | undefined {
    const { brake } = this.#settings;
    const { account } = t;
    // several changes to one target cut off one target
    if (this.#targets.has(targetKey(t))) return undefined;
    const within = `containments in ${brake.minutes} minutes`;
    if (this.#room(total, brake.total) <= 0)
      return `${brakeSays}${brake.total} ${within} in all accounts; from here on people decide`;
    if (this.#room(account, brake.perAccount) <= 0)
      return `${brakeSays}${brake.perAccount} ${within} in account ${account}; from here on people decide`;
    for (const key of [account, total]) this.#left.set(key, (this.#left.get(key) ?? 0) - 1);
    this.taken.push(account);
    this.#targets.add(targetKey(t));
    return undefined;
  }

  #room(key: string, limit: number): number {
    const left = this.#left.get(key) ?? limit - recent(this.#before[key] ?? [], this.#settings, this.#now).length;
    this.#left.set(key, left);
    return left;
  }
}
