import { AwsError, type Call, type Command, type Need } from '../kernel.ts';
import type { World } from '../world.ts';
import type { Bucket } from './bucket.ts';

export interface BucketInput {
  Bucket?: string | undefined;
  ExpectedBucketOwner?: string | undefined;
}

export const accessDenied = (message = 'Access Denied') => new AwsError('AccessDenied', 403, message);

/**
 * The bucket that a request names. Throws InvalidBucketName, NoSuchBucket, AccessDenied (ExpectedBucketOwner is another
 * account), PermanentRedirect (the bucket is in another Region than the client).
 */
export function bucketOf(world: World, input: BucketInput, call: Call, anyRegion = false): Bucket {
  const name = input.Bucket ?? '';
  if (!/^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name))
    throw new AwsError('InvalidBucketName', 400, `The specified bucket is not valid: ${JSON.stringify(name)}`);
  const bucket = world.bucket(name);
  if (!bucket) throw new AwsError('NoSuchBucket', 404, `The specified bucket does not exist: ${name}`);
  if (input.ExpectedBucketOwner !== undefined && input.ExpectedBucketOwner !== bucket.account) throw accessDenied();
  if (!anyRegion && bucket.region !== call.region)
    throw new AwsError('PermanentRedirect', 301, `The bucket ${name} must be addressed in the Region ${bucket.region}`);
  return bucket;
}

export const bucketArn = (bucket: Bucket): string => `arn:aws:s3:::${bucket.name}`;

export interface BucketCommand<I, O> {
  /** IAM action, with its prefix */
  action: string;
  /** beside Bucket and ExpectedBucketOwner */
  parameters?: readonly string[];
  context?(input: I): Record<string, string | undefined>;
  anyRegion?: boolean;
  run(bucket: Bucket, input: I, call: Call): O;
}

/** Keys that the request sets; the others stay absent. */
export function given(keys: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(keys).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
}

/** A command that needs one action on one bucket. */
export function bucketCommand<I extends BucketInput, O>(world: World, model: BucketCommand<I, O>): Command<I, O> {
  return {
    parameters: ['Bucket', 'ExpectedBucketOwner', ...(model.parameters ?? [])],
    needs(input: I, call: Call): Need[] {
      const bucket = bucketOf(world, input, call, model.anyRegion);
      const context = given(model.context?.(input) ?? {});
      return [{ action: model.action, resource: bucketArn(bucket), owner: bucket.account, context }];
    },
    run: (input: I, call: Call) => model.run(bucketOf(world, input, call, model.anyRegion), input, call),
  };
}
