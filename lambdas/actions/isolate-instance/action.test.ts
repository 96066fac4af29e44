import { DescribeSecurityGroupsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { Temporal } from 'temporal-polyfill';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openFlow } from '../../../drills/aws/ec2/reachability.ts';
import type { Ec2Seed, InterfaceSeed } from '../../../drills/aws/ec2/seed.ts';
import { stage } from '../../../test/member-account.ts';
import { Hindered } from '../../core/errors.ts';
import type { Statement } from '../../core/manifest.ts';
import type { Target } from '../../core/target.ts';
import type { Member } from '../../platform/action.ts';
import manifest from './action.json' with { type: 'json' };
import action from './action.ts';

// waiting takes no time here
beforeEach(() => vi.stubGlobal('setTimeout', (work: () => void) => setImmediate(work)));
afterEach(() => vi.unstubAllGlobals());

vi.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));

const [account, region, vpc] = ['111122223333', 'us-east-1', 'vpc-0a1b2c3d4e5f60001'];
const [id, eni, office] = ['i-0a1b2c3d4e5f60001', 'eni-0a1b2c3d4e5f60001', 'sg-0a1b2c3d4e5f60001'];
const target: Target = { kind: 'ec2-instance', id, account, region };
const { read, write } = manifest.permissions as { read: Statement[]; write: Statement[] };

async function isolating(face: InterfaceSeed, more: Partial<Ec2Seed> = {}) {
  const ec2: Ec2Seed = {
    region,
    vpcs: [{ id: vpc }],
    securityGroups: [{ id: office, name: 'office', vpc, ingress: [{ port: 22, peer: '192.0.2.0/24' }] }],
    instances: [{ id, vpc, interfaces: [{ id: eni, ...face }] }],
    ...more,
  };
  const on = stage({ [account]: { ec2 } }, target, Temporal.Instant.from('2026-03-01T10:00:00Z'), new Set());
  const { state: before, scope } = await action.capture(target, on.member(read));
  const after = action.intend(before, target, on.now());
  const out = { from: { account, region, interface: eni }, to: { address: '198.51.100.9' }, port: 443 };
  const apply = (through = (member: Member) => member) =>
    action.apply(target, through(on.member([...read, ...write], scope)), before, after);
  const undo = () => action.undo(target, on.member([...read, ...write], scope), before, after);
  const live = async () => (await action.capture(target, on.member(read))).state;
  return { on, before, after, apply, undo, live, theft: openFlow(on.world, out) };
}

/** Sees the name of the group that an interface gets, and may refuse it as EC2 refuses a group that it does not know yet. */
const groupsPut = (refuses: (name: string) => boolean, put: string[]) => (member: Member) => ({
  ...member,
  client: ((kind, ...more) => {
    const client = member.client(kind, ...more);
    const ec2 = client as unknown as { send(command: { input: { Groups?: string[] } }): Promise<unknown> };
    const send = ec2.send.bind(ec2);
    ec2.send = async (command) => {
      const { Groups } = command.input;
      if (Groups === undefined) return send(command);
      const known = await member.client(EC2Client).send(new DescribeSecurityGroupsCommand({ GroupIds: Groups }));
      const name = known.SecurityGroups?.[0]?.GroupName ?? '';
      if (refuses(name)) throw Object.assign(new Error('not known yet'), { name: 'InvalidGroup.NotFound' });
      put.push(name);
      return send(command);
    };
    return client;
  }) as Member['client'],
});

const web = { id: office, name: 'web', vpc, ingress: [{ port: 443, peer: '0.0.0.0/0' }] };
const exposed = () => isolating({ publicIp: '203.0.113.9', groups: [office] }, { securityGroups: [web] });

describe('isolate-instance on the way', () => {
  it('opens nothing before EC2 has taken the quarantine group', async () => {
    const { apply } = await exposed();
    const put: string[] = [];
    await apply(groupsPut(() => false, put));
    expect(put).toEqual(['tourniquet-quarantine', 'tourniquet-conversion', 'tourniquet-quarantine']);
  });

  it('leaves the groups as they were where EC2 goes on not knowing the new group', async () => {
    const { apply, live, before } = await exposed();
    const put: string[] = [];
    await expect(apply(groupsPut((name) => name === 'tourniquet-quarantine', put))).rejects.toThrow('not known yet');
    expect(put).toEqual([]);
    expect((await live()).interfaces).toEqual(before.interfaces);
  });

  it('waits until EC2 knows the new group', async () => {
    const { apply, live, after, theft } = await exposed();
    let asked = 0;
    await apply(groupsPut(() => asked++ % 3 < 2, []));
    expect(asked).toBe(9);
    expect(theft?.alive).toBe(false);
    expect(action.verify(await live(), target, after)).toEqual({ safe: true });
  });

  it('gives the recorded groups back rather than leave everybody in', async () => {
    const { apply, live, before } = await exposed();
    const put: string[] = [];
    const refuses = (name: string) => name === 'tourniquet-quarantine' && put.includes('tourniquet-conversion');
    await expect(apply(groupsPut(refuses, put))).rejects.toThrow('not known yet');
    expect((await live()).interfaces).toEqual(before.interfaces);
  });

  it('unties again what a crash left isolated and tied', async () => {
    const { apply, live, after, theft } = await exposed();
    const put: string[] = [];
    await expect(apply(groupsPut((name) => name === 'tourniquet-conversion', put))).rejects.toThrow('not known yet');
    expect([put, theft?.alive]).toEqual([['tourniquet-quarantine'], true]);
    await apply();
    expect(theft?.alive).toBe(false);
    expect(action.verify(await live(), target, after)).toEqual({ safe: true });
  });

  it('unties through the id that EC2 gave, though its lists lag behind', async () => {
    const { on, apply, theft } = await exposed();
    on.answer('EC2', 'DescribeSecurityGroups', { SecurityGroups: [] });
    await apply();
    expect(theft?.alive).toBe(false);
  });
});

