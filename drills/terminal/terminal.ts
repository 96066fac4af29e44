import type { Page } from '../../bin/page.ts';
import type { ApprovalRequest } from '../../lambdas/core/approval.ts';
import { inert } from '../../lambdas/core/inert.ts';
import { type Target, targetKey } from '../../lambdas/core/target.ts';
import { records, type TimelineEntry } from '../../lambdas/platform/records.ts';
import { named } from '../../lambdas/platform/tell.ts';
import type { Audience } from '../engine/drill.ts';
import type { Rehearsal } from '../engine/rehearsal.ts';
import { type Report, stored } from '../engine/report.ts';
import { personOf, type Reaction, type Scenario } from '../engine/scenario.ts';
import { elapsed, utcTime } from './durations.ts';
import { type Shown, show } from './entries.ts';
import { outcomes } from './outcomes.ts';
import { askAtPrompt, type Seat } from './prompt.ts';
import { asking, clocks, opening, type ProbeResult, probeLine, verdict } from './sections.ts';

// before the drill's clock replaces it: pauses are for the eyes, not for the drill
const realTimeout = globalThis.setTimeout;

/** Real milliseconds between lines and between sections, where somebody watches. */
const pace = { line: 90, section: 500 };

export interface TerminalOptions {
  page: Page;
  write(text: string): void;
  /** where somebody watches and can be asked; without it nothing is asked and nothing waits */
  seat?: Seat;
}

