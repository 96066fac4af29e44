import { readFileSync } from 'node:fs';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { stage } from '../../../test/member-account.ts';
import { Hindered, TargetForeign } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { actionManifest } from '../../core/manifest.ts';
import type { Target } from '../../core/target.ts';
import action from './action.ts';

const manifest = actionManifest.parse(JSON.parse(readFileSync(new URL('action.json', import.meta.url), 'utf8')));
const { read: reads, write: writes } = manifest.permissions;
const account = '111122223333';
const region = 'us-east-1';
const target: Target = { kind: 's3-bucket', id: 'records', account, region };
const here: Target = { kind: 'account-region', id: region, account, region };
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const logging = { TargetBucket: 'logs', TargetPrefix: 'records-of-jane/' };
const recorded = {
  live: { logging },
  recorded: null,
  restores: [],
  hindered: null,
  recordedAt: '2026-02-28T02:00:00Z',
};

const grounds = (of: typeof logging | undefined, baseline?: JsonObject, logs = 'logs') =>
  stage(
    {
      [account]: {
        buckets: [
          { name: 'records', region, ...(of && { logging: of }) },
          { name: 'far', region: 'eu-west-1', logging },
          { name: logs, region },
        ],
      },
    },
    target,
    at,
    new Set(),
    baseline,
  );

describe('restore-access-logging', () => {
  it('is read without a record, or none could be made; what it cannot put back it says before it is applied', async () => {
    const s = grounds(undefined);
    const { state } = await action.capture(target, s.member(reads));
    expect(() => action.intend(state, target, at)).toThrow(Hindered);
    expect(() => action.intend(state, target, at)).toThrow(/no place was recorded/);
  });

  it('records only buckets of the Region that log now: the last record of one that was switched off stays', async () => {
    const on = grounds(logging);
    expect(await action.survey?.(on.member(reads, {}, here))).toEqual([target]);
    const off = grounds(undefined);
    expect(await action.survey?.(off.member(reads, {}, here))).toEqual([]);
  });

  it('is not stopped by one bucket that it may not read: that one is named too, and its capture says why', async () => {
    const s = grounds(logging);
    const shut = { Effect: 'Deny', Principal: '*', Action: 's3:GetBucketLogging', Resource: 'arn:aws:s3:::logs' };
    s.world.bucket('logs')?.policy.seed(JSON.stringify({ Version: '2012-10-17', Statement: [shut] }));
    const found = await action.survey?.(s.member(reads, {}, here));
    expect(found?.map(({ id }) => id)).toEqual(['logs', 'records']);
    const logs = { ...target, id: 'logs' };
    await expect(action.capture(logs, s.member(reads, {}, logs))).rejects.toThrow(TargetForeign);
  });

  it('leaves a bucket alone that logs as recorded, or logs with nothing recorded', async () => {
    for (const baseline of [recorded, undefined]) {
      const s = grounds(logging, baseline);
      const { state } = await action.capture(target, s.member(reads));
      const after = action.intend(state, target, at);
      expect(action.describe(state, after)).toEqual([]);
      expect(action.verify(state, target, after)).toEqual({ safe: true });
    }
  });

  it('shows the bucket that the logs go to, and no prefix', async () => {
    const s = grounds(undefined, recorded);
    const { state } = await action.capture(target, s.member(reads));
    const lines = action.describe(state, action.intend(state, target, at));
    expect(lines).toEqual(['logging: none → to bucket logs', 'as recorded at 2026-02-28T02:00:00Z']);
  });

  it('says what to do where the bucket of the logs is gone', async () => {
    const s = grounds(undefined, recorded, 'other-logs');
    const { state } = await action.capture(target, s.member(reads));
    const after = action.intend(state, target, at);
    const done = action.apply(target, s.member([...reads, ...writes]), state, after);
    await expect(done).rejects.toThrow(Hindered);
    await expect(done).rejects.toThrow(/InvalidTargetBucketForLogging.*make it again/);
  });
});
