import { CloudTrailClient, type Event, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import type { Temporal } from 'temporal-polyfill';
import type { Member } from './action.ts';
import { isCode } from './aws-error.ts';
import { wait } from './wait.ts';

/** LookupEvents gives 50 events a page, and two answers a second per account and Region. */
const pageLimit = 60;

export interface Period {
  from: Temporal.Instant;
  to: Temporal.Instant;
  /** no page is asked for after this */
  end: Temporal.Instant;
}

/** Whose events: the id of an access key, or a name as the event history lists it. */
export interface Sought {
  attribute: 'AccessKeyId' | 'Username';
  value: string;
}

export interface Found {
  events: Event[];
  pages: number;
  /** events that there are and that were not fetched */
  cut: string[];
}

/** The management events that one access key id signed, or that one name made, in some Regions, each once. */
export async function lookup(member: Member, regions: string[], sought: Sought, period: Period): Promise<Found> {
  const found: Found = { events: [], pages: 0, cut: [] };
  // a Region has a request rate of its own
  await Promise.all(regions.map((region) => lookupIn(member, region, sought, period, found)));
  return found;
}

async function lookupIn(
  member: Member,
  region: string,
  { attribute, value }: Sought,
  period: Period,
  found: Found,
): Promise<void> {
  const client = member.client(CloudTrailClient, region);
  const seen = new Set(found.events.map((e) => e.EventId));
  let NextToken: string | undefined;
  let pages = 0;
  do {
    if (pages === pageLimit || member.now().epochMilliseconds >= period.end.epochMilliseconds) {
      found.cut.push(`events of ${value} in ${region} after ${pages} pages`);
      return;
    }
    const page = await unthrottled(member, period, () =>
      client.send(
        new LookupEventsCommand({
          LookupAttributes: [{ AttributeKey: attribute, AttributeValue: value }],
          StartTime: new Date(period.from.epochMilliseconds),
          EndTime: new Date(period.to.epochMilliseconds),
          MaxResults: 50,
          NextToken,
        }),
      ),
    );
    pages += 1;
    found.pages += 1;
    found.events.push(...(page.Events ?? []).filter((e) => !seen.has(e.EventId)));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
}

/** Waits a second and asks again while AWS throttles and there is time. */
async function unthrottled<T>(member: Member, { end }: Period, call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isCode(error, 'Throttling') || member.now().epochMilliseconds >= end.epochMilliseconds) throw error;
      await wait(1);
    }
  }
}
