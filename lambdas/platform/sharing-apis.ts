import {
  type CreateVolumePermission,
  DescribeImageAttributeCommand,
  DescribeSnapshotAttributeCommand,
  EC2Client,
  type LaunchPermission,
  ModifyImageAttributeCommand,
  ModifySnapshotAttributeCommand,
} from '@aws-sdk/client-ec2';
import {
  DescribeDBClusterSnapshotAttributesCommand,
  DescribeDBSnapshotAttributesCommand,
  ModifyDBClusterSnapshotAttributeCommand,
  ModifyDBSnapshotAttributeCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import type { SharingApi } from './sharing.ts';

/** An API takes additions and removals under different names, and EBS never both in one call. */
const either = <A, R>(how: 'add' | 'remove', add: A, remove: R): A | R => (how === 'add' ? add : remove);

const volumePermission = (name: string): CreateVolumePermission =>
  name === 'all' ? { Group: 'all' } : { UserId: name };

/** The permission stays stored under a block of public sharing, and counts again when that is lifted: it is removed all the same. */
export const ebsSnapshots: SharingApi = {
  use: 'restore',
  // API reference, ModifySnapshotAttribute
  atOnce: 500,
  missing: 'InvalidSnapshot.NotFound',
  foreign: 'AuthFailure',
  refusals: ['OperationNotPermitted'],
  read: async (SnapshotId, member) => {
    const input = { SnapshotId, Attribute: 'createVolumePermission' } as const;
    const answer = await member.client(EC2Client).send(new DescribeSnapshotAttributeCommand(input));
    return (answer.CreateVolumePermissions ?? []).flatMap(({ Group, UserId }) => Group ?? UserId ?? []);
  },
  change: async (SnapshotId, member, how, names) => {
    const changes = names.map(volumePermission);
    const CreateVolumePermission = either(how, { Add: changes }, { Remove: changes });
    const input = { SnapshotId, Attribute: 'createVolumePermission', CreateVolumePermission } as const;
    await member.client(EC2Client).send(new ModifySnapshotAttributeCommand(input));
  },
};

function launchPermission(name: string): LaunchPermission {
  if (name === 'all') return { Group: 'all' };
  if (/^\d{12}$/.test(name)) return { UserId: name };
  return name.includes(':organization/') ? { OrganizationArn: name } : { OrganizationalUnitArn: name };
}

/** A public image exposes its snapshots even where snapshots cannot be public. */
export const machineImages: SharingApi = {
  use: 'start instances from',
  atOnce: 500,
  missing: 'InvalidAMIID.NotFound',
  foreign: 'AuthFailure',
  refusals: ['OperationNotPermitted'],
  read: async (ImageId, member) => {
    const input = { ImageId, Attribute: 'launchPermission' } as const;
    const answer = await member.client(EC2Client).send(new DescribeImageAttributeCommand(input));
    return (answer.LaunchPermissions ?? []).flatMap(
      (given) => given.Group ?? given.UserId ?? given.OrganizationArn ?? given.OrganizationalUnitArn ?? [],
    );
  },
  change: async (ImageId, member, how, names) => {
    const changes = names.map(launchPermission);
    const LaunchPermission = either(how, { Add: changes }, { Remove: changes });
    const input = { ImageId, Attribute: 'launchPermission', LaunchPermission };
    await member.client(EC2Client).send(new ModifyImageAttributeCommand(input));
  },
};

const restore = 'restore';
interface Attribute {
  AttributeName?: string | undefined;
  AttributeValues?: string[] | undefined;
}
const restorers = (all: Attribute[] | undefined): string[] =>
  (all ?? []).flatMap((one) => (one.AttributeName === restore ? (one.AttributeValues ?? []) : []));

/** RDS user guide, "Sharing a DB snapshot": 20 accounts at most beside the public, so that one call takes them all. */
const rds = { use: 'restore', atOnce: 100 };

export const rdsSnapshots: SharingApi = {
  ...rds,
  missing: 'DBSnapshotNotFoundFault',
  refusals: ['InvalidDBSnapshotStateFault', 'SharedSnapshotQuotaExceededFault'],
  read: async (DBSnapshotIdentifier, member) => {
    const command = new DescribeDBSnapshotAttributesCommand({ DBSnapshotIdentifier });
    const answer = await member.client(RDSClient).send(command);
    return restorers(answer.DBSnapshotAttributesResult?.DBSnapshotAttributes);
  },
  change: async (DBSnapshotIdentifier, member, how, names) => {
    const changes = either(how, { ValuesToAdd: names }, { ValuesToRemove: names });
    const input = { DBSnapshotIdentifier, AttributeName: restore, ...changes };
    await member.client(RDSClient).send(new ModifyDBSnapshotAttributeCommand(input));
  },
};

export const rdsClusterSnapshots: SharingApi = {
  ...rds,
  missing: 'DBClusterSnapshotNotFoundFault',
  refusals: ['InvalidDBClusterSnapshotStateFault', 'SharedSnapshotQuotaExceededFault'],
  read: async (DBClusterSnapshotIdentifier, member) => {
    const command = new DescribeDBClusterSnapshotAttributesCommand({ DBClusterSnapshotIdentifier });
    const answer = await member.client(RDSClient).send(command);
    return restorers(answer.DBClusterSnapshotAttributesResult?.DBClusterSnapshotAttributes);
  },
  change: async (DBClusterSnapshotIdentifier, member, how, names) => {
    const changes = either(how, { ValuesToAdd: names }, { ValuesToRemove: names });
    const input = { DBClusterSnapshotIdentifier, AttributeName: restore, ...changes };
    await member.client(RDSClient).send(new ModifyDBClusterSnapshotAttributeCommand(input));
  },
};
