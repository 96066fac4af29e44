import { z } from 'zod';
import { accountId, regionName, target } from './target.ts';

/** Severity on one scale, GuardDuty's words (Low 1–3.9, Medium 4–6.9, High 7–8.9, Critical 9–10). */
export const severity = z.enum(['informational', 'low', 'medium', 'high', 'critical']);
export type Severity = z.infer<typeof severity>;

/** An instant in UTC as ISO 8601 text (`…Z`); sources convert what their product writes (epoch, RFC 1123, spaces). */
export const instant = z.iso.datetime();

/** Who did it, as the detector says. Untrusted text: `name` and `session` may hold anything. */
export const actor = z.strictObject({
  kind: z.enum([
    'iam-user',
    'role-session',
    'root',
    'federated-user',
    'aws-account',
    'aws-service',
    'anonymous',
    'unknown',
  ]),
  id: z.string().optional(),
  name: z.string().optional(),
  session: z.string().optional(),
  accessKeyId: z.string().optional(),
  origin: z.string().optional(),
});
export type Actor = z.infer<typeof actor>;

/**
 * What a detector says, in one shape for every product (DESIGN §4). `account` and `region` are the resource's, never the bus's.
 * `id` is stable across products: the GuardDuty finding ARN wherever there is one. All free text in it is untrusted.
 */
export const finding = z.strictObject({
  /** who detected: `guardduty`, `securityhub`, … also when Security Hub only forwards it */
  product: z.string(),
  /** how it arrived: the envelope's product, e.g. `guardduty`, `securityhub-asff`, `securityhub-ocsf` */
  via: z.string(),
  id: z.string().min(1),
  type: z.string().min(1),
  title: z.string(),
  severity,
  account: accountId,
  region: regionName,
  firstSeen: instant.optional(),
  lastSeen: instant.optional(),
  createdAt: instant,
  updatedAt: instant,
  count: z.int().nonnegative(),
  sample: z.boolean(),
  archived: z.boolean(),
  /** Security Hub's workflow word, where there is one: NEW, NOTIFIED, SUPPRESSED, RESOLVED */
  workflow: z.string().optional(),
  /** PASSED, FAILED, WARNING, NOT_AVAILABLE: only for control findings */
  compliance: z.string().optional(),
  /** why nothing is to be answered although it could be read (a preview, a resolved finding): the reason to ignore it */
  ignore: z.string().min(1).optional(),
  /** ids of findings of the same incident: the attack sequence that it is part of, or the findings that an attack sequence is made of */
  joins: z.array(z.string().min(1)).default([]),
  /** true where the named machine itself attacks others (GuardDuty's resourceRole ACTOR); absent where it is the victim, or nobody says */
  attacker: z.literal(true).optional(),
  /** a person chose the custom action "Contain now": no evidence is waited for */
  containNow: z.boolean().default(false),
  /** third-party and custom products may say anything: such findings are shown, never contained from */
  trusted: z.boolean(),
  actors: z.array(actor),
  targets: z.array(target),
  /** named resources that are no target (unknown kind, or a name that breaks the grammar), and why */
  untargeted: z.array(z.strictObject({ named: z.string(), reason: z.string() })),
  /** text that hints at patient data (tags such as phi:hipaa). May escalate, never de-escalate: an attacker can edit tags. */
  phiHint: z.boolean(),
});
export type Finding = z.infer<typeof finding>;

/** A finding that cannot be read: one field, what is wrong with it, and what would have been right. */
export class MalformedFinding extends Error {
  override name = 'MalformedFinding';
  readonly field: string;
  readonly problem: string;
  constructor(field: string, problem: string) {
    super(`finding refused: ${field}: ${problem}`);
    this.field = field;
    this.problem = problem;
  }
}

/** One product's reader (one file in `sources/`). */
export interface Source {
  product: string;
  /** Whether this raw event or finding is of this product and form. Exactly one source accepts a well-formed event. Must not throw. */
  accepts(raw: unknown): boolean;
  /** Every finding in the raw event. Throws MalformedFinding naming the field. One unreadable finding of several is returned as the error, in its place. */
  read(raw: unknown): (Finding | MalformedFinding)[];
}
