import { z } from 'zod';
import { approvalRequest, decision } from '../core/approval.ts';
import { type Change, change } from '../core/change.ts';
import { finding } from '../core/finding.ts';
import { head, stepOutcome } from '../core/incident.ts';
import { hashOf } from '../core/json.ts';
import { notice } from '../core/notice.ts';
import { plan } from '../core/plan.ts';
import { readiness } from '../core/readiness.ts';
import { recordType } from '../core/record.ts';
import { clocks, factsVersion, reminder, scheduleVersion } from '../core/schedule.ts';
import { type Target, target, targetKey } from '../core/target.ts';
import type { Key } from './table.ts';

/** The kinds of record and their keys (DESIGN §4). Each has its own version; a new one adds an upgrade from the last. */

const chainFields = { seq: z.int(), previous: z.string(), hash: z.string() };

export const timelineEntry = z.strictObject({
  /** when it happened, and when it was written down */
  event: z.iso.datetime(),
  recorded: z.iso.datetime(),
  kind: z.enum([
    'finding',
    'plan',
    'evidence',
    'change',
    'approval',
    'status',
    'told',
    'page',
    'obligation',
    'notice',
    'foothold',
    'correction',
  ]),
  /** who did it: a function of Tourniquet or a person */
  by: z.string(),
  /** one sentence without PHI */
  text: z.string(),
  /** the record it speaks of */
  about: z.string().optional(),
});
export type TimelineEntry = z.infer<typeof timelineEntry>;

export const coverage = z.strictObject({
  level: z.enum(['complete', 'partial', 'none']),
  notes: z.array(z.string()),
  from: z.string().optional(),
  to: z.string().optional(),
});

export const custodyEntry = z.strictObject({
  collector: z.string(),
  target,
  pass: z.int().nonnegative(),
  collectedAt: z.iso.datetime(),
  sha256: z.string(),
  bytes: z.int().nonnegative(),
  /** where in the vault; its name says nothing about its content */
  object: z.string(),
  summary: z.string(),
  coverage,
  by: z.string(),
});
export type CustodyEntry = z.infer<typeof custodyEntry>;

export const records = {
  head: recordType('incident head', 1, head),
  finding: recordType(
    'finding',
    1,
    z.strictObject({
      finding,
      via: z.array(z.string()),
      occurrences: z.int(),
      receivedAt: z.iso.datetime(),
      raw: z.string(),
    }),
  ),
  ignored: recordType(
    'ignored finding',
    1,
    z.strictObject({ finding, reason: z.string(), receivedAt: z.iso.datetime(), raw: z.string() }),
  ),
  rejected: recordType(
    'unreadable event',
    1,
    z.strictObject({ error: z.string(), field: z.string(), receivedAt: z.iso.datetime(), raw: z.string() }),
  ),
  plan: recordType(
    'plan',
    1,
    z.strictObject({
      plan,
      hash: z.string(),
      attempt: z.int(),
      state: z.enum(['drawn', 'started', 'done']),
      execution: z.string().optional(),
    }),
  ),
  step: recordType(
    'step',
    1,
    z.strictObject({
      plan: z.int(),
      step: z.int(),
      action: z.string(),
      title: z.string(),
      target,
      outcome: stepOutcome,
      why: z.string().optional(),
      attempt: z.int(),
      at: z.iso.datetime(),
    }),
  ),
  timeline: recordType('timeline entry', 1, timelineEntry.extend(chainFields)),
  custody: recordType('custody entry', 1, custodyEntry.extend(chainFields)),
  approval: recordType('approval', 1, approvalRequest),
  decision: recordType('decision', 1, decision),
  facts: recordType('facts', 1, factsVersion),
  schedule: recordType('schedule', 1, scheduleVersion),
  clocks: recordType('clocks', 1, clocks),
  reminder: recordType('reminder', 1, reminder),
  foothold: recordType(
    'foothold',
    1,
    z.strictObject({
      target,
      how: z.string(),
      foundBy: z.string(),
      foundAt: z.iso.datetime(),
      /** when the evidence last saw it made or used */
      seenAt: z.iso.datetime(),
      /** how many times each action must have been planned on it; grows when it is seen again after it was closed */
      openings: z.int().positive(),
      closedAt: z.iso.datetime().optional(),
    }),
  ),
  evidence: recordType(
    'evidence to collect',
    1,
    z.strictObject({
      incident: z.string(),
      collector: z.string(),
      target,
      again: z.array(z.string()),
      pass: z.int(),
      problem: z.string().optional(),
    }),
  ),
  change: recordType('change', 1, change),
  baseline: recordType(
    'baseline',
    1,
    z.strictObject({
      action: z.string(),
      target,
      /** as the action captures it: settings only, no secrets */
      state: z.record(z.string(), z.json()),
      /** when the survey last saw it so */
      recordedAt: z.iso.datetime(),
    }),
  ),
  /** while this incident is open nothing of the account is recorded as baseline: it may be the attacker's */
  held: recordType('baseline held by', 1, z.strictObject({ incident: z.string() })),
  open: recordType('open incident of', 1, z.strictObject({ incident: z.string() })),
  /** when changes were planned without asking anybody, in one account or in total */
  containments: recordType('containments', 1, z.strictObject({ times: z.array(z.iso.datetime()) })),
  doctor: recordType('report of the doctor', 1, readiness),
  page: recordType(
    'page',
    1,
    z.strictObject({
      incident: z.string(),
      id: z.string(),
      target,
      text: z.string(),
      manual: z.array(z.string()),
      sent: z.int(),
      acknowledgedBy: z.string().optional(),
      acknowledgedAt: z.iso.datetime().optional(),
    }),
  ),
  restore: recordType(
    'restore request',
    1,
    z.strictObject({
      id: z.string(),
      incident: z.string(),
      changes: z.array(z.strictObject({ action: z.string(), target, generation: z.int() })),
      requester: z.string(),
      signedInAs: z.string(),
      name: z.string(),
      reason: z.string(),
      requestedAt: z.iso.datetime(),
    }),
  ),
  notice: recordType('notice', 1, notice),
  setting: recordType(
    'setting',
    1,
    z.strictObject({
      name: z.string(),
      version: z.int(),
      value: z.json(),
      by: z.string(),
      reason: z.string(),
      at: z.iso.datetime(),
    }),
  ),
};

