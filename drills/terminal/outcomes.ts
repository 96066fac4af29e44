import type { Temporal } from 'temporal-polyfill';
import type { Page, Tone } from '../../bin/page.ts';
import { inert } from '../../lambdas/core/inert.ts';
import type { Obligation, ObligationStatus } from '../../lambdas/core/obligation.ts';
import { left } from '../../lambdas/core/reminder-text.ts';

/** What became of a notice, the worst first: what somebody still has to do stands at the top. */
const ends: Partial<Record<ObligationStatus, { sign: string; word: string; tone: Tone }>> = {
  overdue: { sign: '!', word: 'missed', tone: 'bad' },
  'sent-late': { sign: '!', word: 'late', tone: 'bad' },
  held: { sign: '‖', word: 'held', tone: 'ask' },
  open: { sign: '◷', word: 'open', tone: 'ask' },
  sent: { sign: '✓', word: 'met', tone: 'good' },
  exempt: { sign: '✓', word: 'served', tone: 'good' },
};
const order = Object.keys(ends);

/** How every notice stands at the end of the drill's weeks. */
export function outcomes(
  page: Page,
  notices: readonly Obligation[],
  { zone, now }: { zone: string; now: Temporal.Instant },
): string[] {
  const day = now.toZonedDateTimeISO(zone).toPlainDate();
  const rank = ({ status }: Obligation) => order.indexOf(status);
  const sorted = [...notices].sort((a, b) => rank(a) - rank(b) || (a.due ?? '9').localeCompare(b.due ?? '9'));
  return [
    ...page.heading('CLOCKS', `as they stand on ${day}; days end in ${zone}`),
    ...sorted.flatMap((one) => {
      const end = ends[one.status];
      if (!end) return [];
      const lead = `  ${end.sign} ${end.word.padEnd(6)}  `;
      const due =
        one.due === null
          ? ''
          : one.status === 'sent'
            ? `was due ${one.due}`
            : `due ${one.due}, ${left(one.due, zone, now)}`;
      const why =
        one.status === 'exempt' || one.status === 'held'
          ? (one.working.split('; ').find((part) => /^(deemed|held)/.test(part)) ?? one.working)
          : due || one.standard;
      const text = `${inert(one.recipient.split(' (')[0] ?? '')}, ${one.citation}: ${inert(why, 300)}`;
      return page.hanging(lead, text, 'plain', page.paint(end.tone, lead));
    }),
  ];
}
