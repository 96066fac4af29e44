import type { Json } from '../../lambdas/core/json.ts';
import type { DeployedMapping } from '../aws/cloudformation/deployment.ts';
import type { DrillClock } from './clock.ts';

/** Seconds until a message that was not taken in is visible again, and until a stream's batch is tried again. */
const visibleAgain = 60;
const streamAgain = 1;

/** Event source mappings at work: queue messages and stream batches, brought to a function until it takes them or they are given up. */
export class Deliveries {
  /** messages and batches that were given up */
  readonly deadLetters: string[] = [];
  readonly #clock: DrillClock;
  readonly #invoke: (functionName: string, payload: Json) => Promise<Json>;
  readonly #busy = new Map<string, number>();
  #waiting = 0;
  #streamed: Promise<void> = Promise.resolve();

  constructor(clock: DrillClock, invoke: (functionName: string, payload: Json) => Promise<Json>) {
    this.#clock = clock;
    this.#invoke = invoke;
  }

  /** Whether anything still waits to be taken. */
  get waiting(): boolean {
    return this.#waiting > 0;
  }

  /** As SQS: no more at once than the mapping allows; a message that was not taken in becomes visible again `receives` times. */
  async message(mapping: DeployedMapping, body: string, receives: number): Promise<void> {
    this.#waiting += 1;
    for (let n = 1; n <= receives; n++) {
      if (await this.#inTurn(mapping, { Records: [{ messageId: `m-${n}`, body }] })) {
        this.#waiting -= 1;
        return;
      }
      await this.#clock.after(visibleAgain);
    }
    this.#waiting -= 1;
    this.deadLetters.push(body);
  }

  /** As a stream: one batch after the other, each again until the function takes it. */
  stream(mapping: DeployedMapping, records: readonly object[]): void {
    const batch = JSON.parse(JSON.stringify({ Records: records }));
    this.#waiting += 1;
    this.#streamed = this.#streamed.then(async () => {
      let left = mapping.maximumRetryAttempts ?? Number.POSITIVE_INFINITY;
      while (!(await this.#takes(mapping.functionName, batch))) {
        if (left === 0) {
          this.deadLetters.push(JSON.stringify(batch));
          break;
        }
        left -= 1;
        await this.#clock.after(streamAgain);
      }
      this.#waiting -= 1;
    });
  }

  readonly #turns: (() => void)[] = [];

  async #inTurn(mapping: DeployedMapping, batch: Json): Promise<boolean> {
    const busy = () => this.#busy.get(mapping.functionName) ?? 0;
    const limit = mapping.maximumConcurrency ?? Number.POSITIVE_INFINITY;
    while (busy() >= limit) await new Promise<void>((resolve) => this.#turns.push(resolve));
    this.#busy.set(mapping.functionName, busy() + 1);
    try {
      return await this.#takes(mapping.functionName, batch);
    } finally {
      this.#busy.set(mapping.functionName, busy() - 1);
      this.#turns.shift()?.();
    }
  }

  async #takes(functionName: string, batch: Json): Promise<boolean> {
    try {
      const answer = (await this.#invoke(functionName, batch)) as { batchItemFailures?: unknown[] } | null;
      return !answer?.batchItemFailures?.length;
    } catch {
      return false;
    }
  }
}
