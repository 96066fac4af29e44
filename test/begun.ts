import { Temporal } from 'temporal-polyfill';
import type { JsonObject } from '../lambdas/core/json.ts';
import type { Statement } from '../lambdas/core/manifest.ts';
import { equal } from '../lambdas/core/standing.ts';
import type { Target } from '../lambdas/core/target.ts';
import type { Action } from '../lambdas/platform/action.ts';
import { type AccountSeed, type Stage, stage } from './member-account.ts';

export const account = '111122223333';
export const partnerOfOurs = '555566667777';
export const stranger = '999988887777';
export const id = 'clinic-records';
export const target: Target = { kind: 's3-bucket', id, account, region: 'us-east-1' };
export const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
export const arn = `arn:aws:s3:::${id}`;
type BucketSeed = NonNullable<AccountSeed['buckets']>[number];

export const on = (bucket: Partial<BucketSeed> = {}, of = target): Stage =>
  stage({ [account]: { buckets: [{ name: id, region: 'us-east-1', ...bucket }] } }, of, at, new Set());
export const policy = (...Statement: JsonObject[]) => ({ Version: '2012-10-17', Statement });
export const allow = (Principal: JsonObject | string, more: JsonObject = {}): JsonObject => ({
  Effect: 'Allow',
  Principal,
  Action: ['s3:GetObject', 's3:ListBucket', 's3:PutObject'],
  Resource: [arn, `${arn}/*`],
  ...more,
});

interface Declared {
  permissions: { read: Statement[]; write: Statement[] };
}

/** Captures, and gives what applies and undoes the change with the declared rights. */
export async function begun<S extends JsonObject>(s: Stage, action: Action<S>, manifest: Declared, of = target) {
  const { read, write } = manifest.permissions;
  const { state: before, scope } = await action.capture(of, s.member(read));
  const after = action.intend(before, of, s.now());
  const responder = s.member([...read, ...write], scope);
  return {
    before,
    apply: () => action.apply(of, responder, before, after),
    undo: () => action.undo(of, responder, before, after),
    /** what the check before a restore asks */
    drifted: async () => {
      const live = (await action.capture(of, s.member(read))).state;
      return !equal(action.owned(live, before), action.owned(after, before));
    },
    verdict: async () => action.verify((await action.capture(of, s.member(read))).state, of, after),
  };
}
