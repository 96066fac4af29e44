import { styleText } from 'node:util';

/** What a piece of text means; colour follows it, and a word or sign always says it too. */
export type Tone = 'good' | 'bad' | 'ask' | 'quiet' | 'strong' | 'plain';

const formats = {
  good: ['green'],
  bad: ['red', 'bold'],
  ask: ['yellow', 'bold'],
  quiet: ['dim'],
  strong: ['bold'],
  plain: [],
} as const satisfies Record<Tone, readonly Parameters<typeof styleText>[0][]>;

const widest = 100;
const narrowest = 60;

/** How lines are set: so many columns, with or without colour. */
export class Page {
  readonly width: number;
  readonly #colour: boolean;

  /** `columns`: of the terminal; undefined where there is none. */
  constructor({ columns, colour }: { columns?: number; colour: boolean }) {
    this.width = Math.max(narrowest, Math.min(widest, columns ?? widest));
    this.#colour = colour;
  }

  paint(tone: Tone, text: string): string {
    return this.#colour && text !== '' ? styleText([...formats[tone]], text, { validateStream: false }) : text;
  }

  /** A line that starts with `lead` and goes on below it, each line painted alone so that a pager may cut anywhere. */
  hanging(lead: string, text: string, tone: Tone = 'plain', painted = lead): string[] {
    const [first = '', ...rest] = wrap(text, this.width - lead.length);
    return [painted + this.paint(tone, first), ...rest.map((line) => ' '.repeat(lead.length) + this.paint(tone, line))];
  }

  /** A row of a box: its edge stays at the left of every line. */
  edged(edge: string, lead: string, text: string): string[] {
    const lines = wrap(text, this.width - edge.length - lead.length);
    return lines.map((line, n) => `${this.paint('ask', edge)}${n === 0 ? lead : ' '.repeat(lead.length)}${line}`);
  }

  /** A section's heading, and what belongs to all of it. */
  heading(title: string, about = ''): string[] {
    const lead = `${title}  `;
    return ['', ...this.hanging(lead, about, 'quiet', this.paint('strong', lead))].map((line) => line.trimEnd());
  }

  rule(): string {
    return this.paint('quiet', '─'.repeat(this.width));
  }
}

/** Breaks text at spaces so that no line is longer; a longer word (an ARN, a hash) is cut. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((w) => cut(w, width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function cut(word: string, width: number): string[] {
  if (word.length <= width) return [word];
  return [word.slice(0, width), ...cut(word.slice(width), width)];
}
