import { Temporal } from 'temporal-polyfill';
import type { Page, Tone } from '../../bin/page.ts';
import type { ApprovalRequest } from '../../lambdas/core/approval.ts';
import { localDate } from '../../lambdas/core/facts.ts';
import { inert } from '../../lambdas/core/inert.ts';
import { when } from '../../lambdas/core/message.ts';
import { left } from '../../lambdas/core/reminder-text.ts';
import { targetKinds } from '../../lambdas/core/target.ts';
import type { Report } from '../engine/report.ts';
import type { Scenario } from '../engine/scenario.ts';
import { daysLeft, spoken, utcTime } from './durations.ts';
import { grouped } from './entries.ts';

/** What is set above and below the timeline. Each gives whole lines; text of people and findings is made inert. */

export function opening(page: Page, { id, title, story }: Pick<Scenario, 'id' | 'title' | 'story'>): string[] {
  return [
    page.rule(),
    ...page.hanging(
      'TOURNIQUET DRILL  ',
      'simulated AWS: no real account, no real recipient',
      'ask',
      page.paint('strong', 'TOURNIQUET DRILL  '),
    ),
    page.rule(),
    ...page.hanging('', `${title} (${id})`, 'strong'),
    ...page.hanging('', story),
  ];
}

export interface ProbeResult {
  name: string;
  kind: string;
  before: number;
  after?: number;
}

/** `attack  200 → 403  ✓ stopped  a stranger reads a patient record` */
export function probeLine(page: Page, { name, kind, before, after }: ProbeResult): string[] {
  const answers = after === undefined ? `${before}` : `${before} → ${after}`;
  const { sign, word, tone } = judged(kind, before, after);
  const lead = `  ${kind.padEnd(6)}  ${answers.padEnd(after === undefined ? 3 : 9)}  `;
  const verdict = `${sign} ${word.padEnd(8)}  `;
  return page.hanging(lead + verdict, inert(name), 'plain', lead + page.paint(tone, verdict));
}

function judged(kind: string, before: number, after: number | undefined): { sign: string; word: string; tone: Tone } {
  const now = after ?? before;
  if (kind === 'attack')
    return now < 400 ? { sign: '!', word: 'succeeds', tone: 'bad' } : { sign: '✓', word: 'stopped', tone: 'good' };
  return now < 400 ? { sign: '✓', word: 'works', tone: 'good' } : { sign: '!', word: 'lost', tone: 'ask' };
}

/** What an approver must know: before → after, who loses what, until when, and what silence means. */
export function asking(page: Page, request: ApprovalRequest, zone: string): string[] {
  const rows: [string, string[]][] = [
    ['changes', request.subject.kind === 'restore' ? byTarget(request.shows) : grouped(request.shows)],
    ['loses', request.losses.length > 0 ? request.losses : ['nobody loses anything']],
    ['because', request.asks.map((ask) => ask.replace(/^the playbook asks: /, ''))],
    [
      'needs',
      [request.needs === 'two' ? `two people${request.requester ? ': who asked, and one more' : ''}` : 'one person'],
    ],
    [
      'silence',
      [`${request.onTimeout === 'proceed' ? 'it is done' : 'nothing is done'} after ${when(request.expiresAt, zone)}`],
    ],
  ];
  return [
    ...rows.flatMap(([word, texts]) =>
      texts.flatMap((text, n) => page.edged('  │ ', (n === 0 ? word : '').padEnd(9), inert(text, 400))),
    ),
    page.paint('ask', '  └'),
  ];
}

const nouns = Object.values(targetKinds).map(({ noun }) => noun);
const ofTarget = new RegExp(`^((?:${nouns.join('|')}) \\S+): (.*)$`, 's');

/** Lines that begin with their target, below it; of one target alone without it, as the question names it already. */
function byTarget(lines: readonly string[]): string[] {
  const runs: { target: string; lines: string[] }[] = [];
  for (const line of lines) {
    const [, target = '', change = line] = ofTarget.exec(line) ?? [];
    const last = runs.at(-1);
    if (last?.target === target) last.lines.push(change);
    else runs.push({ target, lines: [change] });
  }
  return runs.flatMap((run) =>
    runs.length === 1 ? grouped(run.lines) : [`${run.target}:`, ...grouped(run.lines).map((line) => `- ${line}`)],
  );
}

type Obligation = Report['obligations'][number];
const byDueDate = (a: Obligation, b: Obligation) =>
  (a.due ?? '').localeCompare(b.due ?? '') ||
  Number(b.owed === true) - Number(a.owed === true) ||
  a.citation.localeCompare(b.citation);

