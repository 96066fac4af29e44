import { Temporal } from 'temporal-polyfill';
import { discoveryOf } from '../lambdas/core/anchor.ts';
import { type Facts, localDate } from '../lambdas/core/facts.ts';
import { inert } from '../lambdas/core/inert.ts';
import type { Obligation } from '../lambdas/core/obligation.ts';
import type { AsOf } from './clock-day.ts';
import type { Page, Tone } from './page.ts';

/** Every obligation is in exactly one group; `shown` sets it out, the others are folded to a line. */
interface Groups {
  due: Obligation[];
  noNumber: Obligation[];
  held: Obligation[];
  sent: Obligation[];
  yielding: Obligation[];
  notOwed: Obligation[];
  exempt: Obligation[];
  otherStates: Obligation[];
  notLaw: Obligation[];
}

function groupOf({ status, owed, inView, governs, due }: Obligation): keyof Groups {
  if (status === 'not-law') return 'notLaw';
  if (status === 'exempt') return 'exempt';
  if (owed === false) return 'notOwed';
  if (!inView) return 'otherStates';
  if (status === 'sent' || status === 'sent-late') return 'sent';
  if (!governs) return 'yielding';
  if (status === 'held') return 'held';
  return due === null ? 'noNumber' : 'due';
}

const order = ({ dueLocal }: Obligation) => (dueLocal === null ? Infinity : Date.parse(dueLocal));
const byDue = (a: Obligation, b: Obligation) =>
  order(a) - order(b) ||
  a.sendFirst.length - b.sendFirst.length ||
  Number(b.owed === true) - Number(a.owed === true) ||
  a.regime.localeCompare(b.regime);

function grouped(obligations: readonly Obligation[]): Groups {
  const groups: Groups = {
    due: [],
    noNumber: [],
    held: [],
    sent: [],
    yielding: [],
    notOwed: [],
    exempt: [],
    otherStates: [],
    notLaw: [],
  };
  for (const one of [...obligations].sort(byDue)) groups[groupOf(one)].push(one);
  return groups;
}

/** The clocks of one incident for people: what is due, by its date; then what is held, sent, and folded. Whole lines. */
export function clockLines(page: Page, obligations: readonly Obligation[], facts: Facts, day: AsOf): string[] {
  const { zone } = facts.entity;
  const groups = grouped(obligations);
  const set = (title: string, about: string, ones: Obligation[]) =>
    ones.length === 0 ? [] : [...page.heading(title, about), ...ones.flatMap((one) => row(page, one, facts, day))];
  return [
    ...page.hanging(
      'BREACH CLOCK  ',
      `as of ${said(day.today, zone)}; discovered ${localDate(discoveryOf(facts).when, zone)}; days end in ${zone}`,
      'plain',
      page.paint('strong', 'BREACH CLOCK  '),
    ),
    ...(day.whatIf ? page.hanging('', day.whatIf, 'ask') : []),
    ...summary(page, groups, zone, day),
    ...set('DUE', 'the last moment in time; the law asks for it sooner', groups.due),
    ...set('NO NUMBER', 'without unreasonable delay, and no day to count to', groups.noNumber),
    ...set('HELD', 'at the wish of an authority', groups.held),
    ...set('SENT', '', groups.sent),
    ...folded(page, groups),
    '',
    ...page.hanging('', 'Not legal advice. --json gives every law with its working and what would change it.', 'quiet'),
  ];
}

function summary(page: Page, { due, noNumber, held, sent }: Groups, zone: string, day: AsOf): string[] {
  const late = due.filter(({ status }) => status === 'overdue');
  const [next] = due.filter(({ status }) => status !== 'overdue');
  const counts: [number, string, Tone][] = [
    [late.length, 'OVERDUE', 'bad'],
    [due.length - late.length, 'due', 'strong'],
    [noNumber.length, 'without a number', 'plain'],
    [held.length, 'held', 'ask'],
    [sent.length, 'sent', 'good'],
  ];
  const said = counts.filter(([n]) => n > 0).map(([n, word, tone]) => page.paint(tone, `${n} ${word}`));
  return [
    said.length > 0 ? said.join(', ') : 'nothing is due',
    ...(next
      ? page.hanging('next: ', `${moment(next, zone)} (${remaining(next, day.today, zone)}), ${who(next)}`)
      : []),
  ];
}

const who = ({ recipient }: Obligation) => inert(recipient.split(' (')[0] ?? recipient);
const nameOf = ({ regime, obligation }: Obligation) => `${regime}/${obligation}`;

function row(page: Page, one: Obligation, facts: Facts, { today }: AsOf): string[] {
  const { zone } = facts.entity;
  const { status, due } = one;
  const gone = status === 'sent' || status === 'sent-late';
  const left = gone ? sentWords(one, facts) : remaining(one, today, zone);
  const lead = `  ${[...(due === null || gone ? [] : [moment(one, zone)]), left].filter(Boolean).join('  ')}  `.replace(
    /^ +$/,
    '  ',
  );
  const painted = lead.replace(left, page.paint(toneOf(one), left));
  return [
    ...page.hanging(lead, who(one), 'strong', left === '' ? lead : painted),
    ...page.hanging(
      '      ',
      `${nameOf(one)}, ${inert(one.citation)}: ${remarks(one, gone ? moment(one, zone) : '').join('; ')}`,
    ),
    ...(due === null && !gone ? [] : page.hanging('      ', inert(one.working, 2000), 'quiet')),
  ];
}

