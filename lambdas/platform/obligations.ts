import { type Facts, factsOf, InvalidFacts } from '../core/facts.ts';
import type { Head } from '../core/incident.ts';
import { inert } from '../core/inert.ts';
import { hashOf } from '../core/json.ts';
import { type Obligation, obligationsOf } from '../core/obligation.ts';
import { bySoonest, lastMinute } from '../core/reminder-text.ts';
import { type Clocks, differences, type FactsVersion, few, runs, type ScheduleVersion } from '../core/schedule.ts';
import type { Settings } from '../core/settings.ts';
import { memberOf } from '../core/withholding.ts';
import type { Catalogue } from './catalogue.ts';
import type { Amendment } from './incidents.ts';
import { keys, records } from './records.ts';
import type { Key, Table, Write } from './table.ts';

/** The clocks of an incident: the newest version of what is known, of what follows from it, and what was done about it. */
export interface Standing {
  clocks: Clocks;
  rev: number;
  facts: FactsVersion;
  schedule: ScheduleVersion;
}

/** The clocks of an incident as they stand; undefined while none run. */
export async function clocksOf(table: Table, incident: string): Promise<Standing | undefined> {
  const item = await table.get(keys.clocks(incident));
  if (!item) return undefined;
  const clocks = records.clocks.read(item.record);
  const [facts, schedule] = await Promise.all([
    stored(table, keys.facts(incident, clocks.facts)),
    stored(table, keys.schedule(incident, clocks.schedule)),
  ]);
  return { clocks, rev: item.rev, facts: records.facts.read(facts), schedule: records.schedule.read(schedule) };
}

async function stored(table: Table, key: Key): Promise<unknown> {
  const item = await table.get(key);
  if (!item) throw new Error(`${key.pk} names ${key.sk}, and there is none`);
  return item.record;
}

/** The legal entity of an incident's account as facts name it, or why there is none. */
export function entityOf(head: Pick<Head, 'account'>, settings: Settings): Facts['entity'] | { none: string } {
  const account = memberOf(head.account, settings);
  if (account?.phi === 'no') return { none: `account ${account.alias} holds no patient data, the settings say` };
  const entity = settings.entities.find((e) => e.name === account?.entity);
  if (!entity) return { none: `no legal entity is set for account ${head.account}: set it, or no clock can run` };
  return { kinds: entity.kinds, zone: entity.zone, states: entity.states };
}

/** What is known about an incident before anybody has looked: provisional discovery, and counts unknown. */
export function provisionalFacts(
  head: Pick<Head, 'account' | 'discovery'>,
  settings: Settings,
): Facts | { none: string } {
  const entity = entityOf(head, settings);
  return 'none' in entity ? entity : factsOf({ entity, anchors: { discovery: head.discovery } });
}

/** What clocks are computed with. */
export interface Ground {
  table: Table;
  settings: Settings;
  catalogue: Catalogue;
  /** ISO instant */
  now: string;
}

/** What is to be recorded of the facts, and in the words of whom. */
export interface Recorded {
  facts: Facts;
  reason: string;
  by: string;
  /** begins the entry of the timeline */
  says: string;
  discoveryBy?: string;
  work?: Clocks['work'];
}

/** Every obligation under the laws as deployed. Throws InvalidFacts. */
const computed = ({ catalogue, now }: Pick<Ground, 'catalogue' | 'now'>, facts: Facts): Obligation[] =>
  obligationsOf(Object.values(catalogue.regimes), facts, now);

/** The obligations of a schedule with their status at this moment; as they were computed, where the laws have lost a name since. */
export function current(ground: Pick<Ground, 'catalogue' | 'now'>, { facts, schedule }: Standing): Obligation[] {
  try {
    return computed(ground, facts.facts);
  } catch (error) {
    if (error instanceof InvalidFacts) return schedule.obligations;
    throw error;
  }
}

/**
 * New versions of the facts and of the schedule, as far as either has changed, with one entry of the timeline that says what and why.
 * What was stays. Undefined where nothing has changed. Throws InvalidFacts before anything is written.
 */
