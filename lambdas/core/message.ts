import { Temporal } from 'temporal-polyfill';
import type { Severity } from './finding.ts';
import { inert } from './inert.ts';

/** What the people on call are told: no PHI, no token; a link that needs a sign-in (practice.md, invariant 9). */
export interface Message {
  drill: boolean;
  case: string;
  account: { alias: string; id: string };
  severity: Severity;
  /** e.g. `bucket northwind-patient-records` */
  resource: string;
  status: string;
  happened: string;
  done: string[];
  /** what is asked of the reader; empty = nothing */
  asked: string[];
  /** ISO instant until which an answer is waited for */
  until?: string;
  link: string;
  /** steps to contain by hand, when Tourniquet could not */
  manual?: string[];
  zone: string;
}

/** `2026-11-21 03:12:08 UTC (2026-11-20 22:12 America/New_York)`: absolute, with zone. */
export function when(instant: string, zone: string): string {
  const utc = Temporal.Instant.from(instant).toZonedDateTimeISO('UTC');
  const local = utc.withTimeZone(zone);
  const shown = `${utc.toPlainDate()} ${utc.toPlainTime().toString({ smallestUnit: 'second' })} UTC`;
  return zone === 'UTC'
    ? shown
    : `${shown} (${local.toPlainDate()} ${local.toPlainTime().toString({ smallestUnit: 'minute' })} ${zone})`;
}

/** What a message wants of its reader, in capitals. */
export function urgency(message: Message): 'ACT NOW' | 'NEEDS YOU' | 'FYI' {
  if (message.manual) return 'ACT NOW';
  return message.asked.length > 0 ? 'NEEDS YOU' : 'FYI';
}

/** Fewer than 100 ASCII characters on one line, as SNS Publish demands of a Subject. */
export function subject(message: Message): string {
  const text = `${message.drill ? 'DRILL ' : ''}${urgency(message)} [${message.severity}] ${message.account.alias}: ${inert(message.resource, 60)}`;
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 99);
}

/** The same content in sections, which the text and the HTML both show. */
export function sections(message: Message): { heading: string; lines: string[] }[] {
  const all = [
    { heading: 'What happened', lines: [message.happened] },
    { heading: 'Resource', lines: [`${message.resource} in ${message.account.alias} (${message.account.id})`] },
    { heading: 'Status', lines: [message.status] },
    { heading: 'What was done', lines: message.done.length > 0 ? message.done : ['nothing yet'] },
    { heading: 'What is asked of you', lines: message.asked.length > 0 ? message.asked : ['nothing'] },
    ...(message.until ? [{ heading: 'Until', lines: [when(message.until, message.zone)] }] : []),
    ...(message.manual ? [{ heading: 'Contain by hand', lines: message.manual }] : []),
    { heading: 'Case', lines: [message.case, message.link] },
  ];
  return all.map(({ heading, lines }) => ({ heading, lines: lines.map((l) => inert(l, 600)) }));
}

export function text(message: Message): string {
  return written({ drill: message.drill, sections: sections(message) });
}

/** Sections as plain text. */
export function written({ drill, sections: all }: { drill: boolean; sections: ReturnType<typeof sections> }): string {
  const opening = drill ? 'DRILL: no real account is touched.\n\n' : '';
  return opening + all.map(({ heading, lines }) => `${heading}\n${lines.map((l) => `  ${l}`).join('\n')}`).join('\n\n');
}
