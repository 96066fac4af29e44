import ical, { ICalAlarmType, type ICalCalendar, ICalEventStatus, ICalEventTransparency } from 'ical-generator';
import { Temporal } from 'temporal-polyfill';
import { startOf } from '../lambdas/core/anchor.ts';
import type { Facts } from '../lambdas/core/facts.ts';
import { inert } from '../lambdas/core/inert.ts';
import { hashOf } from '../lambdas/core/json.ts';
import type { Obligation } from '../lambdas/core/obligation.ts';

/** Shares of the time from the event to the last second that is in time. */
const alarmShares = [0.5, 0.8, 0.95];

/** The notices with a day or an instant that are still to be sent, those in view and those branches that govern. */
export function inCalendar({ owed, due, inView, governs, status }: Obligation): boolean {
  return owed !== false && due !== null && inView && governs && !status.startsWith('sent');
}

/**
 * What is due as an iCalendar file (RFC 5545): a last day is an all-day event, an instant is in UTC. An event keeps its UID while entity,
 * discovery, law and obligation are the same, so that a renewed file moves it. `today`: a date or an instant, the stamp.
 */
export function calendarOf(obligations: readonly Obligation[], facts: Facts, today: string): string {
  const { zone } = facts.entity;
  const calendar = ical({ name: 'Breach-notification clock', prodId: { company: 'Tourniquet', product: 'clock' } });
  const incident = hashOf({ entity: facts.entity, discovery: facts.anchors.discovery }).slice(0, 16);
  const stamp = startOf(today, zone);
  for (const one of obligations.filter(inCalendar)) addTo(calendar, one, `${incident}@tourniquet`, stamp, zone);
  return calendar.toString();
}

function addTo(calendar: ICalCalendar, one: Obligation, incident: string, stamp: Temporal.Instant, zone: string): void {
  const { regime, obligation, recipient, due, dueLocal, from, owed, projected } = one;
  if (due === null || dueLocal === null) return;
  const maybe = [...(owed === 'unknown' ? ['treated as owed'] : []), ...(projected ? ['projected'] : [])];
  const event = calendar.createEvent({
    id: `${regime}.${obligation}.${incident}`,
    stamp,
    ...(due.includes('T')
      ? { start: Temporal.Instant.from(due), end: Temporal.Instant.from(due) }
      : { start: Temporal.PlainDate.from(due), allDay: true }),
    summary: `Due: ${inert(recipient, 80)} (${[regime, ...maybe].join(', ')})`,
    description: description(one),
    status: owed === true ? ICalEventStatus.CONFIRMED : ICalEventStatus.TENTATIVE,
    transparency: ICalEventTransparency.TRANSPARENT,
  });
  const last = Temporal.Instant.from(dueLocal);
  const first = from === null ? last : startOf(from, zone);
  const seconds = first.until(last, { largestUnit: 'second' }).seconds;
  if (seconds <= 0) return;
  for (const share of alarmShares)
    event.createAlarm({
      type: ICalAlarmType.display,
      trigger: first.add({ seconds: Math.round(seconds * share) }),
      description: `${Math.round(share * 100)} % of the time is over: ${inert(recipient, 80)} (${regime})`,
    });
}

function description(one: Obligation): string {
  const { recipient, citation, working, dueLocal, legalRollDate, confirmWithCounsel, sendFirst, standard } = one;
  return [
    `${recipient}, ${citation}`,
    `Last moment in time: ${dueLocal}. The law asks: ${standard}`,
    working,
    ...(sendFirst.length > 0 ? [`Send first: ${sendFirst.join(', ')}`] : []),
    ...(legalRollDate === null ? [] : [`A statute would move it to ${legalRollDate}: ask counsel, do not rely on it`]),
    ...(confirmWithCounsel ? ['Confirm with counsel'] : []),
    'Not legal advice',
  ]
    .map((line) => inert(line, 2000))
    .join('\n');
}
