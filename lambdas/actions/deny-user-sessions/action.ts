import {
  DeleteUserPolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { denySessions, type Principal } from '../../platform/deny-sessions.ts';
import { existing, orNone, ownArn, policyDocument, writeInline } from '../../platform/iam.ts';

const policyName = 'TourniquetDenyOlderSessions';
const room = '2,048';

const user: Principal = {
  policyName,
  arnName: 'userArn',
  read: async (target, member) => {
    const iam = member.client(IAMClient);
    const { User } = await existing(target, iam.send(new GetUserCommand({ UserName: target.id })));
    const inline = await orNone(iam.send(new GetUserPolicyCommand({ UserName: target.id, PolicyName: policyName })));
    return {
      arn: ownArn(target, User?.Arn ?? ''),
      id: User?.UserId ?? '',
      policy: inline ? policyDocument(inline.PolicyDocument ?? '') : null,
      usedBy: [],
      lastUsed: User?.PasswordLastUsed?.toISOString() ?? null,
    };
  },
  put: (target, member, PolicyDocument) =>
    writeInline(
      target,
      room,
      member
        .client(IAMClient)
        .send(new PutUserPolicyCommand({ UserName: target.id, PolicyName: policyName, PolicyDocument })),
    ),
  remove: (target, member) =>
    writeInline(
      target,
      room,
      member.client(IAMClient).send(new DeleteUserPolicyCommand({ UserName: target.id, PolicyName: policyName })),
    ),
  losses: ({ lastUsed }, target) => [
    `Every temporary credential that IAM user ${target.id} holds now stops (MFA sessions, federation tokens); its keys and new sessions work.`,
    ...(lastUsed ? [`A console session must sign in again; the last sign-in was ${lastUsed}.`] : []),
  ],
};

export default denySessions(user);
