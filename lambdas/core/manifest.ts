import { z } from 'zod';
import { severity } from './finding.ts';
import { type Target, targetKind } from './target.ts';

const slug = z.string().regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);

/**
 * One IAM statement an action or collector needs. `resources` may use `${arn}`, `${id}`, `${account}`, `${partition}`
 * and what `capture` put in its scope (`${userArn}`); the member role gets them widened to `*`, the session policy gets them filled in.
 */
export const statement = z.strictObject({
  actions: z.array(z.string().regex(/^[a-z0-9-]+:[A-Za-z]+$/, 'no wildcards: name the IAM action')).min(1),
  resources: z.array(z.string()).min(1),
  conditions: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string())]))).optional(),
});
export type Statement = z.infer<typeof statement>;

export const actionManifest = z
  .strictObject({
    id: slug,
    title: z.string(),
    /** NIST CSF 2.0 outcome, e.g. RS.MI-01 */
    phase: z.string().regex(/^[A-Z]{2}\.[A-Z]{2}-\d{2}$/),
    targetKind,
    reversible: z.boolean(),
    /** one sentence for an approver: what stops working */
    consequence: z.string(),
    /** one sentence: what it protects */
    protects: z.string(),
    /** kinds whose newly found targets need this action again on the same target (a later token date) */
    renewedBy: z.array(targetKind).default([]),
    /** in which account the change is made: the target's own, or the organization's management account, whose policies no member can lift */
    through: z.enum(['member', 'management']).default('member'),
    /** only adds evidence (a snapshot): there is nothing to put back, and what was added is kept */
    preserves: z.boolean().default(false),
    /**
     * where a restore puts nothing back (`preserves`, or not reversible): why, and what a person does instead; `${id}` and `${account}`
     * are the target's
     */
    recovery: z.string().optional(),
    /** actions that this one only repeats more strongly: where one of them holds on the same party, this one may be declined */
    reinforces: z.array(slug).default([]),
    /** actions on the same target whose undo must come first, because AWS refuses this undo while they stand */
    undoneAfter: z.array(slug).default([]),
    permissions: z.strictObject({
      /** what capture and verify call, through the observer role (and the responder, which reads again before it writes) */
      read: z.array(statement),
      /** what apply and undo call, through the responder role */
      write: z.array(statement),
    }),
  })
  .refine((m) => (m.reversible && !m.preserves) || m.recovery !== undefined, {
    path: ['recovery'],
    message: 'a restore puts nothing back: say why, and what a person does instead',
  });
export type ActionManifest = z.infer<typeof actionManifest>;

/** Why a restore puts nothing of this action back, and what a person does instead; undefined where it does. */
export function recoveryOf(action: ActionManifest | undefined, t: Pick<Target, 'id' | 'account'>): string | undefined {
  return action?.recovery?.replaceAll('${id}', t.id).replaceAll('${account}', t.account);
}

export const collectorManifest = z.strictObject({
  id: slug,
  title: z.string(),
  targetKinds: z.array(targetKind).min(1),
  /** `before`: only for what an action would destroy; `beside`: in parallel, never in the way */
  gate: z.enum(['before', 'beside']),
  /** seconds after which containment goes on without it */
  limitSeconds: z.int().positive().max(900),
  /** when to collect again after the first time, because logs arrive late */
  again: z.array(z.string().regex(/^\d+[mh]$/)).default([]),
  permissions: z.array(statement),
});
export type CollectorManifest = z.infer<typeof collectorManifest>;

export const approvalNeed = z.enum(['none', 'one', 'two']);

export const playbook = z.strictObject({
  id: slug,
  title: z.string(),
  /** one sentence for a person at 3 a.m. */
  summary: z.string(),
  match: z.array(
    z.strictObject({
      product: z.string(),
      /** exact types, or a prefix ending in `*` */
      types: z.array(z.string()).min(1),
      /** `confirmed`: the finding states a fact about the resource; `suspected`: it infers behaviour */
      confidence: z.enum(['confirmed', 'suspected']),
      /** only where the named machine attacks (true), or does not (false) */
      attacker: z.boolean().optional(),
      /** only where a target of one of these kinds is named */
      names: z.array(targetKind).min(1).optional(),
    }),
  ),
  /** stages run one after the other; steps of a stage side by side, once per target of the action's kind */
  stages: z.array(
    z.array(z.strictObject({ action: slug, approval: approvalNeed, onTimeout: z.enum(['proceed', 'hold']) })),
  ),
  /** playbooks whose stages follow on this one's own, in this order: actors before resources */
  composes: z.array(slug).default([]),
  evidence: z.array(slug),
  /** what is presumed until shown otherwise: was patient data reached? */
  presumption: z.enum(['breach', 'no-breach-yet', 'unknown']),
  /** answers what no other playbook matches: preserves and tells, contains nothing */
  fallback: z.boolean().default(false),
  /** raises the incident's severity to at least this */
  severity: severity.optional(),
});
export type Playbook = z.infer<typeof playbook>;
