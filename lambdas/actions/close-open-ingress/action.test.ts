import { describe, expect, it } from 'vitest';
import type { Target } from '../../core/target.ts';
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
const ssh = { protocol: 'tcp', from: 22, to: 22, peer: '0.0.0.0/0', description: 'vendor' };

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

  it('announces that web traffic in the same rule is lost too, and who has the group', () => {
    const everything: State = { open: [{ ...ssh, protocol: '-1', from: -1, to: -1 }], usedBy: ['i-1', 'eni-2'] };
    expect(action.losses(everything, target)).toEqual([
      expect.stringContaining('everything from 0.0.0.0/0'),
      expect.stringContaining('port 80 and 443'),
      'The group is in use by i-1, eni-2.',
      expect.stringContaining('Sessions that are open now go on'),
    ]);
    expect(action.losses({ open: [ssh], usedBy: [] }, target).join()).not.toContain('443');
    expect(action.losses({ open: [], usedBy: ['i-1'] }, target)).toEqual([]);
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
