import type {
  CreateTrailRequest,
  DescribeTrailsRequest,
  GetTrailRequest,
  PutEventSelectorsRequest,
  UpdateTrailRequest,
} from '@aws-sdk/client-cloudtrail';
import { authorise } from './iam/authorise.ts';
import { AwsError, type Call, type Command, type Need, type Service } from './kernel.ts';
import { onlyModelled } from './modelled.ts';
import { type AdvancedSelector, defaultSelector, newTrail, type Trail } from './trail.ts';
import type { World } from './world.ts';

/*
 * Trails. Does not model: delivery of log files, Insights selectors, tags, organization trails of other accounts, CloudTrail Lake, and
 * what a KMS key's state does to delivery.
 */

const shownTrail = (trail: Trail) => ({
  Name: trail.name,
  TrailARN: trail.arn,
  HomeRegion: trail.homeRegion,
  S3BucketName: trail.bucket,
  S3KeyPrefix: trail.prefix,
  SnsTopicName: trail.topic,
  SnsTopicARN: trail.topic,
  IsMultiRegionTrail: trail.multiRegion,
  IncludeGlobalServiceEvents: trail.globalEvents,
  IsOrganizationTrail: trail.organization,
  LogFileValidationEnabled: trail.validation,
  CloudWatchLogsLogGroupArn: trail.logGroup,
  CloudWatchLogsRoleArn: trail.logsRole,
  KmsKeyId: trail.kmsKey,
  HasCustomEventSelectors:
    trail.selectors.advanced.length > 0 || trail.selectors.event.some((s) => s.DataResources.length > 0),
});

const selectorsOf = ({ arn, selectors: { event, advanced } }: Trail) => ({
  TrailARN: arn,
  ...(advanced.length > 0 ? { AdvancedEventSelectors: advanced } : { EventSelectors: event }),
});

const inRegion = (trail: Trail, region: string) => trail.multiRegion || trail.homeRegion === region;

const describeTrails = (world: World): Command<DescribeTrailsRequest, object> => ({
  parameters: ['trailNameList', 'includeShadowTrails'],
  needs: (_input, call) => [{ action: 'cloudtrail:DescribeTrails', resource: '*', owner: call.caller.account }],
  run(input, call) {
    const named = (trail: Trail) =>
      !input.trailNameList?.length || [trail.name, trail.arn].some((name) => input.trailNameList?.includes(name));
    const shadows = input.includeShadowTrails ?? true;
    const trails = [...world.account(call.caller.account).trails.values()].filter(
      (trail) => inRegion(trail, call.region) && named(trail) && (shadows || trail.homeRegion === call.region),
    );
    return { trailList: trails.map(shownTrail) };
  },
});

function find(world: World, name: string, call: Call): Trail | undefined {
  const trails = [...world.account(call.caller.account).trails.values()];
  return trails.find((t) => inRegion(t, call.region) && [t.name, t.arn].includes(name));
}

function trailNeed(world: World, action: string, name: string, call: Call): Need {
  const bare = name.startsWith('arn:')
    ? name
    : `arn:aws:cloudtrail:${call.region}:${call.caller.account}:trail/${name}`;
  return { action, resource: find(world, name, call)?.arn ?? bare, owner: call.caller.account };
}

/** The need to hand a role to CloudTrail. */
const passing = (role: string | undefined, call: Call): Need[] =>
  role
    ? [
        {
          action: 'iam:PassRole',
          resource: role,
          owner: call.caller.account,
          context: { 'iam:PassedToService': 'cloudtrail.amazonaws.com' },
        },
      ]
    : [];

/** A command on one trail, named by name or ARN. `write`: only in the trail's home Region. */
function trailCommand<I>(
  world: World,
  of: { action: string; name: string & keyof I; more?: (string & keyof I)[]; write?: true },
  run: (trail: Trail, input: I, call: Call) => object,
  pass: (input: I) => string | undefined = () => undefined,
): Command<I, object> {
  return {
    parameters: [of.name, ...(of.more ?? [])],
    needs: (input, call) => [
      trailNeed(world, `cloudtrail:${of.action}`, String(input[of.name]), call),
      ...passing(pass(input), call),
    ],
    run(input, call) {
      const name = String(input[of.name]);
      const trail = find(world, name, call);
      if (!trail) throw new AwsError('TrailNotFoundException', 400, `Unknown trail: ${name}`);
      if (of.write && trail.homeRegion !== call.region)
        throw new AwsError(
          'InvalidHomeRegionException',
          400,
          `Trail ${name} can be changed only in its home Region, ${trail.homeRegion}`,
        );
      return run(trail, input, call);
    },
  };
}

