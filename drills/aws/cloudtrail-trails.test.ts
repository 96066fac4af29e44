import {
  CreateTrailCommand,
  DeleteTrailCommand,
  GetEventSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { describe, expect, it } from 'vitest';
import { recordsObjectReads } from './cloudtrail-trails.ts';
import { allow, clinic, outcome, policy, region, testWorld } from './testWorld.ts';

const delivery = policy({
  ...allow('s3:PutObject', 'arn:aws:s3:::logs/*'),
  Principal: { Service: 'cloudtrail.amazonaws.com' },
});
const data = { Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::records/'] };

function grounds() {
  const t = testWorld();
  const account = t.world.account(clinic);
  account.addBucket({ name: 'logs', region, policy: delivery });
  const root = t.world.rootCredentials(clinic);
  return { ...t, account, root, trails: t.cloudTrail(root) };
}

describe('a trail', () => {
  it('that is new records nothing until it is started, and then management events only', async () => {
    const { trails, world, account } = grounds();
    await trails.send(new CreateTrailCommand({ Name: 'main', S3BucketName: 'logs' }));
    expect((await trails.send(new GetTrailStatusCommand({ Name: 'main' }))).IsLogging).toBe(false);
    await trails.send(new StartLoggingCommand({ Name: 'main' }));
    expect(account.trails.get('main')).toMatchObject({ logging: true, multiRegion: false, validation: false });
    expect(recordsObjectReads(world, clinic, 'arn:aws:s3:::records/a')).toBe(false);
  });

  it('is refused where its bucket is missing, shut, or the name is taken', async () => {
    const { trails, account } = grounds();
    account.addBucket({ name: 'shut', region });
    const create = (Name: string, S3BucketName: string) =>
      outcome(trails.send(new CreateTrailCommand({ Name, S3BucketName })));
    expect(await create('one', 'nowhere')).toBe('S3BucketDoesNotExistException');
    expect(await create('one', 'shut')).toBe('InsufficientS3BucketPolicyException');
    expect(await create('one', 'logs')).toBe('200');
    expect(await create('one', 'logs')).toBe('TrailAlreadyExistsException');
  });

  it('is changed in its home Region only, and read from every Region that it covers', async () => {
    const t = grounds();
    t.account.addTrail({ name: 'main', homeRegion: region, bucket: 'logs' });
    const elsewhere = t.cloudTrail(t.root, { region: 'us-west-2' });
    expect((await elsewhere.send(new GetTrailCommand({ Name: 'main' }))).Trail?.HomeRegion).toBe(region);
    for (const command of [new StopLoggingCommand({ Name: 'main' }), new DeleteTrailCommand({ Name: 'main' })])
      expect(await outcome(elsewhere.send(command as StopLoggingCommand))).toBe('InvalidHomeRegionException');
    expect(await outcome(t.trails.send(new StopLoggingCommand({ Name: 'other' })))).toBe('TrailNotFoundException');
  });

  it('has all its selectors replaced at once, by one form of them', async () => {
    const { trails, world, account } = grounds();
    account.addTrail({ name: 'main', homeRegion: region, bucket: 'logs', dataResources: [data] });
    expect(recordsObjectReads(world, clinic, 'arn:aws:s3:::records/a')).toBe(true);
    const put = (input: object) => outcome(trails.send(new PutEventSelectorsCommand({ TrailName: 'main', ...input })));
    const EventSelectors = [{ ReadWriteType: 'All', IncludeManagementEvents: true }];
    const FieldSelectors = [{ Field: 'eventCategory', Equals: ['Data'] }];
    expect(await put({ EventSelectors, AdvancedEventSelectors: [{ FieldSelectors }] })).toBe(
      'InvalidEventSelectorsException',
    );
    expect(await put({ EventSelectors })).toBe('200');
    expect(recordsObjectReads(world, clinic, 'arn:aws:s3:::records/a')).toBe(false);
    expect(await put({ AdvancedEventSelectors: [{ FieldSelectors }] })).toBe('200');
    const now = await trails.send(new GetEventSelectorsCommand({ TrailName: 'main' }));
    expect(now.EventSelectors).toBeUndefined();
    expect(now.AdvancedEventSelectors).toEqual([{ FieldSelectors }]);
  });

  it('takes a role only from somebody who may pass it, and loses an optional part by an empty text', async () => {
    const t = grounds();
    t.account.addTrail({ name: 'main', homeRegion: region, bucket: 'logs' });
    const logs = {
      CloudWatchLogsLogGroupArn: `arn:aws:logs:${region}:${clinic}:log-group:trail:*`,
      CloudWatchLogsRoleArn: `arn:aws:iam::${clinic}:role/trail-to-logs`,
    };
    const user = t.userWith(clinic, allow('cloudtrail:*'));
    const update = (credentials: typeof user | typeof t.root) =>
      outcome(t.cloudTrail(credentials).send(new UpdateTrailCommand({ Name: 'main', ...logs })));
    expect(await update(user)).toBe('AccessDeniedException');
    expect(await update(t.root)).toBe('200');
    const none = { CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: '' };
    await t.trails.send(new UpdateTrailCommand({ Name: 'main', ...none }));
    expect(t.account.trails.get('main')).toMatchObject({ logGroup: undefined, logsRole: undefined });
  });
});
