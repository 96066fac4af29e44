import { factsOf, InvalidFacts } from '../../core/facts.ts';
import { obligationsOf } from '../../core/obligation.ts';
import type { Regime } from '../../core/regime.ts';
import type { LegalEntity } from '../../core/settings.ts';
import { type Check, type Line, mayHoldPatientData, missing, ok } from '../check.ts';
import manifest from './notices.json' with { type: 'json' };

const roles = [
  [
    'privacyOfficer',
    'a privacy officer',
    'reminders go to everybody on call, and nobody may say on which day a breach was discovered',
  ],
  ['counsel', 'counsel', 'no breach notice can be approved: that takes two different people'],
] as const;

/** Whether a clock can be computed for this entity: a slip in its kinds or zone would show only when it is needed. */
function clockLine(entity: LegalEntity, regimes: readonly Regime[], today: string): Line {
  const { name, kinds, zone, states } = entity;
  try {
    const all = obligationsOf(
      regimes,
      factsOf({ entity: { kinds, zone, states }, anchors: { discovery: today } }),
      today,
    );
    return ok(
      `${name}: ${all.filter(({ inView, owed }) => inView && owed !== false).length} notices would be looked at (${kinds.join(', ')})`,
    );
  } catch (error) {
    if (!(error instanceof InvalidFacts)) throw error;
    return missing(`${name}: no clock could be computed: ${error.message}`, {
      cost: 'in an incident nobody would be reminded of any notice',
      command: `correct ${error.field.replace(/^entity/, 'entities')} in the settings, then npx cdk deploy -c settings=<file> --all`,
    });
  }
}

/** Every legal entity whose accounts may hold patient data has clocks that run, and two people who decide on notices. */
const check: Check = {
  ...manifest,
  async examine({ platform, settings }) {
    const regimes = Object.values((await platform.catalogue()).regimes);
    const today = platform.now().toString();
    const named = new Set(settings.accounts.members.filter(mayHoldPatientData).map(({ entity }) => entity));
    return settings.entities
      .filter(({ name }) => named.has(name))
      .flatMap((entity) => [
        clockLine(entity, regimes, today),
        ...roles.map(([role, words, cost]): Line => {
          const person = entity[role];
          if (person) return ok(`${entity.name}: ${person.name} is ${words}`);
          return missing(`${entity.name} has not named ${words}`, {
            cost,
            command: `add ${role} to entities in the settings, then npx cdk deploy -c settings=<file> --all`,
          });
        }),
      ]);
  },
};
export default check;
