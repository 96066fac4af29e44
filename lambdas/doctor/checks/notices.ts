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

/** Every legal entity whose accounts may hold patient data has two people who decide on notices. */
const check: Check = {
  ...manifest,
  async examine({ settings }) {
    const named = new Set(settings.accounts.members.filter(mayHoldPatientData).map(({ entity }) => entity));
    return settings.entities
      .filter(({ name }) => named.has(name))
      .flatMap((entity) =>
        roles.map(([role, words, cost]): Line => {
          const person = entity[role];
          if (person) return ok(`${entity.name}: ${person.name} is ${words}`);
          return missing(`${entity.name} has not named ${words}`, {
            cost,
            command: `add ${role} to entities in the settings, then npx cdk deploy -c settings=<file> --all`,
          });
        }),
      );
  },
};
export default check;
