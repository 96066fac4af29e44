import { Temporal } from 'temporal-polyfill';
import { type Event, earliest, shown, startOf } from './anchor.ts';
import { isOf, maybeExempt, nameOf, servedBy, versionOf } from './applying.ts';
import { type Due, earlier, endOf, held, isAfter, type Reading, runFrom } from './clock.ts';
import type { ObligationReference, Relation } from './deadline.ts';
import { exemptionOf, wouldExempt } from './exemption.ts';
import { type Facts, localDate } from './facts.ts';
import { type Release, releaseOf } from './hold.ts';
import type { ObligationRule, Regime } from './regime.ts';
import { type Answer, both, owedBy } from './threshold.ts';

/** A notice that left: the day or instant of actual sending, and the notice itself where it was one of another law. */
export interface Sent {
  on: string;
  as: string;
}

/** What one rule asks of one incident, before anybody asks what day it is. */
export interface Outlook {
  regime: Regime;
  rule: ObligationRule;
  answer: Answer;
  /** an exemption or another law's notice makes it not owed, although counts and kinds say it is */
  exempt: boolean;
  event: Event | undefined;
  due: Due | undefined;
  /** due hangs on another notice that has not left */
  projected: boolean;
  release: Release | undefined;
  words: string;
  wouldChange: string[];
  sent: Sent | undefined;
}

const keyOf = ({ regime, obligation }: ObligationReference) => `${regime}/${obligation}`;

const relationWords: Record<Relation, string> = {
  contemporaneous_with: 'contemporaneous with',
  earlier_of: 'no later than the day of',
  not_later_than: 'not later than',
  simultaneous: 'simultaneous with',
  without_delaying: 'without delaying',
  before: 'before',
  after: 'after',
};

const yes: Answer = { owed: true, words: '', settle: '' };
const no = (words: string): Answer => ({ owed: false, words, settle: '' });

function unsettled(answer: Answer, maybe: string): Answer {
  const settle = [answer.settle, 'ask counsel about the exemption'].filter(Boolean).join('; ');
  return { owed: 'unknown', words: [answer.words, maybe].filter(Boolean).join('; '), settle };
}

/** Works out the rules of all regimes for one set of facts, each once, and each from what it hangs on. */
export class Outlooks {
  readonly #regimes: Map<string, Regime>;
  readonly #facts: Facts;
  readonly #known = new Map<string, Outlook>();
  readonly #open = new Set<string>();

  constructor(regimes: readonly Regime[], facts: Facts) {
    this.#regimes = new Map(regimes.map((one) => [one.id, one]));
    this.#facts = facts;
  }