function toneOf({ status, owed }: Obligation): Tone {
  if (status === 'overdue' || status === 'sent-late') return 'bad';
  if (status === 'sent') return 'good';
  return status === 'held' || owed === 'unknown' ? 'ask' : 'strong';
}

function sentWords({ regime, obligation, status }: Obligation, { sent, entity }: Facts): string {
  const own = sent.find((one) => one.regime === regime && one.obligation === obligation);
  const on = own ? ` ${localDate(own.on, entity.zone)}` : ' as another law asks it';
  return status === 'sent-late' ? `✗ sent LATE${on}` : `✓ sent${on}`;
}

function remarks(
  { owed, projected, sendFirst, legalRollDate, confirmWithCounsel }: Obligation,
  wasDue: string,
): string[] {
  return [
    ...(wasDue === '' ? [] : [`was due ${wasDue}`]),
    owed === true ? 'owed' : 'treated as owed until known',
    ...(projected ? ['projected'] : []),
    ...(sendFirst.length > 0 && wasDue === '' ? [`SEND FIRST ${sendFirst.join(', ')}`] : []),
    ...(legalRollDate === null ? [] : [`a statute would move it to ${legalRollDate}, for counsel only`]),
    ...(confirmWithCounsel ? ['confirm with counsel'] : []),
  ];
}

/** `Wed 2027-01-20 23:59 EST`: local, in the zone of the entity; the minute is cut, never rounded up. */
function moment({ dueLocal }: Obligation, zone: string): string {
  if (dueLocal === null) return '';
  return said(dueLocal, zone);
}

function said(when: string, zone: string): string {
  const weekday = (date: Temporal.PlainDate) => date.toLocaleString('en-US', { weekday: 'short' });
  if (!when.includes('T')) {
    const date = Temporal.PlainDate.from(when);
    return `${weekday(date)} ${date}`;
  }
  const local = Temporal.Instant.from(when).toZonedDateTimeISO(zone);
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'short' }).formatToParts(
    local.epochMilliseconds,
  );
  const short = parts.find(({ type }) => type === 'timeZoneName')?.value ?? local.offset;
  const date = local.toPlainDate();
  return `${weekday(date)} ${date} ${local.toPlainTime().toString({ smallestUnit: 'minute' })} ${short}`;
}

/** hours are said up to here, days beyond */
const hoursShown = 96;

/** `in 59 days`, `in 35 h 20 min`, `3 days OVERDUE`: by the clock where both moments are known to it, else by the calendar. */
function remaining({ due, dueLocal, status }: Obligation, today: string, zone: string): string {
  if (due === null || dueLocal === null) return '';
  const late = status === 'overdue';
  const days = localDate(today, zone).until(localDate(dueLocal, zone), { largestUnit: 'day' }).days;
  const span = today.includes('T')
    ? Math.abs(Temporal.Instant.from(today).until(Temporal.Instant.from(dueLocal), { largestUnit: 'minute' }).minutes)
    : Infinity;
  const hours = `${Math.floor(span / 60)} h ${span % 60} min`;
  const byHours = span < hoursShown * 60 && (due.includes('T') || days === 0);
  if (late) return `${byHours ? hours : plural(-days, 'day')} OVERDUE`;
  if (byHours) return `in ${hours}`;
  return days === 0 ? 'today' : `in ${plural(days, 'day')}`;
}

const plural = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;

function folded(page: Page, { yielding, notOwed, exempt, otherStates, notLaw }: Groups): string[] {
  const whyExempt = (one: Obligation) => `${nameOf(one)} ${inert(one.working, 300)}`;
  const namesInView = (ones: Obligation[], said = nameOf) => {
    const shown = ones.filter(({ inView }) => inView).map(said);
    const others = ones.length - shown.length;
    return [
      ...shown,
      ...(others > 0 ? [`${shown.length > 0 ? 'and ' : ''}${others} by laws of other States`] : []),
    ].join(', ');
  };
  const laws = (ones: Obligation[]) => [...new Set(ones.map(({ regime }) => regime))];
  const lines: [Obligation[], string, string][] = [
    [yielding, 'instead, once counted', yielding.map((one) => `${nameOf(one)} ${one.due}`).join(', ')],
    [notOwed, `not owed: ${notOwed.length}`, namesInView(notOwed)],
    [exempt, `exempt: ${exempt.length}`, namesInView(exempt, whyExempt)],
    [
      otherStates,
      'other States',
      `${plural(laws(otherStates).length, 'law')} ${laws(otherStates).length === 1 ? 'waits' : 'wait'} for counts by State (individuals.byState)`,
    ],
    [notLaw, 'not law', `${laws(notLaw).join(', ')}: never computed`],
  ];
  const some = lines.filter(([ones]) => ones.length > 0);
  return some.length === 0
    ? []
    : [...page.heading('BESIDE'), ...some.flatMap(([, lead, text]) => page.hanging(`  ${lead}  `, text, 'quiet'))];
}
