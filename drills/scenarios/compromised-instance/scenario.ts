import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { JsonObject } from '../../../lambdas/core/json.ts';
import { seedAutoScalingGroup } from '../../aws/autoscaling/groups.ts';
import { connects, type Flow, openFlow } from '../../aws/ec2/reachability.ts';
import { seedEc2 } from '../../aws/ec2/seed.ts';
import { lookup } from '../../aws/ec2/state.ts';
import { seedTargetGroup, targetGroups } from '../../aws/elbv2/groups.ts';
import { seedInstanceProfile } from '../../aws/iam/instance-profiles.ts';
import { instanceCredentials } from '../../aws/instance-credentials.ts';
import { delegatingPolicy } from '../../aws/kms/key.ts';
import type { Credentials, World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Scenario, status } from '../../engine/scenario.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
const region = 'us-east-1';
const vpc = 'vpc-0a1b2c3d4e5f60001';
const web = 'sg-0a1b2c3d4e5f60001';
const role = 'records-web';
const profile = `arn:aws:iam::${clinic}:instance-profile/${role}`;
const bucket = 'northwind-patient-records';
const object = 'records/2026/11/intake-0001.json';
const abroad = '198.51.100.66';
/** AWS's own key for EBS */
const ebsKey = `arn:aws:kms:${region}:${clinic}:key/1a2b3c4d-12ab-34cd-56ef-1234567890ab`;

const fleet = Array.from({ length: 40 }, (_, i) => `i-0a1b2c3d4e5f6${String(i + 1).padStart(4, '0')}`);
const [taken = '', ...others] = fleet;
const eni = taken.replace('i-', 'eni-');
const outward = { from: { account: clinic, region, interface: eni }, to: { address: abroad }, port: 443 };
const arn = (id: string) => `arn:aws:ec2:${region}:${clinic}:instance/${id}`;

function seed(world: World): void {
  const account = world.account(clinic);
  account.addKey({ arn: ebsKey, policy: delegatingPolicy(clinic), manager: 'AWS' });
  account.addBucket({ name: bucket, region, objects: [{ key: object, body: '{"synthetic":true}' }] });
  account.addRole({
    name: role,
    trust: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
    inline: {
      records: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` }],
      },
    },
  });
  seedInstanceProfile(account, { name: role, role });
  seedEc2(account, {
    region,
    vpcs: [{ id: vpc }],
    securityGroups: [{ id: web, name: role, vpc, ingress: [{ port: 443, peer: '10.0.0.0/16' }] }],
    instances: fleet.map((id, index) => ({
      id,
      vpc,
      profile,
      listening: [443],
      volumes: [{}, { size: 100, kmsKey: ebsKey }],
      interfaces: [
        {
          id: id.replace('i-', 'eni-'),
          groups: [web],
          privateIp: `10.0.1.${index + 11}`,
          publicIp: `203.0.113.${index + 10}`,
        },
      ],
      tags: { Name: `records-web-${index + 1}` },
    })),
  });
  seedTargetGroup(account, { name: 'records', region, vpc, port: 443, targets: fleet.map((id) => ({ id })) });
  seedAutoScalingGroup(account, { name: role, region, min: 30, max: 60, instances: fleet, targetGroups: ['records'] });
}

interface Held {
  /** what the attacker carried away from the instance */
  stolen: Credentials;
  /** the connection from the instance to the attacker's server */
  flow: Flow;
  /** what the other thirty-nine have been working with */
  working: Credentials[];
}
const held = new WeakMap<Rehearsal, Held>();

async function attack(drill: Rehearsal): Promise<void> {
  const { world } = drill;
  const flow = openFlow(world, outward);
  if (!flow) throw new Error('the instance cannot reach the attacker: the scenario proves nothing');
  held.set(drill, {
    stolen: instanceCredentials(world, arn(taken), role),
    flow,
    working: others.map((id) => instanceCredentials(world, arn(id), role)),
  });
  // GuardDuty takes its time
  await drill.clock.runFor(1410);
}

function has(drill: Rehearsal): Held {
  const given = held.get(drill);
  if (!given) throw new Error('the attack has not run yet');
  return given;
}

const read = (drill: Rehearsal, credentials: Credentials, sourceIp = '10.0.1.20') =>
  status(
    drill.aws
      .client(S3Client, { region, credentials, sourceIp })
      .send(new GetObjectCommand({ Bucket: bucket, Key: object })),
  );

/** What its metadata service answers: no role, no credentials. */
async function readAfresh(drill: Rehearsal): Promise<number> {
  const instance = lookup(drill.world.account(clinic), region, 'instance', taken);
  return instance?.profile && instance.state === 'running'
    ? read(drill, instanceCredentials(drill.world, arn(taken), role))
    : 404;
}

async function readByAll(drill: Rehearsal): Promise<number> {
  const answers = await Promise.all(has(drill).working.map((credentials) => read(drill, credentials)));
  return Math.max(...answers);
}

/** A balancer with a healthy target answers 200, one without 503. */
async function balanced(drill: Rehearsal): Promise<number> {
  const [group] = targetGroups(drill.world.account(clinic), region);
  return group?.targets.some(({ id }) => others.includes(id)) ? 200 : 503;
}

/** A connection that carries nothing any more is a gateway that does not answer. */
const carried = (alive: boolean) => Promise.resolve(alive ? 200 : 504);

/** The one step that is worth its price; what would hit the thirty-nine others, or the memory of this one, is not. */
const approved = 'detach-instance-profile';
const reasons: Record<string, string> = {
  [approved]: 'cut off it needs no role, and must get none',
  'stop-instance': 'it is cut off; its memory is still wanted for the examination',
};

const scenario: Scenario = {
  id: 'compromised-instance',
  title: 'Somebody else controls an EC2 instance',
  story:
    'One of forty web servers was broken into. The attacker took the credentials of its role away, reads records with them from outside, and holds a connection open from the machine to his server. All forty share the role.',
  start: '2026-11-21T03:02:05Z',
  seed,
  attack,
  events: () => [finding],
  probes: [
    {
      name: 'credentials stolen from the instance read a record',
      kind: 'attack',
      call: (drill) => read(drill, has(drill).stolen, abroad),
    },
    {
      name: "the connection to the attacker's server carries data",
      kind: 'attack',
      call: (drill) => carried(has(drill).flow.alive),
    },
    {
      name: "the instance opens a new connection to the attacker's server",
      kind: 'attack',
      call: (drill) => carried(connects(drill.world, outward)),
    },
    { name: 'credentials fetched afresh on the instance read a record', kind: 'attack', call: readAfresh },
    { name: 'the other thirty-nine servers read a record', kind: 'care', call: readByAll },
    { name: 'the load balancer has servers to send patients to', kind: 'care', call: balanced },
  ],
  people: ({ approval, action }) => {
    if (approval.startsWith('restore-'))
      return { after: 60, person: 1, decision: 'approve', reason: 'rehearsal: the server goes back into service' };
    const reason = reasons[action] ?? 'thirty-nine honest servers use the role, and what was stolen is dead already';
    return action === approved
      ? { after: 45, person: 0, decision: 'approve', reason }
      : { after: 70, person: 0, decision: 'decline', reason };
  },
  restores: true,
  accounts: [clinic],
  keeps: (before, now) => {
    const snapshots = Object.entries(now.resources as JsonObject).filter(([name]) => name.includes(':snapshot/'));
    return { ...before, resources: { ...(before.resources as JsonObject), ...Object.fromEntries(snapshots) } };
  },
};
export default scenario;
