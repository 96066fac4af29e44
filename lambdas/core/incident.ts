import { z } from 'zod';
import { type Actor, type Finding, severity } from './finding.ts';
import { hashOf } from './json.ts';
import { ownRoles } from './own-roles.ts';
import { workKey } from './reinforcement.ts';
import { joinsFindings, named, type Target, targetKey } from './target.ts';

export const incidentStatus = z.enum([
  'open',
  'containing',
  'waiting for a person',
  'partly contained',
  'contained',
  'not contained',
  'nothing to contain',
  'rehearsed',
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
  'rehearsed',
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
  /** stronger repeats of what holds, which people left undone, in sentences */
  offered: z.array(z.string()).default([]),
  drill: z.boolean(),
  /** a sample finding in the deployed system: everything happens but the writes */
  rehearsal: z.boolean().default(false),
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

/** What one look at the records gives for the status of an incident. `reinforces`: the work (`workKey`) that it only repeats more strongly. */
export interface Standing {
  steps: {
    action: string;
    title: string;
    target: Target;
    outcome: StepOutcome;
    plan: number;
    why?: string;
    reinforces?: string[];
  }[];
  withheld: { target: Target; reason: string; reinforces?: string[] }[];
  footholds: { target: Target; how: string; closed: boolean }[];
}

export interface Stood {
  status: IncidentStatus;
  /** what keeps the status from being better */
  open: string[];
  /** stronger repeats of what holds already, which people left undone or which must not be done */
  offered: string[];
}

const isDone = (o: StepOutcome) => o === 'verified' || o === 'already-safe' || o === 'rehearsed';
const isUndecided = (o: StepOutcome) => o === 'pending' || o === 'waiting';

/** Whether all that work repeats more strongly holds already: then nothing is open for want of it. */
function holds(view: Pick<Standing, 'steps'>, reinforces: readonly string[] = []): boolean {
  const done = new Set(view.steps.filter((s) => isDone(s.outcome)).map(workKey));
  return reinforces.length > 0 && reinforces.every((work) => done.has(work));
}

/** Whether a step that a person declined leaves nothing open; silence decides nothing. Pure. */
export function isOffered(view: Pick<Standing, 'steps'>, s: Pick<Standing['steps'][number], 'outcome' | 'reinforces'>) {
  return s.outcome === 'declined' && holds(view, s.reinforces);
}

/** What must not be touched and leaves something open, once for a target and reason. Pure. */
export function untouched(view: Pick<Standing, 'steps' | 'withheld'>): string[] {
  const open = view.withheld.filter((w) => !holds(view, w.reinforces));
  return [...new Set(open.map((w) => `not touched: ${named(w.target)}: ${w.reason}`))];
}

/** How many undecided steps are named before the rest is only counted. */
const namedSteps = 3;

/**
 * Invariant 2: contained means every wanted change read back as safe, and no known foothold open. The newest outcome for
 * an action's target counts. What only reinforces a change that holds is wanted as long as people have not decided. Pure.
 */
export function standing(view: Standing): Stood {
  const line = (s: Standing['steps'][number]) =>
    `${s.title} (${s.target.id}): ${s.outcome}${s.why ? `: ${s.why}` : ''}`;
  const left = view.steps.filter((s) => isOffered(view, s));
  const missing = view.steps.filter((s) => !isDone(s.outcome) && !left.includes(s));
  const undecided = missing.filter((s) => isUndecided(s.outcome));
  const spelled = undecided.length > namedSteps + 1 ? undecided.slice(0, namedSteps) : undecided;
  const more = undecided.length - spelled.length;
  const decisive = [
    ...view.footholds.filter((f) => !f.closed).map((f) => `open foothold: ${named(f.target)} (${f.how})`),
    ...untouched(view),
    ...missing.filter((s) => !isUndecided(s.outcome)).map(line),
  ];
  const open = [...decisive, ...spelled.map(line), ...(more > 0 ? [`${more} more steps pending or waiting`] : [])];
  const offered = [
    ...left.map((s) => `offered and declined: ${s.title} (${named(s.target)})`),
    ...view.withheld
      .filter((w) => holds(view, w.reinforces))
      .map((w) => `not touched more strongly: ${named(w.target)}: ${w.reason}`),
  ];
  const onlyOffers = decisive.length === 0 && undecided.every((s) => holds(view, s.reinforces));
  return { status: statusOf(view, open, onlyOffers), open, offered: [...new Set(offered)] };
}

/** `partly contained: …; …`: a status and what keeps it from being better, or, where nothing does, what was left undone. */
export function stoodText({ status, open, offered }: Pick<Stood, 'status' | 'open' | 'offered'>): string {
  const reasons = (open.length > 0 ? open : offered).map((one) => one.replaceAll('; ', ', ')).join('; ');
  return reasons ? `${status}: ${reasons}` : status;
}

function statusOf(view: Standing, open: string[], onlyOffers: boolean): IncidentStatus {
  const outcomes = view.steps.map((s) => s.outcome);
  if (outcomes.length === 0 && open.length === 0) return 'nothing to contain';
  if (open.length === 0) return outcomes.includes('rehearsed') ? 'rehearsed' : 'contained';
  if (outcomes.some(isDone)) return onlyOffers ? 'waiting for a person' : 'partly contained';
  if (outcomes.includes('pending')) return 'containing';
  return outcomes.includes('waiting') ? 'waiting for a person' : 'not contained';
}

/** The way an event may be taken: a drill and the deployed intake accept sample findings, a look ahead does not. */
export interface Admission {
  samples: boolean;
  /** the member accounts: only there are the names of our roles taken */
  members: readonly string[];
}

/** What detectors may see in our containment: that a policy, a setting or a protection was changed. Never stolen credentials. */
const ownKinds = /^(?:Policy|Stealth|DefenseEvasion|DefenseImpairment|Persistence|PrivilegeEscalation|Impact):/;

/** Whether a finding is about what we did ourselves, and nobody else: detectors see our containment as tampering. */
function ownDoing({ actors, account, type }: Finding, { members }: Admission): boolean {
  const ours = (a: Actor) =>
    a.kind === 'role-session' && ownRoles.includes(a.name ?? '') && (a.session ?? '').startsWith('tourniquet-');
  return actors.length > 0 && actors.every(ours) && members.includes(account) && ownKinds.test(type);
}

/** Why a finding is not answered, or undefined. Each reason is recorded (DESIGN §2, findings.md §3 and §7). */
export function ignoreReason(finding: Finding, admission: Admission): string | undefined {
  if (finding.ignore) return finding.ignore;
  if (ownDoing(finding, admission))
    return 'our own change: the only actor is our role, so it is recorded and never answered';
  if (finding.sample && !admission.samples) return 'a sample finding, and this is no drill';
  if (finding.archived) return 'archived by a person or a suppression rule';
  if (finding.workflow && finding.workflow !== 'NEW')
    return `workflow status ${finding.workflow}: somebody has taken it; only NEW is answered`;
  if (finding.compliance && finding.compliance !== 'FAILED')
    return `compliance ${finding.compliance}: only FAILED is answered`;
  return undefined;
}

/** One cause, one incident: findings join by their id across products, or by a target they share whose kind joins (DESIGN §2). */
export function incidentKey(finding: Finding): string {
  const [first] = finding.targets
    .filter(joinsFindings)
    .map(targetKey)
    .sort((a, b) => a.localeCompare(b));
  return first ? first : `finding#${hashOf(finding.id).slice(0, 24)}`;
}

/** What is known about the incidents that a finding could belong to. */
export interface Candidate {
  incident: string;
  /** by the finding's own id, by the id of one that it says it is part of, or by a shared target */
  by: 'finding' | 'joined' | 'target';
  closedAt?: string;
}

export type Disposition =
  | { disposition: 'ignore'; reason: string }
  | { disposition: 'attach'; incident: string; reason: string }
  | { disposition: 'respond'; reason: string };

const nearness: readonly Candidate['by'][] = ['finding', 'joined', 'target'];
const attached: Record<Candidate['by'], string> = {
  finding: 'the same finding again',
  joined: 'it is part of the same attack sequence as an open incident',
  target: 'it names a target of an open incident',
};

/** Respond, attach or ignore. Of several open candidates the finding's own comes first, then the oldest (ULIDs sort by time). Pure. */
export function dispose(finding: Finding, candidates: Candidate[], admission: Admission): Disposition {
  const reason = ignoreReason(finding, admission);
  if (reason) return { disposition: 'ignore', reason };
  const open = candidates
    .filter((c) => !c.closedAt)
    .sort((a, b) => nearness.indexOf(a.by) - nearness.indexOf(b.by) || a.incident.localeCompare(b.incident))[0];
  if (open)
    return {
      disposition: 'attach',
      incident: open.incident,
      reason: attached[open.by],
    };
  const closed = candidates
    .filter((c) => c.closedAt && c.by !== 'joined')
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
