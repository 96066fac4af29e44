import { RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { accessLogsOf } from './names.ts';
import { acknowledge } from './rights.ts';

export interface GuardedBucketProps {
  name: string;
  key: IKey;
  objectLock?: boolean;
  /** why there is no second copy (HIPAA.Security-S3BucketReplicationEnabled) */
  noReplica: string;
}

/**
 * Promise: objects rest under one named key and nothing else, travel over TLS, are never public, never overwritten for good,
 * and every request for one is logged.
 */
export class GuardedBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: GuardedBucketProps) {
    super(scope, id);
    const accessLogs = this.#accessLogs(accessLogsOf(props.name));
    this.bucket = new Bucket(this, 'Bucket', {
      ...everyBucket,
      bucketName: props.name,
      encryption: BucketEncryption.KMS,
      encryptionKey: props.key,
      bucketKeyEnabled: true,
      objectLockEnabled: props.objectLock,
      serverAccessLogsBucket: accessLogs,
    });
    this.#refuseOtherKeys(props.key);
    acknowledge(this.bucket, 'HIPAA.Security-S3BucketReplicationEnabled', props.noReplica);
  }

  /** A writer may leave the encryption headers out (the bucket's default applies) but may not name anything else. */
  #refuseOtherKeys(key: IKey): void {
    const algorithm = 's3:x-amz-server-side-encryption';
    const keyId = `${algorithm}-aws-kms-key-id`;
    this.deny('OtherEncryption', ['s3:PutObject'], {
      Null: { [algorithm]: 'false' },
      StringNotEquals: { [algorithm]: 'aws:kms' },
    });
    this.deny('OtherKey', ['s3:PutObject'], { Null: { [keyId]: 'false' }, StringNotEquals: { [keyId]: key.keyArn } });
    this.deny('KeyOfTheCaller', ['s3:PutObject'], { Null: { [`${algorithm}-customer-algorithm`]: 'false' } });
  }

  /** A Deny for everybody, on every object or on those whose key is like `keys`. */
  deny(
    sid: string,
    actions: string[],
    conditions?: Record<string, Record<string, string | string[]>>,
    keys = '*',
  ): void {
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid,
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions,
        resources: [this.bucket.arnForObjects(keys)],
        conditions,
      }),
    );
  }

  #accessLogs(name: string): Bucket {
    const logs = new Bucket(this, 'AccessLogs', {
      ...everyBucket,
      bucketName: name,
      encryption: BucketEncryption.S3_MANAGED,
    });
    acknowledge(
      logs,
      'HIPAA.Security-S3DefaultEncryptionKMS',
      'S3 delivers server access logs only to buckets with SSE-S3 (S3 user guide, "Enabling Amazon S3 server access logging"). The logs hold object keys and principals; object keys of ours hold no PHI.',
    );
    acknowledge(
      logs,
      'HIPAA.Security-S3BucketReplicationEnabled',
      'Access logs support an investigation of the bucket beside them and are versioned and retained; they are not part of the record that must be reproducible.',
    );
    return logs;
  }
}

const everyBucket = {
  versioned: true,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  removalPolicy: RemovalPolicy.RETAIN,
};
