import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';

/** Facts that cannot be computed from: one field, what is wrong with it, and what would have been right. */
export class InvalidFacts extends Error {
  override name = 'InvalidFacts';
  readonly field: string;
  readonly problem: string;
  constructor(field: string, problem: string) {
    super(`facts refused: ${field}: ${problem}`);
    this.field = field;
    this.problem = problem;
  }
}

/** States "or jurisdictions" by postal code: 45 CFR 160.103 (States, DC, PR, VI, GU) and 164.406(a) (also AS, MP). */
export const stateCodes = (
  'AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI ' +
  'SC SD TN TX UT VT VA WA WV WI WY PR VI GU AS MP'
).split(' ');

const stateCode = z.enum(stateCodes, { error: 'must be the postal code of a State, DC or a territory, e.g. NY' });

/** A local date (the day, in the entity's zone) or an instant that says its offset. Never a local time without one. */
export const moment = z.union(
  [z.iso.date(), z.iso.datetime({ offset: true }), z.iso.datetime({ offset: true, precision: -1 })],
  { error: 'must be a date (2026-11-21) or an instant with its offset (2026-11-21T09:30:00-05:00)' },
);

/** The local date of a date or instant in an IANA zone: the day that the law counts from. */
export function localDate(when: string, zone: string): Temporal.PlainDate {
  if (!when.includes('T')) return Temporal.PlainDate.from(when);
  return Temporal.Instant.from(when).toZonedDateTimeISO(zone).toPlainDate();
}

function isZone(zone: string): boolean {
  // An offset such as -05:00 is no zone: it would be wrong for half the year.
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

const count = z.int({ error: 'must be a whole number' }).nonnegative({ error: 'must not be negative' });
const byState = z.partialRecord(stateCode, count, {
  error:
    'must be counts by the postal code of a State, DC or a territory, e.g. {"NY": 12}; leave out who lives elsewhere',
});
const named = z.string().min(1);
const regimes = z.array(named).min(1);

const hold = z.discriminatedUnion('kind', [
  /** `date`: the day of the official's statement; a shorter `until` than the statute's limit is kept */
  z.strictObject({ kind: z.literal('oral'), date: moment, until: moment.optional(), regimes: regimes.optional() }),
  /** `date`: the day the statement was received; `until`: the last day it names */
  z.strictObject({ kind: z.literal('written'), date: moment, until: moment, regimes: regimes.optional() }),
]);
export type Hold = z.infer<typeof hold>;

/** Facts that would change the answer and that no rule reads yet: refused, so that none is silently left out of account. */
const notYet = z.undefined({ error: 'is not computed yet: leave it out, and ask counsel what it changes' }).optional();

const shape = z.strictObject({
  entity: z.strictObject({
    /** as regimes name them in `covers.kinds`: `hipaa-covered-entity`, … */
    kinds: z.array(named).min(1),
    /** IANA zone of the principal place of business, in which legal days are counted */
    zone: z.string().refine(isZone, { error: 'must be an IANA time zone, e.g. America/New_York' }),
    states: z.array(stateCode).default([]),
  }),
  anchors: z.strictObject({
    /** first day known, or by reasonable diligence would have been known, to any workforce member: 45 CFR 164.404(a)(2) */
    discovery: moment,
    determination: moment.optional(),
    awareness: moment.optional(),
    materiality: moment.optional(),
    detection: moment.optional(),
  }),
  /** absent, or `total` absent: not counted yet. `byState` counts the States it names completely; it may leave States out. */
  individuals: z.strictObject({ total: count.optional(), byState: byState.optional() }).optional(),
  holds: z.array(hold).default([]),
  /** notices that have left: `on` is the day of actual sending */
  sent: z.array(z.strictObject({ regime: named, obligation: named, on: moment })).default([]),
  /** restricts the answer to these regimes */
  regimes: regimes.optional(),
  businessAssociate: notYet,
  extensions: notYet,
  assessment: notYet,
});

/** How many live in each State that has been counted. */
export function residents(individuals: z.infer<typeof shape>['individuals']): number[] {
  return Object.values(individuals?.byState ?? {}).filter((n) => n !== undefined);
}

/** Days that contradict each other, counted in the entity's zone, and counts that do not add up. */
function contradictions({ entity, anchors, individuals, holds, sent }: z.infer<typeof shape>): [string[], string][] {
  const day = (when: string) => localDate(when, entity.zone);
  const isBefore = (a: string, b: string) => Temporal.PlainDate.compare(day(a), day(b)) < 0;
  const found: [string[], string][] = [];
  for (const [anchor, when] of Object.entries(anchors))
    if (when !== undefined && isBefore(when, anchors.discovery))
      found.push([['anchors', anchor], `is before discovery (${day(anchors.discovery)})`]);
  for (const [index, { on }] of sent.entries())
    if (isBefore(on, anchors.discovery))
      found.push([['sent', String(index), 'on'], `is before discovery (${day(anchors.discovery)})`]);
  for (const [index, { date, until }] of holds.entries())
    if (until !== undefined && isBefore(until, date))
      found.push([['holds', String(index), 'until'], `is before the statement (${day(date)})`]);
  const sum = residents(individuals).reduce((a, b) => a + b, 0);
  if (individuals?.total !== undefined && sum > individuals.total)
    found.push([['individuals', 'byState'], `adds up to ${sum}, more than the total of ${individuals.total}`]);
  return found;
}

/**
 * The facts of an incident, as people and the settings give them: dates in the entity's zone, or instants with offset.
 * Strict: a field that is not read is refused.
 */
export const facts = shape.superRefine((given, context) => {
  for (const [path, message] of contradictions(given)) context.addIssue({ code: 'custom', path, message });
});
export type Facts = z.infer<typeof facts>;

/** The first problem of a failed parse (made with `reportInput`): the path of the field and one line about it. */
export function firstProblem(error: z.ZodError): { field: string; problem: string } {
  const issue = error.issues[0];
  if (issue === undefined) return { field: '(top level)', problem: error.message };
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const field = clip([...issue.path, ...unknown].map(String).join('.') || '(top level)');
  if (issue.code === 'unrecognized_keys')
    return { field, problem: issue.message.startsWith('Unrecognized') ? 'is not a known field' : issue.message };
  if (issue.input === undefined && issue.code === 'invalid_type') return { field, problem: 'is missing' };
  const got = ['string', 'number', 'boolean'].includes(typeof issue.input)
    ? ` (got ${JSON.stringify(issue.input)})`
    : '';
  return { field, problem: `${issue.message}${clip(got)}` };
}

/** What people typed is shown back shortened and on one line. */
function clip(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, '?');
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

/** Checked facts. Throws InvalidFacts naming the first field that is wrong. */
export function factsOf(value: unknown): Facts {
  const parsed = facts.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const { field, problem } = firstProblem(parsed.error);
  throw new InvalidFacts(field, problem);
}
