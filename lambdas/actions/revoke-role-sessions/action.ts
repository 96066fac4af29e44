import {
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { statementsOf } from '../../core/policy.ts';
import { denySessions, type Principal, type SessionState } from '../../platform/deny-sessions.ts';
import { existing, orNone, ownArn, policyDocument, refuseProtectedRole, writeInline } from '../../platform/iam.ts';
import { type Fleet, fleetSentence, instancesWith } from './instances.ts';

/** The name that the IAM console uses for "Revoke active sessions". */
const policyName = 'AWSRevokeOlderSessions';
const room = '10,240';

/** The principals that the trust policy names: who else may hold sessions of the role. */
export function trusted(trust: string): string[] {
  const allows = statementsOf(trust).filter((s) => s.effect === 'Allow');
  return [...new Set(allows.flatMap((s) => s.principals.map((p) => p.value)))].sort();
}

/** `instances`: who else works with the role, for the approver. */
type RoleState = SessionState & { instances: Fleet };

const role: Principal<RoleState> = {
  policyName,
  arnName: 'roleArn',
  read: async (target, member) => {
    refuseProtectedRole(target.id);
    const iam = member.client(IAMClient);
    const { Role } = await existing(target, iam.send(new GetRoleCommand({ RoleName: target.id })));
    refuseProtectedRole(target.id, Role?.Path);
    const inline = await orNone(iam.send(new GetRolePolicyCommand({ RoleName: target.id, PolicyName: policyName })));
    const { LastUsedDate, Region } = Role?.RoleLastUsed ?? {};
    return {
      arn: ownArn(target, Role?.Arn ?? ''),
      id: Role?.RoleId ?? '',
      policy: inline ? policyDocument(inline.PolicyDocument ?? '') : null,
      usedBy: trusted(policyDocument(Role?.AssumeRolePolicyDocument ?? '{}')),
      lastUsed: LastUsedDate ? `${LastUsedDate.toISOString()} in ${Region ?? 'an unknown Region'}` : null,
      instances: await instancesWith(target.id, member),
    };
  },
  put: (target, member, PolicyDocument) =>
    writeInline(
      target,
      room,
      member
        .client(IAMClient)
        .send(new PutRolePolicyCommand({ RoleName: target.id, PolicyName: policyName, PolicyDocument })),
    ),
  remove: (target, member) =>
    writeInline(
      target,
      room,
      member.client(IAMClient).send(new DeleteRolePolicyCommand({ RoleName: target.id, PolicyName: policyName })),
    ),
  losses: ({ usedBy, lastUsed, instances }, target) => [
    `Every session of role ${target.id} stops until its holder assumes the role again; cached credentials (EC2, ECS, Lambda, command line) fail until they are renewed.`,
    fleetSentence(target.id, instances),
    `The role may be used by: ${usedBy.join(', ') || 'nobody that its trust policy names'}.`,
    lastUsed ? `It was last used ${lastUsed}.` : 'IAM has no record of its last use.',
  ],
};

export default denySessions(role);
