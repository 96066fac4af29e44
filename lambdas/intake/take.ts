import { emptyChain } from '../core/chain.ts';
import { worst } from '../core/draw.ts';
import { Collision } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import { type Candidate, type Disposition, dispose, type Head } from '../core/incident.ts';
import { inert } from '../core/inert.ts';
import { hashOf, sha256 } from '../core/json.ts';
import { targetKey } from '../core/target.ts';
import { amended, headOf, retried } from '../platform/incidents.ts';
import { earlierDiscovery } from '../platform/obligations.ts';
import { at, type Drawn, draw, knownOf, newHead, startPlan } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { type Pointer, planRest, point, readPointers } from '../platform/pointers.ts';
import { keys, records } from '../platform/records.ts';
import { isRehearsal, rehearsalPointers, withStandIns } from '../platform/rehearsal.ts';
import { announced } from '../platform/reminding.ts';
import { Table, type Write } from '../platform/table.ts';

/** How many actors, and resources that are no target, the record of a finding lists; the raw event has them all. */
const mentions = 100;

export interface Taken {
  disposition: 'respond' | 'attach' | 'ignore';
  incident?: string;
  plan?: number;
  reason: string;
}

/** Decides on one finding and writes incident, finding and plan in one transaction (DESIGN §2), then starts the plan. */
export async function take(platform: Platform, read: Finding, raw: string): Promise<Taken> {
  const received = at(platform);
  const rehearsal = isRehearsal(read, platform);
  const finding = recordable(rehearsal ? withStandIns(read, await platform.catalogue()) : read);
  const { more, ...taken } = await retried(() => attempt(platform, finding, raw, received));
  if (taken.incident && taken.plan !== undefined) await startPlan(platform, taken.incident, taken.plan);
  if (taken.incident && more) await planRest(platform, taken.incident, 'further targets of the same findings');
  return taken;
}

type Attempted = Taken & { more?: boolean };

async function attempt(platform: Platform, finding: Finding, raw: string, received: string): Promise<Attempted> {
  const table = new Table(platform);
  const members = (await platform.settings()).accounts.members.map((m) => m.id);
  const { pointers, busy } = isRehearsal(finding, platform)
    ? await rehearsalPointers(platform, table, finding)
    : { pointers: await readPointers(table, finding.targets, finding), busy: undefined };
  const disposition: Disposition = busy
    ? { disposition: 'ignore', reason: `a sample finding, and rehearsal ${busy} is under way: one at a time` }
    : dispose(finding, candidates(pointers), { samples: true, members });
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

function candidates(pointers: Pointer[]): Candidate[] {
  return pointers.flatMap(({ incident, by, closedAt }) => (incident ? [{ incident, by, closedAt }] : []));
}

async function respond(platform: Platform, table: Table, reason: string, arrival: Arrival): Promise<Attempted> {
  const incident = platform.id();
  const { finding, received } = arrival;
  const drawn = await draw(
    platform,
    incident,
    { findings: [finding], previous: [], found: [] },
    inert(`${finding.product}: ${finding.type}`),
    isRehearsal(finding, platform),
  );
  if (!drawn) throw new Error('the first plan of an incident is never empty');
  const chains = { timeline: emptyChain, custody: emptyChain };
  const head = newHead(platform, incident, finding, drawn.plan, chains, received);
  const { next, writes } = amended(platform, head, {
    timeline: [...history(arrival, reason), ...drawn.timeline],
    writes: [firstRecord(incident, arrival), ...drawn.writes, ...point(arrival.pointers, incident, drawn)],
  });
  await table.write([{ key: keys.head(incident), record: records.head.write(next) }, ...writes]);
  return { disposition: 'respond', incident, plan: drawn.plan.number, reason, more: drawn.more };
}

async function attach(
  platform: Platform,
  table: Table,
  incident: string,
  reason: string,
  arrival: Arrival,
): Promise<Attempted> {
  const { finding } = arrival;
  const { head, rev } = await headOf(table, incident);
  if (head.closedAt) throw new Collision(`case ${incident} was closed while the finding arrived: decide again`);
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
    inert(`${finding.product}: ${finding.type} names something new`),
    head.rehearsal,
  );
  const changed = attachedHead(head, finding, drawn);
  const clocks = await earlierClocks(platform, table, head, changed.discovery);
  const repeated = !drawn && before?.via.includes(finding.via) && finding.updatedAt <= before.finding.updatedAt;
  const { next, writes } = amended(platform, head, {
    head: changed,
    timeline: [...(repeated ? [] : history(arrival, reason)), ...(drawn?.timeline ?? []), ...(clocks?.timeline ?? [])],
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
      ...(clocks?.writes ?? []),
      ...point(arrival.pointers, incident, drawn),
    ],
  });
  await table.write([{ key: keys.head(incident), record: records.head.write(next), was: rev }, ...writes]);
  return { disposition: 'attach', incident, reason, plan: drawn?.plan.number ?? head.plans, more: drawn?.more };
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

/** An earlier discovery moves every due date that was computed from a later one; people are told where it overrules a person. */
async function earlierClocks(platform: Platform, table: Table, head: Head, discovery: string) {
  const [settings, catalogue] = await Promise.all([platform.settings(), platform.catalogue()]);
  const moved = await earlierDiscovery({ table, settings, catalogue, now: at(platform) }, head, discovery);
  if (!moved?.tell) return moved;
  return { ...moved, writes: [...(moved.writes ?? []), ...announced(platform, settings, head, moved.tell)] };
}

function attachedHead(head: Head, finding: Finding, drawn: Drawn | undefined) {
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

/** An id as it is, or, where a product wrote something unfit into it, what can be shown of it and its hash. */
function identity(id: string): string {
  return inert(id, 512) === id ? id : `${inert(id)} ${sha256(JSON.stringify(id))}`;
}

/** `arn:aws:s3:::bucket/records/jane-doe.json` → `arn:aws:s3:::bucket/…`: the key of an object may be PHI. */
function container(name: string): string {
  const slash = name.indexOf('/');
  return inert(slash < 0 ? name : `${name.slice(0, slash)}/…`);
}

/** What the table keeps of a finding: its free text, which may quote object keys (PHI), stays in the raw event; names become inert. */
function recordable(read: Finding): Finding {
  const shown = <T extends string | undefined>(text: T) => (text === undefined ? text : inert(text)) as T;
  return {
    ...read,
    id: identity(read.id),
    product: inert(read.product),
    type: inert(read.type),
    title: inert(read.type),
    actors: read.actors.slice(0, mentions).map((a) => ({
      ...a,
      id: shown(a.id),
      name: shown(a.name),
      session: shown(a.session),
      accessKeyId: shown(a.accessKeyId),
      origin: shown(a.origin),
    })),
    untargeted: read.untargeted.slice(0, mentions).map((u) => ({ named: container(u.named), reason: inert(u.reason) })),
  };
}
