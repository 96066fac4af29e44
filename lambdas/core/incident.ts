import { z } from 'zod';
import { type Finding, severity } from './finding.ts';
import { hashOf } from './json.ts';
import { type Target, targetKey } from './target.ts';

export const incidentStatus = z.enum([
  'open',
  'containing',
  'waiting for a person',
  'partly contained',
  'contained',
  'not contained',
  'nothing to contain',
  'closed',
]);
export type IncidentStatus = z.infer<typeof incidentStatus>;

/** How one step of a plan ended, or where it stands. */
export const stepOutcome = z.enum([
  'pending',
  'waiting',
  'verified',
  'already-safe',
  'declined',
  'held',
  'paused',
  'refused',
  'failed',
  'drifted',
  'restored',
]);
export type StepOutcome = z.infer<typeof stepOutcome>;

const link = z.strictObject({ seq: z.int().nonnegative(), hash: z.string() });
const stamp = z.iso.datetime().optional();

export const head = z.strictObject({
  id: z.string(),
  title: z.string(),
  account: z.string(),
  severity,
  status: incidentStatus,
  /** what keeps the status from being better, in sentences */
  open: z.array(z.string()),
  drill: z.boolean(),
  playbooks: z.array(z.string()),
  plans: z.int().nonnegative(),
  openedAt: z.iso.datetime(),
  closedAt: stamp,
  /** provisional discovery: the earliest creation time of any attached finding */
  discovery: z.iso.datetime(),
  chains: z.strictObject({ timeline: link, custody: link }),
  stamps: z.strictObject({
    activity: stamp,
    findingCreated: stamp,
    eventReceived: stamp,
    changeAccepted: stamp,
    containmentVerified: stamp,
  }),
});
export type Head = z.infer<typeof head>;

/** What one look at the records gives for the status of an incident. */
export interface Standing {
  steps: { title: string; target: Target; outcome: StepOutcome; plan: number; why?: string }[];
  withheld: { target: Target; reason: string }[];
  footholds: { target: Target; how: string; closed: boolean }[];
}

/**
 * Invariant 2: contained means every wanted change read back as safe, and no known foothold open. The newest outcome for
 * an action's target counts. Pure.
 */
export function standing(view: Standing): { status: IncidentStatus; open: string[] } {
  const open: string[] = [];
  const done = (o: StepOutcome) => o === 'verified' || o === 'already-safe';
  for (const f of view.footholds.filter((f) => !f.closed))
    open.push(`open foothold: ${f.target.kind} ${f.target.id} (${f.how})`);
  for (const w of view.withheld) open.push(`not touched: ${w.target.kind} ${w.target.id}: ${w.reason}`);
  for (const s of view.steps.filter((s) => !done(s.outcome)))
    open.push(`${s.title} (${s.target.id}): ${s.outcome}${s.why ? `: ${s.why}` : ''}`);
  const outcomes = view.steps.map((s) => s.outcome);
  const contained = outcomes.filter(done).length;
  if (outcomes.length === 0 && open.length === 0) return { status: 'nothing to contain', open };
  if (open.length === 0) return { status: 'contained', open };
  if (contained > 0) return { status: 'partly contained', open };
  if (outcomes.includes('pending')) return { status: 'containing', open };
  if (outcomes.includes('waiting')) return { status: 'waiting for a person', open };
  return { status: 'not contained', open };
}

/** The way an event may be taken: a drill accepts sample findings, the deployed intake does not. */
export interface Admission {
  samples: boolean;
}

/** Why a finding is not answered, or undefined. Each reason is recorded (DESIGN §2, findings.md §3 and §7). */
export function ignoreReason(finding: Finding, admission: Admission): string | undefined {
  if (finding.ignore) return finding.ignore;
  if (finding.sample && !admission.samples) return 'a sample finding, and this is no drill';
  if (finding.archived) return 'archived by a person or a suppression rule';
  if (finding.workflow && finding.workflow !== 'NEW')
    return `workflow status ${finding.workflow}: somebody has taken it; only NEW is answered`;
  if (finding.compliance && finding.compliance !== 'FAILED')
    return `compliance ${finding.compliance}: only FAILED is answered`;
  return undefined;
}

/** One cause, one incident: findings join by their id across products, or by a target they share (DESIGN §2). */
export function incidentKey(finding: Finding): string {
  const first = [...finding.targets].sort((a, b) => targetKey(a).localeCompare(targetKey(b)))[0];
  return first ? targetKey(first) : `finding#${hashOf(finding.id).slice(0, 24)}`;
}

/** What is known about the incidents that a finding could belong to. */
export interface Candidate {
  incident: string;
  /** by the finding's own id, or by a shared target */
  by: 'finding' | 'target';
  closedAt?: string;
}

export type Disposition =
  | { disposition: 'ignore'; reason: string }
  | { disposition: 'attach'; incident: string; reason: string }
  | { disposition: 'respond'; reason: string };

/** Respond, attach or ignore. Of several open candidates the finding's own comes first, then the oldest (ULIDs sort by time). Pure. */
export function dispose(finding: Finding, candidates: Candidate[], admission: Admission): Disposition {
  const reason = ignoreReason(finding, admission);
  if (reason) return { disposition: 'ignore', reason };
  const open = candidates
    .filter((c) => !c.closedAt)
    .sort((a, b) => (a.by === b.by ? a.incident.localeCompare(b.incident) : a.by === 'finding' ? -1 : 1))[0];
  if (open)
    return {
      disposition: 'attach',
      incident: open.incident,
      reason: open.by === 'finding' ? 'the same finding again' : 'it names a target of an open incident',
    };
  const closed = candidates
    .filter((c) => c.closedAt)
    .sort((a, b) => (b.closedAt ?? '').localeCompare(a.closedAt ?? ''))[0];
  if (closed?.closedAt && finding.updatedAt <= closed.closedAt)
    return {
      disposition: 'ignore',
      reason: `older than the close of incident ${closed.incident} (${closed.closedAt})`,
    };
  return {
    disposition: 'respond',
    reason: closed ? `newer than the close of incident ${closed.incident}` : 'a new cause',
  };
}
