import { z } from 'zod';
import { calendarName } from './calendar.ts';
import { cascades, deadline, obligationId, obligationReference, relation, slug, text, threshold } from './deadline.ts';
import { facts, firstProblem, moment, stateCode } from './facts.ts';

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

export const recipientKind = z.enum([
  ...(['individual', 'media', 'federal_agency', 'ag', 'regulator', 'cra'] as const),
  ...(['covered_entity', 'customer_bank', 'operational'] as const),
]);
type RecipientKind = z.infer<typeof recipientKind>;

const kinds = z.array(slug).min(1);

const obligationRule = z.strictObject({
  id: obligationId,
  recipient: text,
  recipientKind,
  citation: text,
  deadline,
  /** null: owed however few are affected */
  threshold: threshold.nullable(),
  /** owed only by these kinds of entity, where not by all that the regime covers */
  covers: z.strictObject({ kinds, entities: text }).optional(),
  order: z.strictObject({ relation, ...obligationReference.shape }).optional(),
  /** good cause, told in writing before the day is over, moves it by so many calendar days */
  extension: z.strictObject({ calendarDays: z.int().positive(), condition: text, citation: text }).optional(),
  /** the first and last trigger day on which this version of the rule is law; another version may have the same id */
  inForce: z.strictObject({ from: z.iso.date().optional(), until: z.iso.date().optional() }).default({}),
  /** the other branches of the same duty: while the count is unknown, the earliest of their clocks governs */
  alternatives: z.array(obligationReference).default([]),
});
export type ObligationRule = z.infer<typeof obligationRule>;

