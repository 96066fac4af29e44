import { Temporal } from 'temporal-polyfill';
import { type Event, earliest, isAssociate, shown, startOf } from './anchor.ts';
import { isOf, maybeExempt, nameOf, servedBy, versionOf } from './applying.ts';
import { type Due, endOf, type Reading, runFrom } from './clock.ts';
import type { ObligationReference } from './deadline.ts';
import { exemptionOf, wouldExempt } from './exemption.ts';
import type { Facts } from './facts.ts';
import type { Release } from './hold.ts';
import type { ObligationRule, Regime } from './regime.ts';
import { type Answer, both, owedBy } from './threshold.ts';
import { timedOf } from './timing.ts';

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
        // a letter to individuals under a law of no State may be the first that residents of this one get
        const reaches =
          one.rule.recipientKind === 'individual' &&
          parent.rule.recipientKind === 'individual' &&
          one.regime.covers.residentsOf === undefined;
        return keyOf(rule.order) === keyOf(own) || reaches;
      })
      .map(({ regime, rule }) => ({ regime: regime.id, obligation: rule.id }));
  }

  #look(regime: Regime, id: string): Outlook {
    const { rule, event, notYet } = versionOf(regime, id, this.#facts, (notice) => this.of(notice).sent?.on);
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
    const why = exemptionOf(regime, rule, this.#facts);
    if (why !== undefined) return { ...none, answer: no(why), exempt: true, words: why };
    const began = cascade?.event ?? ('never' in event ? undefined : event);
    const base: Reading = began
      ? runFrom(rule.deadline, began, this.#facts.entity.zone)
      : { due: undefined, words: cascade?.words ?? '' };
    const maybe = maybeExempt(regime, id, this.#facts);
    const settled = maybe === undefined ? answer : unsettled(answer, maybe);
    const given = { base, projected: cascade?.projected ?? false, other: rule.order && this.of(rule.order), sent };
    const timed = timedOf(regime, rule, given, this.#facts);
    const served = this.#satisfied(regime, id, timed.due);
    if (served !== undefined) return { ...none, answer: no(served), exempt: true, words: served };
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

  /** A duty that another law's notice stands or falls with: it has left itself, or the counts do not ask for it. */
  #met(regime: Regime, id: string): boolean {
    const rules = regime.obligations.filter((rule) => rule.id === id);
    return (
      this.#facts.sent.some((one) => one.regime === regime.id && one.obligation === id) ||
      rules.every((rule) => owedBy(regime, rule.threshold, this.#facts).owed === false)
    );
  }

  #sent(regime: Regime, id: string): Sent | undefined {
    const { zone } = this.#facts.entity;
    const told = this.#facts.businessAssociate?.toldCoveredEntity;
    const telling = regime.obligations.some((rule) => rule.id === id && rule.deadline.anchor === 'discovery_by_ba');
    if (telling && told && isAssociate(this.#facts)) return { on: told, as: `${regime.id} ${id}` };
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
  #satisfied(regime: Regime, id: string, ownDue: Due | undefined): string | undefined {
    const { zone } = this.#facts.entity;
    for (const d of regime.deemed) {
      if (!d.obligations.includes(id) || !isOf(d.kinds, this.#facts)) continue;
      if (d.effect === 'exempt') {
        if (!d.unverified) return `${d.kinds.join(', ')} exempt (${d.citation}): not owed`;
        continue;
      }
      const { sent, due } = this.of(d.by);
      if (!sent || !due || (d.provided ?? []).some((other) => !this.#met(regime, other))) continue;
      const inTime = [due, ownDue].every(
        (end) => !end || Temporal.Instant.compare(startOf(sent.on, zone), endOf(end, zone).toInstant()) <= 0,
      );
      const own = this.#facts.sent.some((one) => one.regime === regime.id && one.obligation === id);
      if (inTime && !own)
        return `deemed given by ${nameOf(d.by)}, sent ${shown(sent.on, zone)} (${d.citation}): not owed`;
    }
    return undefined;
  }
}
