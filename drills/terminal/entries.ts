import type { Tone } from '../../bin/page.ts';
import { inert } from '../../lambdas/core/inert.ts';
import type { Target } from '../../lambdas/core/target.ts';
import type { TimelineEntry } from '../../lambdas/platform/records.ts';
import { named } from '../../lambdas/platform/tell.ts';

/** One entry of the timeline as a person sees it: a sign, a word, a sentence, and what belongs to it. */
export interface Shown {
  sign: string;
  word: string;
  tone: Tone;
  text: string;
  more?: string[];
}

type Rule = [kind: TimelineEntry['kind'], pattern: RegExp, show: (found: string[]) => Shown | undefined];

const shown = (sign: string, word: string, tone: Tone, text = '', more: string[] = []): Shown => ({
  sign,
  word,
  tone,
  text,
  more,
});
const unseen = () => undefined;

/**
 * How the sentences of the handlers are shown, first match first. What no rule knows is shown as it is: a sentence that changes
 * becomes noise on the screen, never a silence.
 */
const rules: Rule[] = [
  ['finding', /^(.*?)(?:: a new cause)?$/, ([, text]) => shown('!', 'finding', 'bad', text)],
  // said by the lines before and after them
  ['plan', /every step is done, asked or recorded$/, unseen],
  ['change', /^before-state recorded: /, unseen],
  ['change', /: undo accepted by AWS$/, unseen],
  ['change', /: waiting: /, unseen],
  ['approval', /^asked: (?!.* again: )/, unseen],
  ['approval', /^(?:approved|declined) by /, unseen],

  ['plan', /^(plan \d+): (.*)$/, ([, word = '', text]) => shown('·', word, 'plain', text)],
  [
    'told',
    /^(?:NEEDS YOU|ACT NOW): told by .* to (.*): reminder of (.*)$/,
    ([, who, what = '']) =>
      what.includes('OVERDUE')
        ? shown('!', 'reminder', 'bad', what, [`to ${who}`])
        : shown('◷', 'reminder', 'ask', what, [`to ${who}`]),
  ],
  [
    'told',
    /^(NEEDS YOU|ACT NOW): told by (.*)$/,
    ([, urgency, who]) => shown('·', 'told', 'plain', `${who}: ${urgency}`),
  ],
  ['told', /^FYI: told by (.*)$/, ([, who]) => shown('·', 'told', 'quiet', who)],
  ['page', /^(.*)$/, ([, text]) => shown('!', 'page', 'bad', text)],
  [
    'obligation',
    /^(.*) \(facts \d+, schedule \d+, SHA-256 \w+\)$/,
    ([, text = '']) => {
      const [why, ...follows] = text.split(/: (?=recomputed: |no date changes$|\d+ notices? may be due)/);
      return shown(
        '◷',
        'clocks',
        'ask',
        why,
        follows.flatMap((one) => one.replace(/^recomputed: /, '').split('; ')),
      );
    },
  ],
  ['obligation', /^(.*)$/, ([, text]) => shown('◷', 'clock', 'plain', text)],
  [
    'evidence',
    /^\S+ of .+?: (.*) \(SHA-256 (\w{16})\w{48}, (\d+) bytes, coverage (\w+)\)$/,
    ([, summary, hash, bytes, level]) =>
      shown('▪', 'evidence', 'plain', summary, [`sha256 ${hash}…, ${thousands(bytes)} bytes, coverage ${level}`]),
  ],
  ['evidence', /^(.*)$/, ([, text]) => shown('✗', 'evidence', 'bad', text)],
  ['change', /^announced with it: (.*)$/, ([, loss]) => shown('!', 'loss', 'ask', loss)],
  [
    'change',
    /^(.*): accepted by AWS: (.*)$/,
    ([, title, lines = '']) => shown('→', 'change', 'strong', title, grouped(lines.split('; '))),
  ],
  ['change', /^(.*): verified: (.*)$/, ([, title, why]) => shown('✓', 'verified', 'good', `${title}: ${why}`)],
  ['change', /^(.*): already-safe: (.*)$/, ([, title, why]) => shown('✓', 'safe', 'good', `${title}: ${why}`)],
  ['change', /^(.*): restored: (.*)$/, ([, title, why]) => shown('✓', 'restored', 'good', `${title}: ${why}`)],
  [
    'change',
    /^(.*: (?:failed|drifted|refused|declined|held|paused)\b.*)$/,
    ([, text]) => shown('✗', 'not done', 'bad', text),
  ],
  [
    'change',
    /^(.* asked to restore .*)$/,
    ([, text = '']) => {
      const [asked, ...kept] = text.split('; kept: ');
      return shown(
        '?',
        'undo',
        'ask',
        asked,
        kept.map((one) => `kept: ${one}`),
      );
    },
  ],
  ['change', /^not restored: (.*)$/, ([, why]) => shown('✗', 'not undone', 'bad', why)],
  ['approval', /^asked: (.*)$/, ([, text]) => shown('?', 'asked', 'ask', text)],
  ['approval', /^(.*?) approved: (.*)$/, ([, who, what]) => shown('✓', 'approved', 'good', `${who}: ${what}`)],
  ['approval', /^(.*?) declined: (.*)$/, ([, who, what]) => shown('✗', 'declined', 'bad', `${who}: ${what}`)],
  ['approval', /^timed-out: (.*)$/, ([, text]) => shown('✗', 'no answer', 'bad', text)],
  [
    'status',
    /^contained(?:: (.*))?$/,
    ([, offered]) => shown('✓', 'status', 'good', 'CONTAINED', offered === undefined ? [] : offered.split('; ')),
  ],
  [
    'status',
    /^([a-z ]+): (.*)$/,
    ([, status = '', open = '']) => shown('=', 'status', 'ask', status.toUpperCase(), stillOpen(open)),
  ],
  ['foothold', /^foothold closed: (.*)$/, ([, what]) => shown('✓', 'closed', 'good', what)],
  ['foothold', /^open foothold: (.*)$/, ([, what]) => shown('!', 'foothold', 'bad', what)],
];

