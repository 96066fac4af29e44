import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { stage } from '../../../test/member-account.ts';
import { actionManifest } from '../../core/manifest.ts';
import type { Target } from '../../core/target.ts';
import action from './action.ts';

const manifest = actionManifest.parse(JSON.parse(readFileSync(new URL('action.json', import.meta.url), 'utf8')));
const { read: reads, write: writes } = manifest.permissions;
const account = '111122223333';
const target: Target = { kind: 's3-bucket', id: 'records', account, region: 'us-east-1' };
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');

type Rules = NonNullable<NonNullable<Parameters<typeof stage>[0][string]['buckets']>[number]['lifecycle']>['Rules'];
const enabled = { Filter: { Prefix: 'records/jane-doe' }, Status: 'Enabled' };

function grounds(Rules: Rules) {
  const lifecycle = { Rules, TransitionDefaultMinimumObjectSize: 'varies_by_storage_class' as const };
  const buckets = [{ name: target.id, region: target.region, lifecycle }];
  return stage({ [account]: { buckets } }, target, at, new Set());
}
type Stage = ReturnType<typeof grounds>;
const stored = (s: Stage) => structuredClone(s.world.bucket(target.id)?.lifecycle);

async function suspended(s: Stage) {
  const responder = s.member([...reads, ...writes]);
  const { state: before } = await action.capture(target, s.member(reads));
  const after = action.intend(before, target, at);
  await action.apply(target, responder, before, after);
  return { before, after, responder, undo: () => action.undo(target, responder, before, after) };
}

const midnight = fc.integer({ min: 20_000, max: 30_000 }).map((day) => new Date(day * 86_400_000).toISOString());
const days = fc.integer({ min: 1, max: 20 });
const some = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(shape, { requiredKeys: [] });
const tag = fc.record({ Key: fc.string({ minLength: 1, maxLength: 8 }), Value: fc.string({ maxLength: 8 }) });
const covers = fc.oneof(
  fc.record({ Prefix: fc.string({ maxLength: 20 }) }),
  fc.record({ Filter: fc.record({ Prefix: fc.string({ maxLength: 20 }) }) }),
  fc.record({ Filter: fc.record({ Tag: tag }) }),
  fc.record({ Filter: fc.record({ And: fc.record({ Prefix: fc.string(), Tags: fc.array(tag, { maxLength: 3 }) }) }) }),
  fc.constant({ Filter: {} }),
);
const does = some({
  Expiration: fc.oneof(
    fc.record({ Days: days }),
    fc.record({ Date: midnight }),
    fc.constant({ ExpiredObjectDeleteMarker: true }),
  ),
  NoncurrentVersionExpiration: fc.record({ NoncurrentDays: days }),
  Transitions: fc.array(fc.record({ Days: days, StorageClass: fc.constant('GLACIER') }), {
    minLength: 1,
    maxLength: 2,
  }),
  AbortIncompleteMultipartUpload: fc.record({ DaysAfterInitiation: days }),
}).filter((actions) => Object.keys(actions).length > 0);
const rule = fc
  .tuple(covers, does, fc.constantFrom('Enabled', 'Disabled'))
  .map(([where, what, Status]) => ({ ...where, ...what, Status }));
const lifecycle = fc
  .array(rule, { minLength: 1, maxLength: 6 })
  .map((rules) => rules.map((one, n) => ({ ID: `rule ${9 - n}`, ...one })) as unknown as Rules);

describe('suspend-lifecycle-expiry', () => {
  it('and its undo change nothing, whatever rules there are; in between nothing deletes, and only the status differs', async () => {
    await fc.assert(
      fc.asyncProperty(lifecycle, async (rules) => {
        const s = grounds(rules);
        const found = stored(s);
        const { after, undo } = await suspended(s);
        const now = stored(s);
        const status = (list: Rules | undefined) => list?.map((one) => ({ ...(one as object), Status: '' }));
        expect(status(now?.Rules)).toEqual(status(found?.Rules));
        expect(now?.TransitionDefaultMinimumObjectSize).toBe('varies_by_storage_class');
        const { state: live } = await action.capture(target, s.member(reads));
        expect(action.verify(live, target, after)).toEqual({ safe: true });
        await undo();
        expect(stored(s)).toEqual(found);
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['on any date, however far', { Expiration: { Date: '2030-01-01T00:00:00.000Z' } }, 'the objects on 2030-01-01'],
    ['seven days after writing', { Expiration: { Days: 7 } }, 'the objects 7 days after they are written'],
    ['years after writing, which may be tonight', { Expiration: { Days: 2555 } }, 'the objects 2555 days after'],
    ['years after replacing', { NoncurrentVersionExpiration: { NoncurrentDays: 365 } }, 'earlier versions 365 days'],
    ['a day after replacing', { NoncurrentVersionExpiration: { NoncurrentDays: 1 } }, 'earlier versions 1 day after'],
  ])('suspends what deletes %s', async (_when, what, says) => {
    const s = grounds([{ ID: 'one', ...enabled, ...what }]);
    const { before, after } = await suspended(s);
    expect(stored(s)?.Rules).toMatchObject([{ ID: 'one', Status: 'Disabled', ...what }]);
    expect(action.describe(before, after).join()).toContain(says);
  });

  it.each([
    ['clears away delete markers', { Expiration: { ExpiredObjectDeleteMarker: true } }],
    ['moves objects tomorrow', { Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] }],
    ['ends unfinished uploads', { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }],
  ])('leaves a rule alone that %s', async (_what, what) => {
    const s = grounds([{ ID: 'one', ...enabled, ...what } as Rules[number]]);
    const { before, after } = await suspended(s);
    expect(stored(s)?.Rules).toMatchObject([{ Status: 'Enabled' }]);
    expect(action.describe(before, after)).toEqual([]);
    expect(action.losses(before, target)).toEqual([]);
  });

  it('shows and records no prefix, which may be the beginning of an object key', async () => {
    const { before, after } = await suspended(grounds([{ ID: 'one', ...enabled, Expiration: { Days: 1 } }]));
    const shown = [before, after, action.describe(before, after), action.losses(before, target)];
    expect(JSON.stringify(shown)).not.toContain('jane');
    expect(action.losses(before, target)).toHaveLength(1);
  });

  it('lets the owner change other rules meanwhile: the undo keeps his edit', async () => {
    const s = grounds([{ ID: 'one', ...enabled, Expiration: { Days: 1 } }]);
    const { before, after, undo } = await suspended(s);
    const theirs = { ID: 'two', ...enabled, Expiration: { Days: 3 } };
    const bucket = s.world.bucket(target.id);
    bucket?.lifecycle?.Rules.push(theirs);
    const { state: live } = await action.capture(target, s.member(reads));
    expect(action.owned(live, before)).toEqual(action.owned(after, before));
    await undo();
    expect(stored(s)?.Rules).toMatchObject([{ ID: 'one', Status: 'Enabled' }, theirs]);
  });

  it('is not applied to what it has not read: a rule that the attacker adds meanwhile is read and shown first', async () => {
    const s = grounds([{ ID: 'one', ...enabled, Expiration: { Days: 1 } }]);
    const { state: before } = await action.capture(target, s.member(reads));
    s.world.bucket(target.id)?.lifecycle?.Rules.push({ ID: 'two', ...enabled, Expiration: { Days: 1 } });
    const after = action.intend(before, target, at);
    await expect(action.apply(target, s.member([...reads, ...writes]), before, after)).rejects.toMatchObject({
      name: 'BeforeStateChanged',
    });
  });
});
