import type { Credentials, World } from './world.ts';

/** Instance credentials live about six hours (EC2 user guide, "Retrieve security credentials from instance metadata"). */
const lifeSeconds = 6 * 3600;

/**
 * What the metadata service of an instance hands out now for this role: the session is named after the instance (aws:userid
 * `AROA…:i-…`), and `ec2:SourceInstanceARN` travels with it wherever it is used (IAM user guide, "AWS global condition context
 * keys", properties of the role session). Throws RangeError for a role that is not seeded.
 */
export function instanceCredentials(world: World, instanceArn: string, roleName: string): Credentials {
  const [, , , , account = '', resource = ''] = instanceArn.split(':');
  const role = world.account(account).roles.get(roleName);
  if (!role) throw new RangeError(`account ${account} has no role ${roleName}: seed it with addRole`);
  const caller = world.roleSession(role, resource.replace('instance/', ''));
  const context = { 'ec2:SourceInstanceARN': instanceArn, 'ec2:RoleDelivery': '2.0' };
  return world.mint({ ...caller, context }, lifeSeconds);
}
