import { Refused } from '../core/errors.ts';
import { inert } from '../core/inert.ts';
import type { Json } from '../core/json.ts';
import type { FactsChange } from '../core/learning.ts';
import { type LegalEntity, type Person, peopleOf, type Settings } from '../core/settings.ts';
import { memberOf } from '../core/withholding.ts';
import { type Learned, learn, setsDiscovery } from '../platform/facts-records.ts';
import { headOf } from '../platform/incidents.ts';
import type { Platform } from '../platform/platform.ts';
import { Table } from '../platform/table.ts';

/** What makes a notice not owed, or later: only the privacy officer or counsel may record it. */
const signedFacts: ReadonlySet<string> = new Set([
  ...['assessment', 'exclusions', 'safeHarbour', 'riskToIndividuals', 'regimes'],
  ...['holds', 'extensions'],
]);

/**
 * Records what a person has learned, with the reason. Anybody of the settings may record a count or a notice that left; the day of
 * discovery only the privacy officer of the entity; what exempts or delays, the privacy officer or counsel.
 * Throws Refused in words for the person, and InvalidFacts naming the field.
 */
export async function learnFrom(
  platform: Platform,
  person: Person,
  said: { incident: string; change: FactsChange; reason: string },
): Promise<Learned> {
  const settings = await platform.settings();
  const { head } = await headOf(new Table(platform), said.incident);
  const entity = settings.entities.find((e) => e.name === memberOf(head.account, settings)?.entity);
  mayLearn(entity, person, said.change);
  mayOwn(settings, said.change);
  return learn(platform, said.incident, signedBy(person, said.change), { reason: said.reason, by: person.name });
}

function mayLearn(entity: LegalEntity | undefined, person: Person, change: FactsChange): void {
  const is = (other: Person | undefined) => other?.principal === person.principal;
  const officer = entity?.privacyOfficer;
  const who = officer ? officer.name : `nobody: name privacyOfficer of ${entity?.name ?? 'the entity'} in the settings`;
  if (setsDiscovery(change) && !is(officer))
    throw new Refused(`only the privacy officer may say on which day it was discovered, and that is ${who}`);
  // a list that is replaced may lose what others recorded
  const replaced = Object.entries(change.set).find(([, value]) => Array.isArray(value))?.[0];
  if (replaced && !is(officer))
    throw new Refused(
      `only the privacy officer may replace the list ${inert(replaced)}, and that is ${who}; add to it instead`,
    );
  const signed = [...Object.keys(change.set), ...Object.keys(change.add)].find((name) => signedFacts.has(name));
  if (signed && !is(officer) && !is(entity?.counsel))
    throw new Refused(
      `only the privacy officer or counsel may record ${signed}: ${who}${entity?.counsel ? `, ${entity.counsel.name}` : ''}`,
    );
}

/** Who signs is who has signed in, unless the words name somebody else: the version of the facts says who recorded it. */
function signedBy({ name }: Person, change: FactsChange): FactsChange {
  const by = (one: Json): Json =>
    typeof one === 'object' && one !== null && !Array.isArray(one) ? { signedBy: name, ...one } : one;
  const set = Object.fromEntries(
    Object.entries(change.set).map(([field, value]) => [
      field,
      field === 'assessment' || field === 'safeHarbour' ? by(value) : value,
    ]),
  );
  const { exclusions } = change.add;
  return { ...change, set, add: exclusions ? { ...change.add, exclusions: exclusions.map(by) } : change.add };
}

/** An owner is told: so it is somebody whom the settings know. */
function mayOwn(settings: Settings, { owners }: FactsChange): void {
  const known = peopleOf(settings).map(({ email }) => email);
  for (const [of, email] of Object.entries(owners))
    if (!known.includes(email))
      throw new Refused(`${of} cannot be seen to by ${inert(email)}; there are: ${known.join(', ')}`);
}
