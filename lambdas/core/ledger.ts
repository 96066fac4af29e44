import { z } from 'zod';

/**
 * Where one e-mail to one recipient stands.
 *
 *   (none) ──claim──▶ claimed ──SES accepted──▶ accepted ──▶ delivered ──▶ bounced ──▶ complained
 *                      │  ▲ │                     ▲  └─▶ refused (virus, rendering)
 *          SES throttled  │ ├──SES refused──▶ refused
 *                      ▼  │ └──no answer────▶ unknown ──event by tag──▶ accepted, delivered, …
 *                     queued
 *
 * SES has no idempotency token, so what may have been sent is never sent again: only `queued` is claimed again, and only SES's own
 * word that it did not take the message makes `queued`. Events come in any order and more than once; the highest state wins, so their
 * order does not matter.
 */
export const entryState = z.enum([
  'queued',
  'claimed',
  'unknown',
  'accepted',
  'refused',
  'delivered',
  'bounced',
  'complained',
]);
export type EntryState = z.infer<typeof entryState>;

/** What SES answered for one message, or that it did not answer, or that the function that asked is gone. */
export type Answer = 'accepted' | 'throttled' | 'refused' | 'lost';

/** What SES publishes about a message (SES developer guide, "Monitoring SES events using Amazon EventBridge"). */
export type MailEvent = 'sent' | 'delivered' | 'bounced' | 'complained' | 'rejected' | 'rendering-failed';

const rank = (state: EntryState): number => entryState.options.indexOf(state);
const higher = (a: EntryState, b: EntryState): EntryState => (rank(a) >= rank(b) ? a : b);

/** Whether an entry may be claimed for sending: there is none yet, or SES said that it did not take the message. */
export function mayClaim(state: EntryState | undefined): boolean {
  return state === undefined || state === 'queued';
}

/** An answer of SES about the attempt that claimed the entry. An event may have told more already. */
export function answered(state: EntryState, answer: Answer): EntryState {
  if (answer === 'throttled') return state === 'claimed' || state === 'unknown' ? 'queued' : state;
  const to = { accepted: 'accepted', refused: 'refused', lost: 'unknown' } as const;
  return higher(state, to[answer]);
}

/** An event of SES about a message with the entry's tags. */
export function happened(state: EntryState, event: MailEvent): EntryState {
  const to = {
    sent: 'accepted',
    delivered: 'delivered',
    bounced: 'bounced',
    complained: 'complained',
    rejected: 'refused',
    'rendering-failed': 'refused',
  } as const;
  return higher(state, to[event]);
}

/** The e-mail did not and will not reach the person: a letter or substitute notice is still owed. */
export function undelivered(state: EntryState): boolean {
  return state === 'refused' || state === 'bounced';
}

const list = z.int().positive();

/** How many e-mails people did not get. */
export const missed = ({ bounced = 0, refused = 0 }: Readonly<Record<string, number>>): number => bounced + refused;

/** One entry per recipient. Neither name nor address: the row names the person in the case bucket, `contact` is a keyed hash. */
export const entry = z.strictObject({
  row: z.int().positive(),
  /** position in its shard */
  index: z.int().nonnegative(),
  contact: z.string().regex(/^[0-9a-f]{32}$/),
  state: entryState,
  attempt: z.int().positive(),
  messageId: z.string().optional(),
  /** SES's own word for a refusal or a bounce */
  status: z.string().max(100).optional(),
  at: z.iso.datetime(),
  /** by number, the list on which a person finds it: each is on one list of each kind, so that nobody is written to twice */
  listed: z.strictObject({ failed: list.optional(), unknown: list.optional() }).optional(),
});
export type Entry = z.infer<typeof entry>;

/** How many entries are in each state; a difference may be below zero. */
export const counts = z.partialRecord(entryState, z.int());
export type Counts = z.infer<typeof counts>;

/** Adds up counts; states with none are left out. */
export function total(...all: Counts[]): Counts {
  const sum: Counts = {};
  for (const one of all) for (const state of entryState.options) sum[state] = (sum[state] ?? 0) + (one[state] ?? 0);
  return Object.fromEntries(Object.entries(sum).filter(([, n]) => n !== 0));
}

/** What moving entries from state to state does to the counts. `undefined` before: there was no entry. */
export function moved(moves: [EntryState | undefined, EntryState][]): Counts {
  return total(
    ...moves.map(([from, to]) => (from === to ? {} : { [to]: 1, ...(from === undefined ? {} : { [from]: -1 }) })),
  );
}

/** How far the sending of one shard is. `flying`: the positions that were claimed last, and until when their sender may still be at work. */
export const progress = z.strictObject({
  /** of the approved recipients: another list has another ledger */
  recipients: z.string(),
  rows: z.int().nonnegative(),
  next: z.int().nonnegative(),
  /** positions that SES throttled */
  again: z.array(z.int().nonnegative()),
  flying: z.strictObject({ indexes: z.array(z.int()), until: z.iso.datetime() }).optional(),
  counts,
});
export type Progress = z.infer<typeof progress>;

/** SendBulkEmail takes up to 50 destinations (SES API v2 reference); 51 items stay under the 100 of a transaction. */
export const bulk = 50;

/** Positions to claim next: first those to try again. At most `most`. */
export function upcoming({ again, next, rows }: Progress, most: number): number[] {
  const size = Math.max(0, Math.min(bulk, most));
  const old = again.slice(0, size);
  const fresh = Math.min(size - old.length, rows - next);
  return [...old, ...Array.from({ length: fresh }, (_, n) => next + n)];
}

/** Nothing is left to claim, and nothing is in flight. */
export function isSent({ again, next, rows, flying }: Progress): boolean {
  return next === rows && again.length === 0 && flying === undefined;
}
