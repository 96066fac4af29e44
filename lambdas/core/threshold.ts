import { z } from 'zod';
import type { Facts } from './facts.ts';
import { residents } from './facts.ts';
import type { Comparator, CountedUnit, ObligationRule } from './regime.ts';

export const owed = z.union([z.boolean(), z.literal('unknown')]);
export type Owed = z.infer<typeof owed>;

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

const counts: Record<CountedUnit, { words: string; of(individuals: Facts['individuals']): Bounds }> = {
  persons: {
    words: 'individuals',
    of: (individuals) => {
      const counted = residents(individuals).reduce((a, b) => a + b, 0);
      const { total } = individuals ?? {};
      return total === undefined ? { least: Math.max(1, counted), most: Infinity } : { least: total, most: total };
    },
  },
  residents_of_one_state: {
    words: 'residents of one State or jurisdiction',
    of: (individuals) => {
      const states = residents(individuals);
      const largest = Math.max(0, ...states);
      const { total } = individuals ?? {};
      if (total === undefined) return { least: largest, most: Infinity };
      // Whoever is in no State counted so far may all live in one other State.
      const elsewhere = total - states.reduce((a, b) => a + b, 0);
      return { least: largest, most: Math.max(largest, elsewhere) };
    },
  },
};

/**
 * Whether a rule's threshold is met: `unknown` when the count so far settles it neither way. `words` say why (empty: no threshold),
 * `settle` what would settle it (empty: settled).
 */
export function owedBy(
  rule: ObligationRule,
  individuals: Facts['individuals'],
): { owed: Owed; words: string; settle: string } {
  if (individuals?.total === 0) return { owed: false, words: 'no individual is affected, not owed', settle: '' };
  if (rule.threshold === null) return { owed: true, words: '', settle: '' };
  const { op, value, unit } = rule.threshold;
  const { least, most } = counts[unit].of(individuals);
  const test = `${comparators[op].words(value)} ${counts[unit].words}`;
  const atLeast = comparators[op].holds(least, value);
  if (atLeast !== comparators[op].holds(most, value))
    return {
      owed: 'unknown',
      words: `not known whether ${test} are affected, so treated as owed`,
      settle: `count them: owed only if ${test} are affected`,
    };
  const number = least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  const words = `${number} ${counts[unit].words}, the law asks for ${comparators[op].words(value)}`;
  return { owed: atLeast, words: atLeast ? words : `${words}: not owed`, settle: '' };
}