const digits = (n: number) => String(n).padStart(6, '0');
const incident = (id: string) => `INCIDENT#${id}`;

export const keys = {
  incident,
  head: (id: string): Key => ({ pk: incident(id), sk: 'HEAD' }),
  finding: (id: string, findingId: string): Key => ({ pk: incident(id), sk: `FINDING#${hashOf(findingId)}` }),
  plan: (id: string, n: number): Key => ({ pk: incident(id), sk: `PLAN#${digits(n)}` }),
  step: (id: string, n: number, i: number): Key => ({ pk: incident(id), sk: `STEP#${digits(n)}#${digits(i)}` }),
  timeline: (id: string, seq: number): Key => ({ pk: incident(id), sk: `TIMELINE#${digits(seq)}` }),
  custody: (id: string, seq: number): Key => ({ pk: incident(id), sk: `CUSTODY#${digits(seq)}` }),
  approval: (id: string, approval: string): Key => ({ pk: incident(id), sk: `APPROVAL#${approval}` }),
  decision: (id: string, approval: string, principal: string): Key => ({
    pk: incident(id),
    sk: `DECISION#${approval}#${hashOf(principal).slice(0, 16)}`,
  }),
  facts: (id: string, n: number): Key => ({ pk: incident(id), sk: `FACTS#${digits(n)}` }),
  schedule: (id: string, n: number): Key => ({ pk: incident(id), sk: `SCHEDULE#${digits(n)}` }),
  clocks: (id: string): Key => ({ pk: incident(id), sk: 'CLOCKS' }),
  reminder: (id: string, one: string): Key => ({ pk: incident(id), sk: `REMINDER#${one}` }),
  notice: (id: string, regime: string, name: string): Key => ({ pk: incident(id), sk: `NOTICE#${regime}#${name}` }),
  foothold: (id: string, t: Target): Key => ({ pk: incident(id), sk: `FOOTHOLD#${targetKey(t)}` }),
  evidence: (id: string, collector: string, t: Target): Key => ({
    pk: incident(id),
    sk: `EVIDENCE#${collector}#${targetKey(t)}`,
  }),
  page: (id: string, page: string): Key => ({ pk: incident(id), sk: `PAGE#${page}` }),
  restore: (id: string, request: string): Key => ({ pk: incident(id), sk: `RESTORE#${request}` }),
  doctor: (at: string): Key => ({ pk: 'DOCTOR', sk: `REPORT#${at}` }),
  openTarget: (t: Target): Key => ({ pk: `TARGET#${targetKey(t)}`, sk: 'OPEN' }),
  openRehearsal: (): Key => ({ pk: 'REHEARSAL', sk: 'OPEN' }),
  openFinding: (findingId: string): Key => ({ pk: `FINDING#${hashOf(findingId)}`, sk: 'OPEN' }),
  ignored: (findingId: string, id: string): Key => ({ pk: `FINDING#${hashOf(findingId)}`, sk: `IGNORED#${id}` }),
  rejected: (raw: string): Key => ({ pk: 'REJECTED', sk: raw }),
  changes: (t: Target): string => `TARGET#${targetKey(t)}`,
  change: (c: Pick<Change, 'action' | 'target' | 'generation'>): Key => ({
    pk: `TARGET#${targetKey(c.target)}`,
    sk: `CHANGE#${c.action}#${digits(c.generation)}`,
  }),
  baselines: (account: string): string => `BASELINE#${account}`,
  baseline: (action: string, t: Target): Key => ({
    pk: `BASELINE#${t.account}`,
    sk: `RECORDED#${action}#${targetKey(t)}`,
  }),
  held: (account: string, id: string): Key => ({ pk: `BASELINE#${account}`, sk: `HELD#${id}` }),
  containments: (of: string): Key => ({ pk: 'BRAKE', sk: of }),
  setting: (name: string): Key => ({ pk: 'SETTING', sk: name }),
};
