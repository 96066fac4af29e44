import { z } from 'zod';
import type { Comparator, CountedUnit, Threshold } from './deadline.ts';
import type { Facts } from './facts.ts';
import { residents } from './facts.ts';
import type { Regime } from './regime.ts';

export const owed = z.union([z.boolean(), z.literal('unknown')]);
export type Owed = z.infer<typeof owed>;

/** Whether a duty is owed. `words` say why (empty: nothing to say), `settle` what would settle it (empty: settled). */
export interface Answer {
  owed: Owed;
  words: string;
  settle: string;
}

const yes: Answer = { owed: true, words: '', settle: '' };

const comparators: Record<Comparator, { holds(n: number, value: number): boolean; words(value: number): string }> = {
  gt: { holds: (n, value) => n > value, words: (value) => `more than ${value}` },
  gte: { holds: (n, value) => n >= value, words: (value) => `${value} or more` },
  lt: { holds: (n, value) => n < value, words: (value) => `fewer than ${value}` },
};

/** The least and the most that the count can be, from what has been counted. A breach has at least one individual. */
interface Bounds {
  least: number;
  most: number;
}

const exactly = (n: number): Bounds => ({ least: n, most: n });

/** Whoever is in no State counted so far may all live in one other State. */
function elsewhere({ individuals }: Facts): number {
  const { total } = individuals ?? {};
  return total === undefined ? Infinity : total - residents(individuals).reduce((a, b) => a + b, 0);
}

/** How many residents of a State are affected. Law of a State asks nothing while none is. */
export function residentsOf(state: string, facts: Facts): Bounds {
  const counted = facts.individuals?.byState?.[state];
  return counted === undefined ? { least: 0, most: elsewhere(facts) } : exactly(counted);
}

const counts: Record<CountedUnit, { words(state: string): string; of(facts: Facts, state: string): Bounds }> = {
  persons: {
    words: () => 'individuals',
    of: ({ individuals }) => {
      const counted = residents(individuals).reduce((a, b) => a + b, 0);
      const { total } = individuals ?? {};
      return total === undefined ? { least: Math.max(1, counted), most: Infinity } : exactly(total);
    },
  },
  residents_of_one_state: {
    words: () => 'residents of one State or jurisdiction',
    of: (facts) => {
      const largest = Math.max(0, ...residents(facts.individuals));
      return { least: largest, most: Math.max(largest, elsewhere(facts)) };
    },
  },
  residents_of_this_state: {
    words: (state) => `residents of ${state}`,
    of: (facts, state) => residentsOf(state, facts),
  },
  hours_of_disruption: {
    words: () => 'hours of material disruption',
    of: ({ disruptionHours: hours }) => (hours === undefined ? { least: 0, most: Infinity } : exactly(hours)),
  },
};

const risks = ['unlikely', 'risk', 'high'];

function byRisk(value: 'risk' | 'high', { riskToIndividuals: given }: Facts): Answer {
  const asked = value === 'high' ? 'a high risk to individuals' : 'a risk to individuals';
  if (given === undefined)
    return {
      owed: 'unknown',
      words: `not known whether ${asked} is likely, so treated as owed`,
      settle: `say whether ${asked} is likely (riskToIndividuals)`,
    };
  const met = risks.indexOf(given) >= risks.indexOf(value);
  return { owed: met, words: `${asked} is ${met ? 'likely' : 'unlikely: not owed'}`, settle: '' };
}

function byThreshold(threshold: Threshold, facts: Facts, state: string): Answer {
  if (threshold.unit === 'risk') return byRisk(threshold.value, facts);
  const { op, value, unit } = threshold;
  const { least, most } = counts[unit].of(facts, state);
  const counted = counts[unit].words(state);
  const test = `${comparators[op].words(value)} ${counted}`;
  const atLeast = comparators[op].holds(least, value);
  if (atLeast !== comparators[op].holds(most, value))
    return {
      owed: 'unknown',
      words: `not known whether ${test} are affected, so treated as owed`,
      settle: `count them: owed only if ${test} are affected`,
    };
  const number = least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  const words = `${number} ${counted}, the law asks for ${comparators[op].words(value)}`;
  return { owed: atLeast, words: atLeast ? words : `${words}: not owed`, settle: '' };
}

function byResidents(state: string, facts: Facts): Answer {
  const { least, most } = residentsOf(state, facts);
  if (most === 0) return { owed: false, words: `no resident of ${state} is affected: not owed`, settle: '' };
  if (least > 0) return yes;
  return {
    owed: 'unknown',
    words: `not known whether residents of ${state} are affected, so treated as owed`,
    settle: `count by State: owed only if residents of ${state} are affected`,
  };
}

/** All must be met: one that is not decides; else one that is unknown. */
export function both(a: Answer, b: Answer): Answer {
  if (a.owed === false || b.owed === true) return a.owed === true ? { ...a, words: a.words || b.words } : a;
  if (b.owed === false || a.owed === true) return b;
  return { owed: 'unknown', words: `${a.words}; ${b.words}`, settle: [a.settle, b.settle].filter(Boolean).join('; ') };
}

/** Whether a rule's threshold is met, and anybody is affected whom its law protects. Unknown counts as over the threshold. */
export function owedBy({ covers }: Pick<Regime, 'covers'>, threshold: Threshold | null, facts: Facts): Answer {
  if (facts.individuals?.total === 0 && !covers.withoutIndividuals)
    return { owed: false, words: 'no individual is affected, not owed', settle: '' };
  const state = covers.residentsOf ?? '';
  const met = threshold === null ? yes : byThreshold(threshold, facts, state);
  // a threshold that counts this State's residents says it better than the State alone
  if (threshold?.unit === 'residents_of_this_state' || covers.residentsOf === undefined) return met;
  return both(byResidents(covers.residentsOf, facts), met);
}
