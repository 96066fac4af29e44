import { nameOf } from './applying.ts';
import { type Due, earlier, held, isAfter, type Reading } from './clock.ts';
import type { Relation } from './deadline.ts';
import { type Facts, localDate } from './facts.ts';
import { releaseOf, unheeded } from './hold.ts';
import type { Outlook, Sent } from './outlook.ts';
import type { ObligationRule, Regime } from './regime.ts';

const relationWords: Record<Relation, string> = {
  contemporaneous_with: 'contemporaneous with',
  earlier_of: 'no later than the day of',
  not_later_than: 'not later than',
  simultaneous: 'simultaneous with',
  without_delaying: 'without delaying',
  before: 'before',
  after: 'after',
};

/** What a deadline ends in by itself, and what bears on it. */
interface Given {
  base: Reading;
  /** it runs from a notice that has not left */
  projected: boolean;
  /** the notice that it is ordered by */
  other: Outlook | undefined;
  sent: Sent | undefined;
}

/** A deadline after extension, order and hold, in this order. */
export function timedOf(
  regime: Regime,
  rule: ObligationRule,
  { base, projected: cascaded, other, sent }: Given,
  facts: Facts,
) {
  const { zone } = facts.entity;
  let { due, words } = base;
  let projected = cascaded;
  const wouldChange: string[] = [];
  const told = facts.extensions.find((one) => one.regime === regime.id);
  if (rule.extension && told && due && !due.at) {
    const on = localDate(told.on, zone);
    const { calendarDays, citation } = rule.extension;
    if (isAfter(on, due.day))
      words += `; the good cause told on ${on} came after ${due.day} and moves nothing (${citation})`;
    else {
      due = { day: due.day.add({ days: calendarDays }) };
      words += `; +${calendarDays} calendar days for good cause told on ${on} (${citation})`;
    }
  } else if (rule.extension && !told) wouldChange.push(`${rule.extension.condition} (${rule.extension.citation})`);
  if (rule.order && other && rule.order.relation !== 'after') {
    const asked = relationWords[rule.order.relation];
    if (other.sent) {
      // the day of sending, to whose end the law leaves time
      const on: Due = { day: localDate(other.sent.on, zone) };
      if (!due || earlier(on, due, zone) === on) {
        due = on;
        words += `; ${asked} ${other.sent.as}, sent ${on.day}`;
      }
    } else if (other.answer.owed !== false) {
      wouldChange.push(`due on the day that ${nameOf(rule.order)} is sent, if that is earlier`);
      if (other.due && (!due || earlier(due, other.due, zone) !== due)) {
        due = other.due;
        words += `; ${asked} ${nameOf(rule.order)}, due ${due.day}`;
        projected = true;
      }
    }
  }
  const release = releaseOf(regime, due, facts);
  if (release) {
    words += `; ${release.words}`;
    wouldChange.push('a written statement that names another end of the hold');
    if (due && !isAfter(due.day, release.day)) due = held(rule.deadline, due, release.day, zone);
  }
  if (sent) words += remarkOn(sent, due, release?.day, zone);
  else wouldChange.push(...unheeded(regime, release, facts));
  return { due, words, projected, release, wouldChange };
}

/** What a reader of the record must know about a notice that left. */
function remarkOn(sent: Sent, due: Due | undefined, release: Due['day'] | undefined, zone: string): string {
  const day = localDate(sent.on, zone);
  if (release && isAfter(release, day)) return `; left on ${day} although it was held until ${release}`;
  if (due?.at && due.day.equals(day) && !sent.on.includes('T')) return '; the hour of sending is not recorded';
  return '';
}
