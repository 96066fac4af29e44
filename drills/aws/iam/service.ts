import type { ListRolesRequest } from '@aws-sdk/client-iam';
import { AwsError, type Call, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { policyCommands } from './policies.ts';
import type { Role } from './principals.ts';
import { accountCommand, page, pageParameters, principalCommand, roleKind, userKind } from './requests.ts';
import { boundaryOf, dateOf, userCommands } from './users.ts';

const shownRole = (role: Role) => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: dateOf(role.created),
  AssumeRolePolicyDocument: encodeURIComponent(role.trust.stored),
  MaxSessionDuration: role.maxSessionDuration,
});

const roleCommands = (world: World): Service => ({
  GetRole: principalCommand(world, roleKind, {
    action: 'iam:GetRole',
    run: (role) => ({ Role: { ...shownRole(role), ...boundaryOf(role) } }),
  }),
  ListRoles: accountCommand<ListRolesRequest, object>(
    world,
    'iam:ListRoles',
    [...pageParameters, 'PathPrefix'],
    (account, input) => {
      const roles = [...account.roles.values()].filter((role) => role.path.startsWith(input.PathPrefix ?? '/'));
      const { items, ...more } = page(roles, input);
      return { Roles: items.map(shownRole), ...more };
    },
  ),
});

/** Sessions of GetSessionToken (without MFA) and GetFederationToken cannot call IAM at all (STS API reference). */
function admit(call: Call): void {
  if (call.caller.type === 'anonymous')
    throw new AwsError('MissingAuthenticationToken', 403, 'Request is missing Authentication Token');
  if (call.caller.type === 'user-session' || call.caller.type === 'federated-user')
    throw new AwsError('InvalidClientTokenId', 403, 'The security token included in the request is invalid');
}

/** IAM, as far as it is modelled. */
export function iamService(world: World): Service {
  const commands: Service = {
    ...userCommands(world),
    ...policyCommands(world, userKind),
    ...roleCommands(world),
    ...policyCommands(world, roleKind),
  };
  return Object.fromEntries(
    Object.entries(commands).map(([name, command]) => [
      name,
      {
        ...command,
        needs(input: never, call: Call) {
          admit(call);
          return command.needs(input, call);
        },
      },
    ]),
  );
}
