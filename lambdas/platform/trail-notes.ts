import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import type { Member } from './action.ts';
import { isAnswer } from './aws-error.ts';

/** One sentence for each trail: is it logging, since when, and does it record data events (object reads)? */
export async function trailNotes(member: Member): Promise<string[]> {
  const { trailList = [] } = await member.client(CloudTrailClient).send(new DescribeTrailsCommand({}));
  if (trailList.length === 0)
    return [
      'no trail is configured: management events are kept 90 days by LookupEvents alone, object reads not at all',
    ];
  return Promise.all(trailList.map((trail) => trailNote(trail, member)));
}

async function trailNote({ Name = '(unnamed)', TrailARN = '', HomeRegion }: Trail, member: Member): Promise<string> {
  const client = member.client(CloudTrailClient, HomeRegion);
  try {
    const status = await client.send(new GetTrailStatusCommand({ Name: TrailARN }));
    const selectors = await client.send(new GetEventSelectorsCommand({ TrailName: TrailARN }));
    const data =
      selectors.EventSelectors?.some((s) => (s.DataResources ?? []).length > 0) ||
      selectors.AdvancedEventSelectors?.some((s) =>
        s.FieldSelectors?.some((f) => f.Field === 'eventCategory' && f.Equals?.includes('Data')),
      );
    const since = status.StartLoggingTime ? ` since ${status.StartLoggingTime.toISOString()}` : '';
    const logging = status.IsLogging ? `logging${since}` : 'NOT logging';
    return `trail ${Name}: ${logging}, data events (object reads) ${data ? 'recorded' : 'not recorded'}`;
  } catch (error) {
    if (!isAnswer(error)) throw error;
    return `trail ${Name}: could not be read (${error.name})`;
  }
}
