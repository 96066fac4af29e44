import { type Head, stoodText } from '../core/incident.ts';
import { type Message, urgency } from '../core/message.ts';
import type { Person, Settings } from '../core/settings.ts';
import { named, type Target } from '../core/target.ts';
import { careContact, memberOf } from '../core/withholding.ts';
import { amendIncident } from './incidents.ts';
import { send } from './mail.ts';
import { at } from './plans.ts';
import type { Platform } from './platform.ts';
import type { TimelineEntry } from './records.ts';

export { named };

export interface Telling {
  targets: Target[];
  happened: string;
  done?: string[];
  asked?: string[];
  until?: string;
  manual?: string[];
  /** what it is about, where that is no resource */
  about?: string;
  /** how many people of the on-call order; the clinical contacts of care-critical targets are always told too */
  people?: number;
  /** these people, instead of the on-call order */
  to?: readonly Person[];
}

/** Tells the people of an incident and writes down who was told, or that nobody could be. */
export async function tellPeople(platform: Platform, head: Head, telling: Telling): Promise<void> {
  const settings = await platform.settings();
  const to = recipients(settings, telling);
  const message = compose(settings, head, telling);
  const kind: TimelineEntry['kind'] = telling.manual ? 'page' : 'told';
  const write = (text: string) =>
    amendIncident(platform, head.id, async () => ({ timeline: [{ event: at(platform), kind, by: 'tell', text }] }));
  try {
    const { told, failed } = await send(platform, message, to);
    await write(
      `${urgency(message)}: told by ${told.join(' and ')}${failed.length > 0 ? `; failed: ${failed.join('; ')}` : ''}`,
    );
  } catch (error) {
    await write(error instanceof AggregateError ? error.message : 'nobody could be told');
    throw error;
  }
}

function recipients(settings: Settings, telling: Telling): Person[] {
  const care = telling.targets.flatMap((t) => careContact(t, settings) ?? []);
  const onCall = telling.to ?? settings.onCall.slice(0, telling.people ?? 0);
  return [...new Map([...onCall, ...care].map((p) => [p.email, p])).values()];
}

function compose(settings: Settings, head: Head, telling: Telling): Message {
  const member = memberOf(head.account, settings);
  const resource = telling.about ?? (telling.targets.map(named).join(', ') || 'no resource that Tourniquet may act on');
  return {
    drill: head.drill,
    case: head.id,
    account: { alias: member?.alias ?? 'unknown account', id: head.account },
    severity: head.severity,
    resource,
    status: stoodText(head),
    happened: telling.happened,
    done: telling.done ?? [],
    asked: telling.asked ?? [],
    until: telling.until,
    manual: telling.manual,
    link: `${settings.mail.consoleUrl.replace(/\/$/, '')}/incidents/${head.id}`,
    zone: settings.entities.find((e) => e.name === member?.entity)?.zone ?? 'UTC',
  };
}

/** The steps to contain by hand what Tourniquet could not. */
export function manualSteps(target: Target, title: string, consequence: string, incident: string): string[] {
  return [
    `sign in to account ${target.account}, Region ${target.region}, with your break-glass access`,
    `${title}: ${named(target)}`,
    `know first: ${consequence}`,
    `then acknowledge this page: tourniquet approve ${incident} --acknowledge`,
  ];
}