/** Whether CloudTrail itself may write to the bucket: its policy must say so. */
function requireDelivery(world: World, trail: Trail, call: Call): void {
  const bucket = world.bucket(trail.bucket);
  if (!bucket) throw new AwsError('S3BucketDoesNotExistException', 400, `S3 bucket ${trail.bucket} does not exist!`);
  const caller = world.serviceCaller('cloudtrail.amazonaws.com', { arn: trail.arn });
  const prefix = trail.prefix ? `${trail.prefix}/` : '';
  const resource = `arn:aws:s3:::${bucket.name}/${prefix}AWSLogs/${call.caller.account}/`;
  const context = { 's3:x-amz-acl': 'bucket-owner-full-control' };
  const need = { action: 's3:PutObject', resource, owner: bucket.account, context };
  if (authorise(world, need, { ...call, caller }).decision !== 'allow')
    throw new AwsError(
      'InsufficientS3BucketPolicyException',
      400,
      `Incorrect S3 bucket policy is detected for bucket: ${bucket.name}`,
    );
}

/** What CreateTrail and UpdateTrail set; an empty text takes an optional part away (CloudTrail user guide, "update-trail"). */
function settled(world: World, trail: Trail, input: UpdateTrailRequest, call: Call): void {
  const text = (given: string | undefined, was: string | undefined) => (given === undefined ? was : given || undefined);
  const next: Trail = {
    ...trail,
    bucket: input.S3BucketName ?? trail.bucket,
    prefix: text(input.S3KeyPrefix, trail.prefix),
    topic: text(input.SnsTopicName, trail.topic),
    globalEvents: input.IncludeGlobalServiceEvents ?? trail.globalEvents,
    multiRegion: input.IsMultiRegionTrail ?? trail.multiRegion,
    validation: input.EnableLogFileValidation ?? trail.validation,
    logGroup: text(input.CloudWatchLogsLogGroupArn, trail.logGroup),
    logsRole: text(input.CloudWatchLogsRoleArn, trail.logsRole),
    kmsKey: text(input.KmsKeyId, trail.kmsKey),
  };
  if (next.multiRegion && !next.globalEvents)
    throw new AwsError(
      'InvalidParameterCombinationException',
      400,
      'Multi-Region trail must include global service events.',
    );
  if ((next.logGroup === undefined) !== (next.logsRole === undefined))
    throw new AwsError(
      'InvalidCloudWatchLogsLogGroupArnException',
      400,
      'CloudWatch Logs needs a log group and a role, or neither.',
    );
  if (next.kmsKey !== undefined && !world.key(next.kmsKey))
    throw new AwsError('KmsKeyNotFoundException', 400, `KMS key ${next.kmsKey} is not found`);
  requireDelivery(world, next, call);
  Object.assign(trail, next);
}

const written = [
  'S3BucketName',
  'S3KeyPrefix',
  'SnsTopicName',
  'IncludeGlobalServiceEvents',
  'IsMultiRegionTrail',
  'EnableLogFileValidation',
  'CloudWatchLogsLogGroupArn',
  'CloudWatchLogsRoleArn',
  'KmsKeyId',
] as const;

/** A new trail does not log until StartLogging. */
const createTrail = (world: World): Command<CreateTrailRequest, object> => ({
  parameters: ['Name', ...written],
  needs: (input, call) => [
    trailNeed(world, 'cloudtrail:CreateTrail', input.Name ?? '', call),
    ...passing(input.CloudWatchLogsRoleArn, call),
  ],
  run(input, call) {
    const account = world.account(call.caller.account);
    if (account.trails.has(input.Name ?? ''))
      throw new AwsError('TrailAlreadyExistsException', 400, `Trail ${input.Name} already exists`);
    const base = {
      name: input.Name ?? '',
      homeRegion: call.region,
      bucket: input.S3BucketName ?? '',
      multiRegion: false,
      validation: false,
      logging: false,
    };
    const trail = newTrail(account.id, base, call.now);
    settled(world, trail, input, call);
    account.trails.set(trail.name, trail);
    return shownTrail(trail);
  },
});

