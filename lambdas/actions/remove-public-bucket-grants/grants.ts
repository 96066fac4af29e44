import { samePolicy, statementsOf, withoutStatements } from '../../core/policy.ts';
import { outsiders, publicGroup, publicStatements } from '../../core/public-access.ts';
import { equal } from '../../core/standing.ts';
import type { Acl, AclGrant } from '../../platform/bucket.ts';
import { actionsOf, statementName, withoutOurs } from '../../platform/bucket-statement.ts';

/**
 * `policy` and `acl` are what this action owns; `policyPublic` is AWS's verdict for `verify`.
 * `disabled`: ownership is enforced, ACLs decide nothing. `hidden`: IgnorePublicAcls is in force, S3 shows no public grant that
 * may still be stored, and what cannot be read is not changed (invariant 1).
 */
export type State = { policy: string | null; policyPublic: boolean; acl: Acl | 'disabled' | 'hidden' };

const groupOf = ({ grantee }: AclGrant) => publicGroup('uri' in grantee ? grantee.uri : undefined);

/** The state without its public statements and ACL grants. */
export function withoutPublicGrants({ policy, acl }: State): State {
  const places = new Set(publicStatements(policy).map((s) => s.index));
  return {
    policy: policy === null ? null : withoutStatements(policy, places),
    policyPublic: false,
    acl: typeof acl === 'string' ? acl : { ...acl, grants: acl.grants.filter((grant) => !groupOf(grant)) },
  };
}

/** `AllUsers READ`, for each public grant that is visible. */
export function publicAclGrants({ acl }: State): string[] {
  if (typeof acl === 'string') return [];
  return acl.grants.flatMap((grant) => {
    const group = groupOf(grant);
    return group ? [`${group} ${grant.permission}`] : [];
  });
}

/** Why the state is still public, in words; [] when nothing is. AWS and our own judgement must agree. */
export function publicBecause(state: State): string[] {
  const why = publicStatements(state.policy).map((s) => `${statementName(s)} of the policy is public`);
  if (state.policyPublic && why.length === 0) why.push('AWS judges the bucket policy to be public');
  return [...why, ...publicAclGrants(state).map((grant) => `the bucket ACL grants ${grant}`)];
}

/** What goes away or comes back between two states, one line each. */
export function differences(before: State, after: State): string[] {
  const lines = [
    ...policyLines(before, after, 'present → removed'),
    ...policyLines(after, before, 'absent → restored'),
  ];
  const [was, becomes] = [publicAclGrants(before), publicAclGrants(after)];
  return [
    ...lines,
    ...was.filter((g) => !becomes.includes(g)).map((g) => `bucket ACL grant ${g}: present → removed`),
    ...becomes.filter((g) => !was.includes(g)).map((g) => `bucket ACL grant ${g}: absent → restored`),
  ];
}

/** Denies that other actions of ours put in beside are told by those. */
function policyLines(has: State, lacks: State, what: string): string[] {
  const [having, lacking] = [withoutOurs(has.policy), withoutOurs(lacks.policy)];
  if (samePolicy(having, lacking)) return [];
  const kept = statementsOf(lacking).map(({ index: _, ...rest }) => rest);
  return statementsOf(having)
    .filter(({ index: _, ...rest }) => !kept.some((one) => equal(one, rest)))
    .map((s) => `policy ${statementName(s)} (${s.effect} ${actionsOf(s)}): ${what}`);
}

/** Who loses what by the removal. No resource is named: a pattern may hold an object key. */
export function lossesOf(state: State, account: string): string[] {
  const owner = { account, canonicalId: typeof state.acl === 'string' ? undefined : state.acl.owner };
  const byPolicy = publicStatements(state.policy).flatMap((s) => [
    `Everyone loses ${actionsOf(s)}, which ${statementName(s)} of the policy gives.`,
    ...outsiders(s, owner).map((who) => `The same statement names ${who}, who loses it too.`),
  ]);
  const hidden =
    state.acl === 'hidden'
      ? [
          'The block hides what the bucket ACL grants: public grants in it stay stored, and lifting the block would revive them.',
        ]
      : [];
  return [
    ...byPolicy,
    ...hidden,
    ...publicAclGrants(state).map((grant) => `The bucket ACL's public grant ${grant} ends.`),
  ];
}
