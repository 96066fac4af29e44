import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { Hindered, TargetNotFound } from '../../core/errors.ts';
import { sha256 } from '../../core/json.ts';
import type { Target } from '../../core/target.ts';
import { bucketOf, readBucket } from '../../platform/bucket.ts';

/** Pages of 1,000 versions that are looked through: at some tenths of a second each within the time that a step has. */
export const mostPages = 60;

/** The parts of an object's target id. */
export interface Named {
  bucket: Target;
  /** SHA-256 of the key */
  hash: string;
  versionId: string;
}

export function named(target: Target): Named {
  const [id = '', hash = '', versionId = ''] = target.id.split('/');
  return { bucket: { ...target, kind: 's3-bucket', id }, hash, versionId };
}

/** One object version. The key stays in memory: it may name a patient, and goes into no state, error, log or record (invariant 9). */
export interface Found {
  Key: string;
  /** the one that a read without a version id gets */
  latest: boolean;
}

const decoded = (key: string) => decodeURIComponent(key.replaceAll('+', ' '));

/** Looks the version up by the hash of its key. Throws TargetNotFound, and Hindered where the bucket is too large to look through. */
export async function find(s3: S3Client, target: Target): Promise<Found> {
  const { bucket, hash, versionId } = named(target);
  let at: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (let page = 0; page < mostPages; page += 1) {
    // keys may hold what XML cannot, so S3 is asked to write them as in a URL
    const list = new ListObjectVersionsCommand({ ...bucketOf(bucket), ...at, EncodingType: 'url' });
    const answer: ListObjectVersionsCommandOutput | null = await readBucket(bucket, s3.send(list));
    for (const { Key = '', VersionId, IsLatest } of answer?.Versions ?? [])
      if (VersionId === versionId && sha256(decoded(Key)) === hash)
        return { Key: decoded(Key), latest: IsLatest === true };
    if (!answer?.IsTruncated)
      throw new TargetNotFound(
        `bucket ${bucket.id} has no version ${versionId} of the object whose key the finding names: it is deleted or replaced`,
      );
    at = { KeyMarker: decoded(answer.NextKeyMarker ?? ''), VersionIdMarker: answer.NextVersionIdMarker };
  }
  throw new Hindered(
    `bucket ${bucket.id} has more than ${mostPages},000 object versions, too many to find the object by the hash of its key: take the key from the finding in the vault, tag the version and deny its reading by hand`,
  );
}
