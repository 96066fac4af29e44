import { type Event, earliest, eventOf } from './anchor.ts';
import type { ObligationReference } from './deadline.ts';
import { type Facts, localDate } from './facts.ts';
import type { ObligationRule, Regime } from './regime.ts';

export const nameOf = ({ regime, obligation }: ObligationReference): string => `${regime} ${obligation}`;

export function isOf(kinds: readonly string[], { entity }: Facts): boolean {
  return kinds.some((kind) => entity.kinds.includes(kind));
}

/**
 * The version of a rule that is law on the day of its trigger (of a cascade: on the day on which the notice it runs from left, or on that of discovery), and that trigger.
 * `notYet`: no version is, and why.
 */
export function versionOf(
  regime: Regime,
  id: string,
  facts: Facts,
  sentOn: (notice: ObligationReference) => string | undefined,
): { rule: ObligationRule; event: Event | { never: string }; notYet?: string } {
  const versions = regime.obligations.filter((rule) => rule.id === id);
  const read = versions.map((rule) => {
    const { after, anchor } = rule.deadline;
    const event = after ? { never: `${after.map(nameOf).join(' or ')} has not left` } : eventOf(anchor, facts);
    // the end of a year is when an annual report is counted from, not when the law took hold of the breach
    const trigger = 'never' in event || anchor === 'calendar_year_end' ? eventOf('discovery', facts) : event;
    const left =
      after &&
      earliest(
        after.flatMap((notice) => sentOn(notice) ?? []).map((when) => ({ when })),
        facts.entity.zone,
      );
    const day = left
      ? localDate(left.when, facts.entity.zone).toString()
      : 'never' in trigger
        ? ''
        : localDate(trigger.when, facts.entity.zone).toString();
    const { from = '', until = '9999' } = rule.inForce;
    return { rule, event, day, inForce: from <= day && day <= until };
  });
  const found = read.find(({ inForce }) => inForce);
  if (found) return found;
  const [first] = read;
  if (!first) throw new Error(`${regime.id} has no obligation ${id}`);
  const periods = versions.map(({ inForce: { from, until } }) =>
    [from && `from ${from}`, until && `until ${until}`].filter(Boolean).join(' '),
  );
  return { ...first, notYet: `not law on ${first.day} (in force ${periods.join(', ')}): not owed` };
}

/** The notice of another law that this entity gives its people instead. */
export function servedBy(regime: Regime, id: string, facts: Facts): ObligationReference | undefined {
  for (const d of regime.deemed)
    if (d.effect === 'satisfied' && d.obligations.includes(id) && isOf(d.kinds, facts)) return d.by;
  return undefined;
}

/** An exemption of the whole entity that nobody has verified: said beside the duty, which stays. */
export function maybeExempt(regime: Regime, id: string, facts: Facts): string | undefined {
  const found = regime.deemed.find(
    (d) => d.effect === 'exempt' && d.unverified && d.obligations.includes(id) && isOf(d.kinds, facts),
  );
  return (
    found && `${found.kinds.join(', ')} may be exempt (${found.citation}), which is not verified, so treated as owed`
  );
}
