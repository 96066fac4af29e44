import { S3Client } from '@aws-sdk/client-s3';
import { ownRoleArns } from '../../core/own-roles.ts';
import { publicGroup } from '../../core/public-access.ts';
import { equal } from '../../core/standing.ts';
import { type Target, targetArn } from '../../core/target.ts';
import type { Action, Captured, Member, Verdict } from '../../platform/action.ts';
import { type Acl, readAcl, readAclsCount, readPolicy } from '../../platform/bucket.ts';
import { type OwnStatement, ownStatement, statementMoves, withStatement } from '../../platform/bucket-statement.ts';
import { lossesOf, type State, servicesForAnybody, sid } from './strangers.ts';

async function capture(target: Target, member: Member): Promise<Captured<State>> {
  const s3 = member.client(S3Client);
  const policy = await readPolicy(s3, target);
  const [acl, aclsCount] = await Promise.all([readAcl(s3, target), readAclsCount(s3, target)]);
  const state: State = {
    policy,
    ours: [...new Set([target.account, ...member.ours])].sort(),
    partition: member.partition,
    owner: acl.owner,
    aclGrants: aclsCount ? grantsToOthers(acl) : [],
  };
  return { state, scope: {} };
}

/** `AllUsers READ`: log delivery is an AWS service and stays. */
function grantsToOthers({ owner, grants }: Acl): string[] {
  return grants.flatMap(({ grantee, permission }) => {
    const who = 'uri' in grantee ? publicGroup(grantee.uri) : `canonical user ${grantee.id.slice(0, 12)}…`;
    return who === undefined || ('id' in grantee && grantee.id === owner) ? [] : [`${who} ${permission}`];
  });
}

/**
 * `BoolIfExists`: anonymous callers have no aws:PrincipalIsAWSService, and a plain Bool would not match them. The bucket's own
 * account is always among ours, so nobody there is locked out; the ARN says so of our roles once more.
 */
function denial(target: Target, { ours, partition }: State): OwnStatement {
  const arn = targetArn(target, partition);
  return {
    Sid: sid,
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [arn, `${arn}/*`],
    Condition: {
      StringNotEquals: { 'aws:PrincipalAccount': ours },
      BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
      ArnNotEquals: { 'aws:PrincipalArn': ownRoleArns(target.account, partition) },
    },
  };
}

/** The accounts that the statement leaves in, in words. */
function keeps(state: State): string {
  const statement = ownStatement(state.policy, sid) as OwnStatement | null;
  if (statement === null) return 'absent';
  const condition = statement.Condition as { StringNotEquals?: { 'aws:PrincipalAccount'?: string[] } } | undefined;
  const accounts = condition?.StringNotEquals?.['aws:PrincipalAccount'] ?? [];
  const named = accounts.length > 5 ? `${accounts.length} accounts` : `accounts ${accounts.join(', ')}`;
  return `denies all but ${named} and AWS services`;
}

function servicesSafe(live: State): Verdict {
  const open = servicesForAnybody(live);
  if (open.length === 0) return { safe: true };
  const why = `an AWS service may read the bucket for any account by ${open.join(' and ')} of its policy: add aws:SourceAccount with our accounts, or remove it, by hand`;
  return { safe: false, why };
}

const action: Action<State> = {
  capture,
  owned: ({ policy }) => ({ statement: ownStatement(policy, sid) }),
  intend: (state, target) => {
    const own = denial(target, state);
    const wanted = withStatement(state.policy, own);
    return equal(ownStatement(state.policy, sid), ownStatement(wanted, sid)) ? state : { ...state, policy: wanted };
  },
  losses: lossesOf,
  describe: (before, after) => {
    const [was, becomes] = [ownStatement(before.policy, sid), ownStatement(after.policy, sid)];
    return equal(was, becomes) ? [] : [`policy statement "${sid}": ${keeps(before)} → ${keeps(after)}`];
  },
  ...statementMoves(sid),
  verify: (live, target) => {
    const stands = ownStatement(live.policy, sid);
    const wanted = ownStatement(withStatement(null, denial(target, live)), sid);
    if (equal(stands, wanted)) return servicesSafe(live);
    const what = stands === null ? 'is not in the policy' : 'says something else than it should';
    return { safe: false, why: `the deny of other accounts (statement "${sid}") ${what}` };
  },
};
export default action;
