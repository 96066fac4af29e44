import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { hashOf } from './json.ts';
import { approvalNeed } from './manifest.ts';
import { person } from './settings.ts';
import { named, target } from './target.ts';

/** Minutes after which the next person of the on-call order is asked too, and after which nobody is waited for. */
export const escalationMinutes = [5, 10, 15] as const;
export const patienceMinutes = 20;

const absent = z.undefined().optional();

export const approvalRequest = z.strictObject({
  id: z.string(),
  incident: z.string(),
  subject: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.enum(['step', 'restore']),
      plan: z.int(),
      step: z.int(),
      action: z.string(),
      target,
      title: z.string(),
    }),
    z.strictObject({
      kind: z.literal('notice'),
      /** `<regime>.<obligation>.<draft>` */
      notice: z.string(),
      title: z.string(),
      plan: absent,
      step: absent,
      action: absent,
      target: absent,
    }),
  ]),
  /** everything that was shown: the plan's hash, the before-state and the intended result; a notice's text and recipients */
  hash: z.string(),
  /** hash of the part of the before-state that the action changes: if it differs later, people are asked again */
  before: z.string(),
  /** lines `before → after` */
  shows: z.array(z.string()),
  losses: z.array(z.string()),
  consequence: z.string(),
  asks: z.array(z.string()),
  needs: approvalNeed.exclude(['none']),
  onTimeout: z.enum(['proceed', 'hold']),
  /** who asked for it, when a person did: never its approver */
  requester: z.string().optional(),
  /** the identity, to the session, by which the requester signed in: nobody who signs in by that session's name is its approver */
  requesterSignedInAs: z.string().optional(),
  /** only these people decide, and are told; absent: the on-call order */
  deciders: z.array(person).min(1).optional(),
  /** minutes after which people are asked again; absent: `escalationMinutes` */
  escalation: z.array(z.int().positive()).optional(),
  /** text that the approver must type, where an exposure would be reopened */
  typed: z.string().optional(),
  askedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** how many people of the on-call order have been told */
  told: z.int().nonnegative(),
  /** opaque callback token: only in this record, never shown, sent or logged */
  token: z.string().optional(),
  outcome: z.enum(['approved', 'declined', 'timed-out', 'voided']).optional(),
});
export type ApprovalRequest = z.infer<typeof approvalRequest>;

export const decision = z.strictObject({
  approval: z.string(),
  hash: z.string(),
  decision: z.enum(['approve', 'decline']),
  principal: z.string(),
  /** the identity that the authorizer named, to the session: a role's principal may be several people's */
  signedInAs: z.string(),
  name: z.string(),
  reason: z.string().min(3),
  decidedAt: z.iso.datetime(),
});
export type Decision = z.infer<typeof decision>;

/** Binds an approval to what was shown. A changed plan or before-state gives another hash and voids what was approved. */
export function approvalHash(shown: {
  planHash: string;
  step: number;
  action: string;
  before: unknown;
  after: unknown;
}): string {
  return hashOf(shown);
}

export type Look =
  | { outcome: 'approved' | 'declined' | 'timed-out'; by: string[] }
  | { outcome: 'ask'; level: number; waitSeconds: number };

/** What is asked about, for people: `Block public access (bucket records)`. */
export function subjectText({ subject }: Pick<ApprovalRequest, 'subject'>): string {
  return subject.kind === 'notice' ? subject.title : `${subject.title} (${named(subject.target)})`;
}

/** The human's name in what an authorizer named: Identity Center names each of a person's sessions alike, whatever the role. */
export function sessionName(signedInAs: string): string {
  return signedInAs.slice(signedInAs.lastIndexOf('/') + 1).toLowerCase();
}

function decides({ deciders, requester }: Pick<ApprovalRequest, 'deciders' | 'requester'>, principal: string): boolean {
  return principal !== requester && (deciders?.some((d) => d.principal === principal) ?? true);
}

/**
 * Invariant 11: what the records say now. Only decisions on this very hash count, one per person, never the requester's, and only
 * those of the deciders where some are named. Pure.
 */
