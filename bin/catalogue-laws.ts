import type { Deadline, Threshold } from '../lambdas/core/deadline.ts';
import type { ObligationRule, Regime } from '../lambdas/core/regime.ts';
import { code, table } from './markdown.ts';

const words = (name: string) => name.replaceAll('_', ' ');
const reference = ({ regime, obligation }: { regime: string; obligation: string }) => code(`${regime}/${obligation}`);

/** The laws for people: first all States side by side, then one section for each law. Markdown lines. */
export function lawsText(regimes: readonly Regime[]): string[] {
  return [
    'Not legal advice. The days are outer limits; nearly every law also asks for notice without unreasonable delay. *Confirm with counsel*:',
    'the record is of grade B or C, or was checked more than a year ago. Proposed law is listed and never computed.',
    '',
    '### Kinds of entity',
    '',
    'What facts and settings may name; the laws of States cover every kind, `regulated-entity` is covered by nothing else.',
    '',
    ...table(['kind', 'laws'], kindRows(regimes)),
    ...stateTable(regimes.filter(({ covers, status }) => covers.residentsOf !== undefined && status === 'in_force')),
    ...regimes.flatMap(regimeText),
  ];
}

/** Each kind of entity with the laws that name it. */
function kindRows(regimes: readonly Regime[]): string[][] {
  const named = (regime: Regime) => [
    ...(regime.covers.kinds === 'any' ? [] : regime.covers.kinds),
    ...regime.obligations.flatMap((rule) => rule.covers?.kinds ?? []),
  ];
  return [...new Set(regimes.flatMap(named))].sort().map((kind) => [
    code(kind),
    regimes
      .filter((one) => named(one).includes(kind))
      .map(({ id }) => code(id))
      .join(', '),
  ]);
}

/** One row for each State whose law protects its residents. */
function stateTable(regimes: readonly Regime[]): string[] {
  if (regimes.length === 0) return [];
  const first = (regime: Regime, kinds: readonly ObligationRule['recipientKind'][]) =>
    regime.obligations
      .filter(({ recipientKind, inForce }) => kinds.includes(recipientKind) && inForce.until === undefined)
      .map(({ deadline, threshold, covers }) => {
        const only = covers ? ` (only ${covers.entities})` : '';
        return [untilWhen(deadline), ...(threshold ? [howMany(threshold)] : [])].join(', ') + only;
      })
      .join('<br>');
  return [
    '### All States',
    '',
    ...table(
      ['State', 'law', 'individuals', 'attorney general or regulator', 'consumer reporting agencies', 'confirm'],
      [...regimes]
        .sort(
          (a, b) => (a.covers.residentsOf ?? '').localeCompare(b.covers.residentsOf ?? '') || (a.id < b.id ? -1 : 1),
        )
        .map((regime) => [
          regime.covers.residentsOf ?? '',
          `${code(regime.id)} ${regime.citation}`,
          first(regime, ['individual']),
          first(regime, ['ag', 'regulator']),
          first(regime, ['cra']),
          regime.verification === 'A' ? '' : `counsel (${regime.verification})`,
        ]),
    ),
  ];
}

function untilWhen(deadline: Deadline): string {
  const from = words(deadline.anchor);
  if (deadline.unit === 'none') return 'no number';
  const cutoff = deadline.unit === 'business_days' && deadline.cutoff;
  const until = cutoff ? `, until ${cutoff.time} ${cutoff.zone}` : '';
  const calendar = deadline.unit === 'business_days' ? ` (${code(deadline.calendar)})` : '';
  return `${deadline.value} ${words(deadline.unit)}${calendar} from ${from}${until}`;
}

function howMany(threshold: Threshold): string {
  if (threshold.unit === 'risk')
    return `where a ${threshold.value === 'high' ? 'high risk' : 'risk'} to individuals is likely`;
  const sign = { gt: '>', gte: '≥', lt: '<' }[threshold.op];
  return `${sign} ${threshold.value} ${words(threshold.unit)}`;
}

function rowOf(rule: ObligationRule): string[] {
  const { id, recipient, deadline, threshold, citation, order, covers, inForce, extension } = rule;
  const told = [code(id), recipient, ...(covers ? [`(only ${covers.entities})`] : [])].join(' ');
  const until = [
    untilWhen(deadline),
    ...(deadline.after ? [`after ${deadline.after.map(reference).join(' or ')}`] : []),
    ...(order ? [`${words(order.relation)} ${reference(order)}`] : []),
    deadline.standard,
    ...(extension ? [`+${extension.calendarDays} days: ${extension.condition}`] : []),
    ...(inForce.from ? [`law from ${inForce.from}`] : []),
    ...(inForce.until ? [`law until ${inForce.until}`] : []),
  ].join('; ');
  return [told, until, threshold ? howMany(threshold) : 'any', citation];
}

const status: Record<Regime['status'], string> = {
  in_force: '',
  proposed_not_in_force: '**Not law: proposed, never computed.** ',
  statute_awaiting_final_rule: '**Not law yet: awaits its final rule, never computed.** ',
  in_force_exposure_only: '**Asks for no notice: liability only, never computed.** ',
};

function regimeText(regime: Regime): string[] {
  const { id, name, citation, jurisdiction, covers, checkedOn, verification, obligations, deemed, exemptions } = regime;
  const confirm = verification === 'A' ? '' : ': confirm with counsel';
  return [
    `### ${id}`,
    '',
    `**${name}** · ${jurisdiction} · ${citation}`,
    '',
    `${status[regime.status]}Binds ${covers.entities}; covers ${covers.what}. Checked on ${checkedOn}, grade ${verification}${confirm}.`,
    '',
    ...(obligations.length > 0
      ? table(['who is told', 'until when', 'how many', 'citation'], obligations.map(rowOf))
      : []),
    ...(exemptions.length > 0
      ? [`- Exempt: ${exemptions.map((one) => `${code(one.id)} ${one.exempts}`).join('; ')}`]
      : []),
    ...deemed.map((one) => {
      const which = one.obligations.map(code).join(', ');
      return one.effect === 'satisfied'
        ? `- ${which} of ${one.kinds.join(', ')}: taken to be given once ${reference(one.by)} has left in time (${one.citation})`
        : `- ${which} of ${one.kinds.join(', ')}: ${one.unverified ? 'may be exempt, which is not verified, so computed' : 'exempt'} (${one.citation})`;
    }),
    ...(exemptions.length + deemed.length > 0 ? [''] : []),
  ];
}
