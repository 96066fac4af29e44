import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { SimulatedAws } from '../aws.ts';
import { coreServices } from '../services.ts';
import { World } from '../world.ts';
import { connects, type End, openFlow } from './reachability.ts';
import { seedEc2 } from './seed.ts';

const account = '111122223333';
const region = 'us-east-1';
const vpc = 'vpc-0123456789abcdef0';
const other = 'vpc-0aaaaaaaaaaaaaaa0';
const [web, db, open] = ['sg-0000000000000000a', 'sg-0000000000000000b', 'sg-0000000000000000c'];
const machine = 'i-0000000000000000a';
const [first, second, managed] = ['eni-0000000000000000a', 'eni-0000000000000000b', 'eni-0000000000000000c'];
const attacker: End = { address: '198.51.100.77' };
const eni = (id: string): End => ({ account, region, interface: id });

function ground() {
  const now = () => Temporal.Instant.from('2026-03-01T10:00:00Z');
  const world = new World(now);
  seedEc2(world.account(account), {
    region,
    vpcs: [
      { id: vpc, ipv6: '2001:db8::/56' },
      { id: other, isDefault: true },
    ],
    securityGroups: [
      {
        id: web,
        name: 'web',
        vpc,
        ingress: [
          { port: 443, peer: '0.0.0.0/0' },
          { port: 22, peer: '::/0', description: 'odd' },
        ],
      },
      { id: db, name: 'db', vpc, ingress: [{ port: 5432, peer: web }], egress: [] },
      { id: open, name: 'open', vpc: other, ingress: [{ port: 3389, peer: '0.0.0.0/0' }] },
    ],
    instances: [
      {
        id: machine,
        vpc,
        listening: [443, 22],
        interfaces: [
          { id: first, groups: [web], publicIp: '203.0.113.9', ipv6: ['2001:db8::9'] },
          { id: second, groups: [db], nat: true },
        ],
      },
      { id: 'i-0000000000000000b', vpc, listening: [5432], interfaces: [{ groups: [db] }] },
    ],
    interfaces: [{ id: managed, vpc, operator: 'eks.amazonaws.com' }],
  });
  const aws = new SimulatedAws({ now, world, services: coreServices(world) });
  const root = world.rootCredentials(account);
  const call = (command: string, input: object) =>
    aws.send('EC2', command, input, root, region) as Promise<Record<string, unknown>>;
  return { world, call };
}

const anywhere = {
  IpProtocol: '-1',
  IpRanges: [{ CidrIp: '0.0.0.0/0' }],
  Ipv6Ranges: [{ CidrIpv6: '::/0' }],
};

