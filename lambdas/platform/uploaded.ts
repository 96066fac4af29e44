import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { type Platform, variable } from './platform.ts';

export interface Uploaded {
  version: string;
  /** bytes */
  size: number | undefined;
  /** ISO instant */
  uploadedAt: string | undefined;
}

/**
 * The newest version of an object of the case bucket, or undefined where there is none (never was, or was deleted). From the list of
 * versions and not from the object: IAM has one action for reading an object and its headers, and who asks here may not read.
 */
export async function newestUpload(platform: Platform, object: string): Promise<Uploaded | undefined> {
  const { Versions: versions = [] } = await platform.client(S3Client).send(
    new ListObjectVersionsCommand({
      Bucket: variable(platform, 'CASE_BUCKET'),
      // of all that begin so the name itself sorts first, and of its versions the newest
      Prefix: object,
      MaxKeys: 1,
      ExpectedBucketOwner: platform.environment.RESPONSE_ACCOUNT,
    }),
  );
  const newest = versions.find(({ Key, IsLatest }) => Key === object && IsLatest);
  return newest?.VersionId
    ? { version: newest.VersionId, size: newest.Size, uploadedAt: newest.LastModified?.toISOString() }
    : undefined;
}
