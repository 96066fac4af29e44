import { type Policy, type PrincipalEntry, parsePolicy, type Statement } from '../iam/policy.ts';
import type { World } from '../world.ts';
import { allUsers, authenticatedUsers, type Bucket, type Grant, type PublicAccessBlock } from './bucket.ts';

/** Does any grant of the ACL reach everybody, or every AWS account? (S3 user guide, "The meaning of public": ACLs) */
export const isPublicGrant = (grant: Grant): boolean =>
  grant.Grantee.Type === 'Group' && [allUsers, authenticatedUsers].includes(grant.Grantee.URI);

/** What Block Public Access enforces now: a flag counts when the bucket or its account has it (S3 user guide, "Blocking public access"). */
export function effectiveBlock(world: World, bucket: Bucket): PublicAccessBlock {
  const [own, account] = [
    bucket.publicAccessBlock.effective,
    world.account(bucket.account).publicAccessBlock.effective,
  ];
  const either = (flag: keyof PublicAccessBlock) => Boolean(own?.[flag] || account?.[flag]);
  return {
    BlockPublicAcls: either('BlockPublicAcls'),
    IgnorePublicAcls: either('IgnorePublicAcls'),
    BlockPublicPolicy: either('BlockPublicPolicy'),
    RestrictPublicBuckets: either('RestrictPublicBuckets'),
  };
}

/** Keys that make a statement non-public when a positive operator fixes them. */
const fixing = new Set(
  [
    'aws:PrincipalOrgID',
    'aws:PrincipalAccount',
    'aws:PrincipalArn',
    'aws:SourceArn',
    'aws:SourceVpc',
    'aws:SourceVpce',
    'aws:SourceOwner',
    'aws:SourceAccount',
    'aws:userid',
    's3:DataAccessPointAccount',
  ].map((key) => key.toLowerCase()),
);

const isFixed = (value: string): boolean => !/[*?]|\$\{/.test(value);

/** A block narrower than /8 (IPv4) or /32 (IPv6) counts as fixed; so do private addresses. */
function isNarrow(block: string): boolean {
  if (!isFixed(block)) return false;
  const [network = '', bits] = block.split('/');
  if (/^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(network)) return true;
  return bits === undefined || Number(bits) >= (network.includes(':') ? 32 : 8);
}

/** The account of an access point's ARN must be fixed; its name may be `*`. */
const isFixedAccessPoint = (arn: string): boolean => {
  const parts = arn.split(':');
  return isFixed(parts[4] ?? '*') && isFixed(arn.replace(/accesspoint\/\*$/, ''));
};

function isFixingCondition(condition: Statement['conditions'][number]): boolean {
  const key = condition.key.toLowerCase();
  if (key === 'aws:sourceip') return condition.operator === 'IpAddress' && condition.values.every(isNarrow);
  if (!/^(ForAnyValue:)?(StringEquals|StringLike|ArnEquals|ArnLike)$/.test(condition.operator)) return false;
  if (key === 's3:dataaccesspointarn') return condition.values.every(isFixedAccessPoint);
  return fixing.has(key) && condition.values.every(isFixed);
}

const isFixedPrincipal = (entry: PrincipalEntry): boolean => isFixed(entry.value);

/**
 * Is the policy public in the sense of Block Public Access (S3 user guide, "The meaning of public")? Presumed public until
 * every Allow is limited to fixed values; one public statement makes the whole policy public; Deny statements are not weighed.
 */
export function isPublicPolicy(policy: Policy): boolean {
  return policy.statements.some(
    (statement) =>
      statement.effect === 'Allow' &&
      !statement.principals?.every(isFixedPrincipal) &&
      !statement.conditions.some(isFixingCondition),
  );
}

/** The same for a policy's text; an absent policy is not public. */
export const isPublicPolicyText = (text: string | undefined): boolean =>
  text !== undefined && isPublicPolicy(parsePolicy(text, 'resource'));
