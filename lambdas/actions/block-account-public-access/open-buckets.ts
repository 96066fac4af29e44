import { GetBucketWebsiteCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { Foreseen } from '../../core/errors.ts';
import type { Target } from '../../core/target.ts';
import type { Member } from '../../platform/action.ts';
import { bucketOf, readBucket, readFlags, readPolicyIsPublic } from '../../platform/bucket.ts';

/** Who would notice an account-wide block: buckets that are public by their policy now. */
export type OpenBuckets = {
  open: { bucket: string; website: boolean }[];
  /** buckets that were not looked at, or could not be read; more than so many are never asked */
  unread: number;
};

/** An account may have 10,000 buckets; the approver must not wait for all of them. */
const most = 200;
const atOnce = 20;

/** Reads the policy status of the account's first buckets by name. Public by ACL alone is not seen: that would be a call per object. */
export async function openBuckets(target: Target, member: Member): Promise<OpenBuckets> {
  const { Buckets = [], ContinuationToken } = await member
    .client(S3Client)
    .send(new ListBucketsCommand({ MaxBuckets: most }));
  const found: OpenBuckets = { open: [], unread: ContinuationToken === undefined ? 0 : 1 };
  for (let first = 0; first < Buckets.length; first += atOnce)
    await Promise.all(
      Buckets.slice(first, first + atOnce).map(async ({ Name = '', BucketRegion = target.region }) => {
        const bucket: Target = { kind: 's3-bucket', id: Name, account: target.account, region: BucketRegion };
        const s3 = member.client(S3Client, BucketRegion);
        try {
          if (await isOpen(s3, bucket)) found.open.push({ bucket: Name, website: await isWebsite(s3, bucket) });
        } catch (error) {
          if (!(error instanceof Foreseen)) throw error;
          found.unread += 1;
        }
      }),
    );
  found.open.sort((a, b) => (a.bucket < b.bucket ? -1 : 1));
  return found;
}

async function isOpen(s3: S3Client, bucket: Target): Promise<boolean> {
  return (await readPolicyIsPublic(s3, bucket)) && !(await readFlags(s3, bucket))?.RestrictPublicBuckets;
}

async function isWebsite(s3: S3Client, bucket: Target): Promise<boolean> {
  const call = s3.send(new GetBucketWebsiteCommand(bucketOf(bucket)));
  return (await readBucket(bucket, call, 'NoSuchWebsiteConfiguration')) !== null;
}
