import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { sha256 } from '../core/json.ts';
import { type Platform, variable } from './platform.ts';

/** Keeps a raw event in the case bucket, once, under its own hash (it may hold PHI: object keys). Returns the object's name. */
export async function keepRaw(platform: Platform, body: string): Promise<string> {
  const key = `events/${sha256(body)}.json`;
  await putOnce(
    platform,
    variable(platform, 'CASE_BUCKET'),
    platform.environment.RESPONSE_ACCOUNT,
    key,
    body,
    'application/json',
  );
  return key;
}

/** Writes an object that must not exist yet; the same name again is the same content, because names carry the hash. */
export async function putOnce(
  platform: Platform,
  bucket: string,
  owner: string | undefined,
  key: string,
  body: string | Uint8Array,
  contentType: string,
): Promise<void> {
  try {
    await platform.client(S3Client).send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body,
        ContentType: contentType,
        IfNoneMatch: '*',
        ChecksumSHA256: Buffer.from(sha256(body), 'hex').toString('base64'),
        ...(owner ? { ExpectedBucketOwner: owner } : {}),
      }),
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'PreconditionFailed') throw error;
  }
}
