import type {
  AssumeRoleRequest,
  GetAccessKeyInfoRequest,
  GetFederationTokenRequest,
  GetSessionTokenRequest,
} from '@aws-sdk/client-sts';
import { assumeRoot } from './assumeRoot.ts';
import { checkedPolicy, nameOf, validation } from './iam/requests.ts';
import { AwsError, type Call, type Caller, type Command, type Need, type Service } from './kernel.ts';
import type { Credentials, World } from './world.ts';

const denied = (message: string) => new AwsError('AccessDenied', 403, message);

/** One limit for the plain text; white space counts (STS API reference, AssumeRole). */
const policyLimit = 2048;

function sessionPolicy(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.length < 1 || text.length > policyLimit)
    throw validation(`Value at 'policy' must have length less than or equal to ${policyLimit}; it has ${text.length}`);
  if (!/^[\t\n\r\u0020-\u00ff]+$/.test(text)) throw validation("Value at 'policy' has characters beyond U+00FF");
  return checkedPolicy(text);
}

/** The real service reports the share of a binary limit that it does not publish; here the share of the text's limit. */
const packedSize = (text: string | undefined) =>
  text && { PackedPolicySize: Math.ceil((text.length / policyLimit) * 100) };

function seconds(asked: number | undefined, usual: number, longest: number): number {
  const chosen = asked ?? Math.min(usual, longest);
  if (chosen < 900 || chosen > longest)
    throw validation(`DurationSeconds ${chosen} must be between 900 and ${longest}`);
  return chosen;
}

const shown = (credentials: Credentials) => ({
  AccessKeyId: credentials.accessKeyId,
  SecretAccessKey: credentials.secretAccessKey,
  SessionToken: credentials.sessionToken,
  Expiration: credentials.expiration,
});

/** Which sessions may make which STS calls (IAM user guide, "Compare AWS STS credentials"). */
function admit(call: Call, operation: string): void {
  const { type } = call.caller;
  if (type === 'anonymous')
    throw new AwsError('MissingAuthenticationToken', 403, 'Request is missing Authentication Token');
  const session = call.caller.tokenIssueTime !== undefined;
  const open = operation === 'AssumeRole' ? type !== 'federated-user' : type === 'assumed-role' || !session;
  if (!open) throw denied(`Cannot call ${operation} with session credentials`);
}

