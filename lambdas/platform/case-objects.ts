import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type Platform, variable } from './platform.ts';
import { putOnce } from './raw.ts';

/** The whole of an object, or the bytes `from` up to but without `to`. */
export interface Part {
  version?: string;
  from?: number;
  to?: number;
}

/**
 * Bytes of an object of the case bucket, and how long the whole object is. A range that begins behind its end gives none.
 * Throws what S3 throws; the handler passes on names only (an object's name may be a person's).
 */
export async function readObject(
  platform: Platform,
  key: string,
  { version, from, to }: Part = {},
): Promise<{ bytes: Buffer; whole: number }> {
  const { Body, ContentRange, ContentLength } = await platform.client(S3Client).send(
    new GetObjectCommand({
      Bucket: variable(platform, 'CASE_BUCKET'),
      Key: key,
      ExpectedBucketOwner: platform.environment.RESPONSE_ACCOUNT,
      ...(version === undefined ? {} : { VersionId: version }),
      ...(from === undefined ? {} : { Range: `bytes=${from}-${to === undefined ? '' : to - 1}` }),
    }),
  );
  const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
  return { bytes, whole: Number(/\/(\d+)$/.exec(ContentRange ?? '')?.[1] ?? ContentLength ?? bytes.length) };
}

/** Writes an object of the case bucket once: the same name again is the same content. */
export async function keepObject(platform: Platform, key: string, body: string, contentType: string): Promise<void> {
  const owner = platform.environment.RESPONSE_ACCOUNT;
  await putOnce(platform, variable(platform, 'CASE_BUCKET'), owner, key, body, contentType);
}
