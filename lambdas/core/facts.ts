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

export const stateCode = z.enum(stateCodes, {
  error: 'must be the postal code of a State, DC or a territory, e.g. NY',
});

/** More than nine decimals of a second are no instant. */
function isReadable(when: string): boolean {
  try {
    localDate(when, 'UTC');
    return true;
  } catch {
    return false;
  }
}

/** A local date (the day, in the entity's zone) or an instant that says its offset. Never a local time without one. */
export const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true }), z.iso.datetime({ offset: true, precision: -1 })], {
    error: 'must be a date (2026-11-21) or an instant with its offset (2026-11-21T09:30:00-05:00)',
  })
  .refine(isReadable, { error: 'must be a date or an instant that exists, to the nanosecond at most', abort: true });

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
const named = z.string().trim().min(1).max(2000);
const regimes = z.array(named).min(1, { error: 'must name at least one regime, or be left out' });

const heldFor = {
  /** who asks for the delay; only what a law recognises delays its notice */
  authority: z.enum(['law_enforcement', 'attorney_general']).default('law_enforcement'),
  /** the official's identity, which 164.412(b) asks to document */
  official: named.optional(),
  regimes: regimes.optional(),
};
const hold = z.discriminatedUnion('kind', [
  /** `date`: the day of the official's statement; a shorter `until` than the statute's limit is kept */
  z.strictObject({ kind: z.literal('oral'), date: moment, until: moment.optional(), ...heldFor }),
  /** `date`: the day the statement was received; `until`: the last day it names */
  z.strictObject({ kind: z.literal('written'), date: moment, until: moment, ...heldFor }),
]);
export type Hold = z.infer<typeof hold>;

const signed = { on: moment, signedBy: named };
const factor = named;

/** The risk assessment of 45 CFR 164.402(2): a conclusion, at least the four factors, and who signed. */
const assessment = z.strictObject({
  conclusion: z.enum(['low_probability', 'breach']),
  factors: z.strictObject({
    /** nature and extent of the PHI, with the types of identifiers and the likelihood of re-identification */
    natureAndExtent: factor,
    /** the unauthorized person who used the PHI or to whom it was disclosed */
    unauthorizedPerson: factor,
    /** whether the PHI was actually acquired or viewed */
    acquiredOrViewed: factor,
    /** the extent to which the risk has been mitigated */
    mitigation: factor,
  }),
  ...signed,
  /** the version of the facts that was assessed, and the hash over conclusion, factors and signer */
  inputs: z.int().positive().optional(),
  hash: named.optional(),
  /** why it no longer stands, e.g. that more was found after it was signed: the breach is presumed again */
  superseded: named.optional(),
});

const shape = z.strictObject({
  entity: z.strictObject({
    /** as regimes name them in `covers.kinds`: `hipaa-covered-entity`, … */
    kinds: z.array(named).min(1, { error: 'must name at least one kind, e.g. ["hipaa-covered-entity"]' }),
    /** IANA zone of the principal place of business, in which legal days are counted */
    zone: z.string().refine(isZone, { error: 'must be an IANA time zone, e.g. America/New_York' }),
    states: z.array(stateCode).default([]),
  }),
  /** each event on its own; which law reads which is in anchor.ts. A missing one is taken to be the discovery */
  anchors: z.strictObject({
    /** first day known to the entity */
    discovery: moment,
    /** the first day on which reasonable diligence would have shown it: 45 CFR 164.404(a)(2) */
    constructiveDiscovery: moment.optional(),
    /** the first day on which any workforce member or agent knew, other than who did it: 45 CFR 164.404(a)(2) */
    workforceKnowledge: moment.optional(),
    determination: moment.optional(),
    confirmation: moment.optional(),
    awareness: moment.optional(),
    /** when the extent was known too */
    scopeIdentified: moment.optional(),
    detection: moment.optional(),
    materiality: moment.optional(),
    reasonableBelief: moment.optional(),
    noticeDecision: moment.optional(),
    /** an extortion payment */
    paymentMade: moment.optional(),
    /** what an earlier report had to leave open became known */
    informationAvailable: moment.optional(),
  }),
  /** absent, or `total` absent: not counted yet. `byState` counts the States it names completely; it may leave States out. */
  individuals: z.strictObject({ total: count.optional(), byState: byState.optional() }).optional(),
  /**
   * The breach was at a business associate. `discovery`: its own day (absent: `anchors.discovery` is that day). `agent` (federal common
   * law of agency; absent: taken to be one): its day is the covered entity's too; else that is the day on which it told.
   */
  businessAssociate: z
    .strictObject({
      agent: z.boolean().default(true),
      discovery: moment.optional(),
      toldCoveredEntity: moment.optional(),
    })
    .optional(),
  holds: z.array(hold).default([]),
  extensions: z.array(z.strictObject({ regime: named, reason: named, on: moment })).default([]),
  assessment: assessment.optional(),
  /** the data were encrypted, to a standard that counts; it helps nothing where the key was taken too */
  safeHarbour: z.strictObject({ basis: named, keyCompromised: z.boolean(), ...signed }).optional(),
  /** an exemption of a law that people found to apply, by its id */
  exclusions: z
    .array(
      z.strictObject({
        regime: named,
        exemption: named,
        obligations: z.array(named).min(1).optional(),
        reason: named,
        ...signed,
      }),
    )
    .default([]),
  /** GDPR articles 33 and 34 */
  riskToIndividuals: z.enum(['unlikely', 'risk', 'high']).optional(),
  disruptionHours: count.optional(),
  /** notices that have left: `on` is the day of actual sending */
  sent: z.array(z.strictObject({ regime: named, obligation: named, on: moment, proof: named.optional() })).default([]),
  /** restricts the answer to these regimes, and asks for them whatever the kinds of the entity */
  regimes: regimes.optional(),
});

