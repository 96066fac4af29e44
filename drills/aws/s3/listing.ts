import type { ListObjectsV2Request, ListObjectVersionsRequest } from '@aws-sdk/client-s3';
import { AwsError, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import type { Bucket, ObjectVersion } from './bucket.ts';
import { etagOf } from './objects.ts';
import { bucketCommand } from './requests.ts';

/** Keys in UTF-8 binary order (S3 user guide, "Listing object keys"). */
function keysOf(bucket: Bucket, prefix = ''): string[] {
  return [...bucket.objects.keys()]
    .filter((key) => key.startsWith(prefix))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** At most 1,000 per page. */
const pageSize = (max: number | undefined): number => Math.min(max ?? 1000, 1000);

const entry = (key: string, version: ObjectVersion) => ({
  Key: key,
  LastModified: new Date(version.modified.epochMilliseconds),
  ETag: etagOf(version.body),
  Size: version.body.byteLength,
  StorageClass: 'STANDARD',
});

function after(input: ListObjectsV2Request): string | undefined {
  if (input.ContinuationToken === undefined) return input.StartAfter;
  const key = Buffer.from(input.ContinuationToken, 'base64url').toString('utf8');
  if (key === '') throw new AwsError('InvalidArgument', 400, 'The continuation token provided is incorrect');
  return key;
}

function listObjects(bucket: Bucket, input: ListObjectsV2Request): object {
  const start = after(input);
  const all = keysOf(bucket, input.Prefix).flatMap((key) => {
    const version = bucket.objects.get(key)?.at(-1);
    const passed = start !== undefined && Buffer.compare(Buffer.from(key), Buffer.from(start)) <= 0;
    return version && !version.deleteMarker && !passed ? [entry(key, version)] : [];
  });
  const page = all.slice(0, pageSize(input.MaxKeys));
  const IsTruncated = page.length < all.length;
  return {
    Name: bucket.name,
    Prefix: input.Prefix ?? '',
    MaxKeys: pageSize(input.MaxKeys),
    KeyCount: page.length,
    Contents: page.length > 0 ? page : undefined,
    IsTruncated,
    ContinuationToken: input.ContinuationToken,
    NextContinuationToken: IsTruncated ? Buffer.from(page.at(-1)?.Key ?? '').toString('base64url') : undefined,
  };
}

/** As S3 writes keys for `EncodingType: url`. */
const encoded = (key: string) => encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');

function listVersions(bucket: Bucket, input: ListObjectVersionsRequest): object {
  const written = input.EncodingType === 'url' ? encoded : (key: string) => key;
  const all = keysOf(bucket, input.Prefix).flatMap((key) =>
    [...(bucket.objects.get(key) ?? [])].reverse().map((version, index) => ({ key, version, IsLatest: index === 0 })),
  );
  const marked = all.findLastIndex(
    ({ key, version }) =>
      key === input.KeyMarker && (input.VersionIdMarker === undefined || version.versionId === input.VersionIdMarker),
  );
  const rest = all.slice(marked + 1);
  const page = rest.slice(0, pageSize(input.MaxKeys));
  const IsTruncated = page.length < rest.length;
  const shown = (marker: boolean) =>
    page
      .filter(({ version }) => version.deleteMarker === marker)
      .map(({ key, version, IsLatest }) => ({
        ...(marker ? { LastModified: new Date(version.modified.epochMilliseconds) } : entry(key, version)),
        Key: written(key),
        VersionId: version.versionId,
        IsLatest,
      }));
  return {
    Name: bucket.name,
    Versions: shown(false),
    DeleteMarkers: shown(true),
    IsTruncated,
    EncodingType: input.EncodingType,
    NextKeyMarker: IsTruncated ? written(page.at(-1)?.key ?? '') : undefined,
    NextVersionIdMarker: IsTruncated ? page.at(-1)?.version.versionId : undefined,
  };
}

const listContext = (input: { Prefix?: string | undefined; MaxKeys?: number | undefined }) => ({
  's3:prefix': input.Prefix,
  's3:max-keys': input.MaxKeys === undefined ? undefined : String(input.MaxKeys),
});

export function listCommands(world: World): Service {
  return {
    ListObjectsV2: bucketCommand<ListObjectsV2Request, object>(world, {
      action: 's3:ListBucket',
      parameters: ['Prefix', 'MaxKeys', 'ContinuationToken', 'StartAfter'],
      context: listContext,
      run: listObjects,
    }),
    ListObjectVersions: bucketCommand<ListObjectVersionsRequest, object>(world, {
      action: 's3:ListBucketVersions',
      parameters: ['Prefix', 'MaxKeys', 'KeyMarker', 'VersionIdMarker', 'EncodingType'],
      context: listContext,
      run: listVersions,
    }),
  };
}
