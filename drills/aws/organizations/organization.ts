import type { Json } from '../../../lambdas/core/json.ts';
import type { Account, Resource } from '../account.ts';
import type { PolicySource } from '../iam/evaluate.ts';
import { parsePolicy } from '../iam/policy.ts';
import { type PolicyDocument, policyText } from '../iam/principals.ts';
import type { Caller } from '../kernel.ts';
import { Staged } from '../staged.ts';
import type { World } from '../world.ts';

/** A service control policy; `FullAWSAccess` beside them is attached to everything and decides nothing here. */
export interface ServiceControlPolicy {
  id: string;
  arn: string;
  name: string;
  description: string;
  content: Staged<string>;
  /** account ids */
  targets: Staged<readonly string[]>;
}

export interface OrganizationSeed {
  /** o-… */
  id: string;
  /** member accounts */
  accounts: string[];
  policies?: { id: string; name: string; description?: string; content: PolicyDocument; targets?: string[] }[];
  /** whether centralized root access is on; true if absent */
  rootAccess?: boolean;
}

/** One organization, kept by its management account. */
export class Organization implements Resource {
  readonly id: string;
  readonly management: string;
  readonly accounts: Set<string>;
  readonly policies = new Map<string, ServiceControlPolicy>();
  readonly rootAccess: boolean;
  readonly #account: Account;

  constructor(management: Account, { id, accounts, policies = [], rootAccess = true }: OrganizationSeed) {
    this.id = id;
    this.management = management.id;
    this.accounts = new Set([management.id, ...accounts]);
    this.rootAccess = rootAccess;
    this.#account = management;
    for (const policy of policies) this.add(policy);
  }

  add(seed: NonNullable<OrganizationSeed['policies']>[number]): ServiceControlPolicy {
    const { now, propagation } = this.#account.ground;
    const policy: ServiceControlPolicy = {
      id: seed.id,
      arn: `arn:aws:organizations::${this.management}:policy/${this.id}/service_control_policy/${seed.id}`,
      name: seed.name,
      description: seed.description ?? '',
      content: new Staged(now, propagation.iam, policyText(seed.content)),
      targets: new Staged<readonly string[]>(now, propagation.iam, seed.targets ?? []),
    };
    this.policies.set(policy.id, policy);
    return policy;
  }

  stored(): Json {
    return {
      accounts: [...this.accounts].sort(),
      policies: [...this.policies.values()].map(({ id, name, content, targets }) => ({
        id,
        name,
        content: content.stored,
        targets: [...targets.stored].sort(),
      })),
    };
  }
}

const arnOf = (management: string) => `arn:aws:organizations::${management}:organization`;
const managementOf = new WeakMap<Account, string>();

/** The organization that an account belongs to. */
export function organizationOf(world: World, account: string): Organization | undefined {
  const there = world.accounts.get(account);
  const management = there && managementOf.get(there);
  const found = management && world.account(management).resources.get(arnOf(management));
  return found instanceof Organization ? found : undefined;
}

export function seedOrganization(world: World, management: string, seed: OrganizationSeed): Organization {
  const organization = new Organization(world.account(management), seed);
  world.account(management).resources.set(arnOf(management), organization);
  for (const id of organization.accounts) {
    const account = world.account(id);
    account.organization = organization.id;
    managementOf.set(account, management);
  }
  return organization;
}

/**
 * The service control policies that a caller is under: every principal of a member account, its root user too, but not the
 * management account, service-linked roles, AWS services or callers from outside (Organizations user guide, "SCP effects on permissions").
 */
export function controlPolicies(world: World, caller: Caller): PolicySource[] {
  const organization = organizationOf(world, caller.account);
  if (!organization || organization.management === caller.account) return [];
  if (/:role\/aws-service-role\//.test(caller.principalArn ?? '')) return [];
  return [...organization.policies.values()]
    .filter((policy) => policy.targets.effective.includes(caller.account))
    .map((policy) => ({
      name: `service control policy ${policy.name}`,
      policy: parsePolicy(policy.content.effective, 'identity'),
    }));
}
