import type {
  CreateLoginProfileRequest,
  DeleteServiceSpecificCredentialRequest,
  ListServiceSpecificCredentialsRequest,
  UpdateLoginProfileRequest,
  UpdateServiceSpecificCredentialRequest,
} from '@aws-sdk/client-iam';
import { AwsError, type Service } from '../kernel.ts';
import type { Credentials, World } from '../world.ts';
import type { LoginProfile, ServiceCredential, User } from './principals.ts';
import {
  dateOf,
  noSuchEntity,
  type PrincipalCommand,
  page,
  pageParameters,
  principalCommand,
  userKind,
  validation,
} from './requests.ts';

/*
 * Console passwords, and credentials for one service. Does not model the account's password policy, MFA at sign-in, password
 * resets by the user, nor `EntityTemporarilyUnmodifiable` of a user that was just deleted and made again.
 */

const loginOf = (user: User): LoginProfile => {
  const login = user.login.stored;
  if (!login) throw noSuchEntity(`Login Profile for User ${user.name}`);
  return login;
};

const shownLogin = (user: User, login: LoginProfile) => ({
  UserName: user.name,
  CreateDate: dateOf(login.created),
  PasswordResetRequired: login.resetRequired,
});

function create(world: World, user: User, { Password, PasswordResetRequired }: CreateLoginProfileRequest): object {
  if (user.login.stored)
    throw new AwsError('EntityAlreadyExistsException', 409, `Login Profile for user ${user.name} already exists.`);
  if (!Password) throw validation('Password must not be empty');
  const login = { password: Password, resetRequired: PasswordResetRequired ?? false, created: world.now() };
  user.login.set(login);
  return { LoginProfile: shownLogin(user, login) };
}

function update(user: User, { Password, PasswordResetRequired }: UpdateLoginProfileRequest): void {
  const login = loginOf(user);
  user.login.set({
    ...login,
    ...(Password !== undefined && { password: Password }),
    ...(PasswordResetRequired !== undefined && { resetRequired: PasswordResetRequired }),
  });
}

const onUser = <I, O>(world: World, model: PrincipalCommand<User, I & { UserName?: string | undefined }, O>) =>
  principalCommand(world, userKind, model);

/** The console password of a user. Deleting it ends no session that is signed in (IAM API reference, DeleteLoginProfile). */
export function loginCommands(world: World): Service {
  return {
    GetLoginProfile: onUser<object, object>(world, {
      action: 'iam:GetLoginProfile',
      run: (user) => ({ LoginProfile: shownLogin(user, loginOf(user)) }),
    }),
    CreateLoginProfile: onUser<CreateLoginProfileRequest, object>(world, {
      action: 'iam:CreateLoginProfile',
      parameters: ['Password', 'PasswordResetRequired'],
      run: (user, input) => create(world, user, input),
    }),
    UpdateLoginProfile: onUser<UpdateLoginProfileRequest, void>(world, {
      action: 'iam:UpdateLoginProfile',
      parameters: ['Password', 'PasswordResetRequired'],
      run: update,
    }),
    DeleteLoginProfile: onUser<object, void>(world, {
      action: 'iam:DeleteLoginProfile',
      run(user) {
        loginOf(user);
        user.login.set(undefined);
      },
    }),
  };
}

/** Signs in to the console: a session of 12 hours, or undefined where there is no such login or the password is another. */
export function signIn(world: World, userArn: string, password: string): Credentials | undefined {
  const user = world.user(userArn);
  if (user?.login.effective?.password !== password) return undefined;
  user.passwordLastUsed = world.now();
  const caller = { account: user.account, principalArn: user.arn, userId: user.id, userName: user.name };
  return world.mint({ ...caller, type: 'user-session', tokenIssueTime: world.issueTime() }, 12 * 3600);
}

const shownCredential = (user: User, one: ServiceCredential) => ({
  UserName: user.name,
  Status: one.status.stored,
  ServiceSpecificCredentialId: one.id,
  ServiceName: one.service,
  CreateDate: dateOf(one.created),
});

function credentialOf(user: User, id: string | undefined): ServiceCredential {
  const found = user.serviceCredentials.find((one) => one.id === id);
  if (!found) throw noSuchEntity(`The service specific credential ${id}`);
  return found;
}

/** Credentials that only one service takes; making one, and using one, is not modelled. */
export function serviceCredentialCommands(world: World): Service {
  const context = (input: { ServiceSpecificCredentialId?: string | undefined }, user: User | undefined) => ({
    'iam:ServiceSpecificCredentialServiceName': user?.serviceCredentials.find(
      (one) => one.id === input.ServiceSpecificCredentialId,
    )?.service,
  });
  return {
    ListServiceSpecificCredentials: onUser<ListServiceSpecificCredentialsRequest, object>(world, {
      action: 'iam:ListServiceSpecificCredentials',
      parameters: [...pageParameters, 'ServiceName'],
      run(user, input) {
        const wanted = user.serviceCredentials.filter((one) => (input.ServiceName ?? one.service) === one.service);
        const { items, ...more } = page(wanted, input);
        return { ServiceSpecificCredentials: items.map((one) => shownCredential(user, one)), ...more };
      },
    }),
    UpdateServiceSpecificCredential: onUser<UpdateServiceSpecificCredentialRequest, void>(world, {
      action: 'iam:UpdateServiceSpecificCredential',
      parameters: ['ServiceSpecificCredentialId', 'Status'],
      context,
      run(user, { ServiceSpecificCredentialId, Status }) {
        if (Status !== 'Active' && Status !== 'Inactive')
          throw validation(`${Status} is no status: Active or Inactive`);
        credentialOf(user, ServiceSpecificCredentialId).status.set(Status);
      },
    }),
    DeleteServiceSpecificCredential: onUser<DeleteServiceSpecificCredentialRequest, void>(world, {
      action: 'iam:DeleteServiceSpecificCredential',
      parameters: ['ServiceSpecificCredentialId'],
      context,
      run(user, { ServiceSpecificCredentialId }) {
        const gone = credentialOf(user, ServiceSpecificCredentialId);
        user.serviceCredentials = user.serviceCredentials.filter((one) => one !== gone);
      },
    }),
  };
}