export function look(request: ApprovalRequest, decisions: readonly Decision[], now: Temporal.Instant): Look {
  const valid = decisions.filter((d) => d.hash === request.hash && decides(request, d.principal));
  const declined = valid.find((d) => d.decision === 'decline');
  if (declined) return { outcome: 'declined', by: [declined.name] };
  const approvers = new Map(valid.map((d) => [d.principal, d.name]));
  const have = approvers.size + (request.requester ? 1 : 0);
  if (approvers.size > 0 && have >= (request.needs === 'two' ? 2 : 1))
    return { outcome: 'approved', by: [...approvers.values()] };
  const left = secondsBetween(now, Temporal.Instant.from(request.expiresAt));
  if (left <= 0) return { outcome: 'timed-out', by: [] };
  const asked = Temporal.Instant.from(request.askedAt);
  const marks = (request.escalation ?? escalationMinutes).map((m) => secondsBetween(now, asked.add({ minutes: m })));
  const next = marks.find((s) => s > 0) ?? left;
  return {
    outcome: 'ask',
    level: marks.filter((s) => s <= 0).length,
    waitSeconds: Math.max(1, Math.ceil(Math.min(next, left))),
  };
}

function secondsBetween(from: Temporal.Instant, to: Temporal.Instant): number {
  return from.until(to, { largestUnit: 'second' }).total('seconds');
}

/** Why a person's decision is refused, or undefined. `typed` is what the person typed. Pure. */
export function decisionRefusal(
  request: ApprovalRequest,
  given: { principal: string; signedInAs?: string; hash: string; typed?: string },
  earlier: readonly Decision[],
  now: Temporal.Instant,
): string | undefined {
  // what the records say now: the machine may not have looked at them yet
  const over = request.outcome ?? look(request, earlier, now).outcome;
  if (over !== 'ask') return whyOver(request, over, earlier);
  if (given.hash !== request.hash)
    return 'what you saw is no longer what would be done: look at it again and decide on the new one';
  const { signedInAs, principal } = given;
  const sameSession = (other: string | undefined) =>
    signedInAs !== undefined && other !== undefined && sessionName(signedInAs) === sessionName(other);
  if (request.requester === principal || sameSession(request.requesterSignedInAs))
    return request.subject.kind === 'notice'
      ? 'you approved it for the first of its two approvals, so somebody else must give this one'
      : 'you asked for it, so somebody else must approve it';
  if (!decides(request, principal)) return `only ${request.deciders?.map((d) => d.name).join(' or ')} may decide this`;
  if (earlier.some((d) => d.hash === request.hash && (d.principal === principal || sameSession(d.signedInAs))))
    return 'you have already decided; a second person is asked';
  if (request.typed && given.typed !== request.typed)
    return `it reopens an exposure: type "${request.typed}" to confirm`;
  return undefined;
}

function whyOver(
  request: ApprovalRequest,
  over: NonNullable<ApprovalRequest['outcome']>,
  earlier: readonly Decision[],
): string {
  if (over === 'voided' && request.subject.kind === 'notice')
    return 'it is void: the text or the recipients have changed since it was asked; look at the new draft';
  if (over === 'voided')
    return 'it is void: the target has changed since it was asked; look at the case again and decide on the new question';
  if (over === 'timed-out')
    return `nobody answered until ${request.expiresAt}, so it ${request.onTimeout === 'proceed' ? 'went ahead' : 'was held'}`;
  const last = earlier
    .filter((d) => d.hash === request.hash && d.decision === (over === 'approved' ? 'approve' : 'decline'))
    .sort((a, b) => a.decidedAt.localeCompare(b.decidedAt))
    .at(-1);
  return last ? `already decided by ${last.name} at ${last.decidedAt}` : `already ${over}`;
}

/**
 * How many people of the on-call order are asked at a level: one more where a second person must decide. Where deciders are named, all
 * of them are asked, and it counts how often. Pure.
 */
export function askedAt(request: Pick<ApprovalRequest, 'needs' | 'requester' | 'deciders'>, level: number): number {
  if (request.deciders) return level + 1;
  return level + (request.needs === 'two' || request.requester ? 2 : 1);
}
