import { type Facts, factsOf, InvalidFacts } from '../core/facts.ts';
import type { Head } from '../core/incident.ts';
import { type Obligation, obligationsOf } from '../core/obligation.ts';
import type { Settings } from '../core/settings.ts';
import { memberOf } from '../core/withholding.ts';
import type { Catalogue } from './catalogue.ts';
import { type Amendment, listOf } from './incidents.ts';
import { keys, records } from './records.ts';
import type { Table, Write } from './table.ts';

/** What is known about an incident before anybody has looked: provisional discovery, and counts unknown. */
export function provisionalFacts(head: Head, settings: Settings): Facts | { none: string } {
  const account = memberOf(head.account, settings);
  if (account?.phi === 'no') return { none: `account ${account.alias} holds no patient data, the settings say` };
  const entity = settings.entities.find((e) => e.name === account?.entity);
  if (!entity) return { none: `no legal entity is set for account ${head.account}: set it, or no clock can run` };
  return factsOf({
    entity: { kinds: entity.kinds, zone: entity.zone, states: entity.states },
    anchors: { discovery: head.discovery },
  });
}

/** Opens, or recomputes after an earlier discovery, the obligations of an incident. Every version stays in the timeline. */
export async function obligationsAmendment(
  table: Table,
  head: Head,
  settings: Settings,
  catalogue: Catalogue,
  now: string,
): Promise<Amendment> {
  if (head.rehearsal) return noted(now, 'a rehearsal: no clock runs');
  if (head.playbooks.every((id) => catalogue.playbooks[id]?.presumption === 'no-breach-yet'))
    return noted(now, 'no breach is presumed from this kind of finding yet: no clock runs');
  const known = provisionalFacts(head, settings);
  if ('none' in known) return noted(now, known.none);
  const computed = compute(catalogue, known, now);
  if ('none' in computed) return noted(now, computed.none);
  const before = new Map(
    (await listOf(table, head.id, 'OBLIGATION#', records.obligation)).map((o) => [`${o.regime} ${o.obligation}`, o]),
  );
  const writes: Write[] = [];
  const timeline: NonNullable<Amendment['timeline']> = [];
  for (const o of computed) {
    const key = keys.obligation(head.id, o.regime, o.obligation);
    const old = before.get(`${o.regime} ${o.obligation}`);
    if (old && old.due === o.due && old.owed === o.owed) continue;
    writes.push({ key, record: records.obligation.write(o), was: (await table.get(key))?.rev });
    const text = `notice to ${o.recipient}: ${owedWords[String(o.owed)]}${o.dueLocal ? `, due ${o.dueLocal}` : ''} (${o.regime} ${o.obligation}: ${o.working})`;
    timeline.push({
      event: now,
      kind: 'obligation',
      by: 'plan',
      text: old ? `recomputed, was due ${old.due}: ${text}` : text,
      about: key.sk,
    });
  }
  return { writes, timeline };
}

const owedWords: Record<string, string> = {
  true: 'owed',
  unknown: 'treated as owed until counted',
  false: 'not owed',
};

/** Facts that no law covers must not stop containment: they are written down for the privacy officer. */
function compute(catalogue: Catalogue, known: Facts, now: string): Obligation[] | { none: string } {
  try {
    return obligationsOf(Object.values(catalogue.regimes), known, now);
  } catch (error) {
    if (error instanceof InvalidFacts) return { none: `no clock could be computed: ${error.message}` };
    throw error;
  }
}

function noted(now: string, text: string): Amendment {
  return { timeline: [{ event: now, kind: 'obligation', by: 'plan', text }] };
}
