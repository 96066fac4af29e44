import {
  AttachPolicyCommand,
  DescribeAccountCommand,
  DescribePolicyCommand,
  DetachPolicyCommand,
  ListPoliciesCommand,
  ListTargetsForPolicyCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { Hindered, TargetNotFound, TargetProtected } from '../core/errors.ts';
import type { Target } from '../core/target.ts';
import type { Member } from './action.ts';
import { isCode } from './aws-error.ts';
import quarantine from './quarantine.json' with { type: 'json' };

/** Organizations has one endpoint in each partition (AWS General Reference). */
const endpoints: Record<string, string> = { 'aws-us-gov': 'us-gov-west-1', 'aws-cn': 'cn-northwest-1' };

export function organizations(member: Member): OrganizationsClient {
  return member.client(OrganizationsClient, endpoints[member.partition] ?? 'us-east-1');
}

/** One of the service control policies that the management stack made, as it is now. */
export interface Quarantine {
  id: string;
  arn: string;
  content: string;
  /** whether it is attached to the target's account itself */
  attached: boolean;
}

/**
 * Throws TargetNotFound when the organization has no such account, TargetProtected for the management account, which no service control
 * policy binds, Hindered when the policy is not there.
 */
export async function readQuarantine(
  target: Target,
  member: Member,
  which: keyof typeof quarantine,
): Promise<Quarantine> {
  await requireMemberAccount(target, member);
  const client = organizations(member);
  const { id, arn } = await named(client, quarantine[which].name);
  const [{ Policy }, attached] = await Promise.all([
    client.send(new DescribePolicyCommand({ PolicyId: id })),
    isAttached(client, id, target.account),
  ]);
  return { id, arn, content: Policy?.Content ?? '', attached };
}

export async function requireMemberAccount(target: Target, member: Member): Promise<void> {
  try {
    const { Account } = await organizations(member).send(new DescribeAccountCommand({ AccountId: target.account }));
    if (Account?.Arn?.split(':')[4] === target.account)
      throw new TargetProtected(
        `account ${target.account} is the organization's management account: no service control policy binds it and nobody can assume its root user; contain by hand`,
      );
  } catch (error) {
    if (isCode(error, 'AccountNotFound'))
      throw new TargetNotFound(`account ${target.account} is not in the organization: contain by hand`);
    throw error;
  }
}

async function named(client: OrganizationsClient, name: string): Promise<{ id: string; arn: string }> {
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListPoliciesCommand({ Filter: 'SERVICE_CONTROL_POLICY', NextToken }));
    const found = page.Policies?.find((policy) => policy.Name === name);
    if (found?.Id && found.Arn) return { id: found.Id, arn: found.Arn };
    NextToken = page.NextToken;
  } while (NextToken);
  throw new Hindered(
    `the organization has no policy ${name}: deploy the stack tourniquet-management, then run the step again`,
  );
}

async function isAttached(client: OrganizationsClient, PolicyId: string, account: string): Promise<boolean> {
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListTargetsForPolicyCommand({ PolicyId, NextToken }));
    if (page.Targets?.some((target) => target.TargetId === account)) return true;
    NextToken = page.NextToken;
  } while (NextToken);
  return false;
}

/** Attaches the policy to the target's account; that somebody was faster is no error. Throws Hindered with the mend. */
export async function attach(target: Target, member: Member, PolicyId: string): Promise<void> {
  try {
    await organizations(member).send(new AttachPolicyCommand({ PolicyId, TargetId: target.account }));
  } catch (error) {
    if (isCode(error, 'DuplicatePolicyAttachment')) return;
    if (isCode(error, 'PolicyTypeNotEnabled'))
      throw new Hindered('service control policies are not enabled in the organization: enable them for its root');
    if (isCode(error, 'ConstraintViolation'))
      throw new Hindered(
        `account ${target.account} has as many service control policies as it may have: detach or merge one, then run the step again`,
      );
    throw error;
  }
}

/** Detaches the policy from the target's account; that it is not attached is no error. */
export async function detach(target: Target, member: Member, PolicyId: string): Promise<void> {
  try {
    await organizations(member).send(new DetachPolicyCommand({ PolicyId, TargetId: target.account }));
  } catch (error) {
    if (!isCode(error, 'PolicyNotAttached')) throw error;
  }
}
