import * as FakeTimers from '@sinonjs/fake-timers';
import { Temporal } from 'temporal-polyfill';

const realImmediate = globalThis.setImmediate;

/**
 * The drill's time: timers and Date stand still until everything that runs has come to rest, then jump to the next timer.
 * One at a time in a process, because it replaces the global timers; `uninstall` gives them back.
 */
export class DrillClock {
  readonly #clock: FakeTimers.Clock;
  #busy = 0;

  constructor(start: string) {
    this.#clock = FakeTimers.install({
      now: Temporal.Instant.from(start).epochMilliseconds,
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
    });
  }

  now(): Temporal.Instant {
    return Temporal.Instant.fromEpochMilliseconds(this.#clock.now);
  }

  /** Time stands still while this runs: work that is not a timer (a module being loaded, a person being asked). */
  async still<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
    }
  }

  /** Resolves after so much drill time. */
  async after(seconds: number): Promise<void> {
    await new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));
  }

  /** Lets everything run until `done`, jumping from timer to timer. Stops when nothing is left that could ever happen. */
  async run(done: () => boolean): Promise<void> {
    for (;;) {
      await this.#rest();
      if (done() || this.#clock.countTimers() === 0) return;
      await this.#clock.nextAsync();
    }
  }

  async runFor(seconds: number): Promise<void> {
    const end = this.now().add({ milliseconds: Math.round(seconds * 1000) });
    let reached = false;
    setTimeout(() => {
      reached = true;
    }, seconds * 1000);
    await this.run(() => reached || Temporal.Instant.compare(this.now(), end) > 0);
  }

  /** Promises settle in turns of the event loop; a few quiet turns in a row mean that only timers are left. */
  async #rest(): Promise<void> {
    for (let quiet = 0; quiet < 4; ) {
      await new Promise<void>((resolve) => realImmediate(resolve));
      quiet = this.#busy === 0 ? quiet + 1 : 0;
    }
  }

  uninstall(): void {
    this.#clock.uninstall();
  }
}