describe('simulated security groups', () => {
  it('gives a new group allow-all egress, in IPv6 too where the VPC has it', async () => {
    const { call } = ground();
    const peers = async (VpcId: string) => {
      const { GroupId } = await call('CreateSecurityGroup', { GroupName: 'new', Description: 'new', VpcId });
      const shown = await call('DescribeSecurityGroupRules', { Filters: [{ Name: 'group-id', Values: [GroupId] }] });
      const rules = shown.SecurityGroupRules as { CidrIpv4?: string; CidrIpv6?: string; IsEgress: boolean }[];
      return rules.map((rule) => [rule.IsEgress, rule.CidrIpv4 ?? rule.CidrIpv6]);
    };
    expect(await peers(vpc)).toEqual([
      [true, '0.0.0.0/0'],
      [true, '::/0'],
    ]);
    expect(await peers(other)).toEqual([[true, '0.0.0.0/0']]);
  });

  it('revokes nothing and says so only in passing when a permission does not match in a default VPC', async () => {
    const { world, call } = ground();
    const before = world.snapshot();
    const wrong = [{ IpProtocol: 'tcp', FromPort: 3389, ToPort: 3390, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
    expect(await call('RevokeSecurityGroupIngress', { GroupId: open, IpPermissions: wrong })).toMatchObject({
      Return: true,
      UnknownIpPermissions: wrong,
    });
    await expect(call('RevokeSecurityGroupIngress', { GroupId: web, IpPermissions: wrong })).rejects.toMatchObject({
      name: 'InvalidPermission.NotFound',
    });
    expect(world.snapshot()).toEqual(before);
  });

  it('revokes exactly the rule of an id, and gives a rule that is authorised again another id', async () => {
    const { world, call } = ground();
    const before = world.snapshot();
    const rules = async () =>
      (await call('DescribeSecurityGroupRules', { Filters: [{ Name: 'group-id', Values: [web] }] }))
        .SecurityGroupRules as { SecurityGroupRuleId: string; CidrIpv6?: string; IsEgress: boolean }[];
    const ssh = (await rules()).find((rule) => rule.CidrIpv6 && !rule.IsEgress)?.SecurityGroupRuleId;
    await call('RevokeSecurityGroupIngress', { GroupId: web, SecurityGroupRuleIds: [ssh] });
    expect(world.snapshot()).not.toEqual(before);
    await expect(
      call('RevokeSecurityGroupIngress', { GroupId: web, SecurityGroupRuleIds: [ssh] }),
    ).rejects.toMatchObject({ name: 'InvalidSecurityGroupRuleId.NotFound' });
    const Ipv6Ranges = [{ CidrIpv6: '::/0', Description: 'odd' }];
    const again = { GroupId: web, IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, Ipv6Ranges }] };
    await call('AuthorizeSecurityGroupIngress', again);
    expect(world.snapshot()).toEqual(before);
    expect((await rules()).map((rule) => rule.SecurityGroupRuleId)).not.toContain(ssh);
    await expect(call('AuthorizeSecurityGroupIngress', again)).rejects.toMatchObject({
      name: 'InvalidPermission.Duplicate',
    });
  });

  it('deletes no group that an interface has or another group names', async () => {
    const { call } = ground();
    const refused = { name: 'DependencyViolation' };
    await expect(call('DeleteSecurityGroup', { GroupId: web })).rejects.toMatchObject(refused);
    await call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: first, Groups: [db] });
    await expect(call('DeleteSecurityGroup', { GroupId: web })).rejects.toMatchObject(refused);
    await call('DeleteSecurityGroup', { GroupId: open });
  });

  it('refuses groups of another VPC, managed interfaces, and the groups of an instance with several', async () => {
    const { call } = ground();
    const groups = (NetworkInterfaceId: string, Groups: string[]) =>
      call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, Groups });
    await expect(groups(first, [open])).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(groups(managed, [web])).rejects.toMatchObject({ name: 'OperationNotPermitted' });
    await expect(call('ModifyInstanceAttribute', { InstanceId: machine, Groups: [db] })).rejects.toMatchObject({
      name: 'InvalidInstanceID',
    });
  });
});

describe('simulated reachability', () => {
  it('lets through what the rules of both ends allow, and nobody from outside to a private address', () => {
    const { world } = ground();
    expect(connects(world, { from: attacker, to: eni(first), port: 443 })).toBe(true);
    expect(connects(world, { from: attacker, to: eni(first), port: 22 })).toBe(false);
    expect(connects(world, { from: { address: '2001:db8:ffff::1' }, to: eni(first), port: 22 })).toBe(true);
    expect(connects(world, { from: attacker, to: eni(second), port: 443 })).toBe(false);
    expect(connects(world, { from: eni(first), to: attacker, port: 443 })).toBe(true);
    expect(connects(world, { from: eni(second), to: attacker, port: 443 })).toBe(false);
  });

  it('keeps a tracked connection through a change of groups, and cuts it when it was untracked in between', async () => {
    const { world, call } = ground();
    const made = async (name: string) =>
      (await call('CreateSecurityGroup', { GroupName: name, Description: name, VpcId: vpc })).GroupId as string;
    const [conversion, none] = [await made('conversion'), await made('none')];
    await call('AuthorizeSecurityGroupIngress', { GroupId: conversion, IpPermissions: [anywhere] });
    await call('RevokeSecurityGroupEgress', { GroupId: none, IpPermissions: [anywhere] });
    const theft = openFlow(world, { from: eni(first), to: attacker, port: 443 });
    const groups = (id: string) => call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: first, Groups: [id] });
    await groups(none);
    expect([theft?.alive, connects(world, { from: eni(first), to: attacker, port: 443 })]).toEqual([true, false]);
    await groups(conversion);
    await groups(none);
    expect(theft?.alive).toBe(false);
  });

  it('never untracks a connection through NAT; a stop of the instance cuts it', async () => {
    const { world, call } = ground();
    await call('AuthorizeSecurityGroupIngress', { GroupId: db, IpPermissions: [anywhere] });
    await call('AuthorizeSecurityGroupEgress', { GroupId: db, IpPermissions: [anywhere] });
    const theft = openFlow(world, { from: eni(second), to: attacker, port: 443 });
    await call('RevokeSecurityGroupEgress', { GroupId: db, IpPermissions: [anywhere] });
    expect(theft?.alive).toBe(true);
    await call('StopInstances', { InstanceIds: [machine] });
    expect(theft?.alive).toBe(false);
  });
});
