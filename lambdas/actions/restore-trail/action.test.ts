import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { type AccountSeed, stage } from '../../../test/member-account.ts';
import { Drift, Hindered, TargetForeign } from '../../core/errors.ts';
import type { Statement } from '../../core/manifest.ts';
import type { Target } from '../../core/target.ts';
import manifest from './action.json' with { type: 'json' };
import action from './action.ts';
import examples from './examples.json' with { type: 'json' };

const account = '111122223333';
const target: Target = { kind: 'cloudtrail-trail', id: 'clinic', account, region: 'us-east-1' };
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const statements = [...manifest.permissions.read, ...manifest.permissions.write] as Statement[];
const deleted = examples[0];
if (!deleted?.baseline) throw new Error('the first example is a deleted trail with its record');
const { baseline } = deleted;

async function captured(seed: AccountSeed, recorded: typeof baseline | null = baseline) {
  const on = stage({ [account]: seed }, target, at, new Set(), recorded ?? undefined);
  const { state: before, scope } = await action.capture(target, on.member(statements, names));
  const member = on.member(statements, { ...names, ...scope });
  return { on, before, member, intended: () => action.intend(before, target, at) };
}
const names = { logsRole: 'none', logsRoleBefore: 'none' };
const seedOf = (example: (typeof examples)[number]) =>
  (example.accounts as unknown as Record<string, AccountSeed>)[account] ?? {};

describe('restore-trail', () => {
  it('rebuilds a deleted trail with validation, every Region, its logs and its data events, and starts it', async () => {
    const { on, before, member, intended } = await captured(seedOf(deleted));
    await action.apply(target, member, before, intended());
    expect(on.world.account(account).trails.get('clinic')).toMatchObject({
      logging: true,
      multiRegion: true,
      validation: true,
      prefix: 'audit',
      logsRole: `arn:aws:iam::${account}:role/service-role/trail-to-logs`,
      selectors: { event: [{ DataResources: [{ Type: 'AWS::S3::Object' }] }] },
    });
  });

  it('goes on where a crash left it: made, and not yet started', async () => {
    const { on, before, member, intended } = await captured(seedOf(deleted));
    await action.apply(target, member, before, intended());
    const whole = on.world.snapshot();
    await on.act({ service: 'CloudTrail', command: 'StopLogging', input: { Name: 'clinic' } });
    const EventSelectors = [{ ReadWriteType: 'All', IncludeManagementEvents: true }];
    await on.act({
      service: 'CloudTrail',
      command: 'PutEventSelectors',
      input: { TrailName: 'clinic', EventSelectors },
    });
    await action.apply(target, member, before, intended());
    expect(on.world.snapshot()).toEqual(whole);
  });

  it('does not delete a rebuilt trail that somebody has changed since', async () => {
    const { on, before, member, intended } = await captured(seedOf(deleted));
    await action.apply(target, member, before, intended());
    const input = { Name: 'clinic', EnableLogFileValidation: false };
    await on.act({ service: 'CloudTrail', command: 'UpdateTrail', input });
    await expect(action.undo(target, member, before, intended())).rejects.toThrow(Drift);
  });

  it('only starts a trail of which nothing was recorded, and says so', async () => {
    const trail = { name: 'clinic', homeRegion: 'us-east-1', bucket: 'anywhere', logging: false, validation: false };
    const { on, before, member, intended } = await captured({ trails: [trail] }, null);
    expect(action.describe(before, intended())).toEqual([
      'logging: off → on',
      expect.stringContaining('nothing was recorded'),
    ]);
    await action.apply(target, member, before, intended());
    expect(on.world.account(account).trails.get('clinic')).toMatchObject({ logging: true, validation: false });
  });

  it("keeps the owner's edit beside it when the trail was only stopped, through apply and undo", async () => {
    const trail = { ...seedOf(examples[1] ?? deleted).trails?.[0], logging: false } as never;
    const { on, before, member, intended } = await captured({ ...seedOf(deleted), trails: [trail] });
    expect(before.restores).toEqual(['logging']);
    await on.act({ service: 'CloudTrail', command: 'UpdateTrail', input: { Name: 'clinic', S3KeyPrefix: 'newer' } });
    await action.apply(target, member, before, intended());
    const now = () => on.world.account(account).trails.get('clinic');
    expect(now()).toMatchObject({ prefix: 'newer', logging: true });
    await action.undo(target, member, before, intended());
    expect(now()).toMatchObject({ prefix: 'newer', logging: false });
  });

  it('says what to do where the bucket no longer lets the trail write', async () => {
    const { before, member, intended } = await captured({
      ...seedOf(deleted),
      buckets: [{ name: 'clinic-trail', region: 'us-east-1' }],
    });
    const made = action.apply(target, member, before, intended());
    await expect(made).rejects.toThrow(Hindered);
    await expect(made).rejects.toThrow(/restore the statement for cloudtrail/);
  });

  it('is not safe while the trail is on and none of its files arrive', async () => {
    const { on, before, member, intended } = await captured(seedOf(examples[1] ?? deleted), null);
    const started = { ...intended(), restores: ['logging'] };
    await on.act({ service: 'CloudTrail', command: 'StartLogging', input: { Name: 'clinic' } });
    const seen = async () => action.verify((await action.capture(target, member)).state, target, started);
    expect(await seen()).toEqual({ safe: true });
    on.answer('CloudTrail', 'GetTrailStatus', { IsLogging: true, LatestDeliveryError: 'AccessDenied' });
    expect(await seen()).toEqual({
      safe: false,
      why: expect.stringMatching(/last delivery to S3 failed \(AccessDenied\)/),
    });
    // settings that were written just now are judged by CloudTrail's own check: the error is of the old place
    const live = { ...before, live: { ...before.live, logging: true, deliveryError: 'NoSuchBucket' } };
    const rewritten = { ...live, restores: ['settings'] };
    expect(action.verify(live, target, rewritten)).toEqual({ safe: true });
  });

  it("does not touch an organization's trail, which belongs to another account", async () => {
    const on = stage({ [account]: {} }, target, at, new Set());
    const TrailARN = 'arn:aws:cloudtrail:us-east-1:999988887777:trail/clinic';
    on.world.account(account).trails.set('clinic', {
      ...on.world.account(account).addTrail({ name: 'other', homeRegion: 'us-east-1', bucket: 'b' }),
      name: 'clinic',
      arn: TrailARN,
    });
    await expect(action.capture(target, on.member(statements, names))).rejects.toThrow(TargetForeign);
  });
});
