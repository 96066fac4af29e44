import { EC2Client, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { IAMClient, paginateListInstanceProfilesForRole } from '@aws-sdk/client-iam';
import type { Member } from '../../platform/action.ts';
import { isAnswer } from '../../platform/aws-error.ts';
import { regionsOf } from '../../platform/regions.ts';

/** The EC2 instances that have a role: how many, the first of them by name, and where nobody could look. */
export type Fleet = { count: number; first: string[]; gaps: string[] };

/** An approver reads two names and a number; the record needs no more. */
const shown = 2;
const states = ['pending', 'running', 'stopping', 'stopped'];

/** Looks in every Region that the account has enabled. */
export async function instancesWith(role: string, member: Member): Promise<Fleet> {
  const profiles = await profilesOf(role, member);
  if (profiles.length === 0) return { count: 0, first: [], gaps: [] };
  const { regions, gap } = await regionsOf(member);
  const looks = await Promise.all(regions.map((region) => look(region, profiles, member)));
  const ids = looks.flatMap((found) => found.ids).sort();
  const gaps = [gap, ...looks.map((found) => found.gap)].filter((text) => text !== undefined);
  return { count: ids.length, first: ids.slice(0, shown), gaps };
}

async function profilesOf(role: string, member: Member): Promise<string[]> {
  const pages = paginateListInstanceProfilesForRole({ client: member.client(IAMClient) }, { RoleName: role });
  const arns: string[] = [];
  for await (const { InstanceProfiles = [] } of pages) arns.push(...InstanceProfiles.flatMap((p) => p.Arn ?? []));
  return arns;
}

async function look(region: string, profiles: string[], member: Member): Promise<{ ids: string[]; gap?: string }> {
  const Filters = [
    { Name: 'iam-instance-profile.arn', Values: profiles },
    { Name: 'instance-state-name', Values: states },
  ];
  const ids: string[] = [];
  try {
    for await (const { Reservations = [] } of paginateDescribeInstances(
      { client: member.client(EC2Client, region) },
      { Filters },
    ))
      ids.push(...Reservations.flatMap((r) => (r.Instances ?? []).flatMap((i) => i.InstanceId ?? [])));
    return { ids };
  } catch (error) {
    if (!isAnswer(error)) throw error;
    return { ids, gap: `${region} could not be looked at: ${error.name}` };
  }
}

/** One sentence: `… is used by 40 instances: i-…, i-…, and 38 more.` */
export function fleetSentence(role: string, { count, first, gaps }: Fleet): string {
  const more = count - first.length;
  const names = `${first.join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
  const used =
    count === 0
      ? `No EC2 instance that could be found has role ${role}`
      : `Role ${role} is used by ${count} ${count === 1 ? 'instance' : 'instances'}: ${names}`;
  return `${used}${gaps.length > 0 ? ` (not complete: ${gaps.join('; ')})` : ''}.`;
}
