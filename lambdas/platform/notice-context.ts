import { Refused } from '../core/errors.ts';
import { type Facts, localDate } from '../core/facts.ts';
import type { Head } from '../core/incident.ts';
import { inert } from '../core/inert.ts';
import type { Notice } from '../core/notice.ts';
import {
  type Element,
  elementsOf,
  type Known,
  type NoticeTemplate,
  openFacts,
  shortcomings,
} from '../core/notice-text.ts';
import type { Obligation } from '../core/obligation.ts';
import type { LegalEntity, Person, Settings } from '../core/settings.ts';
import { memberOf } from '../core/withholding.ts';
import { templates } from '../notices/index.ts';
import { factsNow, obligationsNow } from './facts-records.ts';
import { headOf } from './incidents.ts';
import { keptText } from './notices.ts';
import type { Platform } from './platform.ts';
import { Table } from './table.ts';

/** What stands around one notice of one incident at this moment. */
export interface NoticeContext {
  head: Head;
  entity: LegalEntity;
  obligation: Obligation;
  template: NoticeTemplate;
  elements: Element[];
  known: Known;
}

/** Throws Refused in words where there is no such obligation, or none can be. */
export async function noticeContext(
  platform: Platform,
  incident: string,
  of: { regime: string; obligation: string },
): Promise<NoticeContext> {
  const [{ head }, settings, catalogue] = await Promise.all([
    headOf(new Table(platform), incident),
    platform.settings(),
    platform.catalogue(),
  ]);
  if (head.rehearsal) throw new Refused('a rehearsal sends no notice');
  const [facts, all] = await Promise.all([factsNow(platform, incident), obligationsNow(platform, incident)]);
  const obligation = all.find((o) => o.regime === of.regime && o.obligation === of.obligation);
  if (!obligation || !facts)
    throw new Refused(
      `case ${incident} has no obligation ${inert(`${of.regime}/${of.obligation}`)}; it has: ${named(all) || 'none, because no clock runs'}`,
    );
  if (obligation.status === 'not-law')
    throw new Refused(`${of.regime} is not law in force: no notice is sent under it`);
  return {
    head,
    entity: entityOf(head, settings),
    obligation,
    template: templates[obligation.recipientKind],
    elements: elementsOf(catalogue.regimes[of.regime]?.content ?? [], of.obligation),
    known: knownOf(facts.facts, all, entityOf(head, settings), catalogue.regimes[of.regime]?.covers.residentsOf),
  };
}

const named = (all: readonly Obligation[]) =>
  all
    .filter((o) => o.inView && o.owed !== false)
    .map((o) => `${o.regime}/${o.obligation}`)
    .join(', ');

/** Throws Refused where the settings name no entity for the case's account. */
export function entityOf(head: Pick<Head, 'account'>, settings: Settings): LegalEntity {
  const account = memberOf(head.account, settings);
  const entity = settings.entities.find((e) => e.name === account?.entity);
  if (!entity)
    throw new Refused(`no legal entity is set for account ${head.account}: set it, or no notice can be sent`);
  return entity;
}

/** The facts that a notice may state, in words. */
function knownOf(facts: Facts, all: readonly Obligation[], entity: LegalEntity, state: string | undefined): Known {
  const day = (when: string) => localDate(when, entity.zone).toLocaleString('en-US', { dateStyle: 'long' });
  const individual = new Set(
    all.filter((o) => o.recipientKind === 'individual').map((o) => `${o.regime}/${o.obligation}`),
  );
  const told = facts.sent.filter((s) => individual.has(`${s.regime}/${s.obligation}`)).map((s) => s.on);
  const { total, byState } = facts.individuals ?? {};
  return {
    organization: entity.name,
    discovery: day(facts.anchors.discovery),
    total: total?.toLocaleString('en-US'),
    residents: state === undefined ? undefined : byState?.[state]?.toLocaleString('en-US'),
    individualNotice: told.length > 0 ? [...new Set(told.sort().map(day))].join(' to ') : undefined,
  };
}

/** Who must approve, in this order. Throws Refused naming what the settings lack. */
export function approversOf(entity: LegalEntity): { officer: Person; counsel: Person } {
  const { privacyOfficer: officer, counsel, name } = entity;
  if (!officer || !counsel)
    throw new Refused(
      `${name} has no ${officer ? 'counsel' : 'privacyOfficer'} in the settings (entities): two people must approve a notice; add them and deploy`,
    );
  return { officer, counsel };
}

/** What stands in the way of sending, one sentence each: what is missing in the text, a hold, an order. None: it may be asked for. */
export async function obstacles(
  platform: Platform,
  record: Notice,
  { template, elements, obligation }: NoticeContext,
): Promise<string[]> {
  const { draft, text } = await keptText(platform, record);
  const missing = shortcomings(draft, template, elements);
  const found = missing.length > 0 ? missing : openFacts(text);
  if (template.channel === 'mailing' && !record.recipients)
    found.push('it names no recipients: upload the CSV to the case bucket and draft it again with --recipients');
  const substitute = record.recipients?.checked?.substitute ?? 0;
  if (substitute >= 10 && !draft.substitute)
    found.push(
      `${substitute} people cannot be reached: write substitute.webText (90 days on the website, or major media) and substitute.tollFree (45 CFR 164.404(d)(2)(ii))`,
    );
  return [...found, ...untimely(obligation, record)];
}

/**
 * Why it is not the time to send: a law-enforcement hold, another notice that must leave first, a sending that was recorded since people
 * were asked, or facts under which nobody is owed it. Once all has left, only what comes back is followed, and nothing stands against that.
 */
export function untimely(
  { status, sendFirst, working }: Obligation,
  { state, again, finishedAt }: Pick<Notice, 'state' | 'again' | 'finishedAt'>,
): string[] {
  const underWay = state === 'checking' || state === 'asked' || state === 'sending';
  const meanwhile = (status === 'sent' || status === 'sent-late') && underWay && !again;
  const free = status === 'exempt' || status === 'not-owed';
  return [
    ...(meanwhile && !finishedAt
      ? ['it was recorded as sent since it was asked for: look whether anybody is left to tell, and ask again']
      : []),
    ...(free && !finishedAt
      ? [`it is not owed (${status}): ${working}; where it is owed, record the facts that say so first`]
      : []),
    ...(status === 'held' ? [`it is held at the request of law enforcement: ${working}`] : []),
    ...(sendFirst.length > 0
      ? [`${sendFirst.join(' and ')} must be sent first: send that, record it, then ask again`]
      : []),
  ];
}
