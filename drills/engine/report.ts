import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Json, JsonObject } from '../../lambdas/core/json.ts';
import type { Obligation } from '../../lambdas/core/obligation.ts';
import type { Target } from '../../lambdas/core/target.ts';
import { records } from '../../lambdas/platform/records.ts';
import type { Rehearsal } from './rehearsal.ts';

/** What `drill --json` prints: one document, a contract. */
export interface Report {
  scenario: string;
  simulated: true;
  /** `offered`: stronger repeats of what holds, which people left undone */
  incident: { id: string; status: string; open: string[]; offered: string[] };
  incidents: { id: string; status: string }[];
  playbooks: string[];
  probes: { name: string; kind: 'attack' | 'care'; before: number; after: number }[];
  changes: {
    action: string;
    target: Target;
    plan: number;
    state: string;
    before: JsonObject;
    after: JsonObject;
    accepted?: string;
    verified?: string;
    undone?: string;
  }[];
  /** every change read back as safe */
  verified: boolean;
  stamps: JsonObject;
  footholds: { target: Target; how: string; foundAt: string; closedAt?: string }[];
  evidence: {
    collector: string;
    target: Target;
    sha256: string;
    bytes: number;
    object: string;
    summary: string;
    coverage: Json;
    collectedAt: string;
  }[];
  /** the laws of States where nobody is known to live are left out */
  obligations: {
    regime: string;
    obligation: string;
    recipient: string;
    owed: Json;
    due: string | null;
    dueLocal: string | null;
    status: string;
    working: string;
    citation: string;
  }[];
  approvals: {
    id: string;
    title: string;
    needs: string;
    outcome?: string;
    losses: string[];
    decisions: { name: string; decision: string; reason: string; at: string }[];
  }[];
  timeline: { seq: number; event: string; recorded: string; kind: string; by: string; text: string; hash: string }[];
  /** undefined when the drill does not restore; `kept`: what no restore puts back, where there is any */
  restored?: { exact: boolean; differences: string[]; kept?: string[] };
  /** what has become of each notice in view that is owed, or was; undefined when the drill ends with the response */
  notices?: Obligation[];
  /** what went wrong with the drill; empty = passed */
  failures: string[];
}

/** Every stored record of one kind, straight from the table of the drill. */
export function stored<T>(drill: Rehearsal, pk: RegExp, sk: string, type: { read(record: unknown): T }): T[] {
  return [...drill.deployment.tables.values()]
    .flatMap((table) =>
      table.snapshot(({ pk: hash, sk: range }) => pk.test(hash?.S ?? '') && (range?.S ?? '').startsWith(sk)),
    )
    .map((item) => type.read(unmarshall(item).record));
}

/** The obligations of an incident by the newest version of its schedule. */
export function listed(drill: Rehearsal, incident: string): Obligation[] {
  const of = new RegExp(`^INCIDENT#${incident}$`);
  const versions = stored(drill, of, 'SCHEDULE#', records.schedule).sort((a, b) => a.n - b.n);
  return versions.at(-1)?.obligations ?? [];
}

/** The report of the newest open incident of a drill; what is measured outside (probes, undo) is added by the runner. */
export function report(drill: Rehearsal, scenario: string): Omit<Report, 'probes' | 'restored' | 'failures'> {
  const heads = stored(drill, /^INCIDENT#/, 'HEAD', records.head);
  const head = heads[0];
  if (!head) throw new Error(`drill ${scenario}: no incident was opened`);
  const of = new RegExp(`^INCIDENT#${head.id}$`);
  const changes = stored(drill, /^TARGET#/, 'CHANGE#', records.change).filter((c) => c.incident === head.id);
  const decisions = stored(drill, of, 'DECISION#', records.decision);
  return {
    scenario,
    simulated: true,
    incident: { id: head.id, status: head.status, open: head.open, offered: head.offered },
    incidents: heads.map(({ id, status }) => ({ id, status })),
    playbooks: head.playbooks,
    changes: changes
      .sort((a, b) => a.recordedAt.localeCompare(b.recordedAt))
      .map((c) => ({
        action: c.action,
        target: c.target,
        plan: c.plan,
        state: c.state,
        before: c.before,
        after: c.after,
        accepted: c.acceptedAt,
        verified: c.verifiedAt,
        undone: c.undoneAt,
      })),
    verified: changes.length > 0 && changes.every((c) => c.verifiedAt !== undefined && c.state !== 'failed'),
    stamps: Object.fromEntries(Object.entries(head.stamps).map(([name, at]) => [name, at ?? null])),
    footholds: stored(drill, of, 'FOOTHOLD#', records.foothold).map(({ target, how, foundAt, closedAt }) => ({
      target,
      how,
      foundAt,
      closedAt,
    })),
    evidence: stored(drill, of, 'CUSTODY#', records.custody).map(
      ({ collector, target, sha256, bytes, object, summary, coverage, collectedAt }) => ({
        collector,
        target,
        sha256,
        bytes,
        object,
        summary,
        coverage,
        collectedAt,
      }),
    ),
    obligations: listed(drill, head.id)
      .filter(({ inView }) => inView)
      .map(({ regime, obligation, recipient, owed, due, dueLocal, status, working, citation }) => ({
        regime,
        obligation,
        recipient,
        owed,
        due,
        dueLocal,
        status,
        working,
        citation,
      })),
    approvals: stored(drill, of, 'APPROVAL#', records.approval).map((a) => ({
      id: a.id,
      title: a.subject.kind === 'notice' ? a.subject.title : `${a.subject.title}: ${a.subject.target.id}`,
      needs: a.needs,
      outcome: a.outcome,
      losses: a.losses,
      decisions: decisions
        .filter((d) => d.approval === a.id)
        .map(({ name, decision, reason, decidedAt }) => ({ name, decision, reason, at: decidedAt })),
    })),
    timeline: stored(drill, of, 'TIMELINE#', records.timeline).map(
      ({ seq, event, recorded, kind, by, text, hash }) => ({
        seq,
        event,
        recorded,
        kind,
        by,
        text,
        hash,
      }),
    ),
  };
}
