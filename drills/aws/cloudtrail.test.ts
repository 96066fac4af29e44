import {
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  LookupEventsCommand,
  paginateLookupEvents,
} from '@aws-sdk/client-cloudtrail';
import { CreateAccessKeyCommand, GetUserCommand } from '@aws-sdk/client-iam';
import { GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { allow, clinic, outcome, region, testWorld } from './testWorld.ts';

function withReader() {
  const t = testWorld();
  const reader = t.userWith(clinic, allow('cloudtrail:*'));
  const events = async (input: object = {}, where = region) => {
    const client = t.cloudTrail(reader, { region: where });
    return (await client.send(new LookupEventsCommand(input))).Events ?? [];
  };
  return { ...t, reader, events };
}
const byKey = (AttributeValue: string) => ({ LookupAttributes: [{ AttributeKey: 'AccessKeyId', AttributeValue }] });

describe('LookupEvents', () => {
  it('shows the calls of a key after five minutes, in their Region, without secrets', async () => {
    const t = withReader();
    const thief = t.userWith(clinic, allow('*'));
    const minted = await t.sts(thief).send(new GetSessionTokenCommand({}));
    const created = await t.iam(thief).send(new CreateAccessKeyCommand({ UserName: t.reader.userName }));
    t.wait({ seconds: 299 });
    expect(await t.events(byKey(thief.accessKeyId))).toEqual([]);
    t.wait({ seconds: 1 });
    const [here, global] = [
      await t.events(byKey(thief.accessKeyId)),
      await t.events(byKey(thief.accessKeyId), 'us-east-1'),
    ];
    expect([here.map((e) => e.EventName), global.map((e) => e.EventName)]).toEqual([
      ['GetSessionToken'],
      ['CreateAccessKey'],
    ]);
    const record = JSON.parse(here[0]?.CloudTrailEvent ?? '{}');
    expect(record.responseElements.credentials.accessKeyId).toBe(minted.Credentials?.AccessKeyId);
    expect(JSON.parse(global[0]?.CloudTrailEvent ?? '{}').responseElements.accessKey.accessKeyId).toBe(
      created.AccessKey?.AccessKeyId,
    );
    expect(JSON.stringify([here, global])).not.toContain('secret of');
    expect(record.userIdentity).toMatchObject({ type: 'IAMUser', accessKeyId: thief.accessKeyId, accountId: clinic });
  });

  it('records denials with their error code, and nothing for dead credentials', async () => {
    const t = withReader();
    const user = t.userWith(clinic, allow('s3:*'));
    await outcome(t.iam(user).send(new GetUserCommand({ UserName: t.reader.userName })));
    await outcome(t.iam({ ...user, secretAccessKey: 'wrong' }).send(new GetUserCommand({})));
    t.wait({ minutes: 5 });
    const events = await t.events(byKey(user.accessKeyId), 'us-east-1');
    expect(events.map((event) => JSON.parse(event.CloudTrailEvent ?? '{}').errorCode)).toEqual(['AccessDenied']);
  });

  it('pages newest first, within the times asked for, and shows seeded events at once', async () => {
    const t = withReader();
    const start = t.world.now();
    for (let i = 0; i < 5; i += 1)
      t.world.account(clinic).addEvent({
        eventSource: 'iam.amazonaws.com',
        eventName: `Event${i}`,
        awsRegion: region,
        eventTime: start.subtract({ minutes: i }),
      });
    const names: (string | undefined)[] = [];
    let pages = 0;
    for await (const page of paginateLookupEvents({ client: t.cloudTrail(t.reader), pageSize: 2 }, {})) {
      pages += 1;
      names.push(...(page.Events ?? []).map((event) => event.EventName));
    }
    expect([pages, names]).toEqual([3, ['Event0', 'Event1', 'Event2', 'Event3', 'Event4']]);
    const StartTime = new Date(start.subtract({ minutes: 1 }).epochMilliseconds);
    expect(await t.events({ StartTime })).toHaveLength(2);
    t.wait({ hours: 24 * 91 });
    expect(await t.events()).toEqual([]);
  });

  it('takes one attribute and at most 50 results', async () => {
    const t = withReader();
    const twice = [...byKey('a').LookupAttributes, ...byKey('b').LookupAttributes];
    expect(await outcome(t.events({ LookupAttributes: twice }))).toBe('InvalidLookupAttributesException');
    expect(await outcome(t.events({ MaxResults: 51 }))).toBe('InvalidMaxResultsException');
  });
});

describe('trails', () => {
  it('tell whether they log, since when, and which data events', async () => {
    const t = withReader();
    const dataResources = [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::records/'] }];
    t.world.account(clinic).addTrail({ name: 'main', homeRegion: 'us-east-1', bucket: 'logs', dataResources });
    t.world.account(clinic).addTrail({ name: 'local', homeRegion: 'us-east-1', bucket: 'logs', multiRegion: false });
    const client = t.cloudTrail(t.reader);
    const { trailList } = await client.send(new DescribeTrailsCommand({}));
    expect(trailList?.map((trail) => trail.Name)).toEqual(['main']);
    const arn = trailList?.[0]?.TrailARN ?? '';
    expect((await client.send(new GetTrailStatusCommand({ Name: arn }))).IsLogging).toBe(true);
    const selectors = await client.send(new GetEventSelectorsCommand({ TrailName: 'main' }));
    expect(selectors.EventSelectors?.[0]?.DataResources).toEqual(dataResources);
    expect(await outcome(client.send(new GetTrailStatusCommand({ Name: 'none' })))).toBe('TrailNotFoundException');
    const nobody = t.cloudTrail(t.userWith(clinic, allow('s3:*')));
    expect(await outcome(nobody.send(new DescribeTrailsCommand({})))).toBe('AccessDeniedException');
  });
});
