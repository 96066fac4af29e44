import { type Facts, InvalidFacts, localDate } from './facts.ts';
import type { ObligationRule, Regime } from './regime.ts';

/**
 * Why a notice is not owed although the breach is presumed and the counts are met, or undefined: a signed assessment of low probability
 * (45 CFR 164.402(2)), data that nobody can read without a key that is safe, or an exemption that people found to apply.
 */
export function exemptionOf(regime: Regime, rule: ObligationRule, facts: Facts): string | undefined {
  const reaches = (one: Regime['exemptions'][number]) => one.obligations?.includes(rule.id) ?? true;
  const by = (shownBy: string) => regime.exemptions.find((one) => one.shownBy === shownBy && reaches(one));
  const on = (when: string) => localDate(when, facts.entity.zone);
  const { assessment, safeHarbour } = facts;
  const assessed = by('assessment');
  if (assessed && assessment?.conclusion === 'low_probability' && assessment.superseded === undefined)
    return `a risk assessment signed by ${assessment.signedBy} on ${on(assessment.on)} shows a low probability of compromise (${assessed.citation}): not owed`;
  const harbour = by('safe-harbour');
  if (harbour && safeHarbour && !safeHarbour.keyCompromised)
    return `the data were secured and the key is safe, says ${safeHarbour.signedBy} on ${on(safeHarbour.on)} (${harbour.citation}): not owed`;
  for (const excluded of facts.exclusions) {
    if (excluded.regime !== regime.id || !(excluded.obligations?.includes(rule.id) ?? true)) continue;
    const exemption = regime.exemptions.find((one) => one.id === excluded.exemption && reaches(one));
    if (exemption)
      return `exempt, says ${excluded.signedBy} on ${on(excluded.on)}: ${excluded.exemption} (${exemption.citation}): not owed`;
  }
  return undefined;
}

/** What would exempt later, for people to know. */
export function wouldExempt(regime: Regime, facts: Facts): string[] {
  const assessed = regime.exemptions.find(({ shownBy }) => shownBy === 'assessment');
  if (!assessed) return [];
  const void_ = facts.assessment?.superseded;
  return [
    `${void_ === undefined ? 'a' : `the assessment no longer stands (${void_}): a new`} signed risk assessment that shows a low probability of compromise (${assessed.citation}); until then a breach is presumed`,
  ];
}

/** Exemptions that a person claims and no law has, or that need other proof, would be left out of account without a word. */
export function refuseExemptions(regimes: readonly Regime[], facts: Facts): void {
  for (const [index, { regime: id, exemption, obligations }] of facts.exclusions.entries()) {
    const regime = regimes.find((one) => one.id === id);
    const claimable = regime?.exemptions.filter(({ shownBy }) => shownBy === 'exclusion').map((one) => one.id) ?? [];
    const known = regime?.exemptions.find((one) => one.id === exemption);
    if (known && known.shownBy !== 'exclusion')
      throw new InvalidFacts(
        `exclusions.${index}.exemption`,
        `${exemption} of ${id} is shown by ${known.shownBy === 'assessment' ? 'a signed assessment' : 'safeHarbour'}, not by an exclusion`,
      );
    if (!known)
      throw new InvalidFacts(
        `exclusions.${index}.exemption`,
        `${id} has no exemption ${JSON.stringify(exemption)}; it has: ${claimable.join(', ') || 'none that a person may claim'}`,
      );
    for (const name of obligations ?? [])
      if (!regime?.obligations.some((rule) => rule.id === name))
        throw new InvalidFacts(`exclusions.${index}.obligations`, `${id} has no obligation ${JSON.stringify(name)}`);
      else if (!(known.obligations?.includes(name) ?? true))
        throw new InvalidFacts(
          `exclusions.${index}.obligations`,
          `${exemption} does not reach ${name}: it reaches ${known.obligations?.join(', ')}`,
        );
  }
  for (const [index, { regime: id }] of facts.extensions.entries()) {
    const extending = regimes
      .filter(({ obligations }) => obligations.some((rule) => rule.extension))
      .map((one) => one.id);
    if (!extending.includes(id))
      throw new InvalidFacts(
        `extensions.${index}.regime`,
        `${JSON.stringify(id)} grants no extension; those that do: ${extending.join(', ') || 'none'}`,
      );
  }
}
