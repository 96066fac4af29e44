import type { Caller } from '../kernel.ts';
import { canonicalId } from '../s3/bucket.ts';
import { conditionHolds } from './conditions.ts';
import { type Context, matches } from './patterns.ts';
import type { Policy, PrincipalEntry, Statement } from './policy.ts';

export interface EvaluationRequest {
  action: string;
  resource: string;
  /** the account that owns the resource */
  owner: string;
  caller: Caller;
  context: Context;
}

/** A policy and the words that name it in an error. */
export interface PolicySource {
  name: string;
  policy: Policy;
}

export interface Policies {
  /** service control policies above the caller's account; only their denies count: FullAWSAccess stands beside them */
  organization?: readonly PolicySource[];
  /** attached to the user or role */
  identity: readonly PolicySource[];
  boundary?: PolicySource | undefined;
  session?: PolicySource | undefined;
  /** of the resource: bucket policy and ACL, key policy, trust policy */
  resource: readonly PolicySource[];
  /** role trust and KMS key policies must agree, even inside one account */
  resourceMustAllow?: boolean;
}

export interface Decision {
  decision: 'allow' | 'explicit-deny' | 'implicit-deny';
  /** the policy, or the missing one, that decided */
  by: string;
}

/** How a resource policy reaches a caller: `direct` names the very principal or everybody, `role` its role, `account` delegates. */
type Reach = 'direct' | 'role' | 'account';

function reachOf(entry: PrincipalEntry, caller: Caller): Reach | undefined {
  const { type, value } = entry;
  if (type === 'Service') return value === caller.service ? 'direct' : undefined;
  if (type === 'AWS' && value === '*') return 'direct';
  if (caller.type === 'anonymous' || caller.type === 'service' || type === 'Federated') return undefined;
  if (type === 'CanonicalUser') return value === canonicalId(caller.account) ? 'account' : undefined;
  if (value === caller.account || /^arn:aws[\w-]*:iam::(\d{12}):root$/.exec(value)?.[1] === caller.account)
    return 'account';
  if (value === caller.sessionArn) return 'direct';
  if (value === caller.principalArn) return caller.type === 'assumed-role' ? 'role' : 'direct';
  return value === caller.parentArn ? 'role' : undefined;
}

const strength: Reach[] = ['account', 'role', 'direct'];

/** The strongest way in which the statement's principal reaches the caller. */
function statementReach(statement: Statement, caller: Caller): Reach | undefined {
  if (statement.notPrincipals) {
    // Naming the account alone exempts its root, not its users (IAM user guide, "NotPrincipal").
    const exempt = (reach: Reach | undefined) => reach && (reach !== 'account' || caller.type === 'root');
    return statement.notPrincipals.some((entry) => exempt(reachOf(entry, caller))) ? undefined : 'direct';
  }
  const reaches = (statement.principals ?? []).map((entry) => reachOf(entry, caller));
  return strength.findLast((reach) => reaches.includes(reach));
}

/** By statement and action: a role has a hundred statements, and most calls are about one of them. Nobody changes a parsed policy. */
const speaksOf = new WeakMap<Statement, Map<string, boolean>>();

function namesAction(statement: Statement, action: string): boolean {
  const known = speaksOf.get(statement) ?? new Map<string, boolean>();
  speaksOf.set(statement, known);
  const before = known.get(action);
  if (before !== undefined) return before;
  const names = (pattern: string) => matches(pattern.toLowerCase(), action.toLowerCase());
  const named = (statement.actions?.some(names) ?? true) && !statement.notActions?.some(names);
  known.set(action, named);
  return named;
}

function applies(statement: Statement, policy: Policy, request: EvaluationRequest): boolean {
  const { action, resource, context } = request;
  const variables = policy.variables ? context : undefined;
  const reaches = (pattern: string) => matches(pattern, resource, variables);
  return (
    namesAction(statement, action) &&
    (statement.resources?.some(reaches) ?? true) &&
    !statement.notResources?.some(reaches) &&
    statement.conditions.every((condition) => conditionHolds(condition, context, policy.variables))
  );
}

const says = (source: PolicySource, effect: Statement['effect'], request: EvaluationRequest): boolean =>
  source.policy.statements.some((s) => s.effect === effect && applies(s, source.policy, request));

/** The strongest Allow (or any Deny) that the resource's policies hold for this caller. */
function resourceSays(
  sources: readonly PolicySource[],
  effect: Statement['effect'],
  request: EvaluationRequest,
): { reach: Reach; by: string } | undefined {
  let best: { reach: Reach; by: string } | undefined;
  for (const { name, policy } of sources)
    for (const statement of policy.statements) {
      if (statement.effect !== effect || !applies(statement, policy, request)) continue;
      const reach = statementReach(statement, request.caller);
      if (reach && (!best || strength.indexOf(reach) > strength.indexOf(best.reach))) best = { reach, by: name };
    }
  return best;
}

/** Root keeps these on its own bucket despite a Deny there (S3 API reference, PutBucketPolicy). */
const rootRescue = ['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy'];

function explicitDeny(request: EvaluationRequest, policies: Policies): string | undefined {
  const { caller, owner, action } = request;
  const above = policies.organization ?? [];
  const own = [...above, ...policies.identity, policies.boundary, policies.session].filter((s) => s !== undefined);
  const denying = own.find((source) => says(source, 'Deny', request));
  if (denying) return denying.name;
  if (caller.type === 'root' && caller.account === owner && rootRescue.includes(action)) return undefined;
  return resourceSays(policies.resource, 'Deny', request)?.by;
}

const allow = (by: string): Decision => ({ decision: 'allow', by });
const missing = (by: string): Decision => ({ decision: 'implicit-deny', by: `no ${by} allows it` });

/**
 * The decision procedure of AWS (IAM user guide, "How AWS enforcement code logic evaluates requests" and "Cross-account
 * policy evaluation logic"), without resource control policies. Pure: the policies that apply are given.
 */
export function evaluate(request: EvaluationRequest, policies: Policies): Decision {
  const { caller, owner } = request;
  const denied = explicitDeny(request, policies);
  if (denied) return { decision: 'explicit-deny', by: denied };
  const grant = resourceSays(policies.resource, 'Allow', request);
  if (caller.type === 'anonymous' || caller.type === 'service')
    return grant ? allow(grant.by) : missing('resource-based policy');
  if (caller.account !== owner) {
    if (!grant) return missing('resource-based policy of the owning account');
    return caller.type === 'root' ? allow(grant.by) : callerSide(request, policies, undefined);
  }
  if (policies.resourceMustAllow && !grant) return missing('resource-based policy');
  if (caller.type === 'root') {
    // only a session of AssumeRoot has a policy of its own: the task that it was opened for
    if (policies.session && !says(policies.session, 'Allow', request)) return missing('task policy');
    return allow('root of the owning account');
  }
  if (grant?.reach === 'direct') return allow(grant.by);
  return callerSide(request, policies, grant?.reach === 'role' ? grant.by : undefined);
}

/** The caller's own side: identity policy (or a grant to its role), cut by boundary and session policy. */
function callerSide(request: EvaluationRequest, policies: Policies, roleGrant: string | undefined): Decision {
  const granted = roleGrant ?? policies.identity.find((source) => says(source, 'Allow', request))?.name;
  if (granted === undefined) return missing('identity-based policy');
  if (policies.boundary && !says(policies.boundary, 'Allow', request)) return missing('permissions boundary');
  if (policies.session && !says(policies.session, 'Allow', request)) return missing('session policy');
  if (request.caller.type === 'federated-user' && !policies.session) return missing('session policy');
  return allow(granted);
}
