import { z } from 'zod';
import { accountId, regionName, target } from './target.ts';

/** AWS Security Incident Response's own names for how far containment may go without a person. */
export const mode = z.enum(['approval-required', 'contain-confirmed', 'contain-suspected']);
export type Mode = z.infer<typeof mode>;

export const person = z.strictObject({
  /** the name shown beside decisions */
  name: z.string().min(1),
  email: z.email(),
  /** the IAM principal (user ARN, or role ARN for assumed-role sessions) that this person signs in with */
  principal: z.string().regex(/^arn:[a-z-]+:(?:iam|sts)::\d{12}:/, 'an IAM user or role ARN'),
});
export type Person = z.infer<typeof person>;

const roleOrSession =
  /^arn:[a-z-]+:(?:iam::(?<owner>\d{12}):role\/(?:.*\/)?(?<role>[^/]+)|sts::(?<account>\d{12}):assumed-role\/(?<assumed>[^/]+)\/[^/]+)$/;

/**
 * Who can sign in as a principal: a role by account and name, for each of its sessions too, since whoever may assume a role chooses the
 * session's name, and the authorizer names no path; a user as it stands.
 */
export function signInOf(principal: string): string {
  const { owner, role, account, assumed } = roleOrSession.exec(principal)?.groups ?? {};
  const name = role ?? assumed;
  return name === undefined ? principal : `role ${owner ?? account} ${name.toLowerCase()}`;
}

export const legalEntity = z.strictObject({
  name: z.string(),
  /** as regimes name them: `hipaa-covered-entity`, `hipaa-business-associate`, … */
  kinds: z.array(z.string()).min(1),
  states: z.array(z.string().regex(/^[A-Z]{2}$/)),
  /** IANA zone in which legal days are counted */
  zone: z.string(),
  /** decides on notices, and may say on which day a breach was discovered; sees to every notice that nobody else owns */
  privacyOfficer: person.optional(),
  /** approves each notice after the privacy officer: another person */
  counsel: person.optional(),
  /** our own policy for notices that a law wants "without unreasonable delay" and without a number; never a deadline */
  noticeTargetDays: z.int().positive().max(365).default(30),
});
export type LegalEntity = z.infer<typeof legalEntity>;

export const memberAccount = z.strictObject({
  id: accountId,
  alias: z.string().regex(/^[a-z0-9-]{1,63}$/),
  mode: mode.default('approval-required'),
  phi: z.enum(['yes', 'no', 'unknown']).default('unknown'),
  entity: z.string().optional(),
});
export type MemberAccount = z.infer<typeof memberAccount>;

const shape = z.strictObject({
  schemaVersion: z.literal(1),
  homeRegion: regionName,
  /** the other Regions that are watched: their findings are forwarded to the home Region */
  regions: z.array(regionName).default([]),
  /** single-account trial: all three are the same account, and evidence is then within the attacker's reach */
  accounts: z.strictObject({
    response: accountId,
    forensic: accountId,
    members: z.array(memberAccount).min(1),
    /**
     * the organization's management account, or a delegated administrator for its policies and for root access. Absent: actions with
     * `through: management` are withheld, and nothing stops the root user or an attacker who may remove our denies
     */
    management: accountId.optional(),
  }),
  entities: z.array(legalEntity).default([]),
  /** the organizational units (`ou-…`) or the root (`r-…`) whose accounts get the member roles from one StackSet; absent: each by its own stack */
  organization: z
    .strictObject({
      ous: z.array(z.string().regex(/^(?:ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32})$/)).min(1),
      /** whether `accounts.management` is a delegated administrator of StackSets, and not the management account itself */
      delegated: z.boolean().default(false),
    })
    .optional(),
  /** always ask, hold on timeout, and tell the clinical contact too */
  careCritical: z.array(z.strictObject({ target, contact: person })).default([]),
  /** IAM principal ARNs that are never acted on (break-glass, CI); `*` allowed only as the last character */
  protectedPrincipals: z
    .array(z.string().regex(/^arn:[a-z-]+:iam::(?:\d{12}|\*):(?:user|role)\/[^*]*\*?$/))
    .default([]),
  /** what is meant to be as it is (public by design, a key that CI uses): never acted on until the day, inclusive, UTC */
  exceptions: z
    .array(
      z.strictObject({
        target,
        /** only these actions are withheld; none named: all */
        actions: z.array(z.string()).default([]),
        reason: z.string().min(1),
        /** who answers for it */
        owner: z.string().min(1),
        expires: z.iso.date(),
      }),
    )
    .default([]),
  /** more containments than these in so many minutes, and the rest asks people */
  brake: z
    .strictObject({
      perAccount: z.int().positive().default(10),
      total: z.int().positive().default(50),
      minutes: z.int().positive().max(1440).default(10),
    })
    .default({ perAccount: 10, total: 50, minutes: 10 }),
  /** in the order in which they are asked: first at once, the next after 5 minutes, then 10, then 15 */
  onCall: z.array(person).min(1),
  mail: z.strictObject({
    from: z.email(),
    /** where links in mail point */
    consoleUrl: z.url(),
    /** how many people might have to be notified of the largest leak: mail must be fast enough for them */
    population: z.int().positive().optional(),
  }),
  evidence: z
    .strictObject({
      /** compliance mode can be undone by nobody, not even AWS, until the retention ends */
      lock: z.enum(['governance', 'compliance-cannot-be-undone']).default('governance'),
      retentionYears: z.int().min(7).max(100).default(7),
    })
    .default({ lock: 'governance', retentionYears: 7 }),
});
type Shape = z.infer<typeof shape>;

