import type { Json } from '../../lambdas/core/json.ts';
import type { Call, Caller } from './kernel.ts';
import type { CloudTrailEvent } from './trail.ts';
import type { World } from './world.ts';

/** CloudTrail "typically delivers within an average of about 5 minutes" (CloudTrail user guide). */
const lagSeconds = 300;

/** Commands whose event has another name than the call. */
const eventNames: Record<string, string> = {
  'S3.GetPublicAccessBlock': 'GetBucketPublicAccessBlock',
  'S3.PutPublicAccessBlock': 'PutBucketPublicAccessBlock',
  'S3.DeletePublicAccessBlock': 'DeleteBucketPublicAccessBlock',
  'S3Control.GetPublicAccessBlock': 'GetAccountPublicAccessBlock',
  'S3Control.PutPublicAccessBlock': 'PutAccountPublicAccessBlock',
  'S3Control.DeletePublicAccessBlock': 'DeleteAccountPublicAccessBlock',
};
const sources: Record<string, string> = {
  S3: 's3.amazonaws.com',
  S3Control: 's3.amazonaws.com',
  IAM: 'iam.amazonaws.com',
  STS: 'sts.amazonaws.com',
  CloudTrail: 'cloudtrail.amazonaws.com',
  ConfigService: 'config.amazonaws.com',
  GuardDuty: 'guardduty.amazonaws.com',
};
/** Data events: LookupEvents never shows them. */
const dataEvents = /^(Get|Head|Put|Delete|List)Object(s|sV2|Versions|Acl)?$/;
const secrets = ['SecretAccessKey', 'SessionToken'];

/** The form of CloudTrail: keys begin in lower case, times as text, no secrets. */
function recorded(value: unknown): Json {
  if (value === undefined || value === null) return null;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(recorded);
  if (typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key, v]) => v !== undefined && !secrets.includes(key))
        .map(([key, v]) => [key.charAt(0).toLowerCase() + key.slice(1), recorded(v)]),
    );
  return typeof value === 'boolean' || typeof value === 'number' ? value : String(value);
}

function identityOf(world: World, caller: Caller): { [key: string]: Json } {
  const session = {
    creationDate: caller.tokenIssueTime?.toString() ?? null,
    mfaAuthenticated: 'false',
  };
  const base = {
    principalId: caller.userId,
    accountId: caller.account,
    ...(caller.accessKeyId !== undefined && { accessKeyId: caller.accessKeyId }),
  };
  if (caller.type === 'service') return { type: 'AWSService', invokedBy: caller.service ?? '' };
  if (caller.type === 'root') return { ...base, type: 'Root', arn: caller.principalArn ?? '' };
  if (caller.type === 'assumed-role') {
    const role = world.role(caller.principalArn ?? '');
    const issuer = { type: 'Role', principalId: role?.id ?? '', arn: caller.principalArn ?? '' };
    return {
      ...base,
      type: 'AssumedRole',
      arn: caller.sessionArn ?? '',
      sessionContext: {
        sessionIssuer: { ...issuer, accountId: caller.account, userName: role?.name ?? '' },
        attributes: session,
      },
    };
  }
  return {
    ...base,
    type: caller.type === 'federated-user' ? 'FederatedUser' : 'IAMUser',
    arn: caller.principalArn ?? '',
    ...(caller.userName !== undefined && { userName: caller.userName }),
    ...(caller.tokenIssueTime && { sessionContext: { attributes: session } }),
  };
}

/** The name under which LookupEvents lists the caller. */
function usernameOf(caller: Caller): string {
  if (caller.type === 'root') return 'root';
  return caller.userName ?? (caller.sessionArn ?? caller.principalArn)?.split('/').at(-1) ?? caller.userId;
}

/** Appends the management event of one call to the trails of the acting account and of the accounts whose resources it names. */
export function record(
  world: World,
  call: Call,
  what: { service: string; command: string; input: unknown; owners: string[]; output?: unknown; errorCode?: string },
): void {
  const eventSource = sources[what.service];
  const { caller } = call;
  if (eventSource === undefined || caller.type === 'anonymous') return;
  if (what.service === 'S3' && dataEvents.test(what.command)) return;
  const readOnly = /^(Get|List|Head|Describe|Lookup|Assume)/.test(what.command);
  const minting = what.service === 'STS' && what.command !== 'GetCallerIdentity';
  const event: Omit<CloudTrailEvent, 'userIdentity' | 'eventId'> = {
    eventTime: call.now,
    visibleAt: call.now.add({ seconds: lagSeconds }),
    eventSource,
    eventName: eventNames[`${what.service}.${what.command}`] ?? what.command,
    awsRegion: what.service === 'IAM' ? 'us-east-1' : call.region,
    sourceIPAddress: caller.service ?? call.sourceIp,
    username: usernameOf(caller),
    ...(caller.accessKeyId !== undefined && { accessKeyId: caller.accessKeyId }),
    readOnly,
    ...(what.errorCode !== undefined && { errorCode: what.errorCode }),
    requestParameters: recorded(what.input),
    responseElements: readOnly && !minting ? null : recorded(what.output),
    resources: [],
  };
  const own = caller.type === 'service' ? [] : [caller.account];
  for (const account of new Set([...own, ...what.owners])) {
    const foreign = { type: 'AWSAccount', principalId: caller.userId, accountId: caller.account };
    const known = account === caller.account || caller.type === 'service';
    const userIdentity = known ? identityOf(world, caller) : foreign;
    world.accounts.get(account)?.addEvent({ ...event, userIdentity });
  }
}
