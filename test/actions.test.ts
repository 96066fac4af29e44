import { readdirSync, readFileSync } from 'node:fs';
import { Temporal } from 'temporal-polyfill';
import { beforeAll, describe, expect, it } from 'vitest';
import { BeforeStateChanged, Drift, Hindered, TargetForeign, TargetNotFound } from '../lambdas/core/errors.ts';
import type { JsonObject } from '../lambdas/core/json.ts';
import { actionManifest } from '../lambdas/core/manifest.ts';
import { sessionPolicy } from '../lambdas/core/session-policy.ts';
import { equal } from '../lambdas/core/standing.ts';
import { absentOf, type Target } from '../lambdas/core/target.ts';
import type { Action } from '../lambdas/platform/action.ts';
import { type AccountSeed, grounds, type Stage, stage } from './member-account.ts';

/** What every action promises, shown on the accounts in its own `examples.json`: a new action needs no new test here. */
interface Example {
  name: string;
  target: Target;
  accounts: Record<string, AccountSeed>;
  /** what somebody else does after our change; null where no third state exists, and why */
  drift: { service: string; command: string; input: object; account?: string } | null;
  noDrift?: string;
  /** what somebody does after the capture to stand in our way, which apply overcomes and undo does not put back */
  meddling?: { service: string; command: string; input: object; account?: string };
  /** what the nightly survey recorded of the target before */
  baseline?: JsonObject;
}

const folder = new URL('../lambdas/actions/', import.meta.url);
const ids = readdirSync(folder, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? [e.name] : []));
const read = (id: string, file: string) => JSON.parse(readFileSync(new URL(`${id}/${file}`, folder), 'utf8'));
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const hostile = ['*', '../x', '${aws:username}', 'a\nb', 'a"b', 'a/b', '<b>', '{% x %}', 'ARN:x', ''];

