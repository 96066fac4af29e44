import { createHash } from 'node:crypto';
import type { PutObjectRequest } from '@aws-sdk/client-s3';
import { Temporal } from 'temporal-polyfill';
import { AwsError, type Call, type Command, type Need, NotModelled } from '../kernel.ts';
import type { World } from '../world.ts';
import { newest } from './access.ts';
import { writtenGrants } from './acls.ts';
import type { Bucket, Encryption, ObjectVersion, Retention } from './bucket.ts';
import { customerKeyParameters, fingerprint } from './customerKeys.ts';
import { keyNeeds, keyOf, objectArn } from './objectRequests.ts';
import { replicate } from './replication.ts';
import { bucketOf, given } from './requests.ts';

/** The SDK's input; the body already is bytes or text. */
type PutInput = Omit<PutObjectRequest, 'Body'> & { Body?: unknown };

const invalid = (message: string) => new AwsError('InvalidRequest', 400, message);

function bytesOf(body: unknown): Uint8Array {
  if (body === undefined) return new Uint8Array();
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  throw new NotModelled('the simulated AWS models PutObject bodies of text and bytes, not streams');
}

function encryptionOf(bucket: Bucket, input: PutInput): Encryption {
  const { ServerSideEncryption: algorithm, SSEKMSKeyId: keyArn } = input;
  if (algorithm === undefined) return bucket.encryption;
  if (algorithm === 'AES256') return 'sse-s3';
  if (algorithm !== 'aws:kms') throw new NotModelled(`the simulated AWS does not model the encryption ${algorithm}`);
  if (keyArn !== undefined) return { keyArn };
  if (bucket.encryption !== 'sse-s3') return bucket.encryption;
  throw new NotModelled('the simulated AWS has no aws/s3 key: name the key with SSEKMSKeyId');
}

function retentionOf(bucket: Bucket, input: PutInput, call: Call): Retention | undefined {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: date } = input;
  const asks = mode !== undefined || date !== undefined || input.ObjectLockLegalHoldStatus !== undefined;
  if (asks && !bucket.objectLock) throw invalid('Bucket is missing Object Lock Configuration');
  if ((mode === undefined) !== (date === undefined))
    throw new AwsError('InvalidArgument', 400, 'ObjectLockMode and ObjectLockRetainUntilDate must come together');
  if (mode !== undefined && date !== undefined) {
    const until = Temporal.Instant.fromEpochMilliseconds(date.getTime());
    if (Temporal.Instant.compare(until, call.now) <= 0)
      throw new AwsError('InvalidArgument', 400, 'The retain until date must be in the future!');
    return { mode, until };
  }
  const rule = bucket.objectLock?.rule;
  if (!rule) return undefined;
  return { mode: rule.mode, until: call.now.toZonedDateTimeISO('UTC').add({ days: rule.days }).toInstant() };
}

/** Whole days left, as s3:object-lock-remaining-retention-days. */
function remainingDays(date: Date | undefined, call: Call): string | undefined {
  if (!date) return undefined;
  const until = Temporal.Instant.fromEpochMilliseconds(date.getTime()).toZonedDateTimeISO('UTC');
  return String(call.now.toZonedDateTimeISO('UTC').until(until, { largestUnit: 'day' }).days);
}

function needs(world: World, input: PutInput, call: Call): Need[] {
  const bucket = bucketOf(world, input, call);
  const resource = objectArn(bucket, keyOf(input));
  const context = given({
    's3:x-amz-acl': input.ACL,
    's3:if-none-match': input.IfNoneMatch,
    's3:x-amz-server-side-encryption': input.ServerSideEncryption,
    's3:x-amz-server-side-encryption-aws-kms-key-id': input.SSEKMSKeyId,
    's3:x-amz-server-side-encryption-customer-algorithm': input.SSECustomerAlgorithm,
    's3:object-lock-mode': input.ObjectLockMode,
    's3:object-lock-retain-until-date': input.ObjectLockRetainUntilDate?.toISOString(),
    's3:object-lock-remaining-retention-days': remainingDays(input.ObjectLockRetainUntilDate, call),
    's3:object-lock-legal-hold': input.ObjectLockLegalHoldStatus,
  });
  const actions = [
    's3:PutObject',
    ...(input.ACL === undefined ? [] : ['s3:PutObjectAcl']),
    ...(input.Tagging === undefined ? [] : ['s3:PutObjectTagging']),
    ...(input.ObjectLockMode === undefined ? [] : ['s3:PutObjectRetention']),
    ...(input.ObjectLockLegalHoldStatus === undefined ? [] : ['s3:PutObjectLegalHold']),
  ];
  return [
    ...actions.map((action) => ({ action, resource, owner: bucket.account, context })),
    ...keyNeeds('kms:GenerateDataKey', encryptionOf(bucket, input), bucket, resource, call),
  ];
}

