import { Temporal } from 'temporal-polyfill';
import { rootBehind } from './iam/root.ts';
import { AwsError, type Caller } from './kernel.ts';
import type { Credentials, World } from './world.ts';

/** Which error family a service belongs to: its codes for dead credentials and for denials differ. */
interface Codes {
  unknownKey: [string, number];
  badSignature: [string, number];
  badToken: [string, number];
  expired: [string, number];
  denied: [string, number];
}

const query: Codes = {
  unknownKey: ['InvalidClientTokenId', 403],
  badSignature: ['SignatureDoesNotMatch', 403],
  badToken: ['InvalidClientTokenId', 403],
  expired: ['ExpiredToken', 403],
  denied: ['AccessDenied', 403],
};
const s3: Codes = {
  unknownKey: ['InvalidAccessKeyId', 403],
  badSignature: ['SignatureDoesNotMatch', 403],
  badToken: ['InvalidToken', 400],
  expired: ['ExpiredToken', 400],
  denied: ['AccessDenied', 403],
};
const jsonServices: Codes = {
  unknownKey: ['UnrecognizedClientException', 400],
  badSignature: ['InvalidSignatureException', 403],
  badToken: ['UnrecognizedClientException', 400],
  expired: ['ExpiredTokenException', 400],
  denied: ['AccessDeniedException', 400],
};
const ec2: Codes = {
  unknownKey: ['AuthFailure', 401],
  badSignature: ['AuthFailure', 401],
  badToken: ['AuthFailure', 401],
  expired: ['RequestExpired', 400],
  denied: ['UnauthorizedOperation', 403],
};
const families: Record<string, Codes> = {
  EC2: ec2,
  S3: s3,
  S3Control: s3,
  IAM: query,
  STS: query,
  RDS: query,
  AutoScaling: query,
  ElasticLoadBalancingV2: query,
  SNS: { ...query, denied: ['AuthorizationErrorException', 403] },
};

/** The service's own error for one of these cases. */
export function refusal(service: string, reason: keyof Codes, message: string): AwsError {
  const [code, status] = (families[service] ?? jsonServices)[reason];
  return new AwsError(code, status, message);
}

const unsigned: Caller = { type: 'anonymous', account: 'anonymous', userId: 'anonymous' };

/**
 * Who signed: the caller behind the credentials. Dead credentials (unknown, deactivated, expired, wrong secret) get the
 * service's authentication error, never its AccessDenied. Notes the use of a long-term key.
 */
export function authenticate(world: World, service: string, region: string, credentials: Credentials): Caller {
  const { accessKeyId } = credentials;
  if (accessKeyId === '') return unsigned;
  const session = world.sessions.get(accessKeyId);
  if (session) {
    if (credentials.secretAccessKey !== session.credentials.secretAccessKey)
      throw refusal(service, 'badSignature', 'The request signature does not match the signature provided');
    if (credentials.sessionToken !== session.credentials.sessionToken)
      throw refusal(service, 'badToken', 'The security token included in the request is invalid');
    if (session.expires && Temporal.Instant.compare(session.expires, world.now()) <= 0)
      throw refusal(service, 'expired', 'The security token included in the request is expired');
    return session.caller;
  }
  const root = rootBehind(world, credentials);
  if (root) return root;
  const found = world.accessKey(accessKeyId);
  if (!found || found.key.status.effective === 'Inactive')
    throw refusal(service, 'unknownKey', `The access key ${accessKeyId} does not exist in our records`);
  if (credentials.secretAccessKey !== found.key.secret)
    throw refusal(service, 'badSignature', 'The request signature does not match the signature provided');
  const { user, key } = found;
  key.lastUsed = { at: world.now(), service: service.toLowerCase(), region };
  return {
    type: 'user',
    account: user.account,
    principalArn: user.arn,
    userId: user.id,
    userName: user.name,
    accessKeyId,
  };
}