function assumeRole(world: World): Command<AssumeRoleRequest, object> {
  return {
    parameters: ['RoleArn', 'RoleSessionName', 'ExternalId', 'Policy', 'DurationSeconds', 'SourceIdentity'],
    needs(input, call): Need[] {
      admit(call, 'AssumeRole');
      if (call.caller.type === 'root') throw denied('Roles may not be assumed by root accounts.');
      const resource = input.RoleArn ?? '';
      const role = world.role(resource);
      if (!role) throw denied(`not authorized to perform: sts:AssumeRole on resource: ${resource}`);
      const keys = {
        'sts:ExternalId': input.ExternalId,
        'sts:RoleSessionName': input.RoleSessionName,
        'sts:SourceIdentity': input.SourceIdentity,
      };
      const context = Object.fromEntries(Object.entries(keys).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
      const need = { resource, owner: role.account, context };
      return [
        { action: 'sts:AssumeRole', ...need },
        ...(input.SourceIdentity === undefined ? [] : [{ action: 'sts:SetSourceIdentity', ...need }]),
      ];
    },
    run(input, call) {
      const role = world.role(input.RoleArn ?? '');
      if (!role) throw denied('the role does not exist');
      // Role chaining is limited to one hour, whatever the role allows.
      const longest = call.caller.type === 'assumed-role' ? 3600 : role.maxSessionDuration;
      const duration = seconds(input.DurationSeconds, 3600, longest);
      const name = nameOf(input.RoleSessionName, 'RoleSessionName');
      const policy = sessionPolicy(input.Policy);
      const identity = input.SourceIdentity ?? call.caller.context?.['aws:SourceIdentity'];
      const caller: Caller = {
        ...world.roleSession(role, name, policy),
        ...(identity !== undefined && { context: { 'aws:SourceIdentity': identity } }),
      };
      return {
        Credentials: shown(world.mint(caller, duration)),
        AssumedRoleUser: { AssumedRoleId: caller.userId, Arn: caller.sessionArn },
        SourceIdentity: identity,
        ...packedSize(policy),
      };
    },
  };
}

/** Needs no permission: policies cannot control it (STS API reference, GetSessionToken). */
function getSessionToken(world: World): Command<GetSessionTokenRequest, object> {
  return {
    parameters: ['DurationSeconds'],
    needs(_input, call) {
      admit(call, 'GetSessionToken');
      if (call.caller.type !== 'user' && call.caller.type !== 'root')
        throw denied('Cannot call GetSessionToken with session credentials');
      return [];
    },
    run(input, call) {
      const root = call.caller.type === 'root';
      const caller: Caller = {
        ...call.caller,
        type: root ? 'root' : 'user-session',
        tokenIssueTime: world.issueTime(),
      };
      return { Credentials: shown(world.mint(caller, seconds(input.DurationSeconds, 43_200, root ? 3600 : 129_600))) };
    },
  };
}

function getFederationToken(world: World): Command<GetFederationTokenRequest, object> {
  const arnOf = (input: GetFederationTokenRequest, call: Call) =>
    `arn:aws:sts::${call.caller.account}:federated-user/${nameOf(input.Name, 'Name', 32)}`;
  return {
    parameters: ['Name', 'Policy', 'DurationSeconds'],
    needs(input, call) {
      admit(call, 'GetFederationToken');
      if (call.caller.type !== 'user') throw denied('Cannot call GetFederationToken with session credentials');
      return [{ action: 'sts:GetFederationToken', resource: arnOf(input, call), owner: call.caller.account }];
    },
    run(input, call) {
      const arn = arnOf(input, call);
      const policy = sessionPolicy(input.Policy);
      const caller: Caller = {
        type: 'federated-user',
        account: call.caller.account,
        principalArn: arn,
        sessionArn: arn,
        userId: `${call.caller.account}:${input.Name}`,
        tokenIssueTime: world.issueTime(),
        ...(call.caller.principalArn !== undefined && { parentArn: call.caller.principalArn }),
        ...(policy !== undefined && { sessionPolicy: policy }),
      };
      return {
        Credentials: shown(world.mint(caller, seconds(input.DurationSeconds, 43_200, 129_600))),
        FederatedUser: { FederatedUserId: caller.userId, Arn: arn },
        ...packedSize(policy),
      };
    },
  };
}

/** Tells the account of any key id, active or not. */
function getAccessKeyInfo(world: World): Command<GetAccessKeyInfoRequest, object> {
  return {
    parameters: ['AccessKeyId'],
    needs(_input, call) {
      admit(call, 'GetAccessKeyInfo');
      return [{ action: 'sts:GetAccessKeyInfo', resource: '*', owner: call.caller.account }];
    },
    run(input) {
      const id = input.AccessKeyId ?? '';
      const account = world.accessKey(id)?.user.account ?? world.sessions.get(id)?.caller.account;
      if (account === undefined) throw validation(`the access key id ${id} is not valid`);
      return { Account: account };
    },
  };
}

/** STS, as far as it is modelled. */
export function stsService(world: World): Service {
  return {
    AssumeRole: assumeRole(world),
    AssumeRoot: assumeRoot(world, (caller, duration) => shown(world.mint(caller, duration))),
    GetSessionToken: getSessionToken(world),
    GetFederationToken: getFederationToken(world),
    GetAccessKeyInfo: getAccessKeyInfo(world),
    // Works for every live credential, even under an explicit deny (STS API reference, GetCallerIdentity).
    GetCallerIdentity: {
      parameters: [],
      needs(_input: never, call: Call) {
        if (call.caller.type === 'anonymous')
          throw new AwsError('MissingAuthenticationToken', 403, 'Request is missing Authentication Token');
        return [];
      },
      run: (_input: never, { caller }: Call) => ({
        UserId: caller.userId,
        Account: caller.account,
        Arn: caller.sessionArn ?? caller.principalArn,
      }),
    },
  };
}
