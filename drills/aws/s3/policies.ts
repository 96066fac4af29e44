import type { PutBucketPolicyRequest } from '@aws-sdk/client-s3';
import { matches } from '../iam/patterns.ts';
import { type Policy, PolicyError, parsePolicy } from '../iam/policy.ts';
import { AwsError, type Call, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import type { Bucket } from './bucket.ts';
import { effectiveBlock, isPublicPolicy, isPublicPolicyText } from './public.ts';
import { accessDenied, bucketArn, bucketCommand } from './requests.ts';

const malformed = (message: string) => new AwsError('MalformedPolicy', 400, message);

/** Only the owner's account may touch the bucket policy, whatever the policy grants (S3 API reference, PutBucketPolicy). */
function ownAccount(bucket: Bucket, call: Call): void {
  if (call.caller.account !== bucket.account)
    throw new AwsError('MethodNotAllowed', 405, 'The specified method is not allowed against this resource');
}

function storedPolicy(bucket: Bucket): string {
  const text = bucket.policy.stored;
  if (text === undefined) throw new AwsError('NoSuchBucketPolicy', 404, 'The bucket policy does not exist');
  return text;
}

/** A principal of an account of this world must exist: S3 refuses deleted users and roles, and the dead ids that they leave. */
function isValidPrincipal(world: World, value: string): boolean {
  if (value === '*' || /^\d{12}$/.test(value)) return true;
  const [, service, account = '', path = ''] = /^arn:aws[\w-]*:(iam|sts)::(\d{12}):(\S+)$/.exec(value) ?? [];
  if (service === undefined) return false;
  const checked = service === 'iam' && path !== 'root' && world.accounts.has(account);
  return !checked || world.user(value) !== undefined || world.role(value) !== undefined;
}

function checkPrincipals(world: World, policy: Policy): void {
  for (const statement of policy.statements)
    for (const { type, value } of [...(statement.principals ?? []), ...(statement.notPrincipals ?? [])])
      if (type === 'AWS' && !isValidPrincipal(world, value)) throw malformed(`Invalid principal in policy: ${value}`);
}

function checkResources(bucket: Bucket, policy: Policy): void {
  const arn = bucketArn(bucket);
  for (const statement of policy.statements)
    for (const pattern of [...(statement.resources ?? []), ...(statement.notResources ?? [])])
      if (pattern !== arn && !pattern.startsWith(`${arn}/`) && !matches(pattern, arn) && !matches(pattern, `${arn}/`))
        throw malformed(`Policy has invalid resource: ${pattern}`);
}

function put(world: World, bucket: Bucket, text: string | undefined): void {
  let policy: Policy;
  try {
    policy = parsePolicy(text ?? '', 'resource');
  } catch (error) {
    if (error instanceof PolicyError) throw malformed(error.message);
    throw error;
  }
  checkPrincipals(world, policy);
  checkResources(bucket, policy);
  if (effectiveBlock(world, bucket).BlockPublicPolicy && isPublicPolicy(policy))
    throw accessDenied('public policies are prevented by the BlockPublicPolicy setting');
  bucket.policy.set(text);
}

export function policyCommands(world: World): Service {
  return {
    GetBucketPolicy: bucketCommand(world, {
      action: 's3:GetBucketPolicy',
      run(bucket, _input, call) {
        ownAccount(bucket, call);
        return { Policy: storedPolicy(bucket) };
      },
    }),
    PutBucketPolicy: bucketCommand<PutBucketPolicyRequest, void>(world, {
      action: 's3:PutBucketPolicy',
      parameters: ['Policy', 'ChecksumAlgorithm'],
      run(bucket, input, call) {
        ownAccount(bucket, call);
        put(world, bucket, input.Policy);
      },
    }),
    DeleteBucketPolicy: bucketCommand(world, {
      action: 's3:DeleteBucketPolicy',
      run(bucket, _input, call) {
        ownAccount(bucket, call);
        bucket.policy.set(undefined);
      },
    }),
    GetBucketPolicyStatus: bucketCommand(world, {
      action: 's3:GetBucketPolicyStatus',
      run: (bucket) => ({ PolicyStatus: { IsPublic: isPublicPolicyText(storedPolicy(bucket)) } }),
    }),
  };
}