/**
 * An entry as it is shown; undefined for what another line says already. `only`: the one target that the incident acts on, which
 * is not repeated in every line.
 */
export function show(entry: Pick<TimelineEntry, 'kind' | 'text'>, only?: Target): Shown | undefined {
  const text = inert(only ? withoutTarget(entry.text, only) : entry.text, 600);
  for (const [kind, pattern, as] of rules) {
    const found = kind === entry.kind && pattern.exec(text);
    if (found) return as(found);
  }
  return shown('·', entry.kind, 'plain', text);
}

const withoutTarget = (text: string, only: Target) =>
  [` (${named(only)})`, ` (${only.id})`, ` on ${named(only)}`].reduce((rest, part) => rest.replaceAll(part, ''), text);

/** What keeps the status from being better; how a foothold came about, and what was put back, other lines say. */
const stillOpen = (open: string) =>
  open
    .split('; ')
    .filter((one) => !one.includes(': restored: '))
    .map((one) => (one.startsWith('open foothold: ') ? one.replace(/ \(.*$/, '') : one));

/** `A: absent → on; B: absent → on` as `A, B: absent → on`. */
export function grouped(lines: readonly string[]): string[] {
  const groups = new Map<string, string[]>();
  for (const line of lines) {
    const [, name = '', way = line] = /^([^:]*): ([^:]* → [^:]*)$/.exec(line) ?? [];
    groups.set(way, [...(groups.get(way) ?? []), ...(name ? [name] : [])]);
  }
  return [...groups].map(([way, names]) => (names.length > 0 ? `${names.join(', ')}: ${way}` : way));
}

const thousands = (digits = '') => digits.replace(/\B(?=(\d{3})+$)/g, ',');
