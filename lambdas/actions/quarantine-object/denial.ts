import { type Json, type JsonObject, sha256 } from '../../core/json.ts';
import { ownRoleArns } from '../../core/own-roles.ts';
import { statementsOf, withoutStatements } from '../../core/policy.ts';
import { equal } from '../../core/standing.ts';
import { type Target, targetArn } from '../../core/target.ts';
import { type OwnStatement, ownStatement, withStatement } from '../../platform/bucket-statement.ts';

/** The name by which our statement is found again in a policy. */
export const sid = 'TourniquetQuarantine';

/** The condition key is the tag of the version that is read or tagged. */
const tagOf = 's3:ExistingObjectTag/tourniquet-quarantine';

/** Does our statement name this object: no, yes, or is it not as we write it? */
export type Denied = 'no' | 'yes' | 'altered';

/** What stands for this object version as tag and in the policy; short, so that a policy holds many (S3 takes 20 KB). */
export const digestOf = (target: Target): string => sha256(target.id).slice(0, 32);

/**
 * One statement for all quarantined versions of a bucket: its list is its own count of who needs it, so letting one go never lets
 * another go. Overwriting and deleting cannot be denied by tag (S3 user guide, "Tagging and access control policies"); versioning and
 * Object Lock are for that. Nor can replication: s3:GetObjectVersionForReplication has no tag condition (Service Authorization
 * Reference), so a deny of it here would never match, or S3 would refuse the whole text.
 */
function denial(target: Target, partition: string, digests: readonly string[]): OwnStatement {
  return {
    Sid: sid,
    Effect: 'Deny',
    Principal: '*',
    Action: [
      's3:GetObject',
      's3:GetObjectVersion',
      's3:PutObjectTagging',
      's3:PutObjectVersionTagging',
      's3:DeleteObjectTagging',
      's3:DeleteObjectVersionTagging',
    ],
    Resource: `${targetArn(target, partition)}/*`,
    Condition: {
      StringEquals: { [tagOf]: [...digests] },
      ArnNotEquals: { 'aws:PrincipalArn': ownRoleArns(target.account, partition) },
    },
  };
}

/** The digests in our statement, sorted; [] where there is none. */
function digestsIn(policy: string | null): string[] {
  const condition = ownStatement(policy, sid)?.Condition as { StringEquals?: JsonObject } | undefined;
  const listed: Json = condition?.StringEquals?.[tagOf] ?? [];
  return [listed].flat().map(String).sort();
}

export function deniedIn(policy: string | null, target: Target, partition: string): Denied {
  const stands = ownStatement(policy, sid);
  if (stands === null) return 'no';
  const digests = digestsIn(policy);
  const ours = ownStatement(withStatement(null, denial(target, partition, digests)), sid);
  if (!equal(stands, ours)) return 'altered';
  return digests.includes(digestOf(target)) ? 'yes' : 'no';
}

/** The policy with this object named in our statement. */
export function withDigest(policy: string | null, target: Target, partition: string): string {
  const digests = [...new Set([...digestsIn(policy), digestOf(target)])].sort();
  return withStatement(policy, denial(target, partition, digests));
}

/** The policy with this object no longer named; the statement goes with the last one. Null when none is left. */
export function withoutDigest(policy: string | null, target: Target, partition: string): string | null {
  const digests = digestsIn(policy).filter((digest) => digest !== digestOf(target));
  if (digests.length > 0) return withStatement(policy, denial(target, partition, digests));
  const places = statementsOf(policy).flatMap((s) => (s.sid === sid ? [s.index] : []));
  return policy === null ? null : withoutStatements(policy, new Set(places));
}
