import { S3Client } from '@aws-sdk/client-s3';
import { equal } from '../../core/standing.ts';
import { type Target, targetArn } from '../../core/target.ts';
import type { Action } from '../../platform/action.ts';
import { readPolicy } from '../../platform/bucket.ts';
import { type OwnStatement, ownStatement, statementMoves, withStatement } from '../../platform/bucket-statement.ts';

/** The name by which our statement is found again in a policy. */
const sid = 'TourniquetDenyCustomerKeys';

/** Of the policy only the statement named `sid` is ours. */
export type State = { policy: string | null; partition: string };

/**
 * The header is there only with SSE-C; copies and the parts of large uploads need s3:PutObject too. Nobody is exempt: nothing of ours
 * writes here, and reading, the policy itself and every other upload stay as they are.
 */
function denial(target: Target, partition: string): OwnStatement {
  return {
    Sid: sid,
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:PutObject',
    Resource: `${targetArn(target, partition)}/*`,
    Condition: { Null: { 's3:x-amz-server-side-encryption-customer-algorithm': 'false' } },
  };
}

const wanted = (target: Target, { policy, partition }: State): string =>
  withStatement(policy, denial(target, partition));

function stands(target: Target, state: State): boolean {
  return equal(ownStatement(state.policy, sid), ownStatement(wanted(target, state), sid));
}

const says = ({ policy }: State) => (ownStatement(policy, sid) === null ? 'absent' : 'denies uploads under SSE-C keys');

const action: Action<State> = {
  capture: async (target, member) => ({
    state: { policy: await readPolicy(member.client(S3Client), target), partition: member.partition },
    scope: {},
  }),
  owned: ({ policy }) => ({ statement: ownStatement(policy, sid) }),
  intend: (state, target) => (stands(target, state) ? state : { ...state, policy: wanted(target, state) }),
  losses: (state, target) =>
    stands(target, state)
      ? []
      : [
          `Whoever honestly uploads to bucket ${target.id} under a key of their own (SSE-C) is refused until this is undone; all other uploads go on.`,
        ],
  describe: (before, after) =>
    equal(ownStatement(before.policy, sid), ownStatement(after.policy, sid))
      ? []
      : [`policy statement "${sid}": ${says(before)} → ${says(after)}`],
  ...statementMoves(sid),
  verify: (live, target) => {
    if (stands(target, live)) return { safe: true };
    const what =
      ownStatement(live.policy, sid) === null ? 'is not in the policy' : 'says something else than it should';
    return { safe: false, why: `the deny of customer keys (statement "${sid}") ${what}` };
  },
};
export default action;
