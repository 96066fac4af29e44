import { readdirSync, readFileSync } from 'node:fs';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { Drift } from '../lambdas/core/errors.ts';
import type { JsonObject } from '../lambdas/core/json.ts';
import { actionManifest } from '../lambdas/core/manifest.ts';
import { statementsOf } from '../lambdas/core/policy.ts';
import { isPublic } from '../lambdas/core/public-access.ts';
import type { Target } from '../lambdas/core/target.ts';
import type { Action } from '../lambdas/platform/action.ts';
import { type AccountSeed, grounds, type Stage, stage } from './member-account.ts';

/** Mistakes of others that are ours to avoid, by their number in the list of the project. */

interface Example {
  name: string;
  target: Target;
  accounts: Record<string, AccountSeed>;
}
const folder = new URL('../lambdas/actions/', import.meta.url);
const read = (id: string, file: string) => JSON.parse(readFileSync(new URL(`${id}/${file}`, folder), 'utf8'));
const writers = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({ name, manifest: actionManifest.parse(read(name, 'action.json')) }))
  .filter(({ manifest }) => manifest.permissions.write.some((s) => s.actions.includes('s3:PutBucketPolicy')));

const bucketOf = ({ id }: Target) => id.split('/')[0] ?? '';
const stored = (s: Stage, of: Target) => s.world.bucket(bucketOf(of))?.policy.stored ?? null;
const statements = (policy: string | null): JsonObject[] =>
  policy === null ? [] : [JSON.parse(policy).Statement as JsonObject | JsonObject[]].flat();

/** What somebody else wrote, and what no action is there to remove. */
function foreign(policy: string | null): JsonObject[] {
  const judged = statementsOf(policy);
  return statements(policy).filter((one, index) => {
    const statement = judged[index];
    return !String(one.Sid).startsWith('Tourniquet') && statement !== undefined && !isPublic(statement);
  });
}

describe('mistake 2: PutBucketPolicy replaces the whole policy', () => {
  it('is asked of every action that writes one', () => {
    expect(writers.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['deny-foreign-principals', 'remove-public-bucket-grants']),
    );
  });

  describe.each(writers)('$name', ({ name, manifest }) => {
    const { read: reads, write: writes } = manifest.permissions;
    const added = (of: Target) => ({
      Sid: 'AddedMeanwhile',
      Effect: 'Allow',
      Principal: { AWS: of.account },
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${bucketOf(of)}/*`,
    });

    it.each(read(name, 'examples.json') as Example[])(
      'reads, merges and writes; the undo too: $name',
      async ({ target, accounts }) => {
        const { default: action } = (await import(`../lambdas/actions/${name}/action.ts`)) as { default: Action };
        const s = stage(grounds(accounts), target, Temporal.Instant.from('2026-03-01T10:00:00Z'), new Set());
        const theirs = foreign(stored(s, target));
        const { state: before, scope } = await action.capture(target, s.member(reads));
        const after = action.intend(before, target, s.now());
        const responder = s.member([...reads, ...writes], scope);
        await action.apply(target, responder, before, after);
        expect(foreign(stored(s, target))).toEqual(theirs);

        const document = JSON.parse(stored(s, target) ?? '{"Version":"2012-10-17"}');
        const edited = { ...document, Statement: [...statements(stored(s, target)), added(target)] };
        const input = { Bucket: bucketOf(target), Policy: JSON.stringify(edited) };
        await s.act({ service: 'S3', command: 'PutBucketPolicy', input });
        await action.undo(target, responder, before, after).catch((error: unknown) => {
          expect(error).toBeInstanceOf(Drift);
        });
        expect(foreign(stored(s, target))).toEqual([...theirs, added(target)]);
      },
    );
  });
});
