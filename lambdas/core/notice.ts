import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { hashOf } from './json.ts';
import { recipientKind } from './regime.ts';

/**
 * Where a notice stands. `drafted`: nothing is under way, and nothing may be sent. `in-hand`: the machine has done its part, and a
 * person must do the rest (post letters, type into a portal) and record it.
 */
export const noticeState = z.enum(['drafted', 'checking', 'asked', 'sending', 'in-hand', 'sent']);
export type NoticeState = z.infer<typeof noticeState>;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().nonnegative();

/** What the check of every row of the recipients file found. `email + letters + substitute + none + already = rows - bad`. */
export const checkedRecipients = z.strictObject({
  /** over the slices in their order: changes with any recipient */
  hash,
  /** rows that repeat an earlier one: told once */
  duplicates: count,
  rows: count,
  email: count,
  letters: count,
  substitute: count,
  /** no notice needed and none possible: next of kin whose address is not known, 45 CFR 164.404(d)(1) */
  none: count,
  /** whom an earlier draft of the same notice reached, or may have reached: left out of this one */
  already: count.optional(),
  bad: count,
});

/**
 * The notice in work for one obligation of one incident. Never a text, a name or an address: those stand in the case bucket, and are
 * named here by hash.
 */
export const notice = z.strictObject({
  incident: z.string(),
  regime: z.string(),
  obligation: z.string(),
  recipientKind,
  /** grows with every change of text or recipients, which voids what was approved before */
  draft: z.int().positive(),
  state: noticeState,
  /** how often people have been asked to send this draft */
  attempt: z.int().nonnegative(),
  /** executions begun for this attempt: the tick begins the next where one has died */
  run: z.int().nonnegative(),
  execution: z.string().optional(),
  /** who stopped it by decision while it was being sent: a new draft may take its place */
  stoppedBy: z.string().optional(),
  textHash: hash,
  /** the text in the case bucket */
  text: z.string(),
  /** the uploaded file, pinned to one version; `checked` once every row was read */
  recipients: z
    .strictObject({
      object: z.string(),
      version: z.string(),
      /** bytes */
      size: count.optional(),
      uploadedAt: z.iso.datetime().optional(),
      checked: checkedRecipients.optional(),
    })
    .optional(),
  /** sentences on duration and cost, as shown before approval */
  quote: z.array(z.string()),
  /** ids of the approvals of this attempt */
  approvals: z.array(z.string()),
  /** it was asked for although a sending had already been recorded: it goes to more people, or says more */
  again: z.boolean().optional(),
  /** why it came back to `drafted`, or what a person must still do */
  problem: z.string().optional(),
  /** entries of the ledger by state, at the last look */
  sent: z.record(z.string(), count),
  /** documents for a person to send, in the case bucket */
  documents: z.array(z.strictObject({ object: z.string(), hash, what: z.string() })),
  /** when the machine had sent the last of it */
  finishedAt: z.iso.datetime().optional(),
  proof: z.strictObject({ object: z.string(), hash }).optional(),
  by: z.string(),
  at: z.iso.datetime(),
});
export type Notice = z.infer<typeof notice>;

export interface NoticeOf {
  regime: string;
  obligation: string;
  draft: number;
}

/** `<regime>.<obligation>.<draft>`: names one draft in state payloads, the ledger and object names. */
export function noticeKey({ regime, obligation, draft }: NoticeOf): string {
  return `${regime}.${obligation}.${draft}`;
}

/** The parts of a notice key (a regime's id may hold dots, the others hold none). Undefined when it is none. */
export function noticeOfKey(key: string): NoticeOf | undefined {
  const [, regime, obligation, draft] = /^([a-z0-9.-]+)\.([a-z0-9_]+)\.([1-9]\d{0,5})$/.exec(key) ?? [];
  if (regime === undefined || obligation === undefined) return undefined;
  return { regime, obligation, draft: Number(draft) };
}

/** What approvals bind to: any change of text or recipients gives another hash. */
export function noticeHash(of: NoticeOf & { textHash: string; recipientsHash: string | null }): string {
  return hashOf({
    text: of.textHash,
    recipients: of.recipientsHash,
    regime: of.regime,
    obligation: of.obligation,
    draft: of.draft,
  });
}

/** How long people have to decide on a notice: also when it is overdue, for late is better than never. */
const patienceHours = 72;
/** They are reminded as if it were due so much later at the soonest. */
const leastHours = 3;

/** Until when an approval is waited for. Pure. */
export function approvalExpiry(now: Temporal.Instant): Temporal.Instant {
  return now.add({ hours: patienceHours });
}

/** Minutes after which people are asked again: after a third and two thirds of the time until it is due, and after each day. Pure. */
export function approvalReminders(now: Temporal.Instant, dueLocal: string | null): number[] {
  const left =
    dueLocal === null
      ? patienceHours
      : now.until(Temporal.Instant.from(dueLocal), { largestUnit: 'hour' }).total('hours');
  const hours = Math.min(patienceHours, Math.max(leastHours, left));
  const marks = [hours / 3, (hours * 2) / 3, 24, 48].map((mark) => Math.round(mark * 60));
  return [...new Set(marks)].sort((a, b) => a - b);
}
