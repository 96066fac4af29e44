import type { Call, Need } from '../kernel.ts';
import type { World } from '../world.ts';
import type { Context } from './patterns.ts';

const principalType = {
  anonymous: 'Anonymous',
  root: 'Account',
  user: 'User',
  'user-session': 'User',
  'federated-user': 'FederatedUser',
  'assumed-role': 'AssumedRole',
  service: 'Service',
} as const;

/** Condition keys of one request (IAM user guide, "AWS global condition context keys"): absent keys are absent, not empty. */
export function contextOf(world: World, need: Need, call: Call): Context {
  const { caller } = call;
  const signed = caller.type !== 'anonymous';
  const organization = signed ? world.accounts.get(caller.account)?.organization : undefined;
  const temporary = caller.tokenIssueTime !== undefined;
  const keys: Record<string, string | readonly string[] | undefined> = {
    'aws:CurrentTime': call.now.toString(),
    'aws:EpochTime': String(Math.floor(call.now.epochMilliseconds / 1000)),
    'aws:SecureTransport': 'true',
    'aws:SourceIp': caller.type === 'service' ? undefined : call.sourceIp,
    'aws:RequestedRegion': call.region,
    'aws:ResourceAccount': need.owner,
    'aws:ResourceOrgID': world.accounts.get(need.owner)?.organization,
    'aws:PrincipalArn': caller.principalArn,
    'aws:PrincipalAccount': signed ? caller.account : 'anonymous',
    'aws:PrincipalOrgID': organization,
    'aws:PrincipalType': principalType[caller.type],
    'aws:userid': caller.userId,
    'aws:username': caller.userName,
    'aws:TokenIssueTime': caller.tokenIssueTime?.toString(),
    'aws:MultiFactorAuthPresent': temporary ? 'false' : undefined,
    'aws:PrincipalIsAWSService': signed ? String(caller.type === 'service') : undefined,
    'aws:PrincipalServiceName': caller.service,
    'aws:ViaAWSService': signed ? 'false' : undefined,
    ...(need.action.startsWith('s3:') && { 's3:ResourceAccount': need.owner }),
    ...(need.action.startsWith('kms:') && { 'kms:CallerAccount': caller.account }),
    ...caller.context,
    ...need.context,
  };
  return new Map(
    Object.entries(keys).flatMap(([key, value]) =>
      value === undefined ? [] : [[key.toLowerCase(), typeof value === 'string' ? [value] : value] as const],
    ),
  );
}
