import { z } from 'zod';
import { calendarName } from './calendar.ts';

/** The words that a law's deadlines, thresholds and orders are made of. */

/** The events that clocks run from. They are not synonyms: what each reads from the facts is in anchor.ts. */
export const anchor = z.enum([
  ...(['discovery', 'discovery_by_ba', 'calendar_year_end', 'knowledge', 'awareness'] as const),
  ...([
    'awareness_and_scope_identified',
    'awareness_by_service_provider',
    'confirmation_and_information_ascertained',
  ] as const),
  ...([
    'detection',
    'determination',
    'determination_by_service_provider',
    'determination_or_reason_to_believe',
  ] as const),
  ...([
    'reasonable_belief',
    'materiality_determination',
    'information_determined_or_available',
    'payment_made',
  ] as const),
  ...(['individual_notice_decision', 'individual_notice_sent', 'hhs_notice_sent'] as const),
  ...(['loss_of_system', 'contingency_plan_activation', 'workforce_access_change'] as const),
]);
export type Anchor = z.infer<typeof anchor>;

/** Anchors that are the sending of another notice, and to what kind of recipient: the deadline names which, in `after`. */
export const cascades: ReadonlyMap<Anchor, string> = new Map([
  ['individual_notice_sent', 'individual'],
  ['hhs_notice_sent', 'federal_agency'],
]);

export const comparator = z.enum(['gt', 'gte', 'lt']);
export type Comparator = z.infer<typeof comparator>;

/**
 * `residents_of_one_state`: the largest number in any one State or jurisdiction, never the sum of several.
 * `residents_of_this_state`: of the State whose law it is (`covers.residentsOf`).
 */
export const countedUnit = z.enum([
  'persons',
  'residents_of_one_state',
  'residents_of_this_state',
  'hours_of_disruption',
]);
export type CountedUnit = z.infer<typeof countedUnit>;

/**
 * How a notice stands to another. All but `after` bring its day forward to the other's: the actual day of sending, or the projected one.
 * `before`: the other may not leave first. `after`: it runs from the other (its anchor says so).
 */
export const relation = z.enum([
  ...([
    'contemporaneous_with',
    'earlier_of',
    'not_later_than',
    'simultaneous',
    'without_delaying',
    'before',
    'after',
  ] as const),
]);
export type Relation = z.infer<typeof relation>;

export const slug = z.string().regex(/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/, 'must be lower-case words joined by - or .');
export const obligationId = z.string().regex(/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/, 'must be lower-case words joined by _');
export const text = z.string().min(1);
export const obligationReference = z.strictObject({ regime: slug, obligation: obligationId });
export type ObligationReference = z.infer<typeof obligationReference>;

const clock = {
  anchor,
  /** what the law asks besides the number, which is an outer limit and no safe harbour */
  standard: text,
  /** only where the anchor is the sending of another notice: which one; of several, the first that is sent */
  after: z.array(obligationReference).min(1).optional(),
};
/** Unit `none`: "without unreasonable delay" and no number. */
export const deadline = z.discriminatedUnion(
  'unit',
  [
    z.strictObject({ unit: z.literal('calendar_days'), value: z.int().positive(), ...clock }),
    z.strictObject({
      unit: z.literal('business_days'),
      value: z.int().positive(),
      calendar: calendarName,
      /** due at this hour of the last day, in this zone, and not at its end */
      cutoff: z.strictObject({ time: z.iso.time({ precision: -1 }), zone: text }).optional(),
      ...clock,
    }),
    z.strictObject({ unit: z.literal('hours'), value: z.int().positive(), ...clock }),
    z.strictObject({ unit: z.literal('none'), ...clock }),
  ],
  { error: 'unit must be one of calendar_days, business_days, hours, none' },
);
export type Deadline = z.infer<typeof deadline>;

export const threshold = z.discriminatedUnion(
  'unit',
  [
    z.strictObject({ unit: countedUnit, value: z.int().positive(), op: comparator }),
    /** GDPR articles 33(1) and 34(1): owed where a risk, or a high risk, to individuals is likely */
    z.strictObject({ unit: z.literal('risk'), value: z.enum(['risk', 'high']), op: z.literal('gte') }),
  ],
  { error: `unit must be one of ${[...countedUnit.options, 'risk'].join(', ')}` },
);
export type Threshold = z.infer<typeof threshold>;
