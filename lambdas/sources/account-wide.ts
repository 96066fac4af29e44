import type { Named } from './resources.ts';

/** What stands for a whole account or Region: its settings, the settings of one Region, or its root user. */
type Whole = 'AwsAccount' | 'AccountRegion' | 'Root';

/** The older standards, whose numbers are their own. */
const cis = 'arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0/rule';
const pci = 'pci-dss/v/3.2.1/PCI';

/** Types, exact or a prefix ending in `*`, whose findings are about no single resource: they name the account, or nothing but the caller. */
const about: { product: string; whole: Whole; types: readonly string[] }[] = [
  { product: 'guardduty', whole: 'AwsAccount', types: ['Policy:S3/AccountBlockPublicAccessDisabled'] },
  {
    product: 'guardduty',
    whole: 'AccountRegion',
    types: [
      'Stealth:IAMUser/CloudTrailLoggingDisabled',
      'DefenseEvasion:IAMUser/*',
      'DefenseImpairment:EC2/*',
      'DefenseImpairment:Organizations/*',
      'DefenseImpairment:Route53Resolver/*',
    ],
  },
  {
    product: 'guardduty',
    whole: 'Root',
    types: ['Policy:IAMUser/RootCredentialUsage', 'Policy:IAMUser/ShortTermRootCredentialUsage'],
  },
  {
    product: 'securityhub',
    whole: 'AccountRegion',
    types: [
      ...['CloudTrail.1', 'Config.1', 'EC2.1', 'GuardDuty.1', 'Macie.1', 'SSM.7'],
      ...[`${cis}/2.1`, `${cis}/2.5`],
      ...[`${pci}.CloudTrail.2`, `${pci}.Config.1`, `${pci}.EC2.1`, `${pci}.GuardDuty.1`],
    ],
  },
  { product: 'securityhub', whole: 'Root', types: ['IAM.4', `${cis}/1.12`, `${pci}.IAM.1`] },
  {
    product: 'config',
    whole: 'AccountRegion',
    types: [
      'cloudtrail-enabled',
      'multi-region-cloudtrail-enabled',
      'ebs-snapshot-public-restorable-check',
      'guardduty-enabled-centralized',
      'macie-status-check',
    ],
  },
  { product: 'config', whole: 'Root', types: ['iam-root-access-key-check'] },
];

/**
 * What a finding names, with the account, Region or root user that its type is about. Where a control names the whole account but
 * is about less (`EC2.1`: some snapshot of one Region), only that stands for it.
 */
export function withWhole(
  named: readonly Named[],
  finding: { product: string; type: string },
  home: { account: string; region: string },
): Named[] {
  const whole = about.find((one) => one.product === finding.product && one.types.some((t) => covers(t, finding.type)));
  if (!whole) return [...named];
  const names: Record<Whole, string> = { AwsAccount: home.account, AccountRegion: home.region, Root: 'root' };
  const rest = named.filter(({ type }) => type !== 'AwsAccount' && type !== 'AWS::::Account');
  return [...rest, { type: whole.whole, name: names[whole.whole] }];
}

function covers(pattern: string, type: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}
