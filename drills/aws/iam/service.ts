import type { ListRolesRequest, UpdateAssumeRolePolicyRequest } from '@aws-sdk/client-iam';
import { AwsError, type Call, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { instanceProfileCommands } from './instance-profiles.ts';
import { policyCommands } from './policies.ts';
import { PolicyError, parsePolicy } from './policy.ts';
import type { Role } from './principals.ts';
import {
  accountCommand,
  dateOf,
  modifiable,
  page,
  pageParameters,
  principalCommand,
  roleKind,
  userKind,
} from './requests.ts';
import { withRootUser } from './root.ts';
import { boundaryOf, userCommands } from './users.ts';

const shownRole = (role: Role) => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: dateOf(role.created),
  AssumeRolePolicyDocument: encodeURIComponent(role.trust.stored),
  MaxSessionDuration: role.maxSessionDuration,
});

const malformed = (message: string) => new AwsError('MalformedPolicyDocumentException', 400, message);

/** IAM quotas: characters of a trust policy, white space not counted. */
const trustLimit = 2048;

/**
 * A principal that was deleted shows as its unique id in the policies that named it, and IAM takes no text that names such an id
 * (IAM user guide, "AWS JSON policy elements: Principal"). Whether a named principal of another account exists is not modelled.
 */
function refusedPrincipal(text: string): string | undefined {
  const named = parsePolicy(text, 'trust').statements.flatMap((s) => s.principals ?? s.notPrincipals ?? []);
  const known = /^(?:\*|\d{12}|arn:aws[\w-]*:(?:iam|sts)::\d{12}:.+)$/;
  return named.find(({ type, value }) => type === 'AWS' && !known.test(value))?.value;
}

function updateTrust(role: Role, { PolicyDocument = '' }: UpdateAssumeRolePolicyRequest): void {
  modifiable(role);
  try {
    const refused = refusedPrincipal(PolicyDocument);
    if (refused !== undefined) throw malformed(`Invalid principal in policy: "AWS":"${refused}"`);
  } catch (error) {
    throw error instanceof PolicyError ? malformed(error.message) : error;
  }
  if (PolicyDocument.replace(/\s/g, '').length > trustLimit)
    throw new AwsError('LimitExceededException', 409, `Cannot exceed quota for ACLSizePerRole: ${trustLimit}`);
  role.trust.set(PolicyDocument);
}

const roleCommands = (world: World): Service => ({
  GetRole: principalCommand(world, roleKind, {
    action: 'iam:GetRole',
    run: (role) => ({ Role: { ...shownRole(role), ...boundaryOf(role) } }),
  }),
  UpdateAssumeRolePolicy: principalCommand<Role, UpdateAssumeRolePolicyRequest, void>(world, roleKind, {
    action: 'iam:UpdateAssumeRolePolicy',
    parameters: ['PolicyDocument'],
    run: updateTrust,
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
  const commands = withRootUser(world, {
    ...userCommands(world),
    ...policyCommands(world, userKind),
    ...roleCommands(world),
    ...policyCommands(world, roleKind),
    ...instanceProfileCommands(world, shownRole),
  });
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
