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

export const legalEntity = z.strictObject({
  name: z.string(),
  /** as regimes name them: `hipaa-covered-entity`, `hipaa-business-associate`, … */
  kinds: z.array(z.string()).min(1),
  states: z.array(z.string().regex(/^[A-Z]{2}$/)),
  /** IANA zone in which legal days are counted */
  zone: z.string(),
});

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
  /** single-account trial: all three are the same account, and evidence is then within the attacker's reach */
  accounts: z.strictObject({ response: accountId, forensic: accountId, members: z.array(memberAccount).min(1) }),
  entities: z.array(legalEntity).default([]),
  /** always ask, hold on timeout, and tell the clinical contact too */
  careCritical: z.array(z.strictObject({ target, contact: person })).default([]),
  /** IAM principal ARNs that are never acted on (break-glass, CI); `*` allowed only as the last character */
  protectedPrincipals: z
    .array(z.string().regex(/^arn:[a-z-]+:iam::(?:\d{12}|\*):(?:user|role)\/[^*]*\*?$/))
    .default([]),
  /** in the order in which they are asked: first at once, the next after 5 minutes, then 10, then 15 */
  onCall: z.array(person).min(1),
  mail: z.strictObject({ from: z.email(), /** where links in mail point */ consoleUrl: z.url() }),
  evidence: z
    .strictObject({
      /** compliance mode can be undone by nobody, not even AWS, until the retention ends */
      lock: z.enum(['governance', 'compliance-cannot-be-undone']).default('governance'),
      retentionYears: z.int().min(7).max(100).default(7),
    })
    .default({ lock: 'governance', retentionYears: 7 }),
});
type Shape = z.infer<typeof shape>;

/** What no single field shows. Each problem names the place and the mend. */
function* problems({ accounts, entities, onCall }: Shape): Generator<{ path: (string | number)[]; message: string }> {
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
  for (const [i, { principal, email }] of onCall.entries()) {
    const before = onCall.slice(0, i);
    if (before.some((p) => p.principal === principal))
      yield {
        path: ['onCall', i, 'principal'],
        message: 'two people share a principal: nobody could tell who decided',
      };
    if (before.some((p) => p.email === email))
      yield {
        path: ['onCall', i, 'email'],
        message: 'two people share an address: escalation would ask one of them twice',
      };
  }
}

export const settings = shape.superRefine((given, context) => {
  for (const problem of problems(given)) context.addIssue({ code: 'custom', ...problem });
});
export type Settings = z.infer<typeof settings>;
