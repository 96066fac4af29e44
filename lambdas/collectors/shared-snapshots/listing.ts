import { EC2Client, paginateDescribeImages, paginateDescribeSnapshots } from '@aws-sdk/client-ec2';
import { paginateDescribeDBClusterSnapshots, paginateDescribeDBSnapshots, RDSClient } from '@aws-sdk/client-rds';
import type { TargetKind } from '../../core/target.ts';
import type { Member } from '../../platform/action.ts';
import type { SharingApi } from '../../platform/sharing.ts';
import { ebsSnapshots, machineImages, rdsClusterSnapshots, rdsSnapshots } from '../../platform/sharing-apis.ts';

/** One kind of what an account can share in a Region: how it is listed, and how whom it is shared with is read. */
export interface Shareable {
  kind: TargetKind;
  /** plural, for people */
  noun: string;
  api: SharingApi;
  /** names of the account's own; what is public comes first, so that a limit never hides it */
  list(member: Member): Promise<string[]>;
}

async function gathered<P>(pages: AsyncIterable<P>, idsOf: (page: P) => (string | undefined)[]): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of pages) ids.push(...idsOf(page).flatMap((id) => id ?? []));
  return ids;
}

const self = { OwnerIds: ['self'] };
/** Automatic snapshots cannot be shared (RDS user guide). */
const manual = { SnapshotType: 'manual' };

export const shareables: Shareable[] = [
  {
    kind: 'ebs-snapshot',
    noun: 'EBS snapshots',
    api: ebsSnapshots,
    list: async (member) => {
      const client = member.client(EC2Client);
      const listed = (more: object) =>
        gathered(paginateDescribeSnapshots({ client }, { ...self, ...more }), ({ Snapshots = [] }) =>
          Snapshots.map((s) => s.SnapshotId),
        );
      return [...new Set([...(await listed({ RestorableByUserIds: ['all'] })), ...(await listed({}))])];
    },
  },
  {
    kind: 'machine-image',
    noun: 'machine images',
    api: machineImages,
    list: async (member) => {
      const pages = paginateDescribeImages({ client: member.client(EC2Client) }, { Owners: ['self'] });
      return gathered(pages, ({ Images = [] }) =>
        Images.toSorted((a, b) => Number(b.Public ?? false) - Number(a.Public ?? false)).map((i) => i.ImageId),
      );
    },
  },
  {
    kind: 'rds-snapshot',
    noun: 'RDS snapshots',
    api: rdsSnapshots,
    list: (member) =>
      gathered(paginateDescribeDBSnapshots({ client: member.client(RDSClient) }, manual), ({ DBSnapshots = [] }) =>
        DBSnapshots.map((s) => s.DBSnapshotIdentifier),
      ),
  },
  {
    kind: 'rds-cluster-snapshot',
    noun: 'RDS cluster snapshots',
    api: rdsClusterSnapshots,
    list: (member) =>
      gathered(
        paginateDescribeDBClusterSnapshots({ client: member.client(RDSClient) }, manual),
        ({ DBClusterSnapshots = [] }) => DBClusterSnapshots.map((s) => s.DBClusterSnapshotIdentifier),
      ),
  },
];