describe('isolate-instance', () => {
  it('never opens a host with a public address and a sensitive port to everybody, and says what that costs', async () => {
    const { on, apply, theft, before, after, live } = await isolating({ publicIp: '203.0.113.9', groups: [office] });
    expect(action.losses(before, target).join()).toMatch(/Not cut: connections that are open now.*203\.0\.113\.9.*SSH/);
    await apply();
    expect(theft?.alive).toBe(true);
    const why = expect.stringContaining('open connections go on: stop the instance');
    expect(action.verify(await live(), target, after)).toEqual({ safe: false, why });
    await on.act({ service: 'EC2', command: 'StopInstances', input: { InstanceIds: [id] } });
    expect(action.verify(await live(), target, after)).toEqual({ safe: true });
    expect(JSON.stringify(on.world.snapshot())).not.toContain('tourniquet-conversion');
  });

  it('cuts open connections where the groups let nobody in on a sensitive port, and leaves no open group behind', async () => {
    const { on, apply, theft } = await exposed();
    await apply();
    expect(theft?.alive).toBe(false);
    expect(JSON.stringify(on.world.snapshot())).not.toContain('tourniquet-conversion');
  });

  it('does not say on the way back what isolation does to open connections', async () => {
    const { before, after } = await isolating({});
    expect(action.describe(after, before)).toEqual([expect.stringMatching(/tourniquet-quarantine → sg-\w+$/)]);
  });

  it('says that connections through NAT go on, and that DNS and IMDS stay', async () => {
    const { apply, theft, before } = await isolating({ nat: true });
    expect(action.losses(before, target).join(' ')).toMatch(/NAT.*Route 53 Resolver.*instance metadata/);
    await apply();
    expect(theft?.alive).toBe(true);
  });

  it('finishes what a crash left between the two steps, and undoes to what was before', async () => {
    const { on, before, apply, undo, live } = await isolating({});
    const found = on.world.snapshot();
    const made = { GroupName: 'tourniquet-conversion', Description: 'left by a crash', VpcId: vpc };
    const { GroupId } = (await on.act({ service: 'EC2', command: 'CreateSecurityGroup', input: made })) as {
      GroupId: string;
    };
    const input = { NetworkInterfaceId: eni, Groups: [GroupId] };
    await on.act({ service: 'EC2', command: 'ModifyNetworkInterfaceAttribute', input });
    expect(action.verify(await live(), target, before).safe).toBe(false);
    await apply();
    expect(action.verify(await live(), target, before)).toEqual({ safe: true });
    await undo();
    expect(on.world.snapshot()).toEqual(found);
  });

  it('keeps the quarantine group while another instance is in it', async () => {
    const other = { id: 'i-0a1b2c3d4e5f60002', vpc, interfaces: [{ groups: ['sg-0a1b2c3d4e5f60005'] }] };
    const quarantine = { id: 'sg-0a1b2c3d4e5f60005', name: 'tourniquet-quarantine', vpc, egress: [] };
    const instances = [{ id, vpc, interfaces: [{ id: eni }] }, other];
    const { on, apply, undo } = await isolating({}, { securityGroups: [quarantine], instances });
    const found = on.world.snapshot();
    await apply();
    await undo();
    expect(on.world.snapshot()).toEqual(found);
  });

  it('is not safe while somebody has given the quarantine group a rule', async () => {
    const { on, after, apply, live } = await isolating({});
    await apply();
    const described = await on.act({ service: 'EC2', command: 'DescribeSecurityGroups', input: {} });
    const { SecurityGroups } = described as { SecurityGroups: { GroupId: string; GroupName: string }[] };
    const GroupId = SecurityGroups.find(({ GroupName }) => GroupName === 'tourniquet-quarantine')?.GroupId;
    const IpPermissions = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '198.51.100.9/32' }] }];
    await on.act({ service: 'EC2', command: 'AuthorizeSecurityGroupEgress', input: { GroupId, IpPermissions } });
    expect(action.verify(await live(), target, after)).toEqual({
      safe: false,
      why: expect.stringContaining('1 rules'),
    });
  });

  it('says what to do where a service manages an interface, or the instance is in two VPCs', async () => {
    await expect(isolating({ operator: 'eks.amazonaws.com' })).rejects.toThrow(Hindered);
    await expect(isolating({ operator: 'eks.amazonaws.com' })).rejects.toThrow(/eks\.amazonaws\.com.*drain the node/);
    const second = 'vpc-0a1b2c3d4e5f60002';
    const instances = [{ id, vpc, interfaces: [{ id: eni }, { vpc: second }] }];
    const vpcs = [{ id: vpc }, { id: second }];
    await expect(isolating({}, { vpcs, securityGroups: [], instances })).rejects.toThrow(/stop the instance/);
  });
});
