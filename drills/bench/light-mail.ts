import type { BulkEmailEntryResult, SendBulkEmailRequest, SendBulkEmailResponse } from '@aws-sdk/client-sesv2';
import { AwsError } from '../aws/kernel.ts';

/** Chances of what SES does to one message, and to the answer of one call. */
export interface Odds {
  throttled: number;
  bounced: number;
  complained: number;
  refused: number;
  /** the call was taken, and its answer is lost */
  unanswered: number;
}

/** SES that keeps counts instead of bodies, and events until somebody hears them. */
export class LightMail {
  /** how often a message to this row was taken */
  readonly taken: Uint8Array;
  readonly refused = new Set<number>();
  throttles = 0;
  readonly #events: string[] = [];
  readonly #odds: Odds;
  readonly #random: () => number;
  /** a test's own answer to a call, or its error */
  answers?: (input: SendBulkEmailRequest) => Promise<SendBulkEmailResponse> | SendBulkEmailResponse | Error | undefined;

  constructor(rows: number, odds: Odds, random: () => number) {
    this.taken = new Uint8Array(rows + 2);
    this.#odds = odds;
    this.#random = random;
  }

  sendBulkEmail(input: SendBulkEmailRequest): Promise<SendBulkEmailResponse> | SendBulkEmailResponse {
    const own = this.answers?.(input);
    if (own instanceof Error) throw own;
    if (own) return own;
    const BulkEmailEntryResults = (input.BulkEmailEntries ?? []).map(({ ReplacementTags = [] }) =>
      this.#one(Object.fromEntries(ReplacementTags.map(({ Name, Value }) => [Name ?? '', [Value ?? '']]))),
    );
    if (this.#random() < this.#odds.unanswered) throw new AwsError('ServiceUnavailable', 503, 'no answer');
    return { BulkEmailEntryResults };
  }

  #one(tags: Record<string, string[]>): BulkEmailEntryResult {
    const row = Number(tags.row?.[0]);
    const { throttled, refused, bounced, complained } = this.#odds;
    if (this.#random() < throttled) {
      this.throttles += 1;
      return { Status: 'ACCOUNT_THROTTLED', Error: 'Maximum sending rate exceeded.' };
    }
    if (this.#random() < refused) {
      this.refused.add(row);
      return { Status: 'MESSAGE_REJECTED', Error: 'rejected' };
    }
    this.taken[row] = (this.taken[row] ?? 0) + 1;
    const messageId = `m-${row}-${this.taken[row]}`;
    this.#tell('Send', messageId, tags);
    const chance = this.#random();
    if (chance < bounced) this.#tell('Bounce', messageId, tags);
    else this.#tell('Delivery', messageId, tags);
    if (chance > 1 - complained) this.#tell('Complaint', messageId, tags);
    return { Status: 'SUCCESS', MessageId: messageId };
  }

  #tell(eventType: string, messageId: string, tags: Record<string, string[]>): void {
    const bounce = eventType === 'Bounce' ? { bounce: { bounceType: 'Permanent' } } : {};
    this.#events.push(
      JSON.stringify({ source: 'aws.ses', detail: { eventType, mail: { messageId, tags }, ...bounce } }),
    );
  }

  /** Events in any order, some of them twice. */
  takeEvents(): string[] {
    const events = this.#events.splice(0);
    for (let n = events.length - 1; n > 0; n--) {
      const other = Math.floor(this.#random() * (n + 1));
      [events[n], events[other]] = [events[other] ?? '', events[n] ?? ''];
    }
    const again = events.filter(() => this.#random() < 0.01);
    return [...events, ...again];
  }
}