  /** Throws when laws refer to each other in a circle, or to none: regimesOf refuses the second. */
  of(reference: ObligationReference): Outlook {
    const key = keyOf(reference);
    const known = this.#known.get(key);
    if (known) return known;
    const regime = this.#regimes.get(reference.regime);
    if (!regime) throw new Error(`no regime ${reference.regime} was given`);
    if (this.#open.has(key)) throw new Error(`the laws refer to each other in a circle at ${key}`);
    this.#open.add(key);
    const outlook = this.#look(regime, reference.obligation);
    this.#open.delete(key);
    this.#known.set(key, outlook);
    return outlook;
  }

  /** The notices that may not leave after this one although they have not left yet (`before`), in view of the facts. */
  sendFirst(all: readonly Outlook[], one: Outlook): ObligationReference[] {
    if (one.sent) return [];
    const own = { regime: one.regime.id, obligation: one.rule.id };
    return all
      .filter(({ rule, answer, sent }) => {
        if (rule.order?.relation !== 'before' || answer.owed === false || sent) return false;
        const parent = this.of(rule.order);
        const served = servedBy(parent.regime, parent.rule.id, this.#facts);
        return keyOf(rule.order) === keyOf(own) || (served !== undefined && keyOf(served) === keyOf(own));
      })
      .map(({ regime, rule }) => ({ regime: regime.id, obligation: rule.id }));
  }

  #look(regime: Regime, id: string): Outlook {
    const { rule, event, notYet } = versionOf(regime, id, this.#facts);
    const sent = this.#sent(regime, id);
    const none = {
      regime,
      rule,
      exempt: false,
      event: undefined,
      due: undefined,
      projected: false,
      release: undefined,
      wouldChange: [],
      sent,
    };
    if (regime.status !== 'in_force') {
      const words = `${regime.status.replaceAll('_', ' ')}: not computed as law`;
      return { ...none, answer: no(words), words };
    }
    if (notYet !== undefined) return { ...none, answer: no(notYet), words: notYet };
    const counted = both(this.#covered(regime, rule), owedBy(regime, rule.threshold, this.#facts));
    const cascade = this.#cascade(rule);
    const happened = cascade?.answer ?? ('never' in event ? no(`${event.never}: not owed`) : yes);
    const answer = both(counted, happened);
    if (answer.owed === false) return { ...none, answer, words: answer.words };
    const why = exemptionOf(regime, rule, this.#facts) ?? this.#satisfied(regime, id);
    if (why !== undefined) return { ...none, answer: no(why), exempt: true, words: why };
    const began = cascade?.event ?? ('never' in event ? undefined : event);
    const base: Reading = began
      ? runFrom(rule.deadline, began, this.#facts.entity.zone)
      : { due: undefined, words: cascade?.words ?? '' };
    const maybe = maybeExempt(regime, id, this.#facts);
    const settled = maybe === undefined ? answer : unsettled(answer, maybe);
    const timed = this.#timed(regime, rule, base, cascade?.projected ?? false);
    return {
      ...none,
      ...timed,
      answer: settled,
      event: began,
      words: [timed.words, settled.words].filter(Boolean).join('; '),
      wouldChange: [
        settled.settle,
        ...(began?.assumed ? [`the day of ${began.assumed}, once recorded`] : []),
        ...timed.wouldChange,
        ...wouldExempt(regime, this.#facts),
      ].filter(Boolean),
    };
  }

  #covered(regime: Regime, rule: ObligationRule): Answer {
    if (!rule.covers || isOf(rule.covers.kinds, this.#facts)) return yes;
    const words = `owed only by ${rule.covers.entities}`;
    if (!this.#facts.regimes?.includes(regime.id)) return no(`${words}: not owed`);
    return {
      owed: 'unknown',
      words: `${words}, which the facts do not say it is`,
      settle: 'name the kinds of the entity',
    };
  }

  /** From which notice it runs: its actual sending, or its outer limit until then. Undefined where it runs from no notice. */
  #cascade(rule: ObligationRule): { event?: Event; projected: boolean; words: string; answer: Answer } | undefined {
    if (!rule.deadline.after) return undefined;
    const { zone } = this.#facts.entity;
    const names = rule.deadline.after.map(nameOf).join(' or ');
    const parents = rule.deadline.after.map((reference) => this.of(reference));
    const left = earliest(
      parents.flatMap(({ sent }) =>
        sent ? [{ when: sent.on, words: `${sent.as} sent ${shown(sent.on, zone)}` }] : [],
      ),
      zone,
    );
    if (left) return { event: left, projected: false, words: left.words, answer: yes };
    const may = parents.filter(({ answer }) => answer.owed !== false);
    if (may.length === 0)
      return { projected: false, words: '', answer: no(`${names} is not owed, so neither is this: not owed`) };
    const outer = earliest(
      may.flatMap(({ regime, rule: { id }, due }) => {
        if (!due) return [];
        const when = due.at?.toString() ?? due.day.toString();
        return [
          { when, words: `${regime.id} ${id} not sent yet, projected from its outer limit ${shown(when, zone)}` },
        ];
      }),
      zone,
    );
    if (outer) return { event: outer, projected: true, words: outer.words, answer: yes };
    return {
      projected: true,
      words: `runs from the day on which ${names} is sent, which has no number and has not left`,
      answer: yes,
    };
  }

  /** Extension, order and hold, in this order. */
  #timed(regime: Regime, rule: ObligationRule, base: Reading, cascaded: boolean) {
    const { zone } = this.#facts.entity;
    let { due, words } = base;
    let projected = cascaded;
    const wouldChange: string[] = [];
    const told = this.#facts.extensions.find((one) => one.regime === regime.id);
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
    if (rule.order && rule.order.relation !== 'after') {
      const other = this.of(rule.order);
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
    const release = releaseOf(regime, due, this.#facts);
    if (release) {
      words += `; ${release.words}`;
      wouldChange.push('a written statement that names another end of the hold');
      if (due && !isAfter(due.day, release.day)) due = held(rule.deadline, due, release.day, zone);
    }
    return { due, words, projected, release, wouldChange };
  }

  #sent(regime: Regime, id: string): Sent | undefined {
    const { zone } = this.#facts.entity;
    const own = this.#facts.sent.filter((one) => one.regime === regime.id && one.obligation === id);
    const first = earliest(
      own.map(({ on }) => ({ when: on })),
      zone,
    );
    if (first) return { on: first.when, as: `${regime.id} ${id}` };
    const by = servedBy(regime, id, this.#facts);
    return by && this.of(by).sent;
  }

  /** The other law's notice left in time, so this one is taken to be given; or the entity is exempt beyond doubt. */
  #satisfied(regime: Regime, id: string): string | undefined {
    const { zone } = this.#facts.entity;
    for (const d of regime.deemed) {
      if (!d.obligations.includes(id) || !isOf(d.kinds, this.#facts)) continue;
      if (d.effect === 'exempt') {
        if (!d.unverified) return `${d.kinds.join(', ')} exempt (${d.citation}): not owed`;
        continue;
      }
      const { sent, due } = this.of(d.by);
      const inTime = sent && due && Temporal.Instant.compare(startOf(sent.on, zone), endOf(due, zone).toInstant()) <= 0;
      const own = this.#facts.sent.some((one) => one.regime === regime.id && one.obligation === id);
      if (inTime && !own)
        return `deemed given by ${nameOf(d.by)}, sent ${shown(sent.on, zone)} (${d.citation}): not owed`;
    }
    return undefined;
  }
}
