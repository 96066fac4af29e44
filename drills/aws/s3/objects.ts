import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { DeleteObjectRequest, GetObjectRequest } from '@aws-sdk/client-s3';
import { Temporal } from 'temporal-polyfill';
import { AwsError, type Call, type Command, type Need, NotModelled, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { objectOwner } from './access.ts';
import type { Bucket, ObjectVersion } from './bucket.ts';
import { customerKeyParameters } from './customerKeys.ts';
import { type Found, keyOf, type ObjectInput, objectArn, objectCommand, versionIn } from './objectRequests.ts';
import { putObject } from './put.ts';
import { accessDenied, bucketOf, given } from './requests.ts';

export const etagOf = (body: Uint8Array): string => `"${createHash('md5').update(body).digest('hex')}"`;
export const checksumOf = (body: Uint8Array): string => createHash('sha256').update(body).digest('base64');
const dateOf = (instant: Temporal.Instant): Date => new Date(instant.epochMilliseconds);

/** The fields that GetObject and HeadObject share. */
function described({ version }: Found, input: { ChecksumMode?: string }): object {
  const { encryption, retention } = version;
  return {
    ContentLength: version.body.byteLength,
    ContentType: version.contentType,
    ETag: etagOf(version.body),
    LastModified: dateOf(version.modified),
    VersionId: version.versionId === 'null' ? undefined : version.versionId,
    Metadata: { ...version.metadata },
    ServerSideEncryption: encryption === 'sse-s3' ? 'AES256' : 'aws:kms',
    SSEKMSKeyId: encryption === 'sse-s3' ? undefined : encryption.keyArn,
    ObjectLockMode: retention?.mode,
    ObjectLockRetainUntilDate: retention && dateOf(retention.until),
    ObjectLockLegalHoldStatus: version.legalHold ? 'ON' : undefined,
    ChecksumSHA256: input.ChecksumMode === 'ENABLED' ? checksumOf(version.body) : undefined,
  };
}

/** A body as the SDK gives it: a stream with the transform methods. */
function bodyOf(bytes: Uint8Array): Readable {
  return Object.assign(Readable.from([Buffer.from(bytes)]), {
    transformToByteArray: async () => Uint8Array.from(bytes),
    transformToString: async (encoding: BufferEncoding = 'utf8') => Buffer.from(bytes).toString(encoding),
  });
}

/** `bytes=a-b` or `bytes=a-`: the last byte may lie behind the end, the first may not (RFC 9110 §14.1.2; GetObject reference). */
function contentOf(body: Uint8Array, range: string | undefined): object {
  if (range === undefined) return { Body: bodyOf(body) };
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
  if (first === undefined) throw new NotModelled(`the byte range ${range}; modelled: bytes=a-b and bytes=a-`);
  const from = Number(first);
  if (from >= body.byteLength) throw new AwsError('InvalidRange', 416, 'The requested range is not satisfiable');
  const to = Math.min(last ? Number(last) : Number.POSITIVE_INFINITY, body.byteLength - 1);
  const part = body.subarray(from, to + 1);
  return {
    Body: bodyOf(part),
    ContentLength: part.byteLength,
    ContentRange: `bytes ${from}-${to}/${body.byteLength}`,
    AcceptRanges: 'bytes',
  };
}

const readAction = (input: ObjectInput) => (input.VersionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion');

/** Retention or legal hold that a delete of this version must respect. */
function isLocked(version: ObjectVersion, bypass: boolean, call: Call): boolean {
  if (version.legalHold) return true;
  const { retention } = version;
  if (!retention || Temporal.Instant.compare(retention.until, call.now) <= 0) return false;
  return retention.mode === 'COMPLIANCE' || !bypass;
}

function deleteVersion(bucket: Bucket, input: DeleteObjectRequest, call: Call): object {
  const version = versionIn(bucket, input);
  if (version && isLocked(version, input.BypassGovernanceRetention ?? false, call))
    throw accessDenied('Access Denied because object protected by object lock.');
  const rest = (bucket.objects.get(keyOf(input)) ?? []).filter((other) => other !== version);
  if (rest.length > 0) bucket.objects.set(keyOf(input), rest);
  else bucket.objects.delete(keyOf(input));
  return { VersionId: input.VersionId, DeleteMarker: version?.deleteMarker || undefined };
}

/** Without a version id a versioned bucket only gains a delete marker. */
function deleteNewest(world: World, bucket: Bucket, input: DeleteObjectRequest): object {
  const key = keyOf(input);
  if (bucket.versioning === undefined) {
    bucket.objects.delete(key);
    return {};
  }
  const marker = world.account(bucket.account).addObject(bucket, { key, body: '' });
  marker.deleteMarker = true;
  return { DeleteMarker: true, VersionId: marker.versionId };
}

function deleteObject(world: World): Command<DeleteObjectRequest, object> {
  return {
    parameters: ['Bucket', 'Key', 'VersionId', 'BypassGovernanceRetention', 'ExpectedBucketOwner'],
    needs(input, call): Need[] {
      const bucket = bucketOf(world, input, call);
      const owner = objectOwner(bucket, versionIn(bucket, input));
      const need = {
        resource: objectArn(bucket, keyOf(input)),
        owner,
        context: given({ 's3:VersionId': input.VersionId }),
      };
      const action = input.VersionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
      return [
        { action, ...need },
        ...(input.BypassGovernanceRetention ? [{ action: 's3:BypassGovernanceRetention', ...need }] : []),
      ];
    },
    run(input, call) {
      const bucket = bucketOf(world, input, call);
      return input.VersionId === undefined ? deleteNewest(world, bucket, input) : deleteVersion(bucket, input, call);
    },
  };
}

export function objectCommands(world: World): Service {
  return {
    GetObject: objectCommand<GetObjectRequest, object>(world, {
      action: readAction,
      parameters: ['ChecksumMode', 'Range', ...customerKeyParameters],
      decrypts: true,
      run: (found, input) => ({ ...described(found, input), ...contentOf(found.version.body, input.Range) }),
    }),
    HeadObject: objectCommand<GetObjectRequest, object>(world, {
      action: readAction,
      parameters: ['ChecksumMode', ...customerKeyParameters],
      decrypts: true,
      run: described,
    }),
    PutObject: putObject(world),
    DeleteObject: deleteObject(world),
  };
}
