import { regionName } from '../core/target.ts';

export interface Arn {
  partition: string;
  service: string;
  region: string;
  account: string;
  resource: string;
}

/** The parts of an ARN, or undefined. A partition and a service are never empty; Region and account may be. */
export function arnOf(text: string): Arn | undefined {
  const [, partition, service, region, account, resource] =
    /^arn:(aws(?:-[a-z]+)*):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|aws)?:(.+)$/s.exec(text) ?? [];
  if (partition === undefined || service === undefined || resource === undefined) return undefined;
  return { partition, service, region: region ?? '', account: account ?? '', resource };
}

/** The grammar of a GuardDuty finding's ARN: what joins its three forms (native, ASFF, OCSF) into one finding. */
export const guardDutyFindingArn =
  /^arn:aws(?:-[a-z]+)*:guardduty:[a-z0-9-]+:\d{12}:detector\/[\w-]{1,64}\/finding\/[\w-]{1,64}$/;

export interface Product {
  /** `guardduty`, `securityhub`, `macie`, … or `vendor/name` */
  name: string;
  /** only AWS's own products: anyone who may call BatchImportFindings can write a finding under another name */
  trusted: boolean;
}

/**
 * Who made a finding in Security Hub, from its product ARN: `…:securityhub:<region>::product/aws/<name>` is AWS's own
 * (`productv2` in OCSF); `…:securityhub:<region>:<account>:product/<vendor>/<name>` is custom or third-party.
 */
export function productOf(productArn: string): Product | undefined {
  const arn = arnOf(productArn);
  const [, vendor, name] = /^product(?:v2)?\/([\w.-]+)\/([\w.-]+)$/.exec(arn?.resource ?? '') ?? [];
  if (arn?.service !== 'securityhub' || vendor === undefined || name === undefined) return undefined;
  return vendor === 'aws' && arn.account === ''
    ? { name: name.toLowerCase(), trusted: true }
    : { name: `${vendor}/${name}`, trusted: false };
}

/** The Region where IAM of a partition has its API and its events. Source: IAM User Guide, "Regions and endpoints". */
export function homeRegion(partition: string | undefined): string {
  return { 'aws-cn': 'cn-north-1', 'aws-us-gov': 'us-gov-west-1' }[partition ?? 'aws'] ?? 'us-east-1';
}

/** The first text that is the name of a Region: some resources say `global` or nothing. */
export function firstRegion(...candidates: (string | undefined)[]): string | undefined {
  return candidates.find((candidate) => regionName.safeParse(candidate).success);
}
