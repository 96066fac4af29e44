import type {
  LifecycleExpiration,
  LifecycleRule,
  PutBucketLifecycleConfigurationRequest,
  TransitionDefaultMinimumObjectSize,
} from '@aws-sdk/client-s3';
import { Temporal } from 'temporal-polyfill';
import type { Json } from '../../../lambdas/core/json.ts';
import { AwsError, NotModelled, type Service } from '../kernel.ts';
import { onlyModelled } from '../modelled.ts';
import type { World } from '../world.ts';
import type { Bucket } from './bucket.ts';
import { bucketCommand } from './requests.ts';

/** A bucket's lifecycle; `Rules` as the SDK has them, in JSON (dates are ISO instants). */
export interface Lifecycle {
  Rules: Json[];
  TransitionDefaultMinimumObjectSize: TransitionDefaultMinimumObjectSize;
}

/**
 * Does not model: expiry itself (`expiring` tells what it would take), filters by tag or size in that, and the delay with which S3
 * takes up a change.
 */
const ruleFields = [
  ...['ID', 'Prefix', 'Filter', 'Status', 'Expiration', 'Transitions', 'NoncurrentVersionTransitions'],
  ...['NoncurrentVersionExpiration', 'AbortIncompleteMultipartUpload'],
];
const actions = ruleFields.slice(4);
const defaultMinimum = 'all_storage_classes_128K';

const malformed = (message: string) => new AwsError('MalformedXML', 400, message);
const invalid = (message: string) => new AwsError('InvalidArgument', 400, message);

const daysOf = ({ Expiration, NoncurrentVersionExpiration }: LifecycleRule) => [
  Expiration?.Days,
  NoncurrentVersionExpiration?.NoncurrentDays,
];

/** What S3 refuses (S3 API reference, PutBucketLifecycleConfiguration, LifecycleRule, LifecycleExpiration). */
function checked(rules: readonly LifecycleRule[]): void {
  if (rules.length === 0 || rules.length > 1000) throw malformed('a lifecycle has 1 to 1,000 rules');
  const ids = rules.flatMap(({ ID }) => ID ?? []);
  if (new Set(ids).size < ids.length) throw invalid('Rule ID must be unique');
  for (const rule of rules) {
    onlyModelled(rule, ruleFields, 'LifecycleConfiguration.Rules');
    if ((rule.Filter === undefined) === (rule.Prefix === undefined))
      throw malformed('a rule has a Filter or, in the old form, a Prefix');
    if (rule.Status !== 'Enabled' && rule.Status !== 'Disabled') throw malformed('Status is Enabled or Disabled');
    if ((rule.ID ?? '').length > 255) throw invalid('ID length should not exceed allowed limit of 255');
    if (!actions.some((name) => rule[name as keyof LifecycleRule] !== undefined))
      throw invalid('At least one action needs to be specified in a rule');
    for (const days of daysOf(rule))
      if (days !== undefined && (!Number.isInteger(days) || days < 1)) throw invalid('days must be a positive integer');
    const at = rule.Expiration?.Date;
    if (at !== undefined && new Date(at).getTime() % 86_400_000 !== 0) throw invalid("'Date' must be at midnight GMT");
  }
}

/** Replaces the whole; a size that the request leaves out goes back to the default. Rules without an id are given one. */
function put(world: World, bucket: Bucket, input: PutBucketLifecycleConfigurationRequest): object {
  const rules = input.LifecycleConfiguration?.Rules ?? [];
  checked(rules);
  const TransitionDefaultMinimumObjectSize = input.TransitionDefaultMinimumObjectSize ?? defaultMinimum;
  const named = rules.map((rule) => ({ ...rule, ID: rule.ID || world.nextId('rule-') }));
  bucket.lifecycle = { Rules: JSON.parse(JSON.stringify(named)), TransitionDefaultMinimumObjectSize };
  return { TransitionDefaultMinimumObjectSize };
}

/** The stored rules as the SDK gives them: dates are Dates. */
function rulesOf({ lifecycle }: Bucket): LifecycleRule[] {
  const revived = (rule: LifecycleRule): LifecycleRule => {
    const { Expiration } = rule;
    return Expiration?.Date === undefined
      ? rule
      : { ...rule, Expiration: { ...Expiration, Date: new Date(Expiration.Date) } };
  };
  return (structuredClone(lifecycle?.Rules ?? []) as unknown as LifecycleRule[]).map(revived);
}

/** Get, Put and Delete BucketLifecycleConfiguration; Delete is allowed by the Put action. */
export function lifecycleCommands(world: World): Service {
  return {
    GetBucketLifecycleConfiguration: bucketCommand(world, {
      action: 's3:GetLifecycleConfiguration',
      run(bucket) {
        if (!bucket.lifecycle)
          throw new AwsError('NoSuchLifecycleConfiguration', 404, 'The lifecycle configuration does not exist');
        const { TransitionDefaultMinimumObjectSize } = bucket.lifecycle;
        return { Rules: rulesOf(bucket), TransitionDefaultMinimumObjectSize };
      },
    }),
    PutBucketLifecycleConfiguration: bucketCommand<PutBucketLifecycleConfigurationRequest, object>(world, {
      action: 's3:PutLifecycleConfiguration',
      parameters: ['LifecycleConfiguration', 'TransitionDefaultMinimumObjectSize', 'ChecksumAlgorithm'],
      run: (bucket, input) => put(world, bucket, input),
    }),
    DeleteBucketLifecycle: bucketCommand(world, {
      action: 's3:PutLifecycleConfiguration',
      run(bucket) {
        bucket.lifecycle = undefined;
      },
    }),
  };
}

function prefixOf({ Filter, Prefix }: LifecycleRule): string {
  if (Filter && Object.keys(Filter).some((name) => name !== 'Prefix'))
    throw new NotModelled('the simulated AWS expires by prefix only, not by tag or size');
  return Filter?.Prefix ?? Prefix ?? '';
}

const due = ({ Date: date, Days }: LifecycleExpiration, modified: Temporal.Instant, at: Temporal.Instant): boolean =>
  date !== undefined
    ? date.getTime() <= at.epochMilliseconds
    : Days !== undefined && Temporal.Instant.compare(modified.add({ hours: 24 * Days }), at) <= 0;

/** The keys whose newest version S3's next run would expire if it came at this time. */
export function expiring(bucket: Bucket, at: Temporal.Instant): string[] {
  const enabled = rulesOf(bucket).filter(({ Status }) => Status === 'Enabled');
  return [...bucket.objects].flatMap(([key, versions]) => {
    const newest = versions.at(-1);
    const taken = enabled.some(
      (r) => newest && r.Expiration && due(r.Expiration, newest.modified, at) && key.startsWith(prefixOf(r)),
    );
    return taken && !newest?.deleteMarker ? [key] : [];
  });
}
