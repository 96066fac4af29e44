import {
  CreateVolumeCommand,
  DescribeImagesCommand,
  EC2Client,
  ModifySnapshotAttributeCommand,
} from '@aws-sdk/client-ec2';
import { DescribeDBSnapshotsCommand, RDSClient } from '@aws-sdk/client-rds';
import { seedSharing } from '../../aws/ec2/sharing-seed.ts';
import { seedRds } from '../../aws/rds/seed.ts';
import type { Credentials, World } from '../../aws/world.ts';
import type { Rehearsal } from '../../engine/rehearsal.ts';
import { type Probe, type Scenario, status } from '../../engine/scenario.ts';
import finding from './finding.json' with { type: 'json' };

const clinic = '111122223333';
const forensic = '333333333333';
const stranger = '999988887777';
const region = 'us-east-1';
/** named by the finding */
const publicSnapshot = 'snap-0a1b2c3d4e5f60001';
/** named by nobody: the collector finds them */
const givenSnapshot = 'snap-0a1b2c3d4e5f60002';
const image = 'ami-0a1b2c3d4e5f60001';
const databaseCopy = 'records-before-migration';
const evidence = 'snap-0a1b2c3d4e5f60003';

const thief = 'AKIAI44QH8DHBEXAMPLE';
const backup = `arn:aws:iam::${clinic}:role/backup`;
const examiner = `arn:aws:iam::${forensic}:role/examiner`;
const allowed = { any: { Statement: [{ Effect: 'Allow', Action: ['ec2:*', 'rds:*'], Resource: '*' }] } };
const trust = {
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

function seed(world: World): void {
  const account = world.account(clinic);
  account.addRole({ name: 'backup', trust, inline: allowed });
  world.account(forensic).addRole({ name: 'examiner', trust, inline: allowed });
  world.account(stranger).addUser({ name: 'collector', inline: allowed, accessKeys: [{ id: thief }] });
  seedSharing(account, {
    snapshots: [
      { id: publicSnapshot, region, size: 500, sharedWith: ['all'] },
      { id: givenSnapshot, region, size: 100, sharedWith: [stranger] },
      { id: evidence, region, size: 100, sharedWith: [forensic] },
    ],
    images: [{ id: image, region, name: 'records-app', snapshots: [evidence], launchableBy: ['all'] }],
    blocks: [{ region, imageSeconds: 15 }],
  });
  seedRds(world, account, {
    instances: [{ id: 'records', region }],
    snapshots: [{ id: databaseCopy, region, of: 'records', sharedWith: [stranger] }],
  });
}

const as = (drill: Rehearsal, arn: string) => drill.world.roleCredentials(arn, 'drill');
const ec2 = (drill: Rehearsal, credentials: Credentials) => drill.aws.client(EC2Client, { region, credentials });
const restore = (drill: Rehearsal, credentials: Credentials, SnapshotId: string) =>
  status(ec2(drill, credentials).send(new CreateVolumeCommand({ SnapshotId, AvailabilityZone: `${region}a` })));
const stolen = (drill: Rehearsal) => drill.world.keyCredentials(thief);

/** Making a snapshot public is also what the attacker does again; the permission is taken back at once, so that the probe leaves nothing. */
async function publish(drill: Rehearsal): Promise<number> {
  const client = ec2(drill, as(drill, backup));
  const change = (CreateVolumePermission: object) =>
    client.send(
      new ModifySnapshotAttributeCommand({
        SnapshotId: evidence,
        Attribute: 'createVolumePermission',
        CreateVolumePermission,
      }),
    );
  const answer = await status(change({ Add: [{ Group: 'all' }] }));
  if (answer === 200) await change({ Remove: [{ Group: 'all' }] });
  return answer;
}

const restores = (who: string, kind: Probe['kind'], id: string, by: (drill: Rehearsal) => Credentials): Probe => ({
  name: `${who} restores ${id}`,
  kind,
  call: (drill) => restore(drill, by(drill), id),
});

const scenario: Scenario = {
  id: 'shared-snapshot',
  title: 'A snapshot of patient records is open to everybody',
  story:
    'Somebody made the snapshot of a records server public, and a stranger has found it. Access Analyzer names that one; a second snapshot, a machine image and a database copy, which nobody names, are open to the same stranger.',
  start: '2026-11-21T04:31:30Z',
  seed,
  events: () => [finding],
  probes: [
    restores('a stranger', 'attack', publicSnapshot, stolen),
    restores('a stranger', 'attack', givenSnapshot, stolen),
    {
      name: 'a stranger finds the database copy',
      kind: 'attack',
      call: (drill) =>
        status(
          drill.aws.client(RDSClient, { region, credentials: stolen(drill) }).send(
            new DescribeDBSnapshotsCommand({
              DBSnapshotIdentifier: `arn:aws:rds:${region}:${clinic}:snapshot:${databaseCopy}`,
            }),
          ),
        ),
    },
    {
      name: 'a stranger finds the machine image',
      kind: 'attack',
      call: (drill) => status(ec2(drill, stolen(drill)).send(new DescribeImagesCommand({ ImageIds: [image] }))),
    },
    { name: 'a snapshot of the account is made public', kind: 'attack', call: publish },
    restores("the clinic's backup", 'care', publicSnapshot, (drill) => as(drill, backup)),
    restores("the clinic's examiner in the forensic account", 'care', evidence, (drill) => as(drill, examiner)),
  ],
  people: ({ approval }) =>
    approval.startsWith('restore-')
      ? { after: 60, person: 1, decision: 'approve', reason: 'rehearsal: the undo is practised too' }
      : { after: 40, person: 0, decision: 'approve', reason: 'nothing of ours is meant for that account' },
  restores: true,
  accounts: [clinic],
};
export default scenario;
