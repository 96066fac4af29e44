import {
  DisableSnapshotBlockPublicAccessCommand,
  EC2Client,
  EnableSnapshotBlockPublicAccessCommand,
  GetSnapshotBlockPublicAccessStateCommand,
  paginateDescribeSnapshots,
} from '@aws-sdk/client-ec2';
import { blockSharing, unblocked } from '../../platform/sharing-block.ts';

export default blockSharing({
  what: 'snapshots',
  strictest: 'block-all-sharing',
  read: async (member) => {
    const answer = await member.client(EC2Client).send(new GetSnapshotBlockPublicAccessStateCommand({}));
    return { state: answer.State ?? unblocked, managedBy: answer.ManagedBy ?? 'account' };
  },
  open: async (member) => {
    const ids: string[] = [];
    const input = { OwnerIds: ['self'], RestorableByUserIds: ['all'] };
    for await (const page of paginateDescribeSnapshots({ client: member.client(EC2Client) }, input))
      ids.push(...(page.Snapshots ?? []).flatMap(({ SnapshotId }) => SnapshotId ?? []));
    return ids;
  },
  set: async (member, State) => {
    const ec2 = member.client(EC2Client);
    if (State === unblocked) await ec2.send(new DisableSnapshotBlockPublicAccessCommand({}));
    else
      await ec2.send(
        new EnableSnapshotBlockPublicAccessCommand({
          State: State === 'block-new-sharing' ? State : 'block-all-sharing',
        }),
      );
  },
  losses: ({ open }, { region }) =>
    open.length === 0
      ? []
      : [
          `${open.length === 1 ? 'One snapshot' : `${open.length} snapshots`} in ${region} can no longer be restored by the public: ${open.slice(0, 10).join(', ')}${open.length > 10 ? ' and more' : ''}.`,
        ],
});