/** How many live in each State that has been counted. */
export function residents(individuals: z.infer<typeof shape>['individuals']): number[] {
  return Object.values(individuals?.byState ?? {}).filter((n) => n !== undefined);
}

type Shape = z.infer<typeof shape>;
type Problem = [string[], string];

/** No notice of a breach is older: HITECH 13402 is of 2009. */
const earliestYear = 2005;

/** Knowledge that may come before what the entity calls its discovery. */
const earlierKnowledge: ReadonlySet<string> = new Set(['discovery', 'constructiveDiscovery', 'workforceKnowledge']);

/** Days that contradict each other, counted in the entity's zone, and counts that do not add up. */
function* contradictions(given: Shape): Generator<Problem> {
  const { entity, anchors, individuals, holds, businessAssociate: associate } = given;
  const day = (when: string) => localDate(when, entity.zone);
  const isBefore = (a: string, b: string) => Temporal.PlainDate.compare(day(a), day(b)) < 0;
  const known = [...earlierKnowledge].flatMap((name) => anchors[name as keyof typeof anchors] ?? []);
  const first = [...known, ...(associate?.discovery ? [associate.discovery] : [])].reduce(
    (a, b) => (isBefore(b, a) ? b : a),
    anchors.discovery,
  );
  const after: [string[], string | undefined][] = [
    ...Object.entries(anchors).map(([name, when]): [string[], string | undefined] => [['anchors', name], when]),
    ...given.sent.map(({ on }, i): [string[], string] => [['sent', String(i), 'on'], on]),
    ...given.extensions.map(({ on }, i): [string[], string] => [['extensions', String(i), 'on'], on]),
    ...given.exclusions.map(({ on }, i): [string[], string] => [['exclusions', String(i), 'on'], on]),
    ...holds.map(({ date }, i): [string[], string] => [['holds', String(i), 'date'], date]),
    [['assessment', 'on'], given.assessment?.on],
    [['safeHarbour', 'on'], given.safeHarbour?.on],
    [['businessAssociate', 'toldCoveredEntity'], associate?.toldCoveredEntity],
  ];
  for (const [path, when] of after)
    if (when !== undefined && !earlierKnowledge.has(path[1] ?? '') && isBefore(when, first))
      yield [path, `${when} is before discovery (${day(first)})`];
  if (day(first).year < earliestYear)
    yield [['anchors', 'discovery'], `${day(first)} is before ${earliestYear}: a slip of the pen?`];
  const own = associate?.discovery;
  if (own !== undefined && associate?.toldCoveredEntity && isBefore(associate.toldCoveredEntity, own))
    yield [['businessAssociate', 'toldCoveredEntity'], `is before its own discovery (${day(own)})`];
  for (const [index, { date, until }] of holds.entries())
    if (until !== undefined && isBefore(until, date))
      yield [['holds', String(index), 'until'], `is before the statement (${day(date)})`];
  const sum = residents(individuals).reduce((a, b) => a + b, 0);
  if (individuals?.total !== undefined && sum > individuals.total)
    yield [['individuals', 'byState'], `adds up to ${sum}, more than the total of ${individuals.total}`];
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
  if (issue.input === undefined) return { field, problem: `is missing: it ${issue.message}` };
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
