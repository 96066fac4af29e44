import type { LookupEventsRequest } from '@aws-sdk/client-cloudtrail';
import { Temporal } from 'temporal-polyfill';
import { trailCommands } from './cloudtrail-trails.ts';
import { AwsError, type Call, NotModelled, type Service } from './kernel.ts';
import type { CloudTrailEvent } from './trail.ts';
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

/** CloudTrail, as far as it is modelled: the event history here, the trails in cloudtrail-trails.ts. */
export function cloudTrailService(world: World): Service {
  return {
    LookupEvents: {
      parameters: ['LookupAttributes', 'StartTime', 'EndTime', 'MaxResults', 'NextToken'],
      needs: (_input: LookupEventsRequest, call: Call) => [
        { action: 'cloudtrail:LookupEvents', resource: '*', owner: call.caller.account },
      ],
      run: (input: LookupEventsRequest, call: Call) => lookup(world, input, call),
    },
    ...trailCommands(world),
  };
}
