import type {
  CreateAccessKeyRequest,
  GetAccessKeyLastUsedRequest,
  ListUsersRequest,
  UpdateAccessKeyRequest,
} from '@aws-sdk/client-iam';
import { AwsError, type Command, type Service } from '../kernel.ts';
import { Staged } from '../staged.ts';
import type { World } from '../world.ts';
import { loginCommands, serviceCredentialCommands } from './logins.ts';
import type { AccessKey, Principal, User } from './principals.ts';
import {
  accountCommand,
  dateOf,
  noSuchEntity,
  type PageInput,
  type PrincipalCommand,
  page,
  pageParameters,
  principalCommand,
  userKind,
  validation,
} from './requests.ts';

/** The fields that GetUser and GetRole share. */
export const boundaryOf = (principal: Principal): object =>
  principal.boundary.stored === undefined
    ? {}
    : {
        PermissionsBoundary: {
          PermissionsBoundaryType: 'Policy',
          PermissionsBoundaryArn: principal.boundary.stored,
        },
      };

const shownUser = (user: User) => ({
  Path: user.path,
  UserName: user.name,
  UserId: user.id,
  Arn: user.arn,
  CreateDate: dateOf(user.created),
  ...(user.passwordLastUsed && { PasswordLastUsed: dateOf(user.passwordLastUsed) }),
});

const shownKey = (user: User, key: AccessKey) => ({
  UserName: user.name,
  AccessKeyId: key.id,
  Status: key.status.stored,
  CreateDate: dateOf(key.created),
});

/** IAM quotas: access keys per user, active and inactive. */
const keyLimit = 2;

function createKey(world: World, user: User): object {
  if (user.keys.length >= keyLimit)
    throw new AwsError('LimitExceededException', 409, `Cannot exceed quota for AccessKeysPerUser: ${keyLimit}`);
  const id = world.nextId('AKIA');
  const key: AccessKey = {
    id,
    secret: `secret of ${id}`,
    status: new Staged(world.now, world.propagation.iam, 'Active'),
    created: world.now(),
  };
  user.keys.push(key);
  return { AccessKey: { ...shownKey(user, key), SecretAccessKey: key.secret } };
}

function updateKey(user: User, input: UpdateAccessKeyRequest): void {
  const { Status } = input;
  if (Status !== 'Active' && Status !== 'Inactive') throw validation(`${Status} is no status: Active or Inactive`);
  const key = user.keys.find((k) => k.id === input.AccessKeyId);
  if (!key) throw noSuchEntity(`The Access Key with id ${input.AccessKeyId}`);
  key.status.set(Status);
}

/** Authorised against the key's owner; a key outside the account is a denial, not a NoSuchEntity. */
function lastUsed(world: World): Command<GetAccessKeyLastUsedRequest, object> {
  const owned = (id: string | undefined, account: string) => {
    const found = world.accessKey(id ?? '');
    if (!found || found.user.account !== account)
      throw new AwsError('AccessDenied', 403, `not authorized to perform: iam:GetAccessKeyLastUsed on key ${id}`);
    return found;
  };
  return {
    parameters: ['AccessKeyId'],
    needs(input, call) {
      const { user } = owned(input.AccessKeyId, call.caller.account);
      return [{ action: 'iam:GetAccessKeyLastUsed', resource: user.arn, owner: user.account }];
    },
    run(input, call) {
      const { user, key } = owned(input.AccessKeyId, call.caller.account);
      const used = key.lastUsed;
      return {
        UserName: user.name,
        AccessKeyLastUsed: {
          LastUsedDate: used && dateOf(used.at),
          ServiceName: used?.service ?? 'N/A',
          Region: used?.region ?? 'N/A',
        },
      };
    },
  };
}

function keyCommands(world: World): Service {
  const onUser = <I, O>(model: PrincipalCommand<User, I & { UserName?: string | undefined }, O>) =>
    principalCommand(world, userKind, model);
  return {
    ListAccessKeys: onUser<PageInput, object>({
      action: 'iam:ListAccessKeys',
      parameters: pageParameters,
      run(user, input) {
        const { items, ...more } = page(user.keys, input);
        return { AccessKeyMetadata: items.map((key) => shownKey(user, key)), ...more };
      },
    }),
    CreateAccessKey: onUser<CreateAccessKeyRequest, object>({
      action: 'iam:CreateAccessKey',
      run: (user) => createKey(world, user),
    }),
    UpdateAccessKey: onUser<UpdateAccessKeyRequest, void>({
      action: 'iam:UpdateAccessKey',
      parameters: ['AccessKeyId', 'Status'],
      run: updateKey,
    }),
    GetAccessKeyLastUsed: lastUsed(world),
  };
}

/** Users and their keys; logins and credentials of single services are in logins.ts. Groups and MFA devices do not exist in this world, so their lists are empty. */
export function userCommands(world: World): Service {
  return {
    ...keyCommands(world),
    ...loginCommands(world),
    ...serviceCredentialCommands(world),
    GetUser: principalCommand(world, userKind, {
      action: 'iam:GetUser',
      run: (user) => ({ User: { ...shownUser(user), ...boundaryOf(user) } }),
    }),
    ListUsers: accountCommand<ListUsersRequest, object>(
      world,
      'iam:ListUsers',
      [...pageParameters, 'PathPrefix'],
      (account, input) => {
        const users = [...account.users.values()].filter((user) => user.path.startsWith(input.PathPrefix ?? '/'));
        const { items, ...more } = page(users, input);
        return { Users: items.map(shownUser), ...more };
      },
    ),
    ListGroupsForUser: principalCommand(world, userKind, {
      action: 'iam:ListGroupsForUser',
      parameters: pageParameters,
      run: () => ({ Groups: [], IsTruncated: false }),
    }),
    ListMFADevices: principalCommand(world, userKind, {
      action: 'iam:ListMFADevices',
      parameters: pageParameters,
      run: () => ({ MFADevices: [], IsTruncated: false }),
    }),
  };
}
