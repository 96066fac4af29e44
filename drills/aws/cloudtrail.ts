import type {
  DescribeTrailsRequest,
  GetEventSelectorsRequest,
  GetTrailStatusRequest,
  LookupEventsRequest,
} from '@aws-sdk/client-cloudtrail';
import { Temporal } from 'temporal-polyfill';
import { AwsError, type Call, type Command, NotModelled, type Service } from './kernel.ts';
import type { CloudTrailEvent, Trail } from './trail.ts';
import type { World } from './world.ts';

/** What each lookup attribute compares. */
const attributes: Record<string, (event: CloudTrailEvent) => string | undefined> = {
  AccessKeyId: (event) => event.accessKeyId,
  Username: (event) => event.username,
  EventName: (event) => event.eventName,
  EventSource: (event) => event.eventSource,
  EventId: (event) => event.eventId,
  ReadOnly: (event) => String(event.readOnly),
};

function selects(input: LookupEventsRequest): (event: CloudTrailEvent) => boolean {
  const [attribute, ...more] = input.LookupAttributes ?? [];
  if (!attribute) return () => true;
  if (more.length > 0)
    throw new AwsError('InvalidLookupAttributesException', 400, 'Only one lookup attribute can be given');
  const read = attributes[attribute.AttributeKey ?? ''];
  if (!read) throw new NotModelled(`the simulated AWS does not model the lookup attribute ${attribute.AttributeKey}`);
  return (event) => read(event) === attribute.AttributeValue;
}

/** The record itself, as in the log file. */
const recordOf = (event: CloudTrailEvent, account: string): string =>
  JSON.stringify({
    eventVersion: '1.11',
    userIdentity: event.userIdentity,
    eventTime: event.eventTime.toString(),
    eventSource: event.eventSource,
    eventName: event.eventName,
    awsRegion: event.awsRegion,
    sourceIPAddress: event.sourceIPAddress,
    errorCode: event.errorCode,
    requestParameters: event.requestParameters,
    responseElements: event.responseElements,
    readOnly: event.readOnly,
    eventID: event.eventId,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
  });

const shownEvent = (event: CloudTrailEvent, account: string) => ({
  EventId: event.eventId,
  EventName: event.eventName,
  EventSource: event.eventSource,
  EventTime: new Date(event.eventTime.epochMilliseconds),
  Username: event.username,
  AccessKeyId: event.accessKeyId,
  ReadOnly: String(event.readOnly),
  Resources: event.resources.map(({ type, name }) => ({ ResourceType: type, ResourceName: name })),
  CloudTrailEvent: recordOf(event, account),
});

/** Management events of this Region and the last 90 days, newest first, at most 50 a page (CloudTrail API reference, LookupEvents). */
function lookup(world: World, input: LookupEventsRequest, call: Call): object {
  const { StartTime, EndTime, NextToken, MaxResults = 50 } = input;
  if (MaxResults < 1 || MaxResults > 50)
    throw new AwsError('InvalidMaxResultsException', 400, 'MaxResults must be between 1 and 50');
  if (StartTime && EndTime && StartTime > EndTime)
    throw new AwsError('InvalidTimeRangeException', 400, 'The start time is after the end time');
  const oldest = call.now.toZonedDateTimeISO('UTC').subtract({ days: 90 }).epochMilliseconds;
  const from = Math.max(oldest, StartTime?.getTime() ?? oldest);
  const until = EndTime?.getTime() ?? call.now.epochMilliseconds;
  const matches = selects(input);
  const events = world
    .account(call.caller.account)
    .trail.filter((event) => {
      const at = event.eventTime.epochMilliseconds;
      const visible = Temporal.Instant.compare(event.visibleAt, call.now) <= 0;
      return visible && event.awsRegion === call.region && at >= from && at <= until && matches(event);
    })
    .sort((a, b) => Temporal.Instant.compare(b.eventTime, a.eventTime));
  const last = events.findIndex((event) => event.eventId === NextToken);
  if (NextToken !== undefined && last < 0) throw new AwsError('InvalidNextTokenException', 400, 'invalid token');
  const page = events.slice(last + 1, last + 1 + MaxResults);
  return {
    Events: page.map((event) => shownEvent(event, call.caller.account)),
    NextToken: last + 1 + MaxResults < events.length ? page.at(-1)?.eventId : undefined,
  };
}

const shownTrail = (trail: Trail) => ({
  Name: trail.name,
  TrailARN: trail.arn,
  HomeRegion: trail.homeRegion,
  S3BucketName: trail.bucket,
  IsMultiRegionTrail: trail.multiRegion,
  IncludeGlobalServiceEvents: true,
  IsOrganizationTrail: false,
  LogFileValidationEnabled: true,
  HasCustomEventSelectors: trail.dataResources.length > 0,
});

const selectorsOf = (trail: Trail) => ({
  TrailARN: trail.arn,
  EventSelectors: [
    {
      ReadWriteType: 'All',
      IncludeManagementEvents: true,
      DataResources: trail.dataResources.map(({ Type, Values }) => ({ Type, Values: [...Values] })),
    },
  ],
});

const inRegion = (trail: Trail, region: string) => trail.multiRegion || trail.homeRegion === region;

function describeTrails(world: World): Command<DescribeTrailsRequest, object> {
  return {
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
  };
}

/** A command on one trail, named by name or ARN. */
function trailCommand<I>(
  world: World,
  action: string,
  parameter: string & keyof I,
  run: (trail: Trail) => object,
): Command<I, object> {
  const find = (input: I, call: Call) => {
    const trails = [...world.account(call.caller.account).trails.values()];
    return trails.find((t) => inRegion(t, call.region) && [t.name, t.arn].includes(String(input[parameter])));
  };
  return {
    parameters: [parameter],
    needs(input, call) {
      const name = String(input[parameter]);
      const bare = `arn:aws:cloudtrail:${call.region}:${call.caller.account}:trail/${name}`;
      return [{ action, resource: find(input, call)?.arn ?? bare, owner: call.caller.account }];
    },
    run(input, call) {
      const trail = find(input, call);
      if (!trail) throw new AwsError('TrailNotFoundException', 400, `Unknown trail: ${String(input[parameter])}`);
      return run(trail);
    },
  };
}

/** CloudTrail, as far as it is modelled: reading only. */
export function cloudTrailService(world: World): Service {
  return {
    LookupEvents: {
      parameters: ['LookupAttributes', 'StartTime', 'EndTime', 'MaxResults', 'NextToken'],
      needs: (_input: LookupEventsRequest, call: Call) => [
        { action: 'cloudtrail:LookupEvents', resource: '*', owner: call.caller.account },
      ],
      run: (input: LookupEventsRequest, call: Call) => lookup(world, input, call),
    },
    DescribeTrails: describeTrails(world),
    GetTrailStatus: trailCommand<GetTrailStatusRequest>(world, 'cloudtrail:GetTrailStatus', 'Name', (trail) => ({
      IsLogging: trail.logging,
      StartLoggingTime: new Date(trail.loggingSince.epochMilliseconds),
    })),
    GetEventSelectors: trailCommand<GetEventSelectorsRequest>(
      world,
      'cloudtrail:GetEventSelectors',
      'TrailName',
      selectorsOf,
    ),
  };
}
