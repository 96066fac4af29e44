import { Aws, BootstraplessSynthesizer, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnPolicy } from 'aws-cdk-lib/aws-organizations';
import type { Construct } from 'constructs';
import type { Settings } from '../lambdas/core/settings.ts';
import { type Declarations, type DeclaredStatement, declaredFor, functionsUsing } from './declarations.ts';
import { MemberRole } from './member-role.ts';
import { functionRoleArn, namesOf, prefix } from './names.ts';
import type { Right } from './rights.ts';

/**
 * The management account (or a delegated administrator): two service control policies that stop a principal or the root user of a
 * member account, attached to nobody until an incident, and the two roles that attach them. No assets, so that it can be
 * deployed by hand. The roles may create no policy, edit no other, and touch no account that the settings do not list.
 */
export class ManagementStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    props: { settings: Settings; declarations: Declarations; account: string },
  ) {
    const { settings, declarations, account } = props;
    const names = namesOf(settings);
    super(scope, id, {
      stackName: `${prefix}-management`,
      description: 'Tourniquet: the policies and roles that stop a principal from outside its account',
      env: { account, region: names.region },
      synthesizer: new BootstraplessSynthesizer(),
    });
    const policies = this.#policies(declarations);
    const members = settings.accounts.members.map((member) => member.id);
    const rights = (statements: DeclaredStatement[]) =>
      declaredFor(statements, 'management').map((s) => right(s, { partition: names.partition, members, policies }));
    const trusted = (use: string) => functionsUsing(declarations, use).map((name) => functionRoleArn(names, name));
    const reads = rights(declarations.reads);
    new MemberRole(this, 'Observer', {
      name: names.organizationsObserverRole,
      description: 'Tourniquet reads which of its policies hold in which account',
      names,
      trusted: trusted('assume:observer'),
      policies: { reads },
    });
    new MemberRole(this, 'Responder', {
      name: names.organizationsResponderRole,
      description: 'Tourniquet cuts a principal or the root user off through the organization, and undoes it',
      names,
      trusted: trusted('assume:responder'),
      policies: { reads, writes: rights(declarations.writes) },
    });
  }

  /** ARN by placeholder. Kept when the stack goes: an attached policy may be all that stops somebody. */
  #policies({ quarantine }: Declarations): Record<string, string> {
    return Object.fromEntries(
      Object.entries(quarantine).map(([placeholder, { name, description, content }]) => {
        const policy = new CfnPolicy(this, name, { name, description, content, type: 'SERVICE_CONTROL_POLICY' });
        policy.applyRemovalPolicy(RemovalPolicy.RETAIN);
        return [placeholder, policy.attrArn];
      }),
    );
  }
}

interface Around {
  partition: string;
  members: string[];
  policies: Record<string, string>;
}

/** A declared statement for exactly the accounts of the settings and our own policies. Throws for a placeholder that stands for neither. */
function right(statement: DeclaredStatement, { partition, members, policies }: Around): Right {
  const filled = (text: string, account: string) =>
    text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
      const value = { partition, account, ...policies }[name];
      if (value === undefined)
        throw new Error(
          `${statement.by}: \${${name}} has no meaning in the management account; there are partition, account, ${Object.keys(policies).join(', ')}`,
        );
      return value;
    });
  const distinct = (texts: string[]) => [...new Set(texts)];
  return {
    actions: statement.actions,
    resources: distinct(statement.resources.flatMap((resource) => members.map((account) => filled(resource, account)))),
    conditions: statement.conditions && mapped(statement.conditions, (text) => filled(text, Aws.ACCOUNT_ID)),
    wildcard: `The ids of the organization and of policies that AWS makes are not known here; accounts and our own policies are named. Asked for by ${statement.by}.`,
  };
}

type Conditions = NonNullable<Right['conditions']>;

function mapped(conditions: Conditions, fill: (text: string) => string): Conditions {
  return Object.fromEntries(
    Object.entries(conditions).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(keys).map(([key, value]) => [key, typeof value === 'string' ? fill(value) : value.map(fill)]),
      ),
    ]),
  );
}
