import { Temporal } from 'temporal-polyfill';
import type { Anchor } from './deadline.ts';
import type { Facts } from './facts.ts';
import { localDate } from './facts.ts';

/** An event that a clock runs from: a date or an instant, as the facts give it, and how it was found. */
export interface Event {
  when: string;
  words: string;
  /** the event that nobody has recorded, so that discovery stands in for it */
  assumed?: string;
}

/** The instant at which a date (its first moment in the zone) or an instant begins. */
export function startOf(when: string, zone: string): Temporal.Instant {
  if (when.includes('T')) return Temporal.Instant.from(when);
  return Temporal.PlainDate.from(when).toZonedDateTime(zone).toInstant();
}

/** The earliest of several. A date counts from its first moment. */
export function earliest<E extends { when: string }>(events: readonly E[], zone: string): E | undefined {
  return [...events].sort((a, b) => Temporal.Instant.compare(startOf(a.when, zone), startOf(b.when, zone)))[0];
}

/** Whether the entity is itself the business associate of these facts, and no covered entity: then its knowledge is its own. */
export function isAssociate({ entity }: Facts): boolean {
  return entity.kinds.includes('hipaa-business-associate') && !entity.kinds.includes('hipaa-covered-entity');
}

/**
 * The day from which the entity is taken to have known: 45 CFR 164.404(a)(2) (known, or by reasonable diligence would have been known;
 * any workforce member's or agent's knowledge counts), and 78 FR 5655 for a business associate that is an agent.
 */
export function discoveryOf(facts: Facts): Event {
  const { anchors, entity } = facts;
  const associate = isAssociate(facts) ? undefined : facts.businessAssociate;
  const own = (when: string, words: string): Event => ({ when, words: `${words} ${shown(when, entity.zone)}` });
  const known: Event[] = [];
  if (anchors.constructiveDiscovery) known.push(own(anchors.constructiveDiscovery, 'by reasonable diligence known on'));
  if (anchors.workforceKnowledge) known.push(own(anchors.workforceKnowledge, 'known to a workforce member on'));
  if (!associate || associate.discovery !== undefined) {
    const ownDay = isAssociate(facts) ? (facts.businessAssociate?.discovery ?? anchors.discovery) : anchors.discovery;
    known.push(own(ownDay, 'discovery'));
  }
  if (associate) {
    const its = associate.discovery ?? anchors.discovery;
    const told = associate.toldCoveredEntity;
    // what the entity found out by itself before it was told counts as its own knowledge
    const itself = [anchors.awareness, anchors.detection, anchors.determination].filter((when) => when !== undefined);
    if (!associate.agent && told && associate.discovery === undefined)
      known.push(...itself.map((when) => own(when, 'known to the entity itself on')));
    if (associate.agent) known.push(own(its, 'discovery by a business associate that is an agent'));
    else if (told) known.push(own(told, 'told by a business associate that is no agent on'));
    else if (known.length === 0)
      known.push(own(its, 'a business associate that is no agent has not told yet: counted from its discovery'));
  }
  return earliest(known, entity.zone) ?? own(anchors.discovery, 'discovery');
}

type AnchorFact = keyof Facts['anchors'];
const later: Partial<
  Record<Anchor, { facts: AnchorFact[]; words: string; pick: 'first' | 'earliest'; mayNotHappen?: true }>
> = {
  awareness: { facts: ['awareness'], words: 'awareness', pick: 'first' },
  awareness_by_service_provider: { facts: ['awareness'], words: 'awareness', pick: 'first' },
  awareness_and_scope_identified: {
    facts: ['scopeIdentified', 'awareness'],
    words: 'awareness and scope identified',
    pick: 'first',
  },
  confirmation_and_information_ascertained: { facts: ['confirmation'], words: 'confirmation', pick: 'first' },
  detection: { facts: ['detection'], words: 'detection', pick: 'first' },
  determination: { facts: ['determination'], words: 'determination', pick: 'first' },
  determination_by_service_provider: { facts: ['determination'], words: 'determination', pick: 'first' },
  determination_or_reason_to_believe: {
    facts: ['determination', 'reasonableBelief'],
    words: 'determination or reason to believe',
    pick: 'earliest',
  },
  reasonable_belief: { facts: ['reasonableBelief'], words: 'reasonable belief', pick: 'first' },
  materiality_determination: { facts: ['materiality'], words: 'determination of materiality', pick: 'first' },
  individual_notice_decision: { facts: ['noticeDecision'], words: 'decision to notify', pick: 'first' },
  payment_made: { facts: ['paymentMade'], words: 'extortion payment', pick: 'first', mayNotHappen: true },
  information_determined_or_available: {
    facts: ['informationAvailable'],
    words: 'missing information available',
    pick: 'first',
    mayNotHappen: true,
  },
};

/**
 * The event of an anchor. A later one that is missing is taken to be the discovery, which makes what is due earlier; an event that need
 * not happen at all is `never` until the facts name it. Anchors that are the sending of another notice are the caller's.
 */
export function eventOf(anchor: Anchor, facts: Facts): Event | { never: string } {
  const { zone } = facts.entity;
  const discovery = discoveryOf(facts);
  switch (anchor) {
    case 'discovery':
    case 'knowledge':
      return discovery;
    case 'discovery_by_ba': {
      if (isAssociate(facts))
        return { ...discovery, words: discovery.words.replace(/^discovery /, 'discovery by the business associate ') };
      const its = facts.businessAssociate?.discovery ?? facts.anchors.discovery;
      return { when: its, words: `discovery by the business associate ${shown(its, zone)}` };
    }
    case 'calendar_year_end': {
      // 45 CFR 164.408(c): the calendar year in which the breach was discovered, not that in which it happened.
      const end = localDate(discovery.when, zone).with({ month: 12, day: 31 }).toString();
      return { when: end, words: `${discovery.words}, end of that calendar year ${end}` };
    }
    default: {
      const reading = later[anchor];
      if (!reading) return { never: `no such event (${anchor.replaceAll('_', ' ')}) can happen under a law in force` };
      const given = reading.facts.flatMap((name) => {
        const when = facts.anchors[name];
        return when === undefined ? [] : [{ when, words: `${reading.words} ${shown(when, zone)}` }];
      });
      const found = reading.pick === 'first' ? given[0] : earliest(given, zone);
      if (found) return found;
      if (reading.mayNotHappen) return { never: `no ${reading.words} is recorded` };
      return {
        when: discovery.when,
        words: `${reading.words} not recorded, taken to be the discovery: ${discovery.words}`,
        assumed: reading.words,
      };
    }
  }
}

/** `2026-11-21 (America/New_York)`, with the instant behind it where there is one. */
export function shown(when: string, zone: string): string {
  return `${localDate(when, zone)} (${when.includes('T') ? `${zone}, from ${when}` : zone})`;
}
