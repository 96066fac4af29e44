import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { type AccountSeed, stage } from '../../../test/member-account.ts';
import { BeforeStateChanged, Drift, Hindered } from '../../core/errors.ts';
import type { Statement } from '../../core/manifest.ts';
import type { Target } from '../../core/target.ts';
import manifest from './action.json' with { type: 'json' };
import action from './action.ts';
import examples from './examples.json' with { type: 'json' };

const account = '111122223333';
const region = 'us-east-1';
const target: Target = { kind: 'account-region', id: region, account, region };
const at = Temporal.Instant.from('2026-03-01T10:00:00Z');
const statements = [...manifest.permissions.read, ...manifest.permissions.write] as Statement[];
const recorded = examples[0]?.baseline;

async function captured(seed: AccountSeed, baseline = recorded) {
  const on = stage({ [account]: seed }, target, at, new Set(), baseline);
  const member = on.member(statements);
  const { state } = await action.capture(target, member);
  return { on, member, before: state, intended: () => action.intend(state, target, at) };
}

describe('restore-detector', () => {
  it('announces what a deleted detector takes with it for good', async () => {
    const { before } = await captured({});
    expect(action.losses(before, target)).toEqual([expect.stringMatching(/findings, suppression rules/)]);
    const suspended = await captured({ detectors: [{ region, enabled: false }] });
    expect(action.losses(suspended.before, target)).toEqual([]);
  });

  it('neither overwrites nor deletes a detector that somebody else has made meanwhile', async () => {
    const { on, member, before, intended } = await captured({});
    await on.act({ service: 'GuardDuty', command: 'CreateDetector', input: { Enable: true } });
    await expect(action.apply(target, member, before, intended())).rejects.toThrow(BeforeStateChanged);
    await expect(action.undo(target, member, before, intended())).rejects.toThrow(Drift);
  });

  it('says whom to ask where an administrator account manages GuardDuty', async () => {
    const { member, before, intended } = await captured({ detectors: [{ region, enabled: false, managed: true }] });
    const made = action.apply(target, member, before, intended());
    await expect(made).rejects.toThrow(Hindered);
    await expect(made).rejects.toThrow(/administrator account/);
  });

  it('says what to do by hand where there is no detector and none was recorded', async () => {
    const on = stage({ [account]: {} }, target, at, new Set());
    const { state } = await action.capture(target, on.member(statements));
    expect(() => action.intend(state, target, at)).toThrow(/enable it there by hand/);
  });

  it('asks for one of two runtime features that GuardDuty shows together and refuses together', async () => {
    const settings = recorded?.live.settings;
    const both = { ...settings?.features, RUNTIME_MONITORING: 'ENABLED', EKS_RUNTIME_MONITORING: 'ENABLED' };
    const baseline = { live: { settings: { frequency: 'SIX_HOURS', features: both }, enabled: true } };
    const on = stage({ [account]: { detectors: [{ region, enabled: false }] } }, target, at, new Set(), baseline);
    const member = on.member(statements);
    const { state: before } = await action.capture(target, member);
    const after = action.intend(before, target, at);
    await action.apply(target, member, before, after);
    const { state: live } = await action.capture(target, member);
    expect(live.live).toMatchObject({ enabled: true, settings: { features: { RUNTIME_MONITORING: 'ENABLED' } } });
    expect(action.verify(live, target, after)).toEqual({ safe: true });
    await action.undo(target, member, before, after);
    expect((await action.capture(target, member)).state.live).toEqual(before.live);
  });
});
