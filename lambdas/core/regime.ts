import { z } from 'zod';
import { facts, firstProblem } from './facts.ts';

/** A regime file that cannot be computed: the file's id, the path in it, and what would have been right. */
export class InvalidRegime extends Error {
  override name = 'InvalidRegime';
  readonly path: string;
  readonly problem: string;
  constructor(id: string, path: string, problem: string) {
    super(`regime ${id} refused: ${path}: ${problem}`);
    this.path = path;
    this.problem = problem;
  }
}

/**
 * A word of the law. `computed` words have a rule in the engine (obligation.ts has one entry for each, or does not compile);
 * `planned` words are right but have none yet, and are refused at load rather than left out of account.
 */
function wordOf<const Word extends string>(computed: readonly [Word, ...Word[]], planned: readonly string[]) {
  const choices = computed.join(', ');
  return z.enum(computed, {
    error: ({ input }) =>
      planned.includes(String(input))
        ? `is a word of the law that the engine does not compute yet (computed: ${choices}): add its rule to the engine first`
        : `must be one of ${choices}`,
  });
}

const deadlineUnit = wordOf(['calendar_days'], ['business_days', 'hours', 'none']);
export type DeadlineUnit = z.infer<typeof deadlineUnit>;

/** The events that clocks run from. They are not synonyms. */
const anchor = wordOf(
  ['discovery', 'calendar_year_end'],
  [
    ...['awareness', 'awareness_and_scope_identified', 'awareness_by_service_provider', 'contingency_plan_activation'],
    ...['confirmation_and_information_ascertained', 'detection', 'determination', 'determination_by_service_provider'],
    ...['determination_or_reason_to_believe', 'discovery_by_ba', 'hhs_notice_sent', 'individual_notice_decision'],
    ...['individual_notice_sent', 'information_determined_or_available', 'knowledge', 'loss_of_system'],
    ...['materiality_determination', 'payment_made', 'reasonable_belief', 'workforce_access_change'],
  ],
);
export type Anchor = z.infer<typeof anchor>;

const comparator = wordOf(['gt', 'gte', 'lt'], ['risk']);
export type Comparator = z.infer<typeof comparator>;

/** `residents_of_one_state`: the largest number in any one State or jurisdiction, never the sum of several. */
const countedUnit = wordOf(['persons', 'residents_of_one_state'], ['residents_of_this_state', 'hours_of_disruption']);
export type CountedUnit = z.infer<typeof countedUnit>;

/** How a notice stands to another. `contemporaneous_with`: due on the other's actual day of sending, if that comes first. */
const relation = wordOf(
  ['contemporaneous_with'],
  ['before', 'after', 'not_later_than', 'simultaneous', 'without_delaying', 'earlier_of'],
);
export type Relation = z.infer<typeof relation>;

export const recipientKind = z.enum([
  ...(['individual', 'media', 'federal_agency', 'ag', 'regulator', 'cra'] as const),
  ...(['covered_entity', 'customer_bank', 'operational'] as const),
]);

const slug = z.string().regex(/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/, 'must be lower-case words joined by - or .');
const obligationId = z.string().regex(/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/, 'must be lower-case words joined by _');
const text = z.string().min(1);
const obligationReference = z.strictObject({ regime: slug, obligation: obligationId });
export type ObligationReference = z.infer<typeof obligationReference>;

const obligationRule = z.strictObject({
  id: obligationId,
  recipient: text,
  recipientKind,
  citation: text,
  /** `standard`: what the law asks besides the number, which is an outer limit and no safe harbour */
  deadline: z.strictObject({ value: z.int().positive(), unit: deadlineUnit, anchor, standard: text }),
  /** null: owed however few are affected */
  threshold: z.strictObject({ value: z.int().positive(), op: comparator, unit: countedUnit }).nullable(),
  order: z.strictObject({ relation, ...obligationReference.shape }).optional(),
  /** the other branches of the same duty: while the count is unknown, the earliest of their clocks governs */
  alternatives: z.array(obligationReference).default([]),
});
export type ObligationRule = z.infer<typeof obligationRule>;

/** A worked example: facts in, every obligation of this regime out. */
const example = z.strictObject({
  why: text,
  facts,
  today: z.iso.date().optional(),
  expect: z.array(
    z.strictObject({
      obligation: obligationId,
      owed: z.union([z.boolean(), z.literal('unknown')]),
      due: z.iso.date().nullable(),
      governs: z.boolean().optional(),
      status: text.optional(),
      working: text.optional(),
    }),
  ),
});

export const regime = z.strictObject({
  id: slug,
  name: text,
  citation: text,
  jurisdiction: text,
  /** what the record was checked against */
  sources: z.array(z.strictObject({ url: z.url(), note: text.optional() })).min(1),
  /** the day on which the sources were last read */
  checkedOn: z.iso.date(),
  /** A: two or more sources agree; B: two, one older or indirect; C: one */
  verification: z.enum(['A', 'B', 'C']),
  /** only `in_force` is computed as law */
  status: z.enum(['in_force', 'proposed_not_in_force', 'statute_awaiting_final_rule', 'in_force_exposure_only']),
  covers: z.strictObject({ kinds: z.array(slug).min(1), entities: text, what: text }),
  obligations: z.array(obligationRule).min(1),
  /** what the notice must hold; `id` is what a template fills */
  content: z.array(z.strictObject({ id: slug, element: text, citation: text })),
  /** `oralCalendarDays`: the longest that an oral statement holds the notice; null: only a written one does, for as long as it states */
  delays: z.array(
    z.strictObject({
      kind: z.literal('law_enforcement'),
      citation: text,
      oralCalendarDays: z.int().positive().nullable(),
      note: text.optional(),
    }),
  ),
  /** for people and counsel to judge; none is computed */
  exemptions: z.array(z.strictObject({ id: slug, exempts: text, citation: text })),
  examples: z.array(example).min(1),
});
export type Regime = z.infer<typeof regime>;

/** One regime from its JSON. Throws InvalidRegime naming the path of the first thing that is wrong or not computed. */
export function regimeOf(value: unknown): Regime {
  const parsed = regime.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const id = typeof value === 'object' && value !== null && 'id' in value ? JSON.stringify(value.id) : '(no id)';
  const { field, problem } = firstProblem(parsed.error);
  throw new InvalidRegime(id, field, problem);
}

/** Every regime from its JSON, with the references between them checked. Throws InvalidRegime. */
export function regimesOf(values: readonly unknown[]): Regime[] {
  const all = values.map(regimeOf);
  const known = new Set<string>();
  for (const { id, obligations } of all)
    for (const [index, obligation] of obligations.entries()) {
      const key = `${id}/${obligation.id}`;
      if (known.has(key)) throw new InvalidRegime(id, `obligations.${index}.id`, `${key} exists twice`);
      known.add(key);
    }
  for (const { id, obligations } of all)
    for (const [index, { order, alternatives }] of obligations.entries())
      for (const other of [...(order ? [order] : []), ...alternatives])
        if (!known.has(`${other.regime}/${other.obligation}`))
          throw new InvalidRegime(
            id,
            `obligations.${index}`,
            `refers to ${other.regime}/${other.obligation}, which does not exist; known: ${[...known].join(', ')}`,
          );
  return all;
}
