import { AccountClient, paginateListRegions } from '@aws-sdk/client-account';
import type { Member } from './action.ts';
import { isAnswer } from './aws-error.ts';

/** Where global services such as IAM and the global STS endpoint write their events. */
const globalEvents = 'us-east-1';

/**
 * The Regions in which a credential may have been used: every one that the account has enabled (an attacker picks the one that
 * nobody watches). Where AWS does not say, those that are known, and the gap.
 */
export async function regionsOf(member: Member): Promise<{ regions: string[]; gap: string | undefined }> {
  const known = [member.region, globalEvents];
  try {
    const pages = paginateListRegions(
      { client: member.client(AccountClient, globalEvents) },
      { RegionOptStatusContains: ['ENABLED', 'ENABLED_BY_DEFAULT'] },
    );
    for await (const { Regions = [] } of pages) known.push(...Regions.flatMap((r) => r.RegionName ?? []));
    return { regions: [...new Set(known)].sort(), gap: undefined };
  } catch (error) {
    if (!isAnswer(error)) throw error;
    const regions = [...new Set(known)].sort();
    return { regions, gap: `only ${regions.join(', ')} were looked at: ListRegions answered ${error.name}` };
  }
}