function checkPreconditions(bucket: Bucket, input: PutInput, body: Uint8Array): void {
  if (input.IfNoneMatch !== undefined) {
    if (input.IfNoneMatch !== '*') throw new NotModelled('the simulated AWS models only IfNoneMatch "*"');
    const present = newest(bucket, keyOf(input));
    if (present && !present.deleteMarker)
      throw new AwsError('PreconditionFailed', 412, 'At least one of the pre-conditions you specified did not hold');
  }
  const digest = (algorithm: string) => createHash(algorithm).update(body).digest('base64');
  if (input.ChecksumSHA256 !== undefined && input.ChecksumSHA256 !== digest('sha256'))
    throw new AwsError('BadDigest', 400, 'The SHA256 you specified did not match the calculated checksum.');
  if (input.ContentMD5 !== undefined && input.ContentMD5 !== digest('md5'))
    throw new AwsError('BadDigest', 400, 'The Content-MD5 you specified did not match what we received.');
}

/** Who owns a new object: the writer, unless ownership is enforced or full control is handed over (S3 user guide, "Controlling ownership of objects"). */
function writer(bucket: Bucket, input: PutInput, call: Call): string {
  const handedOver = bucket.ownership.effective === 'BucketOwnerPreferred' && input.ACL === 'bucket-owner-full-control';
  return bucket.ownership.effective === 'BucketOwnerEnforced' || handedOver ? bucket.account : call.caller.account;
}

function run(world: World, input: PutInput, call: Call): object {
  const bucket = bucketOf(world, input, call);
  const body = bytesOf(input.Body);
  checkPreconditions(bucket, input, body);
  const retention = retentionOf(bucket, input, call);
  const customerKey = fingerprint(input);
  const owner = writer(bucket, input, call);
  const acl = writtenGrants(world, bucket, { ACL: input.ACL ?? 'bucket-owner-full-control' }, owner);
  const version: ObjectVersion = world.account(bucket.account).addObject(bucket, {
    key: keyOf(input),
    body,
    owner,
    acl: input.ACL === undefined ? 'private' : acl,
    encryption: encryptionOf(bucket, input),
    tags: Object.fromEntries(new URLSearchParams(input.Tagging)),
    ...(input.ContentType !== undefined && { contentType: input.ContentType }),
  });
  version.metadata = Object.fromEntries(Object.entries(input.Metadata ?? {}).map(([k, v]) => [k.toLowerCase(), v]));
  if (retention) version.retention = retention;
  if (customerKey !== undefined) version.customerKey = customerKey;
  version.legalHold = input.ObjectLockLegalHoldStatus === 'ON';
  replicate(world, bucket, keyOf(input), version, call);
  return {
    ETag: `"${createHash('md5').update(body).digest('hex')}"`,
    VersionId: version.versionId === 'null' ? undefined : version.versionId,
    ServerSideEncryption: version.encryption === 'sse-s3' ? 'AES256' : 'aws:kms',
    SSEKMSKeyId: version.encryption === 'sse-s3' ? undefined : version.encryption.keyArn,
    ChecksumSHA256: input.ChecksumSHA256,
  };
}

/** PutObject with conditional write, checksum, encryption and Object Lock (S3 API reference, PutObject). */
export function putObject(world: World): Command<PutInput, object> {
  return {
    parameters: [
      ...['Bucket', 'Key', 'Body', 'ExpectedBucketOwner', 'ContentType', 'ContentLength', 'Metadata', 'Tagging', 'ACL'],
      ...['IfNoneMatch', 'ContentMD5', 'ChecksumAlgorithm', 'ChecksumSHA256'],
      ...['ServerSideEncryption', 'SSEKMSKeyId', 'BucketKeyEnabled', ...customerKeyParameters],
      ...['ObjectLockMode', 'ObjectLockRetainUntilDate', 'ObjectLockLegalHoldStatus'],
    ],
    needs: (input, call) => needs(world, input, call),
    run: (input, call) => run(world, input, call),
  };
}
