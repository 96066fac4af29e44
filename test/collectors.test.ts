import { describe, expect, it } from 'vitest';
import configurationManifest from '../lambdas/collectors/bucket-configuration/collector.json' with { type: 'json' };
import configuration from '../lambdas/collectors/bucket-configuration/collector.ts';
import exposureManifest from '../lambdas/collectors/bucket-exposure/collector.json' with { type: 'json' };
import exposure from '../lambdas/collectors/bucket-exposure/collector.ts';
import activityManifest from '../lambdas/collectors/key-activity/collector.json' with { type: 'json' };
import activity from '../lambdas/collectors/key-activity/collector.ts';
import { TargetForeign, TargetNotFound } from '../lambdas/core/errors.ts';
import { collectorManifest } from '../lambdas/core/manifest.ts';
import { sessionPolicy } from '../lambdas/core/session-policy.ts';
import type { Target } from '../lambdas/core/target.ts';
import type { Collected } from '../lambdas/platform/action.ts';
import { at, lines, run } from './collecting.ts';
import { type AccountSeed, stage } from './member-account.ts';

const account = '111122223333';
const bucket: Target = { kind: 's3-bucket', id: 'clinic-records', account, region: 'us-east-1' };
const key: Target = { kind: 'iam-access-key', id: 'AKIAIOSFODNN7EXAMPLE', account, region: 'eu-west-1' };
const objects = `arn:aws:s3:::${bucket.id}/*`;
const allow = (more: object = {}) => ({
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: objects,
  ...more,
});
const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement }) as never;
const withBucket = (more: Partial<NonNullable<AccountSeed['buckets']>[number]> = {}): AccountSeed => ({
  buckets: [{ name: bucket.id, region: 'us-east-1', policy: policy(allow()), ...more }],
});
const twoObjects = {
  objects: [
    { key: 'jane-doe.pdf', body: '12345' },
    { key: 'open/leaflet.pdf', body: '123' },
  ],
};

