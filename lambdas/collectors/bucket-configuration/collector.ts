import {
  GetBucketAclCommand,
  GetBucketEncryptionCommand,
  GetBucketLoggingCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetBucketReplicationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetBucketWebsiteCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { TargetForeign, TargetNotFound } from '../../core/errors.ts';
import { canonical, type Json } from '../../core/json.ts';
import type { Collector } from '../../platform/action.ts';
import { isAnswer } from '../../platform/aws-error.ts';
import { type Bucketed, bucketOf, readAccountFlags, readBucket } from '../../platform/bucket.ts';

/** A part of the configuration: its value, `absent`, or why it could not be read. */
export type Part = { value: Json } | { absent: true } | { error: string };

const denied = 'AccessDenied';

type Read = (s3: S3Client, bucket: Bucketed) => Promise<object>;

/** How each part is read, and the code by which S3 says that there is none. */
const parts: Record<string, { absent?: string; read: Read }> = {
  policy: { absent: 'NoSuchBucketPolicy', read: (s3, b) => s3.send(new GetBucketPolicyCommand(b)) },
  policyStatus: { absent: 'NoSuchBucketPolicy', read: (s3, b) => s3.send(new GetBucketPolicyStatusCommand(b)) },
  acl: { read: (s3, b) => s3.send(new GetBucketAclCommand(b)) },
  publicAccessBlock: {
    absent: 'NoSuchPublicAccessBlockConfiguration',
    read: (s3, b) => s3.send(new GetPublicAccessBlockCommand(b)),
  },
  ownership: {
    absent: 'OwnershipControlsNotFoundError',
    read: (s3, b) => s3.send(new GetBucketOwnershipControlsCommand(b)),
  },
  website: { absent: 'NoSuchWebsiteConfiguration', read: (s3, b) => s3.send(new GetBucketWebsiteCommand(b)) },
  replication: {
    absent: 'ReplicationConfigurationNotFoundError',
    read: (s3, b) => s3.send(new GetBucketReplicationCommand(b)),
  },
  logging: { read: (s3, b) => s3.send(new GetBucketLoggingCommand(b)) },
  versioning: { read: (s3, b) => s3.send(new GetBucketVersioningCommand(b)) },
  encryption: {
    absent: 'ServerSideEncryptionConfigurationNotFoundError',
    read: (s3, b) => s3.send(new GetBucketEncryptionCommand(b)),
  },
  tags: { absent: 'NoSuchTagSet', read: (s3, b) => s3.send(new GetBucketTaggingCommand(b)) },
  objectLock: {
    absent: 'ObjectLockConfigurationNotFoundError',
    read: (s3, b) => s3.send(new GetObjectLockConfigurationCommand(b)),
  },
};

async function part(answer: Promise<object | null>): Promise<Part> {
  try {
    const { $metadata: _, ...value } = ((await answer) ?? {}) as Record<string, unknown>;
    if (Object.keys(value).length === 0) return { absent: true };
    return { value: JSON.parse(JSON.stringify(value)) as Json };
  } catch (error) {
    // a bucket that is not there fails the whole collection; anything else than an answer of AWS is a fault of ours
    if (error instanceof TargetNotFound || !(error instanceof TargetForeign || isAnswer(error))) throw error;
    return { error: error instanceof TargetForeign ? denied : error.name };
  }
}

function summary(bucket: string, read: Record<string, Part>): string {
  const is = (name: string, word: string) => {
    const one = read[name] ?? { absent: true };
    return `${word} ${'value' in one ? 'present' : 'error' in one ? 'unreadable' : 'absent'}`;
  };
  const status = read.policyStatus && 'value' in read.policyStatus ? (read.policyStatus.value as PolicyStatus) : {};
  const unknown = read.policyStatus && 'error' in read.policyStatus;
  const verdict = unknown ? 'unknown' : status.PolicyStatus?.IsPublic ? 'public' : 'not public';
  return `Configuration of bucket ${bucket}: ${is('policy', 'policy')} (${verdict} by AWS's verdict), ${is('publicAccessBlock', 'public access block')}, ${is('website', 'website')}, ${is('replication', 'replication')}, ${is('logging', 'access log')}.`;
}

type PolicyStatus = { PolicyStatus?: { IsPublic?: boolean } };

const collector: Collector = {
  async collect(target, member) {
    const s3 = member.client(S3Client);
    const answers = Object.entries(parts).map(async ([name, { absent, read }]) => {
      const codes = absent === undefined ? [] : [absent];
      return [name, await part(readBucket(target, read(s3, bucketOf(target)), ...codes))] as const;
    });
    const own = await Promise.all(answers);
    if (own.every(([, one]) => 'error' in one && one.error === denied))
      throw new TargetForeign(
        `bucket ${target.id} answers 403 to account ${target.account}: another account owns it, or the observer lacks its permissions`,
      );
    const account = ['accountPublicAccessBlock', await part(readAccountFlags(target, member))] as const;
    const read = Object.fromEntries([...own, account]);
    const failed = Object.entries(read).filter(([, one]) => 'error' in one);
    return {
      body: new TextEncoder().encode(canonical({ bucket: target.id, account: target.account, configuration: read })),
      contentType: 'application/json',
      summary: summary(target.id, read),
      coverage: {
        level: failed.length === 0 ? 'complete' : 'partial',
        notes: failed.map(([name, one]) => `${name} could not be read: ${'error' in one ? one.error : ''}`),
        to: member.now().toString(),
      },
      footholds: [],
    };
  },
};
export default collector;
