import { z } from 'zod';
import { accountId } from '../core/target.ts';
import { guardDutyFindingArn } from './arn.ts';
import type { Principal } from './principal.ts';
import type { Named } from './resources.ts';
import { text } from './shape.ts';

const actor = z.looseObject({
  user: z
    .looseObject({
      name: text.optional(),
      uid: text.optional(),
      type: text.optional(),
      credentialUid: text.optional(),
      account: z.looseObject({ uid: text.optional() }).optional(),
    })
    .optional(),
  session: z.looseObject({ issuer: text.optional() }).optional(),
});

const accessKey = z.looseObject({
  principalId: text.optional(),
  userName: text.optional(),
  userType: text.optional(),
});

/** `uid` natively, `id` in Security Hub. Source: GuardDuty API Reference and Security Hub API Reference, Signal. */
const signal = z.looseObject({ uid: text.optional(), id: text.optional() });

const resource = z.looseObject({
  uid: text.optional(),
  name: text.optional(),
  resourceType: z.string().optional(),
  accountId: accountId.optional(),
  region: z.string().optional(),
  tags: z.json().optional(),
  data: z.looseObject({ accessKey: accessKey.optional() }).optional(),
});

/**
 * `service.detection.sequence` of an attack sequence, field names in camelCase. Everything that an attack sequence is about stands here;
 * its `resource` block names nothing. Security Hub's `Detection.Sequence` has the same actors, cut to ten.
 */
export const sequence = z.looseObject({
  actors: z.array(actor).default([]),
  resources: z.array(resource).default([]),
  signals: z.array(signal).default([]),
  endpoints: z.array(z.looseObject({ ip: text.optional() })).default([]),
});
export type Sequence = z.output<typeof sequence>;

/** The principals that acted. Which address is whose is only in the signals, so an address is given only if there is one in all. */
export function sequencePrincipals(of: Sequence): Principal[] {
  const [only, ...others] = of.endpoints;
  const origin = others.length === 0 ? only?.ip : undefined;
  const acted = of.actors.map(
    ({ user, session }): Principal => ({
      userType: user?.type,
      userName: user?.name,
      principalId: user?.uid,
      accessKeyId: user?.credentialUid,
      issuer: session?.issuer,
      account: user?.account?.uid,
      origin,
    }),
  );
  const known = new Set(acted.map((who) => who.accessKeyId));
  const keys = of.resources.filter((item) => item.resourceType === 'ACCESS_KEY' && !known.has(item.uid));
  return [
    ...acted,
    ...keys.map((item): Principal => ({ ...item.data?.accessKey, accessKeyId: item.uid, account: item.accountId })),
  ];
}

/**
 * The findings that it is made of, by their ARNs. Other signals are API activity, which is no finding. A bare finding id is of the
 * detector that made the sequence, whose ARN is `made`.
 */
export function sequenceFindings(of: Sequence | undefined, made: string): string[] {
  return (of?.signals ?? [])
    .map((item) => item.uid ?? item.id ?? '')
    .map((id) => (/^[0-9a-f]{32}$/.test(id) ? made.replace(/[^/]+$/, id) : id))
    .filter((id) => guardDutyFindingArn.test(id));
}

/** The resources that the sequence names, other than keys, which belong to the principals. */
export function sequenceResources(of: Sequence): Named[] {
  return of.resources
    .filter((item) => item.resourceType !== 'ACCESS_KEY')
    .map((item) => ({
      type: item.resourceType ?? 'unknown',
      name: item.uid ?? item.name ?? '',
      account: item.accountId,
      region: item.region,
      tags: item.tags,
    }));
}
