import { IAMClient, type InstanceProfile, paginateListInstanceProfiles } from '@aws-sdk/client-iam';
import type { Member } from './action.ts';

/** A role that an instance profile hands out. `id`: AROA…, another one is another role of the same name. */
export type InstanceRole = { arn: string; name: string; id: string };

/** Every instance profile of the account that hands out a role, by its own ARN. */
export async function profileRoles(member: Member): Promise<Map<string, InstanceRole>> {
  const roles = new Map<string, InstanceRole>();
  for await (const { InstanceProfiles = [] } of paginateListInstanceProfiles(
    { client: member.client(IAMClient), pageSize: 1000 },
    {},
  ))
    for (const profile of InstanceProfiles) {
      const role = roleOf(profile);
      if (role && profile.Arn) roles.set(profile.Arn, role);
    }
  return roles;
}

function roleOf({ Roles = [] }: InstanceProfile): InstanceRole | undefined {
  const [role] = Roles;
  return role?.Arn && role.RoleName && role.RoleId
    ? { arn: role.Arn, name: role.RoleName, id: role.RoleId }
    : undefined;
}
