import type { PutBucketLoggingRequest } from '@aws-sdk/client-s3';
import { AwsError, type Service } from '../kernel.ts';
import { onlyModelled } from '../modelled.ts';
import type { World } from '../world.ts';
import type { AccessLogging, Bucket } from './bucket.ts';
import { bucketCommand } from './requests.ts';

const fields = ['TargetBucket', 'TargetPrefix', 'TargetObjectKeyFormat'];
const notATarget = (message: string) => new AwsError('InvalidTargetBucketForLogging', 400, message);

/** What S3 refuses: the logs stay in the account and the Region (S3 user guide, "Enabling Amazon S3 server access logging"). */
function checked(world: World, bucket: Bucket, given: Partial<AccessLogging>): AccessLogging {
  onlyModelled(given, fields, 'BucketLoggingStatus.LoggingEnabled');
  const { TargetBucket, TargetPrefix } = given;
  if (TargetBucket === undefined || TargetPrefix === undefined)
    throw new AwsError('MalformedXML', 400, 'LoggingEnabled has a TargetBucket and a TargetPrefix');
  const to = world.bucket(TargetBucket);
  if (!to) throw notATarget('The target bucket for logging does not exist');
  if (to.account !== bucket.account)
    throw notATarget('The owner for the bucket to be logged and the target bucket must be the same');
  if (to.region !== bucket.region) throw notATarget('The bucket and the target bucket must be in the same location');
  return structuredClone({ ...given, TargetBucket, TargetPrefix });
}

/**
 * GetBucketLogging and PutBucketLogging; an empty status switches logging off. Does not model: TargetGrants, and whether the target
 * lets the logging service in, which S3 does not look at either where ACLs are off.
 */
export function loggingCommands(world: World): Service {
  return {
    GetBucketLogging: bucketCommand(world, {
      action: 's3:GetBucketLogging',
      run: (bucket) => (bucket.logging ? { LoggingEnabled: structuredClone(bucket.logging) } : {}),
    }),
    PutBucketLogging: bucketCommand<PutBucketLoggingRequest, void>(world, {
      action: 's3:PutBucketLogging',
      parameters: ['BucketLoggingStatus', 'ChecksumAlgorithm'],
      run(bucket, input) {
        if (!input.BucketLoggingStatus) throw new AwsError('MalformedXML', 400, 'BucketLoggingStatus is missing');
        const { LoggingEnabled } = input.BucketLoggingStatus;
        bucket.logging = LoggingEnabled && checked(world, bucket, LoggingEnabled as Partial<AccessLogging>);
      },
    }),
  };
}
