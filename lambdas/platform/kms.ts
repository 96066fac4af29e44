import { GetKeyPolicyCommand, type GrantListEntry, KMSClient, paginateListGrants } from '@aws-sdk/client-kms';
import { TargetNotFound } from '../core/errors.ts';
import { type Target, targetKinds } from '../core/target.ts';
import type { Member } from './action.ts';
import { isCode } from './aws-error.ts';
import { strangersIn } from './strangers.ts';

/** The answer. Throws TargetNotFound with what to check when KMS knows no such key. */
export async function existingKey<T>(target: Target, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!isCode(error, 'NotFound')) throw error;
    throw new TargetNotFound(
      `${targetKinds[target.kind].noun} ${target.id} does not exist in account ${target.account}, Region ${target.region}: it may be deleted, or the finding names another Region`,
    );
  }
}

/** Every grant of a key. */
export async function grantsOf(target: Target, member: Member): Promise<GrantListEntry[]> {
  const entries: GrantListEntry[] = [];
  for await (const page of paginateListGrants({ client: member.client(KMSClient) }, { KeyId: target.id }))
    entries.push(...(page.Grants ?? []));
  return entries;
}

/**
 * Whom the key's own policy lets in and who is none of ours, sorted; null where the policy keeps itself from us. A key is open by its
 * policy or by a grant, and neither closes the other.
 */
export async function strangersOfKey(target: Target, member: Member): Promise<string[] | null> {
  try {
    const { Policy } = await member.client(KMSClient).send(new GetKeyPolicyCommand({ KeyId: target.id }));
    return [...new Set(strangersIn(Policy ?? '{}', member.ours).map((one) => one.principal))].sort();
  } catch (error) {
    if (isCode(error, 'AccessDenied')) return null;
    throw error;
  }
}

export type Holder = 'ours' | 'service' | 'service-like' | 'stranger';

const accountOf = (principal: string) => /^(?:arn:[\w-]+:(?:iam|sts)::)?(\d{12})(?::|$)/.exec(principal)?.[1];

/**
 * Who holds a grant. AWS services hold grants so that volumes, databases and queues can be decrypted: they are told by a service
 * principal as grantee or retiring principal, or by an encryption context that only a service writes (`aws:…`). The last is a sign that
 * anyone could forge, so such a grant to another account is neither revoked nor passed over in silence.
 */
export function holderOf(grant: GrantListEntry, ours: readonly string[]): Holder {
  const grantee = grant.GranteePrincipal ?? '';
  const account = accountOf(grantee);
  if (grant.GranteeServicePrincipal || account === undefined) return 'service';
  if (ours.includes(account)) return 'ours';
  const retiring = grant.RetiringPrincipal ?? '';
  if (grant.RetiringServicePrincipal || (retiring && accountOf(retiring) === undefined)) return 'service';
  const { EncryptionContextSubset: subset, EncryptionContextEquals: equals } = grant.Constraints ?? {};
  return Object.keys({ ...subset, ...equals }).some((key) => key.startsWith('aws:')) ? 'service-like' : 'stranger';
}
