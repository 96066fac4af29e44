import type {
  AttachPolicyRequest,
  DescribeAccountRequest,
  DescribePolicyRequest,
  DetachPolicyRequest,
  ListPoliciesForTargetRequest,
  ListPoliciesRequest,
  ListTargetsForPolicyRequest,
  UpdatePolicyRequest,
} from '@aws-sdk/client-organizations';
import { PolicyError, parsePolicy } from '../iam/policy.ts';
import { AwsError, type Call, type Command, type Need, NotModelled, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { type Organization, organizationOf, type ServiceControlPolicy } from './organization.ts';

/**
 * AWS Organizations, as far as service control policies of accounts need it. Does not model: organizational units and the root as
 * targets, allow lists (FullAWSAccess is attached to everything and cannot be detached), other policy types, delegated administrators,
 * the slow half of PolicyChangesInProgressException.
 */
export function organizationsService(world: World): Service {
  return { ...accountCommands(world), ...policyReads(world), ...policyWrites(world) };
}

const error = (code: string, message: string) => new AwsError(`${code}Exception`, 400, message);
/** SCPs per account, FullAWSAccess among them, and characters of one (Organizations quotas of May 2026). */
const limits = { policies: 10, characters: 10_240 };
const scp = 'SERVICE_CONTROL_POLICY';

/** Throws as Organizations does for callers outside an organization and for member accounts. */
function organizationFor(world: World, { caller }: Call): Organization {
  const organization = organizationOf(world, caller.account);
  if (!organization) throw error('AWSOrganizationsNotInUse', 'Your account is not a member of an organization.');
  if (organization.management !== caller.account)
    throw error('AccessDenied', "You don't have permissions to access this resource.");
  return organization;
}

const accountArn = (organization: Organization, id: string) =>
  `arn:aws:organizations::${organization.management}:account/${organization.id}/${id}`;

function policyOf(organization: Organization, id: string | undefined): ServiceControlPolicy {
  const policy = organization.policies.get(id ?? '');
  if (!policy) throw error('PolicyNotFound', "We can't find a policy with the PolicyId that you specified.");
  return policy;
}

function targetOf(organization: Organization, id: string | undefined): string {
  if (/^(?:r|ou)-/.test(id ?? ''))
    throw new NotModelled('the simulated Organizations has no roots or units as targets');
  if (id === undefined || !organization.accounts.has(id))
    throw error('TargetNotFound', "We can't find a root, OU, or account with the TargetId that you specified.");
  return id;
}

const summary = ({ id, arn, name, description }: ServiceControlPolicy) => ({
  Id: id,
  Arn: arn,
  Name: name,
  Description: description,
  Type: scp,
  AwsManaged: false,
});
const fullAccess = {
  Id: 'p-FullAWSAccess',
  Arn: 'arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess',
  Name: 'FullAWSAccess',
  Description: 'Allows access to every operation',
  Type: scp,
  AwsManaged: true,
};

/** One page; lists of policies and targets have at most 20 entries. */
function page<T>(items: readonly T[], input: { NextToken?: string | undefined; MaxResults?: number | undefined }) {
  const start = Number(input.NextToken ?? 0);
  if (!Number.isInteger(start)) throw error('InvalidInput', 'You provided a NextToken that is not valid.');
  const end = start + Math.min(input.MaxResults ?? 20, 20);
  return { items: items.slice(start, end), ...(end < items.length && { NextToken: String(end) }) };
}

interface Model<I, O> {
  action: string;
  parameters: readonly string[];
  resources(organization: Organization, input: I): string[];
  run(organization: Organization, input: I): O;
}

function command<I, O>(world: World, model: Model<I, O>): Command<I, O> {
  return {
    parameters: model.parameters,
    needs(input: I, call: Call): Need[] {
      const organization = organizationFor(world, call);
      const context = { 'organizations:PolicyType': scp };
      return model.resources(organization, input).map((resource) => ({
        action: `organizations:${model.action}`,
        resource,
        owner: organization.management,
        context,
      }));
    },
    run: (input: I, call: Call) => model.run(organizationFor(world, call), input),
  };
}

const accountCommands = (world: World): Service => ({
  DescribeAccount: command<DescribeAccountRequest, object>(world, {
    action: 'DescribeAccount',
    parameters: ['AccountId'],
    resources: (organization, input) => [accountArn(organization, input.AccountId ?? '')],
    run(organization, { AccountId = '' }) {
      if (!organization.accounts.has(AccountId))
        throw error('AccountNotFound', "You specified an account that doesn't exist.");
      return { Account: { Id: AccountId, Arn: accountArn(organization, AccountId), Status: 'ACTIVE' } };
    },
  }),
});

const onPolicy = (organization: Organization, input: { PolicyId: string | undefined }) => [
  policyOf(organization, input.PolicyId).arn,
];

const policyReads = (world: World): Service => ({
  ListPolicies: command<ListPoliciesRequest, object>(world, {
    action: 'ListPolicies',
    parameters: ['Filter', 'NextToken', 'MaxResults'],
    resources: () => ['*'],
    run(organization, input) {
      if (input.Filter !== scp) throw new NotModelled(`policies of type ${input.Filter}`);
      const { items, ...more } = page([fullAccess, ...[...organization.policies.values()].map(summary)], input);
      return { Policies: items, ...more };
    },
  }),
  ListPoliciesForTarget: command<ListPoliciesForTargetRequest, object>(world, {
    action: 'ListPoliciesForTarget',
    parameters: ['TargetId', 'Filter', 'NextToken', 'MaxResults'],
    resources: (organization, input) => [accountArn(organization, targetOf(organization, input.TargetId))],
    run(organization, input) {
      const target = targetOf(organization, input.TargetId);
      const attached = [...organization.policies.values()].filter((p) => p.targets.stored.includes(target));
      const { items, ...more } = page([fullAccess, ...attached.map(summary)], input);
      return { Policies: items, ...more };
    },
  }),
  DescribePolicy: command<DescribePolicyRequest, object>(world, {
    action: 'DescribePolicy',
    parameters: ['PolicyId'],
    resources: onPolicy,
    run(organization, input) {
      const policy = policyOf(organization, input.PolicyId);
      return { Policy: { PolicySummary: summary(policy), Content: policy.content.stored } };
    },
  }),
  ListTargetsForPolicy: command<ListTargetsForPolicyRequest, object>(world, {
    action: 'ListTargetsForPolicy',
    parameters: ['PolicyId', 'NextToken', 'MaxResults'],
    resources: onPolicy,
    run(organization, input) {
      const { items, ...more } = page(policyOf(organization, input.PolicyId).targets.stored, input);
      const shown = items.map((id) => ({ TargetId: id, Arn: accountArn(organization, id), Type: 'ACCOUNT' }));
      return { Targets: shown, ...more };
    },
  }),
});

function checkedContent(text: string): string {
  if (text.length > limits.characters)
    throw error('ConstraintViolation', `POLICY_CONTENT_LIMIT_EXCEEDED: ${text.length} of ${limits.characters}`);
  try {
    parsePolicy(text, 'identity');
  } catch (problem) {
    if (problem instanceof PolicyError) throw error('MalformedPolicyDocument', problem.message);
    throw problem;
  }
  return text;
}

const onPolicyAndTarget = (organization: Organization, input: AttachPolicyRequest | DetachPolicyRequest) => [
  ...onPolicy(organization, input),
  accountArn(organization, targetOf(organization, input.TargetId)),
];

const policyWrites = (world: World): Service => ({
  UpdatePolicy: command<UpdatePolicyRequest, object>(world, {
    action: 'UpdatePolicy',
    parameters: ['PolicyId', 'Content'],
    resources: onPolicy,
    run(organization, input) {
      const policy = policyOf(organization, input.PolicyId);
      if (input.Content !== undefined) policy.content.set(checkedContent(input.Content));
      return { Policy: { PolicySummary: summary(policy), Content: policy.content.stored } };
    },
  }),
  AttachPolicy: command<AttachPolicyRequest, void>(world, {
    action: 'AttachPolicy',
    parameters: ['PolicyId', 'TargetId'],
    resources: onPolicyAndTarget,
    run(organization, input) {
      const policy = policyOf(organization, input.PolicyId);
      const target = targetOf(organization, input.TargetId);
      if (policy.targets.stored.includes(target))
        throw error('DuplicatePolicyAttachment', 'The selected policy is already attached to the specified target.');
      const there = [...organization.policies.values()].filter((p) => p.targets.stored.includes(target)).length + 1;
      if (there >= limits.policies)
        throw error('ConstraintViolation', `MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED: ${limits.policies}`);
      policy.targets.set([...policy.targets.stored, target]);
    },
  }),
  DetachPolicy: command<DetachPolicyRequest, void>(world, {
    action: 'DetachPolicy',
    parameters: ['PolicyId', 'TargetId'],
    resources: onPolicyAndTarget,
    run(organization, input) {
      const policy = policyOf(organization, input.PolicyId);
      const target = targetOf(organization, input.TargetId);
      if (!policy.targets.stored.includes(target))
        throw error('PolicyNotAttached', "The policy isn't attached to the specified target in the specified root.");
      policy.targets.set(policy.targets.stored.filter((id) => id !== target));
    },
  }),
});
