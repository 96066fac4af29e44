import { Stack, Validations } from 'aws-cdk-lib';
import { Effect, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';

/** What IAM takes as one customer managed policy, in characters without white space (IAM quotas). */
export const policyLimit = 6144;

/** One Allow of a policy. */
export interface Right {
  actions: string[];
  resources: string[];
  conditions?: Record<string, Record<string, string | string[]>>;
  /** why a `*` in it cannot be narrower; a `*` without a reason does not synthesise */
  wildcard?: string;
}

/**
 * A customer managed policy that holds exactly the given rights. Constructs of CDK that grant by themselves are kept out:
 * what a role may do stands in one place and in nobody's default. (Managed, not inline: HIPAA.Security-IAMNoInlinePolicy.)
 */
export class Rights extends ManagedPolicy {
  constructor(scope: Construct, id: string, props: { name: string; description: string; rights?: Right[] }) {
    super(scope, id, { managedPolicyName: props.name, description: props.description });
    this.allow(...(props.rights ?? []));
  }

  allow(...rights: Right[]): void {
    for (const right of rights) {
      this.addStatements(statementOf(right));
      this.#acknowledgeWildcards(right);
    }
  }

  #acknowledgeWildcards({ actions, resources, wildcard }: Right): void {
    const wide = [
      ...actions.filter((a) => a.includes('*')).map((a) => `Action::${a}`),
      ...resources.filter((r) => r.includes('*')).map((r) => `Resource::${asFinding(this, r)}`),
    ];
    if (wide.length === 0) return;
    if (!wildcard) throw new Error(`${this.node.path}: ${wide.join(', ')} is wide and no reason is given`);
    for (const finding of wide) acknowledge(this, `AwsSolutions-IAM5[${finding}]`, wildcard);
  }
}

/**
 * The rights in as many policies as they need, in their order, so that the same folders give the same template. Counted as the
 * template writes them: a reference is longer there than the account number that IAM counts.
 * Throws for a single statement that no policy takes.
 */
export function inPolicies(construct: IConstruct, rights: Right[]): Right[][] {
  const policies: { rights: Right[]; length: number }[] = [];
  const around = '{"Version":"2012-10-17","Statement":[]}'.length;
  for (const right of rights) {
    const statement: unknown = Stack.of(construct).resolve(statementOf(right).toStatementJson());
    const length = `${JSON.stringify(statement)},`.length;
    if (around + length > policyLimit)
      throw new Error(
        `${construct.node.path}: one statement has ${length} characters and a managed policy takes ${policyLimit}; declare ${right.actions.join(', ')} on fewer resources`,
      );
    const last = policies.at(-1);
    if (last && last.length + length <= policyLimit) {
      last.rights.push(right);
      last.length += length;
    } else policies.push({ rights: [right], length: around + length });
  }
  return policies.map((policy) => policy.rights);
}

function statementOf({ actions, resources, conditions }: Right): PolicyStatement {
  return new PolicyStatement({ effect: Effect.ALLOW, actions, resources, conditions });
}

/** Accepts one cdk-nag finding on one construct, once, with the reason that a security reviewer is to sign. */
export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  const key = Validations.ACKNOWLEDGED_RULES_METADATA_KEY;
  const again = construct.node.metadata.some((m) => m.type === key && Object.keys(m.data as object).some(isId(id)));
  if (!again) Validations.of(construct).acknowledge({ id, reason });
}

function isId(id: string): (recorded: string) => boolean {
  return (recorded) => recorded.replace(/^annotation::/i, '') === id;
}

/** cdk-nag names a resource with its references in angle brackets: `arn:aws:iam::<AWS::AccountId>:user/*`. */
function asFinding(construct: ManagedPolicy, resource: string): string {
  const flat = (value: unknown): string => {
    if (typeof value === 'string') return value;
    const reference = value as { Ref?: string; 'Fn::GetAtt'?: string[]; 'Fn::Join'?: [string, unknown[]] };
    if (reference.Ref) return `<${reference.Ref}>`;
    if (reference['Fn::GetAtt']) return `<${reference['Fn::GetAtt'].join('.')}>`;
    const [separator, parts] = reference['Fn::Join'] ?? ['', []];
    return parts.map(flat).join(separator);
  };
  return flat(construct.stack.resolve(resource));
}
