import type { Temporal } from 'temporal-polyfill';
import { type Json, sha256 } from '../../../lambdas/core/json.ts';
import type { PolicyDocument } from '../iam/principals.ts';
import type { Staged } from '../staged.ts';
import type { Lifecycle } from './lifecycle.ts';

/** The four flags of Block Public Access; absent configuration = all off. */
export interface PublicAccessBlock {
  BlockPublicAcls: boolean;
  IgnorePublicAcls: boolean;
  BlockPublicPolicy: boolean;
  RestrictPublicBuckets: boolean;
}

export type Permission = 'READ' | 'WRITE' | 'READ_ACP' | 'WRITE_ACP' | 'FULL_CONTROL';

/** One ACL grant in the form of the SDK. */
export type Grant = {
  Grantee: { Type: 'CanonicalUser'; ID: string } | { Type: 'Group'; URI: string };
  Permission: Permission;
};

export type CannedAcl =
  | 'private'
  | 'public-read'
  | 'public-read-write'
  | 'authenticated-read'
  | 'log-delivery-write'
  | 'bucket-owner-read'
  | 'bucket-owner-full-control';

export type ObjectOwnership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter';

/** Default encryption: S3's own keys, or a customer key. */
export type Encryption = 'sse-s3' | { keyArn: string };

export interface Retention {
  mode: 'GOVERNANCE' | 'COMPLIANCE';
  until: Temporal.Instant;
}

export interface ObjectVersion {
  versionId: string;
  /** a delete marker holds no bytes */
  deleteMarker: boolean;
  body: Uint8Array;
  modified: Temporal.Instant;
  /** account that owns the object; without BucketOwnerEnforced it can be another than the bucket's */
  owner: string;
  acl: Staged<readonly Grant[]>;
  encryption: Encryption;
  /** fingerprint of the customer's own key (SSE-C), without which nobody reads it */
  customerKey?: string;
  retention?: Retention;
  legalHold: boolean;
  tags: Record<string, string>;
  contentType: string;
  metadata: Record<string, string>;
}

/** Server access logging in the form of the SDK. */
export interface AccessLogging {
  TargetBucket: string;
  TargetPrefix: string;
  TargetObjectKeyFormat?: { SimplePrefix?: object; PartitionedPrefix?: { PartitionDateSource?: string } };
}

export interface Bucket {
  name: string;
  account: string;
  region: string;
  created: Temporal.Instant;
  policy: Staged<string | undefined>;
  publicAccessBlock: Staged<PublicAccessBlock | undefined>;
  acl: Staged<readonly Grant[]>;
  /** absent: a bucket from before ownership controls, which behaves as ObjectWriter */
  ownership: Staged<ObjectOwnership | undefined>;
  encryption: Encryption;
  versioning: 'Enabled' | 'Suspended' | undefined;
  /** `enabled` without a rule: Object Lock without default retention */
  objectLock: { rule?: { mode: 'GOVERNANCE' | 'COMPLIANCE'; days: number } } | undefined;
  website: { IndexDocument: string; ErrorDocument?: string } | undefined;
  /** the ReplicationConfiguration in the form of the SDK */
  replication: Json | undefined;
  lifecycle: Lifecycle | undefined;
  logging: AccessLogging | undefined;
  tags: Record<string, string>;
  /** per key, oldest first */
  objects: Map<string, ObjectVersion[]>;
}

export interface BucketSeed {
  name: string;
  region: string;
  policy?: PolicyDocument;
  publicAccessBlock?: Partial<PublicAccessBlock>;
  acl?: CannedAcl | readonly Grant[];
  /** BucketOwnerEnforced if absent, as for buckets made since April 2023; 'none' for buckets without ownership controls */
  ownership?: ObjectOwnership | 'none';
  encryption?: Encryption;
  versioning?: 'Enabled' | 'Suspended';
  /** `true`: lock without default retention */
  objectLock?: true | { mode: 'GOVERNANCE' | 'COMPLIANCE'; days: number };
  website?: { IndexDocument: string; ErrorDocument?: string };
  replication?: Json;
  lifecycle?: Lifecycle;
  logging?: AccessLogging;
  tags?: Record<string, string>;
  objects?: ObjectSeed[];
}

