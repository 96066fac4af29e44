import {
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
} from '@aws-sdk/client-s3';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { allow, clinic, outcome, partner, region, testWorld } from '../testWorld.ts';
import { expiring } from './lifecycle.ts';

const Bucket = 'records';
const all = { ID: 'all', Filter: { Prefix: '' }, Status: 'Enabled' as const, Expiration: { Days: 1 } };
const dated = {
  ID: 'dated',
  Prefix: 'old/',
  Status: 'Enabled' as const,
  Expiration: { Date: new Date('2026-11-04T00:00:00Z') },
};

function withBucket() {
  const t = testWorld();
  const account = t.world.account(clinic);
  const bucket = account.addBucket({
    name: Bucket,
    region,
    objects: ['old/1', 'new/1'].map((key) => ({ key, body: 'x' })),
  });
  const admin = t.s3(t.userWith(clinic, allow('s3:*')));
  const put = (Rules: unknown[], more: object = {}) =>
    admin.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: { Rules: Rules as (typeof all)[] },
        ...more,
      }),
    );
  const get = () => admin.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
  return { ...t, account, bucket, admin, put, get };
}

describe('the lifecycle of a bucket', () => {
  it('is replaced as a whole, filters as they were given, and the smallest size goes back to its default', async () => {
    const t = withBucket();
    expect(await outcome(t.get())).toBe('NoSuchLifecycleConfiguration');
    await t.put([dated], { TransitionDefaultMinimumObjectSize: 'varies_by_storage_class' });
    expect(await t.get()).toMatchObject({
      Rules: [dated],
      TransitionDefaultMinimumObjectSize: 'varies_by_storage_class',
    });
    await t.put([all]);
    const { Rules, TransitionDefaultMinimumObjectSize } = await t.get();
    expect({ Rules, TransitionDefaultMinimumObjectSize }).toEqual({
      Rules: [all],
      TransitionDefaultMinimumObjectSize: 'all_storage_classes_128K',
    });
    await t.admin.send(new DeleteBucketLifecycleCommand({ Bucket }));
    expect(await outcome(t.get())).toBe('NoSuchLifecycleConfiguration');
  });

  it('needs one right to read, and one to put or delete', async () => {
    const t = withBucket();
    await t.put([all]);
    const reader = t.s3(t.userWith(clinic, allow('s3:GetLifecycleConfiguration')));
    const writer = t.s3(t.userWith(clinic, allow('s3:PutLifecycleConfiguration')));
    expect(await outcome(reader.send(new GetBucketLifecycleConfigurationCommand({ Bucket })))).toBe('200');
    expect(await outcome(reader.send(new DeleteBucketLifecycleCommand({ Bucket })))).toBe('AccessDenied');
    expect(await outcome(writer.send(new DeleteBucketLifecycleCommand({ Bucket })))).toBe('200');
  });

  it.each([
    ['no rule', [], 'MalformedXML'],
    ['neither filter nor prefix', [{ ...all, Filter: undefined }], 'MalformedXML'],
    ['filter and prefix', [{ ...all, Prefix: '' }], 'MalformedXML'],
    ['one id twice', [all, all], 'InvalidArgument'],
    ['no action', [{ ...all, Expiration: undefined }], 'InvalidArgument'],
    ['no whole day', [{ ...all, Expiration: { Days: 0 } }], 'InvalidArgument'],
    ['no midnight', [{ ...all, Expiration: { Date: new Date('2026-11-04T01:00:00Z') } }], 'InvalidArgument'],
  ])('is refused with %s', async (_what, rules, code) => {
    expect(await outcome(withBucket().put(rules))).toBe(code);
  });

  it('takes what an enabled rule covers once its time has come', async () => {
    const t = withBucket();
    const at = (text: string) => expiring(t.bucket, Temporal.Instant.from(text));
    await t.put([dated, { ...all, Status: 'Disabled' }]);
    expect(at('2026-11-03T23:00:00Z')).toEqual([]);
    expect(at('2026-11-04T00:00:00Z')).toEqual(['old/1']);
    await t.put([all]);
    expect(at('2026-11-04T02:14:07Z')).toEqual([]);
    expect(at('2026-11-04T02:14:08Z')).toEqual(['old/1', 'new/1']);
  });
});

describe('access logging', () => {
  it('goes to a bucket of the same account and Region, and is off with an empty status', async () => {
    const t = withBucket();
    t.account.addBucket({ name: 'logs', region });
    t.account.addBucket({ name: 'far', region: 'us-west-2' });
    t.world.account(partner).addBucket({ name: 'theirs', region });
    const put = (TargetBucket?: string) =>
      t.admin.send(
        new PutBucketLoggingCommand({
          Bucket,
          BucketLoggingStatus: TargetBucket ? { LoggingEnabled: { TargetBucket, TargetPrefix: 'a/' } } : {},
        }),
      );
    const get = async () => (await t.admin.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled;
    for (const wrong of ['none', 'far', 'theirs'])
      expect(await outcome(put(wrong))).toBe('InvalidTargetBucketForLogging');
    await put('logs');
    expect(await get()).toEqual({ TargetBucket: 'logs', TargetPrefix: 'a/' });
    await put();
    expect(await get()).toBeUndefined();
  });
});