describe('bucket-configuration', () => {
  it('brings home every part: its value, or that there is none', async () => {
    const c = await run(
      configuration,
      configurationManifest,
      bucket,
      withBucket({ ownership: 'ObjectWriter', acl: 'public-read', tags: { owner: 'x' } }),
    ).collected;
    const [read] = lines(c);
    expect(Object.keys(read.configuration)).toHaveLength(13);
    expect(JSON.parse(read.configuration.policy.value.Policy)).toEqual(policy(allow()));
    expect(read.configuration.acl.value.Grants).toHaveLength(2);
    expect(read.configuration.publicAccessBlock).toEqual({ absent: true });
    expect(read.configuration.objectLock).toEqual({ absent: true });
    expect(read.configuration.logging).toEqual({ absent: true });
    expect(c.coverage).toMatchObject({ level: 'complete', notes: [] });
    expect(c.summary).toMatch(/policy present \(public by AWS's verdict\), public access block absent/);
  });

  it('names the part that it could not read, and brings home the others', async () => {
    const deny = { Effect: 'Deny', Principal: '*', Action: 's3:GetBucketAcl', Resource: `arn:aws:s3:::${bucket.id}` };
    const c = await run(configuration, configurationManifest, bucket, withBucket({ policy: policy(deny) })).collected;
    expect(lines(c)[0].configuration.acl).toEqual({ error: 'AccessDenied' });
    expect(c.coverage).toMatchObject({ level: 'partial', notes: [expect.stringContaining('acl')] });
  });

  it('fails for a bucket that is gone or foreign', async () => {
    const seed = withBucket();
    await expect(run(configuration, configurationManifest, { ...bucket, id: 'gone' }, seed).collected).rejects.toThrow(
      TargetNotFound,
    );
    const theirs = { ...bucket, id: 'theirs' };
    const { collected } = run(configuration, configurationManifest, theirs, seed, ({ world }) =>
      world.account('777788889999').addBucket({ name: 'theirs', region: 'us-east-1' }),
    );
    await expect(collected).rejects.toThrow(TargetForeign);
  });
});

describe('bucket-exposure', () => {
  it('lists what the policy lets anyone read, also while the block already stands', async () => {
    const on = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };
    for (const publicAccessBlock of [undefined, on]) {
      const open = policy(allow({ Resource: `arn:aws:s3:::${bucket.id}/open/*` }));
      const c = await run(
        exposure,
        exposureManifest,
        bucket,
        withBucket({ ...twoObjects, publicAccessBlock, policy: open }),
      ).collected;
      expect(lines(c)).toEqual([expect.objectContaining({ key: 'open/leaflet.pdf', bytes: 3, by: 'policy' })]);
      expect(c.summary).toContain('1 of 2 objects (3 bytes)');
      expect(c.coverage.level).toBe('complete');
    }
  });

  it('never names an object outside its body', async () => {
    const c = await run(exposure, exposureManifest, bucket, withBucket(twoObjects)).collected;
    expect(lines(c)).toHaveLength(2);
    expect(JSON.stringify([c.summary, c.coverage])).not.toMatch(/jane|leaflet/);
  });

  it('takes away what is denied to everybody, and nothing that is denied under a condition', async () => {
    const deny = { ...allow(), Effect: 'Deny', Resource: `arn:aws:s3:::${bucket.id}/open/*` };
    const tls = { ...allow(), Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
    const c = await run(
      exposure,
      exposureManifest,
      bucket,
      withBucket({ ...twoObjects, policy: policy(allow(), deny, tls) }),
    ).collected;
    expect(lines(c).map((l) => l.key)).toEqual(['jane-doe.pdf']);
  });

  it('reads object ACLs where they count', async () => {
    const [first, second] = twoObjects.objects;
    const objects = [{ ...first, acl: 'public-read' as const }, second] as never;
    const r = run(
      exposure,
      exposureManifest,
      bucket,
      withBucket({ objects, policy: undefined, ownership: 'ObjectWriter' }),
    );
    const c = await r.collected;
    expect(lines(c)).toEqual([expect.objectContaining({ key: 'jane-doe.pdf', by: 'acl' })]);
    expect(c.coverage).toMatchObject({
      level: 'partial',
      notes: [
        expect.stringContaining('containment may have removed it'),
        expect.anything(),
        expect.anything(),
        expect.anything(),
      ],
    });
    expect([...r.used].sort()).toEqual(exposureManifest.permissions.flatMap((s) => s.actions).sort());
  });

  it('says that it cannot tell, rather than zero, when the grants are already gone', async () => {
    const c = await run(exposure, exposureManifest, bucket, withBucket({ ...twoObjects, policy: undefined })).collected;
    expect(c.coverage.level).toBe('partial');
    expect(c.coverage.notes[0]).toContain('containment may have removed it');
    expect(c.summary).toContain('cannot be told');
  });

  it('says that hidden ACLs could not be judged', async () => {
    const publicAccessBlock = { IgnorePublicAcls: true };
    const c = await run(
      exposure,
      exposureManifest,
      bucket,
      withBucket({ ...twoObjects, ownership: 'ObjectWriter', publicAccessBlock }),
    ).collected;
    expect(lines(c)).toHaveLength(2);
    expect(c.coverage.notes).toContainEqual(expect.stringContaining('object ACLs could not be judged'));
  });

  it('goes through every page', async () => {
    const many = Array.from({ length: 2100 }, (_, i) => ({ key: `r${i}`, body: 'x' }));
    const c = await run(exposure, exposureManifest, bucket, withBucket({ objects: many })).collected;
    expect(lines(c)).toHaveLength(2100);
    expect(c.coverage.notes).toContainEqual(expect.stringContaining('3 pages, 2100 objects'));
  });
});

describe('key-activity', () => {
  const event = (accessKeyId: string, eventName: string, more: object = {}) => ({
    eventSource: 'iam.amazonaws.com',
    eventName,
    accessKeyId,
    eventTime: at.subtract({ minutes: 40 }),
    awsRegion: 'us-east-1',
    ...more,
  });
  const minted = (id: string) => ({ credentials: { accessKeyId: id } });
  const assume = (by: string, role: string, session: string, id: string, of = account) =>
    event(by, 'AssumeRole', {
      eventSource: 'sts.amazonaws.com',
      awsRegion: 'eu-west-1',
      requestParameters: { roleArn: `arn:aws:iam::${of}:role/path/${role}`, roleSessionName: session },
      responseElements: minted(id),
    });
  const made = (by: string, id: string, more: object = {}) =>
    event(by, 'CreateAccessKey', {
      requestParameters: { userName: 'billing' },
      responseElements: { accessKey: { accessKeyId: id, userName: 'billing' } },
      ...more,
    });
  const collect = (events: ReturnType<typeof event>[], seed: AccountSeed = {}) =>
    run(activity, activityManifest, key, seed, ({ world }) => {
      for (const one of events) world.account(account).addEvent(one as never);
    });
  const second = 'AKIAI44QH8DHBEXAMPLE';

  it('names the keys and role sessions made with the key, also through a session that it minted', async () => {
    const c = await collect([
      made(key.id, second),
      assume(key.id, 'reports', 'mallory', 'ASIAAAAAAAAAAAAAAAAA'),
      made('ASIAAAAAAAAAAAAAAAAA', 'AKIATHIRDKEYEXAMPLE0'),
    ]).collected;
    expect(c.footholds.map(({ target: t, how }) => [t.kind, t.id, how])).toEqual(
      [
        ['iam-role', 'reports', `assumed as session mallory at 2026-03-01T09:20:00Z with ${key.id}`],
        ['iam-user', 'billing', `has a key made for user billing at 2026-03-01T09:20:00Z with ${key.id}`],
        ['iam-access-key', second, `made for user billing at 2026-03-01T09:20:00Z with ${key.id}`],
        ['iam-access-key', 'AKIATHIRDKEYEXAMPLE0', `made for user billing at 2026-03-01T09:20:00Z with ${key.id}`],
      ].sort((a, b) => order(c, a[1]) - order(c, b[1])),
    );
    expect(lines(c)).toHaveLength(3);
    expect(c.coverage.notes.join()).toContain('CloudTrail lags up to 15 minutes');
  });
  const order = (c: Collected, id: string | undefined) => c.footholds.findIndex((f) => f.target.id === id);

  it('looks in every Region that the account has enabled: an attacker picks the one nobody watches', async () => {
    const elsewhere = { ...assume(key.id, 'reports', 'mallory', 'ASIAAAAAAAAAAAAAAAAA'), awsRegion: 'us-west-2' };
    const c = await collect([elsewhere]).collected;
    expect(c.footholds.map((f) => f.target.id)).toEqual(['reports']);
  });

  it('takes refused calls, calls before the incident and other keys for no doors', async () => {
    const c = await collect([
      made(key.id, second, { errorCode: 'AccessDenied' }),
      made(key.id, second, { eventTime: at.subtract({ hours: 5 }) }),
      made('AKIAOTHERKEYEXAMPLE0', second),
    ]).collected;
    expect(c.footholds).toEqual([]);
    expect(c.summary).toContain(`1 event of ${key.id}, 1 refused`);
  });

  it('names roles of other accounts as out of reach, and mentions what the user deny covers', async () => {
    const c = await collect([
      assume(key.id, 'theirs', 's', 'ASIAAAAAAAAAAAAAAAAA', '777788889999'),
      event(key.id, 'GetSessionToken', { responseElements: minted('ASIABBBBBBBBBBBBBBBB') }),
      event(key.id, 'CreateLoginProfile', { requestParameters: { userName: 'billing' } }),
    ]).collected;
    expect(c.footholds).toEqual([]);
    expect(c.summary).toMatch(/Out of reach.*777788889999:role\/path\/theirs/);
    expect(c.summary).toMatch(/GetSessionToken at .*deny.*CreateLoginProfile for user billing/);
  });

  it('says so when a session of a session is not followed, and when a name is no name', async () => {
    const c = await collect([
      assume(key.id, 'reports', 's', 'ASIAAAAAAAAAAAAAAAAA'),
      assume('ASIAAAAAAAAAAAAAAAAA', 'exports', 's', 'ASIABBBBBBBBBBBBBBBB'),
      made(key.id, '*/../'),
    ]).collected;
    expect(c.footholds.map((f) => f.target.id).sort()).toEqual(['billing', 'exports', 'reports']);
    expect(c.coverage.level).toBe('partial');
    expect(c.coverage.notes.join()).toMatch(/1 sessions minted by these sessions.*not followed.*1 events or names/);
  });

  it('follows pages, and says whether trails log and record data events', async () => {
    const many = Array.from({ length: 120 }, (_, i) => event(key.id, `List${i}`));
    const trails = [{ name: 'main', homeRegion: 'us-east-1', bucket: 'logs', logging: false }];
    const r = collect(many, { trails });
    const c = await r.collected;
    expect(lines(c)).toHaveLength(120);
    expect(c.coverage.notes.join()).toMatch(/trail main: NOT logging.*data events \(object reads\) not recorded/);
    expect([...r.used].sort()).toEqual(activityManifest.permissions.flatMap((s) => s.actions).sort());
  });

  it('does not call itself complete before CloudTrail had time to deliver', async () => {
    const s = stage({ [account]: {} }, key, at, new Set());
    const c = await activity.collect(key, s.member(activityManifest.permissions), at.subtract({ minutes: 5 }));
    expect(c.coverage.level).toBe('partial');
    expect(c.coverage.notes.join()).toMatch(/too early.*no trail is configured/);
  });
});

it.each([configurationManifest, exposureManifest, activityManifest])('$id fits into a session policy', (manifest) => {
  const { permissions, targetKinds } = collectorManifest.parse(manifest);
  const target = targetKinds[0] === 's3-bucket' ? { ...bucket, id: 'b'.repeat(63) } : key;
  expect(sessionPolicy(permissions, { target, partition: 'aws-us-gov', scope: {} }).length).toBeLessThanOrEqual(2048);
});

it('bucket-configuration makes the calls that it declares, and no others', async () => {
  const r = run(configuration, configurationManifest, bucket, withBucket());
  await r.collected;
  expect([...r.used].sort()).toEqual(configurationManifest.permissions.flatMap((s) => s.actions).sort());
});