export interface ObjectSeed {
  key: string;
  body: string | Uint8Array;
  /** a new one if absent; `null` without versioning */
  versionId?: string;
  acl?: CannedAcl | readonly Grant[];
  /** account that owns the object; the bucket's if absent */
  owner?: string;
  encryption?: Encryption;
  tags?: Record<string, string>;
  contentType?: string;
}

export const allUsers = 'http://acs.amazonaws.com/groups/global/AllUsers';
export const authenticatedUsers = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers';
export const logDelivery = 'http://acs.amazonaws.com/groups/s3/LogDelivery';

/** The canonical user id of an account: 64 hex digits, here derived from the account id. */
export function canonicalId(account: string): string {
  return sha256(`canonical user of ${account}`);
}

const group = (URI: string, Permission: Permission): Grant => ({ Grantee: { Type: 'Group', URI }, Permission });
const owner = (account: string, Permission: Permission = 'FULL_CONTROL'): Grant => ({
  Grantee: { Type: 'CanonicalUser', ID: canonicalId(account) },
  Permission,
});

/** The grants of a canned ACL (S3 user guide, "Access control list overview": canned ACL). */
export function cannedGrants(canned: CannedAcl, ownerAccount: string, bucketAccount = ownerAccount): Grant[] {
  const grants: Record<CannedAcl, Grant[]> = {
    private: [],
    'public-read': [group(allUsers, 'READ')],
    'public-read-write': [group(allUsers, 'READ'), group(allUsers, 'WRITE')],
    'authenticated-read': [group(authenticatedUsers, 'READ')],
    'log-delivery-write': [group(logDelivery, 'WRITE'), group(logDelivery, 'READ_ACP')],
    'bucket-owner-read': [owner(bucketAccount, 'READ')],
    'bucket-owner-full-control': ownerAccount === bucketAccount ? [] : [owner(bucketAccount)],
  };
  return [owner(ownerAccount), ...grants[canned]];
}

/** What a whole-account comparison sees of a bucket: everything stored, objects by hash, no times. */
export function storedBucket(bucket: Bucket): { [key: string]: Json } {
  const versions = ([key, list]: [string, ObjectVersion[]]): Json =>
    list.map((version) => ({
      key,
      versionId: version.versionId,
      deleteMarker: version.deleteMarker,
      sha256: sha256(version.body),
      owner: version.owner,
      acl: [...version.acl.stored],
      encryption: version.encryption,
      customerKey: version.customerKey ?? null,
      retention: version.retention ? { mode: version.retention.mode, until: version.retention.until.toString() } : null,
      legalHold: version.legalHold,
      tags: { ...version.tags },
      contentType: version.contentType,
      metadata: { ...version.metadata },
    })) as Json;
  return {
    name: bucket.name,
    region: bucket.region,
    policy: bucket.policy.stored ?? null,
    publicAccessBlock: bucket.publicAccessBlock.stored ? { ...bucket.publicAccessBlock.stored } : null,
    acl: [...bucket.acl.stored],
    ownership: bucket.ownership.stored ?? null,
    encryption: bucket.encryption,
    versioning: bucket.versioning ?? null,
    objectLock: bucket.objectLock ? { rule: bucket.objectLock.rule ? { ...bucket.objectLock.rule } : null } : null,
    website: bucket.website ? { ...bucket.website } : null,
    replication: bucket.replication ?? null,
    lifecycle: bucket.lifecycle ? { ...bucket.lifecycle } : null,
    logging: (structuredClone(bucket.logging) ?? null) as Json,
    tags: { ...bucket.tags },
    objects: [...bucket.objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(versions),
  };
}
