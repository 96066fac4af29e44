import { authorise } from '../iam/authorise.ts';
import { AwsError, type Call, type Command, type Need } from '../kernel.ts';
import { requireUsable } from '../kms/key.ts';
import type { World } from '../world.ts';
import { newest, objectOwner } from './access.ts';
import type { Bucket, Encryption, ObjectVersion } from './bucket.ts';
import { type CustomerKey, requireCustomerKey } from './customerKeys.ts';
import { accessDenied, type BucketInput, bucketArn, bucketOf, given } from './requests.ts';

export interface ObjectInput extends BucketInput {
  Key?: string | undefined;
  VersionId?: string | undefined;
}

export interface Found {
  bucket: Bucket;
  version: ObjectVersion;
}

export const objectArn = (bucket: Bucket, key: string): string => `${bucketArn(bucket)}/${key}`;

/** The key's name: 1 to 1,024 bytes of UTF-8 (S3 user guide, "Naming Amazon S3 objects"). */
export function keyOf(input: ObjectInput): string {
  const key = input.Key ?? '';
  if (key === '') throw new AwsError('InvalidArgument', 400, 'a key must not be empty');
  if (Buffer.byteLength(key) > 1024) throw new AwsError('KeyTooLongError', 400, 'Your key is too long');
  return key;
}

export function versionIn(bucket: Bucket, input: ObjectInput): ObjectVersion | undefined {
  const key = keyOf(input);
  if (input.VersionId === undefined) return newest(bucket, key);
  return bucket.objects.get(key)?.find((version) => version.versionId === input.VersionId);
}

/**
 * SSE-KMS needs a right on the key as well; unsigned requests can never use one (S3 user guide, "Using server-side
 * encryption with AWS KMS keys").
 */
export function keyNeeds(
  action: 'kms:Decrypt' | 'kms:GenerateDataKey',
  encryption: Encryption,
  bucket: Bucket,
  arn: string,
  call: Call,
): Need[] {
  if (encryption === 'sse-s3') return [];
  if (call.caller.type === 'anonymous') throw accessDenied();
  return [
    {
      action,
      resource: encryption.keyArn,
      owner: encryption.keyArn.split(':')[4] ?? '',
      context: { 'kms:ViaService': `s3.${bucket.region}.amazonaws.com`, 'kms:EncryptionContext:aws:s3:arn': arn },
    },
  ];
}

/** A missing key is 404 only for those who may list, else 403 (S3 API reference, GetObject). */
function missing(world: World, bucket: Bucket, input: ObjectInput, call: Call): AwsError {
  const list: Need = { action: 's3:ListBucket', resource: bucketArn(bucket), owner: bucket.account };
  if (authorise(world, list, call).decision !== 'allow') return accessDenied();
  return input.VersionId === undefined
    ? new AwsError('NoSuchKey', 404, 'The specified key does not exist.')
    : new AwsError('NoSuchVersion', 404, 'The specified version does not exist.');
}

export interface ObjectCommand<I, O> {
  action(input: I): string;
  /** beside Bucket, Key, VersionId and ExpectedBucketOwner */
  parameters?: readonly string[];
  context?(input: I): Record<string, string | undefined>;
  /** reads the bytes: an SSE-KMS object then needs kms:Decrypt */
  decrypts?: boolean;
  run(found: Found, input: I, call: Call): O;
}

/** Reads, tags and ACLs of a version are judged by its tags; overwriting and deleting it never are (S3 user guide, "Tagging and access control policies"). */
const existingTags = (version: ObjectVersion | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(version?.tags ?? {}).map(([key, value]) => [`s3:ExistingObjectTag/${key}`, value]));

/** A command on one existing object version. */
export function objectCommand<I extends ObjectInput, O>(world: World, model: ObjectCommand<I, O>): Command<I, O> {
  return {
    parameters: ['Bucket', 'Key', 'VersionId', 'ExpectedBucketOwner', ...(model.parameters ?? [])],
    needs(input: I, call: Call): Need[] {
      const bucket = bucketOf(world, input, call);
      const resource = objectArn(bucket, keyOf(input));
      const version = versionIn(bucket, input);
      const context = given({ 's3:VersionId': input.VersionId, ...existingTags(version), ...model.context?.(input) });
      const need = { action: model.action(input), resource, owner: objectOwner(bucket, version), context };
      const key = model.decrypts && version && !version.deleteMarker;
      return [need, ...(key ? keyNeeds('kms:Decrypt', version.encryption, bucket, resource, call) : [])];
    },
    run(input: I, call: Call): O {
      const bucket = bucketOf(world, input, call);
      const version = versionIn(bucket, input);
      if (!version || version.deleteMarker) throw missing(world, bucket, input, call);
      if (model.decrypts) {
        requireUsable(world, version.encryption);
        requireCustomerKey(version, input as CustomerKey);
      }
      return model.run({ bucket, version }, input, call);
    },
  };
}
