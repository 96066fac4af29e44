import {
  DisableImageBlockPublicAccessCommand,
  EC2Client,
  EnableImageBlockPublicAccessCommand,
  GetImageBlockPublicAccessStateCommand,
} from '@aws-sdk/client-ec2';
import { blockSharing, unblocked } from '../../platform/sharing-block.ts';

/**
 * AWS may take 10 minutes, in which it still reads `unblocked`: until then the change is not read back as safe, the step says so,
 * and the tick reads it again.
 */
export default blockSharing({
  what: 'images',
  strictest: 'block-new-sharing',
  read: async (member) => {
    const answer = await member.client(EC2Client).send(new GetImageBlockPublicAccessStateCommand({}));
    return { state: answer.ImageBlockPublicAccessState ?? unblocked, managedBy: answer.ManagedBy ?? 'account' };
  },
  // public images stay public, so nobody loses one
  open: async () => [],
  set: async (member, state) => {
    const ec2 = member.client(EC2Client);
    if (state === unblocked) await ec2.send(new DisableImageBlockPublicAccessCommand({}));
    else await ec2.send(new EnableImageBlockPublicAccessCommand({ ImageBlockPublicAccessState: 'block-new-sharing' }));
  },
  losses: () => [],
});