/** Shows a drill as it runs. What is printed depends on the drill only, never on the real time. */
export class Terminal implements Audience {
  readonly #options: TerminalOptions;
  readonly #page: Page;
  readonly #probes = new Map<string, ProbeResult>();
  #drill: Rehearsal | undefined;
  /** ISO instant of the drill's zero: when the finding is delivered */
  #zero = '';
  #section = '';
  /** the one target that the incident acts on */
  #only: Target | undefined;
  /** what has been said to be lost: a change says again what an approver was told */
  readonly #losses = new Set<string>();
  /** who was told in the line above, where it says that */
  #told: string | undefined;
  /** everything printed so far */
  #printed: Promise<void> = Promise.resolve();

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#page = options.page;
  }

  /** The rehearsal that was watched. Throws before it has begun. */
  get drill(): Rehearsal {
    if (!this.#drill) throw new Error('no drill has been opened');
    return this.#drill;
  }

  opened(scenario: Scenario, drill: Rehearsal): void {
    this.#drill = drill;
    this.#print(opening(this.#page, scenario), pace.section);
  }

  probed(name: string, kind: string, status: number, when: 'before' | 'after'): void {
    const before = this.#probes.get(name)?.before ?? status;
    const result = { name, kind, before, ...(when === 'after' ? { after: status } : {}) };
    this.#probes.set(name, result);
    this.#begin(
      when.toUpperCase(),
      when === 'before' ? 'what AWS answers to the attacker, and to care' : 'the same calls again',
    );
    this.#print(probeLine(this.#page, result), pace.line);
    if (when === 'before') this.#zero = this.#now();
  }

  entry(entry: TimelineEntry, drill: Rehearsal): void {
    if (!['RESPONSE', 'UNDO', 'NOTICES'].includes(this.#section)) this.#beginTimeline(drill, entry);
    const [, loss] = /^announced with it: (.*)$/.exec(entry.text) ?? [];
    if (loss && this.#losses.has(loss)) return;
    if (loss) this.#losses.add(loss);
    if (entry.kind === 'told' && entry.text === this.#told) return;
    const line = show(entry, this.#only);
    if (!line) return;
    this.#told = entry.kind === 'told' ? entry.text : undefined;
    this.#show(line, entry.recorded);
  }

  decide(request: ApprovalRequest, scripted: Reaction | undefined, drill: Rehearsal): Promise<Reaction | undefined> {
    for (const loss of request.losses) this.#losses.add(loss);
    const who = scripted && personOf(drill.settings, scripted.person);
    const { title, target } = request.subject;
    const what = this.#only || !target || title.includes(target.id) ? title : `${title} (${named(target)})`;
    const text = `${who?.name ?? 'somebody'}: ${inert(what)}`;
    this.#show({ sign: '?', word: 'asked', tone: 'ask', text }, this.#now());
    this.#print(asking(this.#page, request, zoneOf(drill)), pace.line);
    const { seat } = this.#options;
    if (!seat) return Promise.resolve(scripted);
    // in its turn, and nothing is printed over it: several may be asked at once
    const answered = this.#printed.then(() => askAtPrompt(request, scripted, drill.settings, seat));
    this.#printed = answered.then(() => undefined);
    return answered;
  }

  weeksLater(): void {
    this.#begin('NOTICES', 'the weeks after, at speed: whom the law wants told, and until when');
  }

  closed(report: Report): void {
    const head =
      this.#drill && stored(this.#drill, /^INCIDENT#/, 'HEAD', records.head).find((h) => h.id === report.incident.id);
    if (this.#drill && report.notices) {
      const ended = this.#drill.clock.now();
      this.#print(outcomes(this.#page, report.notices, { zone: zoneOf(this.#drill), now: ended }), pace.section);
    } else if (this.#drill && head)
      this.#print(
        clocks(this.#page, report, { discovery: head.discovery, zone: zoneOf(this.#drill) }, this.#drill.clock.now()),
        pace.section,
      );
    this.#print(verdict(this.#page, report), pace.section);
  }

  /** Resolves when everything has been printed. */
  finished(): Promise<void> {
    return this.#printed;
  }

  #beginTimeline(drill: Rehearsal, entry: TimelineEntry): void {
    if ([...this.#probes.values()].some((p) => p.after !== undefined)) {
      this.#begin('UNDO', 'rehearsed: the simulated account is put back, and the leak with it');
      return;
    }
    this.#zero ||= entry.recorded;
    this.#begin('RESPONSE', `+00:00.0 is ${this.#zero.slice(0, 10)} ${utcTime(this.#zero)} UTC`);
    const plans = stored(drill, /^INCIDENT#/, 'PLAN#', records.plan).map((p) => p.plan);
    const acted = plans.flatMap((p) => p.steps.map((s) => s.target));
    const targets = new Map((acted.length > 0 ? acted : plans.flatMap((p) => p.targets)).map((t) => [targetKey(t), t]));
    this.#only = acted.every((t) => targetKey(t) === targetKey(acted[0] ?? t)) ? acted[0] : undefined;
    const [head] = stored(drill, /^INCIDENT#/, 'HEAD', records.head);
    const member = drill.settings.accounts.members.find((m) => m.id === head?.account);
    const about = `${[...targets.values()].map(named).join(', ') || 'no target'} in account ${member?.alias} (${member?.id})`;
    this.#print(this.#page.hanging('  ', about, 'strong'), pace.line);
  }

  #begin(section: string, about: string): void {
    if (this.#section === section) return;
    this.#section = section;
    this.#print(this.#page.heading(section, about), pace.section);
  }

  #show({ sign, word, tone, text, more = [] }: Shown, at: string): void {
    const time = `  ${elapsed(this.#zero, at).padEnd(9)} `;
    const label = `${sign} ${word.padEnd(9)}  `;
    const lead = this.#page.paint('quiet', time) + this.#page.paint(tone, label);
    const lines = this.#page.hanging(time + label, text, tone === 'quiet' ? 'quiet' : 'plain', lead);
    // what belongs to an eye-catching line matters as much; what belongs to a plain one is detail
    const detail = tone === 'plain' ? 'quiet' : 'plain';
    const below = more.flatMap((m) => this.#page.hanging(' '.repeat(time.length + label.length), m, detail));
    this.#print([...lines, ...below], pace.line);
  }

  #now(): string {
    return this.#drill?.clock.now().toString({ smallestUnit: 'millisecond' }) ?? '';
  }

  #print(lines: string[], pauseMs: number): void {
    const text = lines.map((line) => `${line}\n`).join('');
    if (!this.#options.seat) {
      this.#options.write(text);
      return;
    }
    this.#printed = this.#printed.then(async () => {
      this.#options.write(text);
      await new Promise<void>((resolve) => realTimeout(resolve, pauseMs));
    });
  }
}

function zoneOf({ settings }: Rehearsal): string {
  return settings.entities[0]?.zone ?? 'UTC';
}
