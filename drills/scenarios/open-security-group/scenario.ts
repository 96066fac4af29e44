import { connects } from '../../aws/ec2/reachability.ts';
import { seedEc2 } from '../../aws/ec2/seed.ts';
import type { World } from '../../aws/world.ts';
import type { Probe, Scenario } from '../../engine/scenario.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
const region = 'us-east-1';
const vpc = 'vpc-0b1c2d3e4f5a60001';
const [web, app] = ['sg-0b1c2d3e4f5a60001', 'sg-0b1c2d3e4f5a60002'];
const server = 'eni-0b1c2d3e4f5a60001';
const worker = 'eni-0b1c2d3e4f5a60002';
const machine = { account: clinic, region, interface: server };
const stranger = '198.51.100.66';

function seed(world: World): void {
  seedEc2(world.account(clinic), {
    region,
    // in a default VPC a revocation that does not match exactly succeeds and changes nothing
    vpcs: [{ id: vpc, cidr: '172.31.0.0/16', ipv6: '2001:db8:1:100::/56', isDefault: true }],
    prefixLists: [{ id: 'pl-0b1c2d3e4f5a60001', name: 'offices', entries: ['192.0.2.0/24'] }],
    securityGroups: [
      { id: app, name: 'records-app', vpc },
      {
        id: web,
        name: 'records-web',
        vpc,
        ingress: [
          { port: 443, peer: '0.0.0.0/0', description: 'patients' },
          { port: 443, peer: '::/0', description: 'patients' },
          { port: 22, peer: '0.0.0.0/0', description: 'vendor, remove by Friday' },
          { port: 22, peer: 'pl-0b1c2d3e4f5a60001', description: 'offices' },
          { from: 5000, to: 6000, peer: '::/0' },
          { port: 5432, peer: app, description: 'application' },
        ],
      },
    ],
    instances: [
      {
        id: 'i-0b1c2d3e4f5a60001',
        vpc,
        listening: [22, 443, 5432],
        interfaces: [{ id: server, groups: [web], publicIp: '203.0.113.40', ipv6: ['2001:db8:1:100::40'] }],
      },
      { id: 'i-0b1c2d3e4f5a60002', vpc, interfaces: [{ id: worker, groups: [app] }] },
    ],
  });
}

/** Opens a connection to the server: 200, or 504 where nothing answers. */
const probe = (
  name: string,
  kind: Probe['kind'],
  from: Parameters<typeof connects>[1]['from'],
  port: number,
): Probe => ({
  name,
  kind,
  call: (drill) => Promise.resolve(connects(drill.world, { from, to: machine, port }) ? 200 : 504),
});

const scenario: Scenario = {
  id: 'open-security-group',
  title: 'A security group lets the internet in on SSH and PostgreSQL',
  story:
    'To let a vendor in, somebody opened SSH of the records server to the whole internet, and a range that holds PostgreSQL to all of IPv6. The honest rules stand beside: patients on 443, the offices on SSH, the application on the database.',
  start: '2026-11-21T02:30:12Z',
  seed,
  events: () => [finding],
  probes: [
    probe('a stranger reaches SSH', 'attack', { address: stranger }, 22),
    probe('a stranger reaches PostgreSQL by IPv6', 'attack', { address: '2001:db8:ffff::66' }, 5432),
    probe('a patient opens the web site', 'care', { address: '198.51.100.200' }, 443),
    probe('a patient opens the web site by IPv6', 'care', { address: '2001:db8:ffff::200' }, 443),
    probe('the office reaches SSH', 'care', { address: '192.0.2.15' }, 22),
    probe('the application reads the database', 'care', { account: clinic, region, interface: worker }, 5432),
  ],
  people: ({ approval }) =>
    approval.startsWith('restore-')
      ? { after: 60, person: 1, decision: 'approve', reason: 'rehearsal: the undo is practised too' }
      : undefined,
  restores: true,
  accounts: [clinic],
};
export default scenario;