const invalid = (why: string) => new AwsError('InvalidEventSelectorsException', 400, why);

/** Replaces all selectors, of both forms. */
function putSelectors(trail: Trail, input: PutEventSelectorsRequest): object {
  const { EventSelectors: event, AdvancedEventSelectors: advanced } = input;
  if ((event === undefined) === (advanced === undefined))
    throw invalid('Specify either EventSelectors or AdvancedEventSelectors, and not both');
  if ((event ?? advanced ?? []).length === 0 || (event ?? []).length > 5) throw invalid('1 to 5 selectors');
  for (const one of event ?? [])
    onlyModelled(
      one,
      ['ReadWriteType', 'IncludeManagementEvents', 'DataResources', 'ExcludeManagementEventSources'],
      'PutEventSelectors.EventSelectors',
    );
  for (const { FieldSelectors } of advanced ?? [])
    if (!FieldSelectors?.some((f) => f.Field === 'eventCategory' && f.Equals?.length))
      throw invalid('An advanced event selector needs eventCategory Equals');
  trail.selectors = {
    event: (event ?? []).map((one) => ({
      ...defaultSelector(),
      ...(JSON.parse(JSON.stringify(one)) as object),
    })),
    advanced: JSON.parse(JSON.stringify(advanced ?? [])) as AdvancedSelector[],
  };
  return selectorsOf(trail);
}

export function trailCommands(world: World): Service {
  const named = { name: 'Name' } as const;
  return {
    DescribeTrails: describeTrails(world),
    GetTrail: trailCommand<GetTrailRequest>(world, { action: 'GetTrail', ...named }, (trail) => ({
      Trail: shownTrail(trail),
    })),
    GetTrailStatus: trailCommand<GetTrailRequest>(world, { action: 'GetTrailStatus', ...named }, (trail) => ({
      IsLogging: trail.logging,
      StartLoggingTime: new Date(trail.loggingSince.epochMilliseconds),
    })),
    GetEventSelectors: trailCommand<{ TrailName: string | undefined }>(
      world,
      { action: 'GetEventSelectors', name: 'TrailName' },
      selectorsOf,
    ),
    CreateTrail: createTrail(world),
    UpdateTrail: trailCommand<UpdateTrailRequest>(
      world,
      { action: 'UpdateTrail', ...named, more: [...written], write: true },
      (trail, input, call) => {
        settled(world, trail, input, call);
        return shownTrail(trail);
      },
      (input) => input.CloudWatchLogsRoleArn,
    ),
    DeleteTrail: trailCommand<GetTrailRequest>(
      world,
      { action: 'DeleteTrail', ...named, write: true },
      (trail, _input, call) => {
        world.account(call.caller.account).trails.delete(trail.name);
        return {};
      },
    ),
    StartLogging: trailCommand<GetTrailRequest>(
      world,
      { action: 'StartLogging', ...named, write: true },
      (trail, _, call) => {
        if (!trail.logging) trail.loggingSince = call.now;
        trail.logging = true;
        return {};
      },
    ),
    StopLogging: trailCommand<GetTrailRequest>(world, { action: 'StopLogging', ...named, write: true }, (trail) => {
      trail.logging = false;
      return {};
    }),
    PutEventSelectors: trailCommand<PutEventSelectorsRequest>(
      world,
      {
        action: 'PutEventSelectors',
        name: 'TrailName',
        more: ['EventSelectors', 'AdvancedEventSelectors'],
        write: true,
      },
      putSelectors,
    ),
  };
}

/** Whether a read of an object is written down by some trail of the account: what an attacker switches off. */
export function recordsObjectReads(world: World, account: string, objectArn: string): boolean {
  const covers = (start: string) => objectArn.startsWith(start) || start === 'arn:aws:s3';
  return [...world.account(account).trails.values()].some(
    ({ logging, selectors: { event, advanced } }) =>
      logging &&
      (event.some(
        (s) =>
          s.ReadWriteType !== 'WriteOnly' &&
          s.DataResources.some((d) => d.Type === 'AWS::S3::Object' && d.Values.some(covers)),
      ) ||
        advanced.some((s) => s.FieldSelectors.some((f) => f.Field === 'eventCategory' && f.Equals?.includes('Data')))),
  );
}