export function recordedAmendment(
  ground: Pick<Ground, 'catalogue' | 'now'>,
  incident: string,
  before: Standing | undefined,
  recorded: Recorded,
): (Amendment & { clocks: Clocks }) | undefined {
  const { facts, reason, by } = recorded;
  const { now: at } = ground;
  const obligations = computed(ground, facts);
  const changed = differences(before?.schedule.obligations ?? [], obligations);
  const sameFacts = before !== undefined && hashOf(plain(before.facts.facts)) === hashOf(plain(facts));
  const work = recorded.work ?? before?.clocks.work ?? {};
  const discoveryBy = recorded.discoveryBy ?? before?.clocks.discoveryBy;
  const sameWork = before !== undefined && hashOf(plain(work)) === hashOf(plain(before.clocks.work));
  const sameProblem = before?.clocks.problem === undefined;
  if (before && sameFacts && sameWork && sameProblem && changed.length === 0) return undefined;
  const n = (before?.clocks.facts ?? 0) + (sameFacts ? 0 : 1);
  const s = (before?.clocks.schedule ?? 0) + (changed.length > 0 || !before ? 1 : 0);
  const clocks: Clocks = { incident, facts: n, schedule: s, discoveryBy, work };
  const writes: Write[] = [
    {
      key: keys.clocks(incident),
      record: records.clocks.write(clocks),
      was: before?.rev,
      // the next tick sees who is to be reminded of what is new
      due: at,
    },
  ];
  if (!sameFacts)
    writes.push({ key: keys.facts(incident, n), record: records.facts.write({ n, facts, reason, by, at }) });
  let about = keys.facts(incident, n).sk;
  if (s !== before?.clocks.schedule) {
    const schedule = records.schedule.write({ n: s, facts: n, reason, at, obligations });
    writes.push({ key: keys.schedule(incident, s), record: schedule });
    about = keys.schedule(incident, s).sk;
  }
  const follows = before
    ? changed.length > 0
      ? `recomputed: ${few(changed)}`
      : 'no date changes'
    : opened(obligations, facts.entity.zone);
  const text = `${recorded.says}: ${follows} (facts ${n}, schedule ${s}, SHA-256 ${hashOf(plain(obligations))})`;
  return { clocks, writes, timeline: [{ event: at, kind: 'obligation', by, text, about }] };
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

function opened(obligations: readonly Obligation[], zone: string): string {
  const running = obligations.filter(runs);
  const [first] = running.filter(({ due }) => due).sort(bySoonest(zone));
  const soonest = first?.due ? `, the first by ${lastMinute(first.due, zone)}` : '';
  return `${running.length} notice${running.length === 1 ? '' : 's'} may be due${soonest}`;
}

/** Opens the clocks of an incident; where they run, brings them up to the laws and settings as deployed. Every version stays. */
export async function obligationsAmendment(
  table: Table,
  head: Head,
  settings: Settings,
  catalogue: Catalogue,
  now: string,
): Promise<Amendment | undefined> {
  const before = await clocksOf(table, head.id);
  if (before) return brought({ table, settings, catalogue, now }, head, before);
  if (head.rehearsal) return noted(now, 'a rehearsal: no clock runs');
  if (head.playbooks.every((id) => catalogue.playbooks[id]?.presumption === 'no-breach-yet'))
    return noted(now, 'no breach is presumed from this kind of finding yet: no clock runs');
  const facts = provisionalFacts(head, settings);
  if ('none' in facts) return noted(now, facts.none);
  return foreseen(now, () =>
    recordedAmendment({ catalogue, now }, head.id, undefined, {
      facts,
      reason: 'provisional: discovery is the day on which the first finding was written; nobody has counted yet',
      by: 'plan',
      says: `clocks run from the provisional discovery ${head.discovery}`,
    }),
  );
}

/** The same facts under the laws and the entity as they are deployed now; undefined where that changes nothing. */
export async function brought(ground: Ground, head: Head, before: Standing): Promise<Amendment | undefined> {
  const entity = entityOf(head, ground.settings);
  const facts = 'none' in entity ? before.facts.facts : { ...before.facts.facts, entity };
  const reason = 'the laws, the settings or the day have changed';
  const amendment = foreseen(ground.now, () =>
    recordedAmendment(ground, head.id, before, { facts, reason, by: 'tick', says: reason }),
  );
  if (!amendment || amendment.writes) return amendment;
  // looked at every hour: what cannot be computed is written down once
  const problem = amendment.timeline?.[0]?.text;
  if (problem === before.clocks.problem) return undefined;
  const clocks = records.clocks.write({ ...before.clocks, problem });
  return { ...amendment, writes: [{ key: keys.clocks(head.id), record: clocks, was: before.rev, due: ground.now }] };
}

/**
 * A finding that was written before the first one known. While the discovery is provisional it moves there. Where a person has set
 * it, that day stays on record and the finding counts beside it as what reasonable diligence would have shown (45 CFR 164.404(a)(2)):
 * the earlier day wins until a person rules it out, and people are told (docs/decisions/016).
 */
export async function earlierDiscovery(
  ground: Ground,
  head: Head,
  discovery: string,
): Promise<(Amendment & { tell?: string }) | undefined> {
  const before = await clocksOf(ground.table, head.id);
  if (!before || discovery >= head.discovery) return undefined;
  const { facts } = before.facts;
  const { discoveryBy } = before.clocks;
  const reason = `a finding was written on ${discovery}, before any known so far`;
  const anchors = discoveryBy ? { constructiveDiscovery: discovery } : { discovery };
  const says = discoveryBy ? `${reason}; ${inert(discoveryBy)} had set ${facts.anchors.discovery}` : reason;
  const amendment = await foreseen(ground.now, () =>
    recordedAmendment(ground, head.id, before, {
      facts: factsOf({ ...facts, anchors: { ...facts.anchors, ...anchors } }),
      reason,
      by: 'intake',
      says,
    }),
  );
  const tell = `${says}. The earlier day counts until the privacy officer rules it out with a reason`;
  return discoveryBy && amendment ? { ...amendment, tell } : amendment;
}

/** Facts that no law covers must not stop containment: they are written down for the privacy officer. */
function foreseen(now: string, compute: () => Amendment | undefined): Amendment | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof InvalidFacts) return noted(now, `no clock could be computed: ${inert(error.message, 500)}`);
    throw error;
  }
}

function noted(now: string, text: string): Amendment {
  return { timeline: [{ event: now, kind: 'obligation', by: 'plan', text }] };
}
