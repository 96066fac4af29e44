import { Refused } from '../core/errors.ts';
import { type Facts, factsOf } from '../core/facts.ts';
import type { Head } from '../core/incident.ts';
import { inert } from '../core/inert.ts';
import { changeText, type FactsChange, factsChange, learned, locked } from '../core/learning.ts';
import type { Obligation } from '../core/obligation.ts';
import { type Clocks, differences, type FactsVersion, few, keyOf } from '../core/schedule.ts';
import type { Settings } from '../core/settings.ts';
import { amendIncident } from './incidents.ts';
import { clocksOf, current, provisionalFacts, recordedAmendment } from './obligations.ts';
import { at } from './plans.ts';
import type { Platform } from './platform.ts';
import { Table } from './table.ts';

/** What people know of an incident, by its newest version; undefined while no clock runs. */
export async function factsNow(platform: Platform, incident: string): Promise<FactsVersion | undefined> {
  return (await clocksOf(new Table(platform), incident))?.facts;
}

/** The newest obligations of an incident with their status at this moment; none while no clock runs. */
export async function obligationsNow(platform: Platform, incident: string): Promise<Obligation[]> {
  const standing = await clocksOf(new Table(platform), incident);
  if (!standing) return [];
  return current({ catalogue: await platform.catalogue(), now: at(platform) }, standing);
}

/** What would follow for the other clocks if a notice left at this moment, in words: whoever sends it must know before. Empty: nothing. */
export async function afterSending(
  platform: Platform,
  incident: string,
  notice: { regime: string; obligation: string },
): Promise<string> {
  const standing = await clocksOf(new Table(platform), incident);
  if (!standing) return '';
  const ground = { catalogue: await platform.catalogue(), now: at(platform) };
  const { facts } = standing.facts;
  const { regime, obligation } = notice;
  const then = {
    ...standing.facts,
    facts: { ...facts, sent: [...facts.sent, { regime, obligation, on: ground.now }] },
  };
  const others = (all: Obligation[]) => all.filter((o) => keyOf(o) !== keyOf(notice));
  return few(differences(others(current(ground, standing)), others(current(ground, { ...standing, facts: then }))));
}

export interface Said {
  /** typed by a person: made inert here */
  reason: string;
  by: string;
}

/** Which versions are the newest after a change, and whether it made any. */
export interface Learned {
  facts: number;
  schedule: number;
  changed: boolean;
}

/**
 * Records what people have learned: a new version of the facts, and of the schedule where a date or a duty follows from it. All or
 * nothing, retried while another writer is first. The same again makes no new version.
 * Throws InvalidFacts naming the first field that is wrong, NoSuchIncident, and Refused where no clock can run.
 */
export async function learn(platform: Platform, incident: string, given: FactsChange, said: Said): Promise<Learned> {
  const change = factsChange.parse(given);
  const [settings, catalogue] = await Promise.all([platform.settings(), platform.catalogue()]);
  const reason = inert(said.reason, 500);
  let result: Learned | undefined;
  await amendIncident(platform, incident, async (head, table) => {
    const before = await clocksOf(table, incident);
    const base = before?.facts.facts ?? provisional(head, settings);
    const n = (before?.clocks.facts ?? 0) + 1;
    const facts = locked(before?.facts.facts, factsOf(learned(base, change)), change, n);
    const amendment = recordedAmendment({ catalogue, now: at(platform) }, incident, before, {
      facts,
      reason,
      by: said.by,
      says: `${said.by} recorded ${changeText(change)}: ${reason}`,
      discoveryBy: setsDiscovery(change) ? said.by : undefined,
      work: owned(before?.clocks.work ?? {}, change.owners),
    });
    const clocks = amendment?.clocks ?? before?.clocks;
    result = clocks && { facts: clocks.facts, schedule: clocks.schedule, changed: amendment !== undefined };
    return amendment;
  });
  if (!result) throw new Error(`nothing was recorded of case ${incident}`);
  return result;
}

function provisional(head: Head, settings: Settings): Facts {
  const facts = provisionalFacts(head, settings);
  if ('none' in facts) throw new Refused(facts.none);
  return facts;
}

/** Whether a change says on which day the entity knew, which only its privacy officer may: what a business associate knew counts too. */
export function setsDiscovery({ set }: Pick<FactsChange, 'set'>): boolean {
  const { anchors } = set;
  if ('businessAssociate' in set) return true;
  if (typeof anchors !== 'object' || anchors === null || Array.isArray(anchors)) return 'anchors' in set;
  return ['discovery', 'constructiveDiscovery', 'workforceKnowledge'].some((name) => name in anchors);
}

function owned(work: Clocks['work'], owners: FactsChange['owners']): Clocks['work'] {
  const given = Object.entries(owners).map(([of, owner]) => [of, { reminded: work[of]?.reminded ?? [], owner }]);
  return { ...work, ...Object.fromEntries(given) };
}

export interface Sending extends Said {
  regime: string;
  obligation: string;
  /** the day, or the instant, of actual sending */
  on: string;
}

/** Records that a notice has left; what depends on it is computed from that day on. The same again makes no new version. */
export async function recordSent(
  platform: Platform,
  incident: string,
  { reason, by, ...sent }: Sending,
): Promise<Learned> {
  const { regime, obligation, on } = sent;
  return learn(
    platform,
    incident,
    { set: {}, add: { sent: [{ regime, obligation, on }] }, owners: {} },
    { reason, by },
  );
}