describe.each(ids)('%s', (id) => {
  const manifest = actionManifest.parse(read(id, 'action.json'));
  const examples = read(id, 'examples.json') as Example[];
  const { read: reads, write: writes } = manifest.permissions;
  const used = new Set<string>();
  let action: Action;

  beforeAll(async () => {
    action = ((await import(`../lambdas/actions/${id}/action.ts`)) as { default: Action }).default;
  });

  /** The live account, the observer's capture of it, and what the action would leave. */
  async function captured(example: Example) {
    const on = stage(grounds(example.accounts), example.target, at, used, example.baseline, manifest.through);
    const { state: before, scope } = await action.capture(example.target, on.member(reads));
    const after = action.intend(before, example.target, on.now());
    const responder = on.member([...reads, ...writes], scope);
    return { on, before, after, responder, snapshot: on.world.snapshot() };
  }
  const live = async (on: Stage, target: Target) => (await action.capture(target, on.member(reads))).state;

  describe.each(examples)('on $name', (example) => {
    const { target } = example;

    it('applied twice changes once, is described, and is read back as safe', async () => {
      const { on, before, after, responder, snapshot } = await captured(example);
      await action.apply(target, responder, before, after);
      const once = on.world.snapshot();
      expect(once).not.toEqual(snapshot);
      await action.apply(target, responder, before, after);
      expect(on.world.snapshot()).toEqual(once);
      expect(action.describe(before, after)).not.toEqual([]);
      expect(action.describe(before, before)).toEqual([]);
      // who is asked to undo it reads the way back
      if (manifest.reversible && !manifest.preserves) expect(action.describe(after, before)).not.toEqual([]);
      expect(action.verify(await live(on, target), target, after)).toEqual({ safe: true });
      expect(equal(action.owned(await live(on, target), before), action.owned(after, before))).toBe(true);
    });

    it.runIf(manifest.reversible)(
      `undone, once or twice, leaves the whole account ${manifest.preserves ? 'and what was kept' : 'as it was'}`,
      async () => {
        const { on, before, after, responder, snapshot: found } = await captured(example);
        await action.apply(target, responder, before, after);
        const snapshot = manifest.preserves ? on.world.snapshot() : found;
        on.pass({ seconds: 30 });
        await action.undo(target, responder, before, after);
        expect(on.world.snapshot()).toEqual(snapshot);
        await action.undo(target, responder, before, after);
        expect(on.world.snapshot()).toEqual(snapshot);
        expect(equal(action.owned(await live(on, target), before), action.owned(before, before))).toBe(true);
      },
    );

    it.runIf(!manifest.reversible)(
      'cannot be undone: says what a person does instead, and changes nothing',
      async () => {
        const { on, before, after, responder } = await captured(example);
        await action.apply(target, responder, before, after);
        const snapshot = on.world.snapshot();
        await expect(action.undo(target, responder, before, after)).rejects.toThrow(Hindered);
        expect(on.world.snapshot()).toEqual(snapshot);
      },
    );

    it('is not safe when the change was silently not made', async () => {
      const { on, before, after, responder } = await captured(example);
      on.mute(writes.flatMap((s) => s.actions));
      await action.apply(target, responder, before, after);
      const verdict = action.verify(await live(on, target), target, after);
      expect(verdict).toEqual({ safe: false, why: expect.stringMatching(/\w/) });
    });

    const { drift, meddling } = example;
    if (meddling)
      it('is not stopped by somebody who stands in its way', async () => {
        const { on, before, after, responder, snapshot } = await captured(example);
        await on.act(meddling);
        await action.apply(target, responder, before, after);
        expect(action.verify(await live(on, target), target, after)).toEqual({ safe: true });
        await action.undo(target, responder, before, after);
        expect(on.world.snapshot()).toEqual(snapshot);
      });

    if (drift) {
      it("refuses to overwrite somebody else's change", async () => {
        const { on, before, after, responder } = await captured(example);
        await on.act(drift);
        const edited = on.world.snapshot();
        await expect(action.apply(target, responder, before, after)).rejects.toThrow(BeforeStateChanged);
        expect(on.world.snapshot()).toEqual(edited);
      });

      it.runIf(manifest.reversible)('refuses to undo when somebody changed it after us', async () => {
        const { on, before, after, responder } = await captured(example);
        await action.apply(target, responder, before, after);
        await on.act(drift);
        const edited = on.world.snapshot();
        await expect(action.undo(target, responder, before, after)).rejects.toThrow(Drift);
        expect(on.world.snapshot()).toEqual(edited);
      });
    }

    it('shows how it can drift, or says why it cannot', () => {
      expect(example.drift === null).toBe(example.noDrift !== undefined);
    });

    const inOrganization = manifest.through === 'management';
    it.runIf(inOrganization || absentOf(target.kind) !== undefined)('refuses a target that is not there', async () => {
      const { on } = await captured(example);
      // a principal's name is not seen from the management account, its account is
      const missing = inOrganization
        ? { ...target, account: '999999999999' }
        : { ...target, id: absentOf(target.kind) ?? target.id };
      const error = await action.capture(missing, on.member(reads, {}, missing)).catch((e: unknown) => e);
      expect(error instanceof TargetNotFound || error instanceof TargetForeign, String(error)).toBe(true);
    });

    it('fits into the session policy of AssumeRole', async () => {
      const { on } = await captured(example);
      const { scope } = await action.capture(target, on.member(reads));
      const longest = { ...target, id: target.kind === 's3-bucket' ? 'b'.repeat(63) : target.id };
      const wide = Object.fromEntries(Object.keys(scope).map((name) => [name, 'n'.repeat(300)]));
      const around = { target: longest, partition: 'aws-us-gov', scope: wide };
      expect(sessionPolicy([...reads, ...writes], around).length).toBeLessThanOrEqual(2048);
    });

    it.each(hostile)('lets no call through for the name %j', async (name) => {
      const { on } = await captured(example);
      const calls = on.calls();
      expect(() => on.member(reads, {}, { ...target, id: name })).toThrow(/not a target/);
      expect(on.calls()).toBe(calls);
    });
  });

  it('declares the permissions that it uses, and no other', async () => {
    for (const example of action.survey ? examples : []) {
      const { account, region } = example.target;
      const { on } = await captured(example);
      await action.survey?.(on.member(reads, {}, { kind: 'account-region', id: region, account, region }));
    }
    const declared = new Set([...reads, ...writes].flatMap((s) => s.actions));
    expect([...used].sort()).toEqual([...declared].sort());
  });
});
