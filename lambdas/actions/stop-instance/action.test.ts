import { Temporal } from 'temporal-polyfill';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openFlow } from '../../../drills/aws/ec2/reachability.ts';
import type { InstanceSeed } from '../../../drills/aws/ec2/seed.ts';
import { stage } from '../../../test/member-account.ts';
import { Hindered } from '../../core/errors.ts';
import type { Statement } from '../../core/manifest.ts';
import type { Target } from '../../core/target.ts';
import manifest from './action.json' with { type: 'json' };
import action from './action.ts';

// waiting takes no time here
beforeEach(() => vi.stubGlobal('setTimeout', (work: () => void) => setImmediate(work)));
afterEach(() => vi.unstubAllGlobals());

vi.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));

const [account, region, vpc] = ['111122223333', 'us-east-1', 'vpc-0a1b2c3d4e5f60001'];
const [id, eni] = ['i-0a1b2c3d4e5f60001', 'eni-0a1b2c3d4e5f60001'];
const target: Target = { kind: 'ec2-instance', id, account, region };
const { read, write } = manifest.permissions as { read: Statement[]; write: Statement[] };

function stopping(more: Partial<InstanceSeed> = {}) {
  const instances = [{ id, vpc, interfaces: [{ id: eni, nat: true }], ...more }];
  const seeds = { [account]: { ec2: { region, vpcs: [{ id: vpc }], instances } } };
  const on = stage(seeds, target, Temporal.Instant.from('2026-03-01T10:00:00Z'), new Set());
  return { on, member: on.member([...read, ...write]) };
}

describe('stop-instance', () => {
  it('cuts what isolation cannot: a connection through NAT', async () => {
    const { on, member } = stopping();
    const from = { account, region, interface: eni };
    const theft = openFlow(on.world, { from, to: { address: '198.51.100.9' }, port: 443 });
    const { state } = await action.capture(target, member);
    await action.apply(target, member, state, action.intend(state, target, on.now()));
    expect(theft?.alive).toBe(false);
  });

  it('lifts the stop protection for the moment of the stop only', async () => {
    const { member, on } = stopping({ disableApiStop: true });
    const { state } = await action.capture(target, member);
    await action.apply(target, member, state, action.intend(state, target, on.now()));
    expect((await action.capture(target, member)).state).toMatchObject({ power: 'stopped', stopProtection: true });
  });

  it('sets the protection again that a crash left lifted', async () => {
    const { on, member } = stopping({ disableApiStop: true });
    const { state } = await action.capture(target, member);
    const lifted = { InstanceId: id, DisableApiStop: { Value: false } };
    await on.act({ service: 'EC2', command: 'ModifyInstanceAttribute', input: lifted });
    await on.act({ service: 'EC2', command: 'StopInstances', input: { InstanceIds: [id] } });
    await action.apply(target, member, state, action.intend(state, target, on.now()));
    expect((await action.capture(target, member)).state.stopProtection).toBe(true);
  });

  it('names what a stop loses: memory, instance store, and the leased address', async () => {
    const { member } = stopping({ instanceStore: true, interfaces: [{ publicIp: '203.0.113.9' }] });
    const { state } = await action.capture(target, member);
    expect(action.losses(state, target).join(' ')).toMatch(/memory.*instance store.*m5d\.large.*203\.0\.113\.9/);
    expect(action.losses({ ...state, power: 'stopped' }, target)).toEqual([]);
  });

  it('is not safe while the instance is stopping, which it can draw out', () => {
    const state = { power: 'stopping', stopProtection: false, type: 'm5.large', leased: [], autoScalingGroup: null };
    expect(action.verify(state, target, state)).toEqual({ safe: false, why: 'the instance is stopping' });
  });

  it.each([
    ['pending', /still starting/],
    ['stopped', /is stopped again.*key of an encrypted volume/],
  ])('has not undone the stop while the instance is %s', async (Name, words) => {
    const { member, on } = stopping();
    const { state } = await action.capture(target, member);
    const after = action.intend(state, target, on.now());
    await action.apply(target, member, state, after);
    const Instances = [{ InstanceId: id, State: { Name } }];
    on.answer('EC2', 'DescribeInstances', { Reservations: [{ OwnerId: account, Instances }] });
    await expect(action.undo(target, member, state, after)).rejects.toThrow(words);
  });

  it('says what to do with a Spot Instance', async () => {
    const { member } = stopping({ spot: true });
    await expect(action.capture(target, member)).rejects.toThrow(Hindered);
  });
});
