import { emptyChain } from '../core/chain.ts';
import { worst } from '../core/draw.ts';
import type { Finding } from '../core/finding.ts';
import { type Candidate, dispose, type Head } from '../core/incident.ts';
import { inert } from '../core/inert.ts';
import { hashOf } from '../core/json.ts';
import { targetKey } from '../core/target.ts';
import { amended, headOf, retried } from '../platform/incidents.ts';
import { at, type Drawn, draw, knownOf, newHead, startPlan } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { keys, records } from '../platform/records.ts';
import { type Key, Table, type Write } from '../platform/table.ts';

export interface Taken {
  disposition: 'respond' | 'attach' | 'ignore';
  incident?: string;
  plan?: number;
  reason: string;
}

/** Decides on one finding and writes incident, finding and plan in one transaction (DESIGN §2), then starts the plan. */
export async function take(platform: Platform, finding: Finding, raw: string): Promise<Taken> {
  const received = at(platform);
  const taken = await retried(() => attempt(platform, finding, raw, received));
  if (taken.incident && taken.plan !== undefined) await startPlan(platform, taken.incident, taken.plan);
  return taken;
}

async function attempt(platform: Platform, finding: Finding, raw: string, received: string): Promise<Taken> {
  const table = new Table(platform);
  const pointers = await readPointers(table, finding);
  const disposition = dispose(finding, candidates(pointers), { samples: platform.drill });
  if (disposition.disposition === 'ignore') {
    const record = records.ignored.write({ finding, reason: disposition.reason, receivedAt: received, raw });
    await table.write([{ key: keys.ignored(finding.id, platform.id()), record }]);
    return disposition;
  }
  if (disposition.disposition === 'attach')
    return attach(platform, table, disposition.incident, disposition.reason, { finding, raw, received, pointers });
  return respond(platform, table, disposition.reason, { finding, raw, received, pointers });
}

interface Arrival {
  finding: Finding;
  raw: string;
  received: string;
  pointers: Pointer[];
}

interface Pointer {
  key: Key;
  by: Candidate['by'];
  rev: number | undefined;
  incident?: string;
  closedAt?: string;
}

async function readPointers(table: Table, finding: Finding): Promise<Pointer[]> {
  const wanted: [Key, Candidate['by']][] = [
    [keys.openFinding(finding.id), 'finding'],
    ...finding.targets.map((t): [Key, Candidate['by']] => [keys.openTarget(t), 'target']),
  ];
  return Promise.all(
    wanted.map(async ([key, by]) => {
      const item = await table.get(key);
      if (!item) return { key, by, rev: undefined };
      const { incident } = records.open.read(item.record);
      return { key, by, rev: item.rev, incident, closedAt: (await headOf(table, incident)).head.closedAt };
    }),
  );
}

function candidates(pointers: Pointer[]): Candidate[] {
  return pointers.flatMap(({ incident, by, closedAt }) => (incident ? [{ incident, by, closedAt }] : []));
}

async function respond(platform: Platform, table: Table, reason: string, arrival: Arrival): Promise<Taken> {
  const incident = platform.id();
  const { finding, received } = arrival;
  const drawn = await draw(
    platform,
    incident,
    { findings: [finding], previous: [], found: [] },
    `${finding.product}: ${finding.type}`,
  );
  if (!drawn) throw new Error('the first plan of an incident is never empty');
  const chains = { timeline: emptyChain, custody: emptyChain };
  const head = newHead(platform, incident, finding, drawn.plan, chains, received);
  const { next, writes } = amended(platform, head, {
    timeline: [...history(arrival, reason), ...drawn.timeline],
    writes: [firstRecord(incident, arrival), ...drawn.writes, ...point(arrival.pointers, incident)],
  });
  await table.write([{ key: keys.head(incident), record: records.head.write(next) }, ...writes]);
  return { disposition: 'respond', incident, plan: drawn.plan.number, reason };
}

async function attach(
  platform: Platform,
  table: Table,
  incident: string,
  reason: string,
  arrival: Arrival,
): Promise<Taken> {
  const { finding } = arrival;
  const { head, rev } = await headOf(table, incident);
  const known = await knownOf(table, incident);
  const key = keys.finding(incident, finding.id);
  const stored = await table.get(key);
  const before = stored && records.finding.read(stored.record);
  const newer = !before || finding.updatedAt >= before.finding.updatedAt;
  const findings = [...known.findings.filter((f) => f.id !== finding.id), merged(before?.finding, finding, newer)];
  const drawn = await draw(
    platform,
    incident,
    { ...known, findings },
    `${finding.product}: ${finding.type} names something new`,
  );
  const repeated = !drawn && before?.via.includes(finding.via) && finding.updatedAt <= before.finding.updatedAt;
  const { next, writes } = amended(platform, head, {
    head: attachedHead(head, finding, drawn),
    timeline: repeated ? [] : [...history(arrival, reason), ...(drawn?.timeline ?? [])],
    writes: [
      {
        key,
        record: records.finding.write({
          finding: merged(before?.finding, finding, newer),
          via: [...new Set([...(before?.via ?? []), finding.via])],
          occurrences: (before?.occurrences ?? 0) + 1,
          receivedAt: arrival.received,
          raw: arrival.raw,
        }),
        was: stored?.rev,
      },
      ...(drawn?.writes ?? []),
      ...point(arrival.pointers, incident),
    ],
  });
  await table.write([{ key: keys.head(incident), record: records.head.write(next), was: rev }, ...writes]);
  return { disposition: 'attach', incident, reason, plan: drawn?.plan.number ?? head.plans };
}

/** A repeat overwrites details (findings.md §3), so targets named before are kept beside those named now. */
function merged(before: Finding | undefined, now: Finding, newer: boolean): Finding {
  if (!before) return now;
  const [latest, other] = newer ? [now, before] : [before, now];
  const targets = [...new Map([...other.targets, ...latest.targets].map((t) => [targetKey(t), t])).values()];
  return {
    ...latest,
    targets,
    createdAt: earlier(before.createdAt, now.createdAt),
    count: Math.max(before.count, now.count),
  };
}

/** ISO instants in UTC of one form sort as text. */
const earlier = (a: string, b: string) => [a, b].sort()[0] ?? a;

function attachedHead(head: Head, finding: Finding, drawn: Drawn | undefined): Partial<Head> {
  return {
    severity: worst([finding], [head.severity]),
    discovery: earlier(finding.createdAt, head.discovery),
    plans: drawn?.plan.number ?? head.plans,
    playbooks: [...new Set([...head.playbooks, ...(drawn?.plan.playbooks ?? [])])],
  };
}

function history({ finding }: Arrival, reason: string) {
  return [
    {
      event: finding.lastSeen ?? finding.createdAt,
      kind: 'finding' as const,
      by: finding.via,
      text: `${inert(finding.type)} (${finding.severity}): ${inert(reason)}`,
      about: `FINDING#${hashOf(finding.id)}`,
    },
  ];
}

function firstRecord(incident: string, { finding, received, raw }: Arrival): Write {
  const record = records.finding.write({ finding, via: [finding.via], occurrences: 1, receivedAt: received, raw });
  return { key: keys.finding(incident, finding.id), record };
}

/** Points the finding and its targets at the incident, except those that another open incident holds. */
function point(pointers: Pointer[], incident: string): Write[] {
  return pointers
    .filter((p) => p.incident === undefined || (p.closedAt !== undefined && p.incident !== incident))
    .map((p) => ({ key: p.key, record: records.open.write({ incident }), was: p.rev }));
}
