import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { connects } from '../../../drills/aws/ec2/reachability.ts';
import type { Ec2Seed, RuleSeed } from '../../../drills/aws/ec2/seed.ts';
import { stage } from '../../../test/member-account.ts';
import type { Statement } from '../../core/manifest.ts';
import type { Target } from '../../core/target.ts';
import manifest from './action.json' with { type: 'json' };
import action, { type State } from './action.ts';
import { isOpen, permissionOf, shown } from './rules.ts';

const target: Target = {
  kind: 'security-group',
  id: 'sg-0a1b2c3d4e5f60001',
  account: '111122223333',
  region: 'us-east-1',
};
const rule = (more: object) => ({ IsEgress: false, IpProtocol: 'tcp', FromPort: 22, ToPort: 22, ...more });
const stranger = { CidrIpv4: '0.0.0.0/0' };
const none = { kept: [], web: [] };
const ssh = { protocol: 'tcp', from: 22, to: 22, peer: '0.0.0.0/0', description: 'vendor' };

const { read, write } = manifest.permissions as { read: Statement[]; write: Statement[] };
const vpc = 'vpc-0a1b2c3d4e5f60001';
const eni = 'eni-0a1b2c3d4e5f60001';

/** A public server whose group has these rules. */
async function closing(ingress: RuleSeed[]) {
  const ec2: Ec2Seed = {
    region: target.region,
    vpcs: [{ id: vpc }],
    prefixLists: [
      {
        id: 'pl-0a1b2c3d4e5f60009',
        name: 'com.amazonaws.us-east-1.ec2-instance-connect',
        owner: 'AWS',
        entries: ['198.51.100.0/24'],
      },
    ],
    securityGroups: [{ id: target.id, name: 'web', vpc, ingress }],
    instances: [
      {
        id: 'i-0a1b2c3d4e5f60001',
        vpc,
        listening: [22, 80, 443],
        interfaces: [{ id: eni, groups: [target.id], publicIp: '203.0.113.9' }],
      },
    ],
  };
  const on = stage({ [target.account]: { ec2 } }, target, Temporal.Instant.from('2026-03-01T10:00:00Z'), new Set());
  const found = on.world.snapshot();
  const member = on.member([...read, ...write]);
  const { state: before } = await action.capture(target, member);
  const after = action.intend(before, target, on.now());
  const to = { account: target.account, region: target.region, interface: eni };
  const reached = () =>
    [22, 80, 443].filter((port) => connects(on.world, { from: { address: '192.0.2.77' }, to, port }));
  return { on, found, member, before, after, reached };
}

describe('close-open-ingress on a server', () => {
  it.each<[string, RuleSeed[]]>([
    ['everything', [{ protocol: '-1', peer: '0.0.0.0/0' }]],
    [
      'every TCP port, beside a rule for HTTPS',
      [
        { from: 0, to: 65535, peer: '0.0.0.0/0' },
        { port: 443, peer: '0.0.0.0/0' },
      ],
    ],
  ])(
    'keeps patients on 80 and 443 where one rule lets in %s, and takes its own rules away again',
    async (_, ingress) => {
      const { on, found, member, before, after, reached } = await closing(ingress);
      expect(reached()).toEqual([22, 80, 443]);
      await action.apply(target, member, before, after);
      expect(reached()).toEqual([80, 443]);
      await action.undo(target, member, before, after);
      expect(on.world.snapshot()).toEqual(found);
    },
  );

  it('goes on where a run died between the web rules and the closing', async () => {
    const { on, member, before, after, reached } = await closing([{ protocol: '-1', peer: '0.0.0.0/0' }]);
    const input = { GroupId: target.id, IpPermissions: after.kept.map(permissionOf) };
    await on.act({ service: 'EC2', command: 'AuthorizeSecurityGroupIngress', input });
    await action.apply(target, member, before, after);
    expect(reached()).toEqual([80, 443]);
  });

  it("leaves the prefix list of an AWS service alone, which is not everybody's", async () => {
    const { before } = await closing([{ port: 22, peer: 'pl-0a1b2c3d4e5f60009' }]);
    expect(before.open).toEqual([]);
  });
});

describe('close-open-ingress', () => {
  it.each([
    ['SSH from anywhere', rule(stranger)],
    ['SSH from anywhere in IPv6', rule({ CidrIpv6: '::/0' })],
    ['every protocol', rule({ ...stranger, IpProtocol: '-1', FromPort: -1, ToPort: -1 })],
    ['a range that holds a database', rule({ ...stranger, FromPort: 5000, ToPort: 6000 })],
    ['half of the internet', rule({ CidrIpv4: '128.0.0.0/1' })],
    ['a prefix list of somebody else', rule({ PrefixListId: 'pl-foreign' })],
    ['Memcached over UDP', rule({ ...stranger, IpProtocol: 'udp', FromPort: 11211, ToPort: 11211 })],
  ])('closes %s', (_, given) => {
    expect(isOpen(given, ['pl-foreign'])).toBe(true);
  });

  it.each([
    ['HTTPS from anywhere', rule({ ...stranger, FromPort: 443, ToPort: 443 })],
    ['HTTP from anywhere', rule({ ...stranger, FromPort: 80, ToPort: 80 })],
    ['SSH from an office', rule({ CidrIpv4: '192.0.2.0/24' })],
    ['SSH from the private network', rule({ CidrIpv4: '10.0.0.0/8' })],
    ['SSH from another group', rule({ ReferencedGroupInfo: { GroupId: target.id } })],
    ['SSH from a prefix list of ours', rule({ PrefixListId: 'pl-ours' })],
    ['ping', rule({ ...stranger, IpProtocol: 'icmp', FromPort: -1, ToPort: -1 })],
    ['egress', rule({ ...stranger, IsEgress: true })],
  ])('leaves %s alone', (_, given) => {
    expect(isOpen(given, ['pl-foreign'])).toBe(false);
  });

  it('announces what a wide rule takes along beside web traffic, and who has the group', () => {
    const everything: State = {
      open: [{ ...ssh, protocol: '-1', from: -1, to: -1 }],
      usedBy: ['i-1', 'eni-2'],
      ...none,
    };
    expect(action.losses(everything, target)).toEqual([
      expect.stringContaining('everything from 0.0.0.0/0'),
      expect.stringMatching(/port 80 and 443, which gets a rule of its own.*8080/),
      'The group is in use by i-1, eni-2.',
      expect.stringContaining('Sessions that are open now go on'),
    ]);
    expect(action.losses({ open: [ssh], usedBy: [], ...none }, target).join()).not.toContain('443');
    expect(action.losses({ open: [], usedBy: ['i-1'], ...none }, target)).toEqual([]);
  });

  it('says each rule as people do', () => {
    expect(shown(ssh)).toBe('tcp 22 from 0.0.0.0/0 (SSH)');
    expect(shown({ ...ssh, from: 20, to: 25, peer: '::/0' })).toBe('tcp 20–25 from ::/0 (FTP, SSH, Telnet)');
  });

  it('authorises again with the same description', () => {
    const CidrIp = { CidrIp: '0.0.0.0/0', Description: 'vendor' };
    expect(permissionOf(ssh)).toEqual({ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [CidrIp] });
    expect(permissionOf({ ...ssh, peer: 'pl-1', description: null }).PrefixListIds).toEqual([{ PrefixListId: 'pl-1' }]);
  });
});
