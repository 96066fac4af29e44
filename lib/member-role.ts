import { Duration } from 'aws-cdk-lib';
import { AccountPrincipal, ManagedPolicy, type PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Names } from './names.ts';
import { inPolicies, type Right, Rights } from './rights.ts';

/** How many managed policies a role carries unless AWS raised the quota (IAM quotas). */
export const policiesOfRole = 10;

export interface MemberRoleProps {
  name: string;
  description: string;
  names: Names;
  /** role ARNs of the functions that may assume it */
  trusted: string[];
  /** a managed policy each, or several where IAM takes them only so */
  policies: Record<string, Right[]>;
  denies?: PolicyStatement[];
}

/** Promise: exactly the functions that declare it may assume this role, and only on our behalf. */
export class MemberRole extends Construct {
  constructor(scope: Construct, id: string, props: MemberRoleProps) {
    super(scope, id);
    const policies = Object.entries(props.policies)
      .filter(([, rights]) => rights.length > 0)
      .flatMap(([kind, rights]) => inPolicies(this, rights).map((part, n) => this.#policy(props, kind, part, n)));
    if (props.denies)
      policies.push(
        new ManagedPolicy(this, 'Denies', {
          managedPolicyName: `${props.name}-denies`,
          description: 'What is never touched',
          statements: props.denies,
        }),
      );
    if (policies.length > policiesOfRole)
      throw new Error(
        `${props.name} needs ${policies.length} managed policies and IAM attaches ${policiesOfRole} to a role: declare fewer resources, or share statements between actions`,
      );
    new Role(this, 'Role', {
      roleName: props.name,
      description: props.description,
      // The account with aws:PrincipalArn, not the role ARN as principal: IAM turns that into the role's unique id, and a
      // function role that is deleted and made again would be locked out in the middle of an incident.
      assumedBy: new AccountPrincipal(props.names.response).withConditions({
        ArnEquals: { 'aws:PrincipalArn': props.trusted },
        StringEquals: { 'sts:ExternalId': props.names.externalId },
      }),
      maxSessionDuration: Duration.hours(1),
      managedPolicies: policies,
    });
  }

  #policy(props: MemberRoleProps, kind: string, rights: Right[], n: number): ManagedPolicy {
    const part = n === 0 ? kind : `${kind}-${n + 1}`;
    return new Rights(this, part, {
      name: `${props.name}-${part}`,
      description: `What ${props.name} ${kind}`,
      rights,
    });
  }
}
