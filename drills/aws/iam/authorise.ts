import type { Call, Caller, Need } from '../kernel.ts';
import { grantSources } from '../kms/key.ts';
import { controlPolicies } from '../organizations/organization.ts';
import { bucketSources } from '../s3/access.ts';
import type { World } from '../world.ts';
import { contextOf } from './context.ts';
import { type Decision, evaluate, type Policies, type PolicySource } from './evaluate.ts';
import { type PolicyKind, parsePolicy } from './policy.ts';
import type { Principal } from './principals.ts';

const source = (name: string, text: string, kind: PolicyKind): PolicySource => ({
  name,
  policy: parsePolicy(text, kind),
});

/** The user or role whose policies a caller acts with; undefined for root, services, anonymous, and for deleted ones. */
export function principalOf(world: World, caller: Caller): Principal | undefined {
  const arn = caller.parentArn ?? caller.principalArn ?? '';
  return world.user(arn) ?? world.role(arn);
}

function managed(world: World, principal: Principal, arn: string): PolicySource {
  const text = world.managedPolicy(principal.account, arn);
  if (text === undefined)
    throw new RangeError(`${principal.arn} uses ${arn}, which is not seeded: add it with addManagedPolicy`);
  return source(arn, text, 'identity');
}

function callerPolicies(world: World, caller: Caller): Pick<Policies, 'identity' | 'boundary' | 'session'> {
  const principal = principalOf(world, caller);
  const session =
    caller.sessionPolicy === undefined ? undefined : source('the session policy', caller.sessionPolicy, 'identity');
  if (!principal) return { identity: [], session };
  const boundary = principal.boundary.effective;
  return {
    identity: [
      ...Object.entries(principal.inline.effective).map(([name, text]) =>
        source(`inline policy ${name} of ${principal.arn}`, text, 'identity'),
      ),
      ...principal.attached.effective.map((arn) => managed(world, principal, arn)),
    ],
    boundary: boundary === undefined ? undefined : managed(world, principal, boundary),
    session,
  };
}

/** The owner's side: trust policy, key policy, bucket policy and ACL, or the policy of another resource. */
function resourcePolicies(world: World, need: Need, call: Call): Pick<Policies, 'resource' | 'resourceMustAllow'> {
  const service = need.resource.split(':')[2];
  if (service === 's3') return { resource: bucketSources(world, need, call.caller) };
  if (service === 'kms') {
    const key = world.key(need.resource);
    return {
      resource: key
        ? [source(`the policy of key ${key.arn}`, key.policy.effective, 'resource'), ...grantSources(key)]
        : [],
      resourceMustAllow: true,
    };
  }
  const role = need.action.startsWith('sts:') ? world.role(need.resource) : undefined;
  if (role)
    return {
      resource: [source(`the trust policy of ${role.arn}`, role.trust.effective, 'trust')],
      resourceMustAllow: true,
    };
  const text = world.accounts.get(need.owner)?.resources.get(need.resource)?.policy?.();
  return { resource: text === undefined ? [] : [source(`the policy of ${need.resource}`, text, 'resource')] };
}

/** Decides one need of one call from everything that the world holds effective now. */
export function authorise(world: World, need: Need, call: Call): Decision {
  const policies = {
    organization: controlPolicies(world, call.caller),
    ...callerPolicies(world, call.caller),
    ...resourcePolicies(world, need, call),
  };
  return evaluate(
    {
      action: need.action,
      resource: need.resource,
      owner: need.owner,
      caller: call.caller,
      context: contextOf(world, need, call),
    },
    policies,
  );
}
