import { Temporal } from 'temporal-polyfill';

export type Clock = () => Temporal.Instant;

/**
 * Security state that AWS replicates: a read-back sees the stored value at once, access evaluation sees it after the
 * propagation delay (IAM user guide, "Changes that I make are not always immediately visible").
 */
export class Staged<T> {
  readonly #now: Clock;
  readonly #delay: number;
  #versions: { from: Temporal.Instant; value: T }[];

  /** `delay` in milliseconds; the first value is effective at once. */
  constructor(now: Clock, delay: number, value: T) {
    this.#now = now;
    this.#delay = delay;
    this.#versions = [{ from: now(), value }];
  }

  get stored(): T {
    return this.#last().value;
  }

  get effective(): T {
    const now = this.#now();
    const seen = this.#versions.filter((v) => Temporal.Instant.compare(v.from, now) <= 0);
    return (seen.at(-1) ?? this.#first()).value;
  }

  set(value: T): void {
    this.#versions.push({ from: this.#now().add({ milliseconds: this.#delay }), value });
  }

  /** Seeding: stored and effective at once. */
  seed(value: T): void {
    this.#versions = [{ from: this.#now(), value }];
  }

  #first(): { from: Temporal.Instant; value: T } {
    return this.#versions[0] as { from: Temporal.Instant; value: T };
  }

  #last(): { from: Temporal.Instant; value: T } {
    return this.#versions.at(-1) as { from: Temporal.Instant; value: T };
  }
}
