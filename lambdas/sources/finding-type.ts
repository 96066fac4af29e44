/** `Tactic:Resource/Name.Detail!Artifact`. Source: GuardDuty User Guide, "GuardDuty finding format". */
export const nativeType = /^[A-Za-z]+:[A-Za-z0-9]+\/[\w.&!]+$/;

/** The native type as GuardDuty writes it, without the `[beta]` that it puts before types in preview. */
export function withoutBeta(type: string): string {
  return type.replace(/^\[beta\]\s*/i, '');
}

/**
 * The native type inside one of Security Hub's: `TTPs/Defense Evasion/Stealth:IAMUser-CloudTrailLoggingDisabled` is
 * `Stealth:IAMUser/CloudTrailLoggingDisabled`. Undefined if there is none.
 * Source: GuardDuty User Guide, "Integrating with AWS Security Hub", whose table of types has the forms below.
 */
export function nativeTypeIn(types: readonly string[]): string | undefined {
  return types.map((type) => nativeTypeOf(withoutBeta(type))).find((type) => nativeType.test(type));
}

function nativeTypeOf(type: string): string {
  // `TTPs/Credential Access/IAMUser-AnomalousBehavior`: the tactic is only in the namespace
  const [, tactic, resource, name] = /^TTPs\/([A-Za-z ]+)\/([A-Za-z0-9]+)-([\w.]+)$/.exec(type) ?? [];
  if (tactic !== undefined) return `${tactic.replaceAll(' ', '')}:${resource}/${name}`;
  // `TTPs/DefenseEvasion/EC2:Unusual-DNS-Resolver`: so too, and the name has dashes of its own
  const [, evasion, unusual] = /^TTPs\/([A-Za-z]+)\/EC2:([A-Za-z-]+)$/.exec(type) ?? [];
  if (evasion !== undefined) return `${evasion}:EC2/${unusual?.replaceAll('-', '')}`;
  // `TTPs/AnomalousBehavior/Discovery:Kubernetes-PermissionChecked`: part of the name is in the namespace
  const [, by, what] = /^TTPs\/AnomalousBehavior\/([A-Za-z]+):Kubernetes-(.+)$/.exec(type) ?? [];
  if (by !== undefined) return `${by}:Kubernetes/AnomalousBehavior.${what}`;
  // everywhere else the slash after the resource became a dash, or (attack sequences, penetration tests) stayed
  const native = withoutBeta(type.slice(type.lastIndexOf('/', type.indexOf(':')) + 1));
  return native.includes('/') ? native : native.replace('-', '/');
}

/**
 * The control that a control finding is about. `PCI.S3.1` and CIS `2.1` are other checks than `S3.1` and `CloudTrail.1`, so a bare
 * control id is taken only from consolidated findings and from the standards that number as they do; any other generator keeps its
 * full name. Source: Security Hub User Guide, "How consolidation impacts control IDs and titles".
 */
export function controlOf(securityControlId: string | undefined, generatorId: string | undefined): string | undefined {
  if (securityControlId !== undefined) return securityControlId;
  const [, control] =
    /^(?:security-control|(?:aws-foundational-security-best-practices|nist-800-53|service-managed-aws-control-tower)\/v\/[\d.]+)\/([A-Za-z0-9]+\.\d+)$/.exec(
      generatorId ?? '',
    ) ?? [];
  return control ?? generatorId;
}

/** Security Hub's words for what Access Analyzer calls as CloudFormation does. */
const analyzed: Record<string, string | undefined> = {
  AwsS3Bucket: 'AWS::S3::Bucket',
  AwsIamRole: 'AWS::IAM::Role',
  AwsKmsKey: 'AWS::KMS::Key',
  AwsSqsQueue: 'AWS::SQS::Queue',
  AwsSnsTopic: 'AWS::SNS::Topic',
  AwsLambdaFunction: 'AWS::Lambda::Function',
  AwsSecretsManagerSecret: 'AWS::SecretsManager::Secret',
  AwsRdsDbSnapshot: 'AWS::RDS::DBSnapshot',
  AwsRdsDbClusterSnapshot: 'AWS::RDS::DBClusterSnapshot',
  AwsEcrRepository: 'AWS::ECR::Repository',
};

/**
 * What a product of AWS that has types of its own calls the finding that Security Hub forwards, so that one playbook answers both
 * forms: AWS Health's event type code is the generator; Access Analyzer's public access is an effect, other external access a check.
 * A vendor's product never has a name without a vendor before it.
 * Source: IAM User Guide, "Integrate IAM Access Analyzer with AWS Security Hub".
 */
export function forwardedType(
  product: string,
  says: { types: readonly string[]; generator: string | undefined; resource: string | undefined },
): string | undefined {
  if (product === 'health') return says.generator;
  const granted = says.types.find((type) => type.endsWith('/External Access Granted'));
  if (product !== 'access-analyzer' || granted === undefined || says.resource === undefined) return undefined;
  const resource = Object.hasOwn(analyzed, says.resource) ? analyzed[says.resource] : says.resource;
  return `ExternalAccess:${resource}${granted.startsWith('Effects/') ? '/Public' : ''}`;
}

/** AWS Health event type codes of credentials at risk and of abuse; all others are about operations. */
export const healthRisk = /^AWS_(?:RISK|ABUSE)_/;