const meant = (one: Person, field: 'principal' | 'email') =>
  field === 'email' ? one.email.toLowerCase() : signInOf(one.principal);

interface Problem {
  path: (string | number)[];
  message: string;
}
type Placed = [path: (string | number)[], person: Person];

/** Two people behind one role: whoever holds it could sign in as either. One person may be named in several places. */
function* sharedSignIns(everyone: readonly Placed[]): Generator<Problem> {
  for (const [i, [path, { principal }]] of everyone.entries()) {
    const other = everyone
      .slice(0, i)
      .find(([, p]) => p.principal !== principal && signInOf(p.principal) === signInOf(principal));
    if (other)
      yield {
        path: [...path, 'principal'],
        message: `it is the same role as that of ${other[1].name}: whoever may assume it could decide for both; give each a role or a user of their own`,
      };
  }
}

/** What no single field shows. Each problem names the place and the mend. */
function* problems({
  homeRegion,
  regions,
  accounts,
  organization,
  entities,
  careCritical,
  onCall,
}: Shape): Generator<Problem> {
  const everyone: Placed[] = [
    ...onCall.map((one, i): Placed => [['onCall', i], one]),
    ...careCritical.map(({ contact }, i): Placed => [['careCritical', i, 'contact'], contact]),
    ...entities.flatMap(({ privacyOfficer, counsel }, i): Placed[] => [
      ...(privacyOfficer ? [[['entities', i, 'privacyOfficer'], privacyOfficer] satisfies Placed] : []),
      ...(counsel ? [[['entities', i, 'counsel'], counsel] satisfies Placed] : []),
    ]),
  ];
  if (regions.includes(homeRegion))
    yield { path: ['regions'], message: `${homeRegion} is the home Region; name only the others` };
  if (organization && accounts.management === undefined)
    yield {
      path: ['accounts', 'management'],
      message: 'organization needs the account from which its StackSet is made',
    };
  for (const [i, { alias, phi, entity }] of accounts.members.entries()) {
    const path = ['accounts', 'members', i, 'entity'];
    const known = entities.map((e) => e.name).join(', ') || 'none';
    if (entity !== undefined && !entities.some((e) => e.name === entity))
      yield { path, message: `no entity is named "${entity}"; there are: ${known}` };
    if (entity === undefined && phi !== 'no')
      yield {
        path,
        message: `account ${alias} may hold patient data, so it needs a legal entity, or no clock can run`,
      };
  }
  for (const [i, { name, privacyOfficer, counsel }] of entities.entries()) {
    if (!privacyOfficer || !counsel) continue;
    const same = (['principal', 'email'] as const).find(
      (field) => meant(privacyOfficer, field) === meant(counsel, field),
    );
    if (same)
      yield {
        path: ['entities', i, 'counsel', same],
        message: `the privacy officer and counsel of ${name} share it: a notice needs two different people`,
      };
  }
  yield* sharedSignIns(everyone);
  for (const [i, { principal, email }] of onCall.entries()) {
    const before = onCall.slice(0, i);
    if (before.some((p) => p.principal === principal))
      yield {
        path: ['onCall', i, 'principal'],
        message: 'two people share a principal: nobody could tell who decided',
      };
    if (before.some((p) => p.email.toLowerCase() === email.toLowerCase()))
      yield {
        path: ['onCall', i, 'email'],
        message: 'two people share an address: escalation would ask one of them twice',
      };
  }
}

/** Everybody whom the settings name: they may sign in, are told, and may own an obligation. Each once, on-call order first. */
export function peopleOf({ onCall, careCritical, entities }: Shape): Person[] {
  const officers = entities.flatMap(({ privacyOfficer, counsel }) =>
    [privacyOfficer, counsel].filter((p) => p !== undefined),
  );
  const all = [...onCall, ...careCritical.map(({ contact }) => contact), ...officers];
  return [...new Map(all.map((one) => [`${one.principal} ${one.email}`, one])).values()];
}

export const settings = shape.superRefine((given, context) => {
  for (const problem of problems(given)) context.addIssue({ code: 'custom', ...problem });
});
export type Settings = z.infer<typeof settings>;