/** A worked example: facts in, every obligation of this regime that is in force out. */
const example = z.strictObject({
  why: text,
  facts,
  today: moment.optional(),
  expect: z.array(
    z.strictObject({
      obligation: obligationId,
      owed: z.union([z.boolean(), z.literal('unknown')]),
      due: z.union([z.iso.date(), z.iso.datetime()]).nullable(),
      dueLocal: z.iso.datetime({ offset: true }).optional(),
      legalRollDate: z.iso.date().nullable().optional(),
      projected: z.boolean().optional(),
      governs: z.boolean().optional(),
      sendFirst: z.array(text).optional(),
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
  sources: z.array(z.strictObject({ url: z.url().optional(), note: text.optional() })).min(1),
  /** the day on which the sources were last read */
  checkedOn: z.iso.date(),
  /** A: two or more sources agree; B: two, one older or indirect; C: one */
  verification: z.enum(['A', 'B', 'C']),
  /** only `in_force` is computed as law */
  status: z.enum(['in_force', 'proposed_not_in_force', 'statute_awaiting_final_rule', 'in_force_exposure_only']),
  covers: z.strictObject({
    /** kinds of entity; `any`: whoever holds the records */
    kinds: z.union([z.literal('any'), kinds]),
    entities: text,
    what: text,
    /** the law protects the residents of this State, and asks nothing while none of them is affected */
    residentsOf: stateCode.optional(),
    /** owed though nobody's records are affected: the incident itself is reported */
    withoutIndividuals: z.boolean().optional(),
  }),
  obligations: z.array(obligationRule),
  /** what the notice must hold; `id` is what a template fills; `for`: only the notices of these obligations */
  content: z.array(
    z.strictObject({ id: slug, element: text, citation: text, for: z.array(obligationId).min(1).optional() }),
  ),
  /**
   * `oralCalendarDays`: the longest that an oral statement holds the notice; null: only a written one does, for as long as it states.
   * A hold under one regime suspends no other.
   */
  delays: z.array(
    z.strictObject({
      kind: z.enum(['law_enforcement', 'attorney_general']),
      citation: text,
      oralCalendarDays: z.int().positive().nullable(),
      note: text.optional(),
    }),
  ),
  /**
   * Shown by people: by an `exclusion` with its reason, by a signed four-factor `assessment`, or by the `safe-harbour` of encryption.
   * Until then a breach is presumed.
   */
  exemptions: z.array(
    z.strictObject({
      id: slug,
      exempts: text,
      citation: text,
      shownBy: z.enum(['exclusion', 'assessment', 'safe-harbour']).default('exclusion'),
      /** the only duties that it takes away, where it does not take away all */
      obligations: z.array(obligationId).min(1).optional(),
    }),
  ),
  /**
   * Entities of these kinds that are taken to have given these notices: `satisfied` once the notice `by` another law has left in time;
   * `exempt` altogether (`unverified`: not computed as an exemption, said beside the duty for counsel). Every other duty stays.
   */
  deemed: z
    .array(
      z.discriminatedUnion('effect', [
        z.strictObject({
          effect: z.literal('satisfied'),
          kinds,
          obligations: z.array(obligationId).min(1),
          by: obligationReference,
          /** duties of this regime that must have been met (or not be owed) for it to count */
          provided: z.array(obligationId).min(1).optional(),
          citation: text,
        }),
        z.strictObject({
          effect: z.literal('exempt'),
          kinds,
          obligations: z.array(obligationId).min(1),
          unverified: z.boolean(),
          citation: text,
        }),
      ]),
    )
    .default([]),
  /** a statute that moves a last day on a weekend or holiday: shown beside the due day, never instead of it */
  roll: z.strictObject({ calendar: calendarName, citation: text }).optional(),
  /** how the notice is given, in order of preference */
  method: z.array(text).default([]),
  penalties: z.array(text).default([]),
  notes: z.array(text).default([]),
  /** what of this record comes from memory or one indirect source */
  unverified: z.array(text).default([]),
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
  const known = new Map<string, RecipientKind>();
  for (const { id, obligations } of all) {
    if ([...known.keys()].some((key) => key.startsWith(`${id}/`)))
      throw new InvalidRegime(id, 'id', `${id} exists twice`);
    for (const obligation of obligations) known.set(`${id}/${obligation.id}`, obligation.recipientKind);
  }
  for (const one of all)
    for (const [path, problem] of problemsOf(one, known)) throw new InvalidRegime(one.id, path, problem);
  return all;
}

/** What no single field of a regime shows: path and problem of each. */
function* problemsOf(
  { obligations, covers, deemed, content, exemptions }: Regime,
  known: ReadonlyMap<string, RecipientKind>,
): Generator<[string, string]> {
  const own = obligations.map(({ id }) => id);
  for (const [index, rule] of obligations.entries()) {
    const at = `obligations.${index}`;
    const { deadline, order, alternatives, threshold, inForce } = rule;
    for (const other of [...(order ? [order] : []), ...alternatives, ...(deadline.after ?? [])])
      if (!known.has(`${other.regime}/${other.obligation}`))
        yield [
          at,
          `refers to ${other.regime}/${other.obligation}, which does not exist; known: ${[...known.keys()].join(', ')}`,
        ];
    if (cascades.has(deadline.anchor) !== (deadline.after !== undefined))
      yield [
        `${at}.deadline.after`,
        `must name the notices whose sending is the anchor, and only then: ${deadline.anchor}`,
      ];
    const cascade = cascades.get(deadline.anchor);
    for (const other of deadline.after ?? [])
      if (cascade && known.get(`${other.regime}/${other.obligation}`) !== cascade)
        yield [
          `${at}.deadline.after`,
          `${deadline.anchor} runs from a notice to the kind ${cascade}; ${other.regime}/${other.obligation} is none`,
        ];
    if (threshold?.unit === 'residents_of_this_state' && covers.residentsOf === undefined)
      yield [`${at}.threshold.unit`, 'residents_of_this_state needs covers.residentsOf'];
    const twin = obligations.findIndex((o, i) => i > index && o.id === rule.id && overlaps(o.inForce, inForce));
    if (twin >= 0)
      yield [`obligations.${twin}.id`, `${rule.id} exists twice on one day: their inForce periods overlap`];
  }
  for (const [field, ids] of [
    ...deemed.map((d, i): [string, string[]] => [`deemed.${i}.obligations`, d.obligations]),
    ...content.map((c, i): [string, string[]] => [`content.${i}.for`, c.for ?? []]),
    ...exemptions.map((e, i): [string, string[]] => [`exemptions.${i}.obligations`, e.obligations ?? []]),
    ...deemed.map((d, i): [string, string[]] => [`deemed.${i}.provided`, ('provided' in d && d.provided) || []]),
  ])
    for (const id of ids)
      if (!own.includes(id)) yield [field, `no such obligation "${id}"; there are: ${own.join(', ')}`];
  for (const [i, d] of deemed.entries())
    if (d.effect === 'satisfied' && !known.has(`${d.by.regime}/${d.by.obligation}`))
      yield [`deemed.${i}.by`, `refers to ${d.by.regime}/${d.by.obligation}, which does not exist`];
}

type InForce = ObligationRule['inForce'];
/** ISO dates sort as text. */
const overlaps = (a: InForce, b: InForce) =>
  (a.from ?? '') <= (b.until ?? '9999') && (b.from ?? '') <= (a.until ?? '9999');
