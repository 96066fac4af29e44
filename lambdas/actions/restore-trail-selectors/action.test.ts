import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { type AccountSeed, stage } from '../../../test/member-account.ts';
import type { Statement } from '../../core/manifest.ts';
import type { Target } from '../../core/target.ts';
import { selectorLines } from '../../platform/trail.ts';
import manifest from './action.json' with { type: 'json' };
import action from './action.ts';
import examples from './examples.json' with { type: 'json' };

const account = '111122223333';
const target: Target = { kind: 'cloudtrail-trail', id: 'clinic', account, region: 'us-east-1' };
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const [lost] = examples;
if (!lost) throw new Error('the first example is a trail without its data events');
const capture = async (baseline?: (typeof examples)[number]['baseline']) => {
  const seeds = lost.accounts as unknown as Record<string, AccountSeed>;
  const on = stage(seeds, target, at, new Set(), baseline);
  return (await action.capture(target, on.member(manifest.permissions.read as Statement[]))).state;
};

describe('restore-trail-selectors', () => {
  it('shows the approver which reads are written down again, and when that was recorded', async () => {
    const state = await capture(lost.baseline);
    const [line, source] = action.describe(state, action.intend(state, target, at));
    expect(line).toMatch(/^selectors: .* → data events of arn:aws:s3:::records\//);
    expect(source).toBe('as recorded at 2026-02-28T03:00:00.000Z');
  });

  it('shows of an object prefix, which may be the beginning of a key, the bucket only, in both forms of selectors', () => {
    const arns = ['arn:aws:s3:::records/jane-doe/2026', 'arn:aws-us-gov:s3:::intake/doe,jane', 'arn:aws:s3:::whole/'];
    const event = [{ ReadWriteType: 'All', DataResources: [{ Type: 'AWS::S3::Object', Values: arns }] }];
    const advanced = [{ FieldSelectors: [{ Field: 'resources.ARN', StartsWith: arns }] }];
    for (const lines of [selectorLines({ event, advanced: [] }), selectorLines({ event: [], advanced })]) {
      expect(lines.join()).not.toMatch(/jane|2026/);
      for (const bucket of ['arn:aws:s3:::records/…', 'arn:aws-us-gov:s3:::intake/…', 'arn:aws:s3:::whole/'])
        expect(lines.join()).toContain(bucket);
    }
  });

  it('claims nothing of a trail of which nothing was recorded: a person looks', async () => {
    const state = await capture();
    expect(() => action.intend(state, target, at)).toThrow(/PutEventSelectors replaces all/);
  });

  it('does not take the record of another trail', async () => {
    const live = { ...lost.baseline.live, name: 'other' };
    const state = await capture({ ...lost.baseline, live } as typeof lost.baseline);
    expect(state.restores).toEqual([]);
    expect(state.hindered).toMatch(/nothing was recorded/);
  });
});