/** Obligations by due date, with the zone whose calendar counts and the time that is left. */
export function clocks(
  page: Page,
  report: Report,
  { discovery, zone }: { discovery: string; zone: string },
  now: Temporal.Instant,
): string[] {
  const due = report.obligations.filter((o) => o.due !== null).sort(byDueDate);
  if (due.length === 0) return [];
  const day = Temporal.Instant.from(discovery).toZonedDateTimeISO(zone).toPlainDate();
  return [
    ...page.heading('CLOCKS', `discovered ${day}; days end in ${zone}`),
    ...due.flatMap(({ due: date, owed, recipient, citation, working }) => {
      const lead = `  ${localDate(date ?? '', zone)}  ${remaining(now, date ?? '', zone).padStart(13)}  `;
      const whether = owed === true ? 'owed' : counted(working);
      const to = `${inert(recipient.split(' (')[0] ?? '')}, ${citation}: ${whether}`;
      return page.hanging(lead, to, 'plain', page.paint('strong', lead));
    }),
  ];
}

const remaining = (now: Temporal.Instant, due: string, zone: string) =>
  due.includes('T') ? left(due, zone, now) : `${daysLeft(now, due, zone)} days left`;

/** The last part of the working says what is not known yet. */
const counted = (working: string) =>
  inert(working.split('; ').at(-1) ?? '', 300).replace(
    /^not known whether (.*), so treated as owed$/,
    'owed if $1; not counted yet',
  );

const stampNames: [string, string][] = [
  ['activity', 'activity'],
  ['findingCreated', 'finding written'],
  ['eventReceived', 'event received'],
  ['changeAccepted', 'change accepted'],
  ['containmentVerified', 'verified'],
];

/** How it ended: what was reached, how fast, and what failed. */
export function verdict(page: Page, report: Report): string[] {
  return [
    ...page.heading('VERDICT', `case ${report.incident.id}`),
    ...checks(report).flatMap(({ ok, text }) =>
      page.hanging(`  ${ok ? '✓' : '✗'} `, text, 'plain', `  ${page.paint(ok ? 'good' : 'bad', ok ? '✓' : '✗')} `),
    ),
    '',
    ...stamps(page, report),
    '',
    ...(report.failures.length === 0
      ? [page.paint('good', 'PASSED')]
      : [page.paint('bad', 'FAILED'), ...report.failures.flatMap((f) => page.hanging('  ✗ ', inert(f, 400), 'bad'))]),
  ];
}

function checks(report: Report): { ok: boolean; text: string }[] {
  const of = (kind: string) => report.probes.filter((p) => p.kind === kind);
  const stopped = of('attack').filter((p) => p.after >= 400).length;
  const lost = of('care').filter((p) => p.after !== p.before);
  const working = of('care').length - lost.length;
  const unannounced = (p: Report['probes'][number]) => report.failures.some((f) => f.includes(`"${p.name}"`));
  const open = report.footholds.filter((f) => !f.closedAt);
  const { incident, changes, evidence, restored } = report;
  const partial = evidence.filter(({ coverage }) => (coverage as { level?: string }).level !== 'complete').length;
  const gaps = partial > 0 ? `; the coverage of ${partial} has gaps, which custody names` : '';
  const all = [
    {
      ok: incident.status === 'contained',
      text: `${incident.status}: ${changes.length} change${changes.length === 1 ? '' : 's'}, each with its before-state on record${report.verified ? ' and read back as safe' : ''}`,
    },
    { ok: stopped === of('attack').length, text: `${stopped} of ${of('attack').length} attacks stopped` },
    {
      ok: !lost.some(unannounced),
      text: `${working} of ${of('care').length} things that care depends on work as before${lost.length > 0 && !lost.some(unannounced) ? `; ${lost.length} lost, as announced` : ''}`,
    },
    {
      ok: evidence.length > 0,
      text: `${evidence.length} piece${evidence.length === 1 ? '' : 's'} of evidence in the vault, each with its hash${gaps}`,
    },
    ...incident.open.map((text) => ({ ok: false, text: inert(text, 300) })),
    ...incident.offered.map((text) => ({ ok: true, text: inert(text, 300) })),
  ];
  if (report.footholds.length > 0)
    all.push({
      ok: open.length === 0,
      text: `${report.footholds.length - open.length} of ${report.footholds.length} footholds closed`,
    });
  if (restored)
    all.push({
      ok: restored.exact,
      text: restored.exact
        ? `undone: every account is exactly as it was${restored.kept ? ', but for what a restore keeps' : ''}`
        : 'not undone exactly',
    });
  return all;
}

/** `event received  02:06:30 UTC  +45.8 s`, each with the time since the one before. */
function stamps(page: Page, report: Report): string[] {
  const known = stampNames.flatMap(([key, name]) => {
    const at = report.stamps[key];
    return typeof at === 'string' ? [{ name, at }] : [];
  });
  const received = report.stamps.eventReceived;
  return known.map(({ name, at }, n) => {
    const before = known[n - 1];
    const since = before ? `+${spoken(before.at, at)}` : '';
    const total =
      name === 'verified' && typeof received === 'string'
        ? `  ${spoken(received, at)} after the event was received`
        : '';
    return `  ${name.padEnd(15)}  ${utcTime(at)} UTC  ${since.padEnd(12)}${page.paint('good', total)}`.trimEnd();
  });
}
