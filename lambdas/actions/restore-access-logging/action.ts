import {
  GetBucketLoggingCommand,
  ListBucketsCommand,
  type LoggingEnabled,
  PutBucketLoggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { TargetForeign, TargetNotFound } from '../../core/errors.ts';
import type { Json } from '../../core/json.ts';
import type { Target } from '../../core/target.ts';
import type { Member } from '../../platform/action.ts';
import { bucketOf, readBucket } from '../../platform/bucket.ts';
import { type Parts, restoring } from '../../platform/restoration.ts';

async function loggingOf(s3: S3Client, target: Target): Promise<Parts> {
  const answer = await readBucket(target, s3.send(new GetBucketLoggingCommand(bucketOf(target))));
  const logging = answer?.LoggingEnabled;
  return logging ? { logging: JSON.parse(JSON.stringify(logging)) as Json } : {};
}

function goal(live: Parts, recorded: Parts | null, target: Target): Parts | string {
  if (recorded?.logging) return { logging: recorded.logging };
  if (live.logging) return {};
  return `bucket ${target.id} logs access nowhere, and no place was recorded: name one by hand, a bucket of this account and Region that the attacker cannot empty`;
}

/** One that may not be read is told as a gap when it is captured, and hinders no other. */
async function logs(s3: S3Client, target: Target): Promise<boolean> {
  try {
    return (await loggingOf(s3, target)).logging !== undefined;
  } catch (error) {
    if (error instanceof TargetForeign) return true;
    if (error instanceof TargetNotFound) return false;
    throw error;
  }
}

/** The buckets of the Region that log now: of one that was switched off the last record stays. */
async function survey(member: Member): Promise<Target[]> {
  const s3 = member.client(S3Client);
  const logging: Target[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(new ListBucketsCommand({ MaxBuckets: 1000, ContinuationToken }));
    for (const { Name: id = '', BucketRegion } of page.Buckets ?? []) {
      const target: Target = { kind: 's3-bucket', id, account: member.account, region: member.region };
      if (BucketRegion === member.region && (await logs(s3, target))) logging.push(target);
    }
    ContinuationToken = page.ContinuationToken;
  } while (ContinuationToken !== undefined);
  return logging;
}

export default restoring({
  noun: 'the access log of bucket',
  read: (target, member) => loggingOf(member.client(S3Client), target),
  goal,
  async write(target, member, _live, to) {
    const LoggingEnabled = to.logging ? (to.logging as unknown as LoggingEnabled) : undefined;
    await member
      .client(S3Client)
      .send(new PutBucketLoggingCommand({ ...bucketOf(target), BucketLoggingStatus: { LoggingEnabled } }));
  },
  show: (_part, value) => [`to bucket ${(value as { TargetBucket?: string }).TargetBucket ?? ''}`],
  hindrances: {
    InvalidTargetBucketForLogging:
      'The bucket that the logs went to is gone, or elsewhere: make it again in this account and Region, or name another by hand.',
  },
  survey,
});
