import type { Finding } from '../core/finding.ts';
import type { Json } from '../core/json.ts';
import { type Target, type TargetKind, target, targetKey } from '../core/target.ts';
import { arnOf, firstRegion } from './arn.ts';
import { hintsAtPhi } from './tags.ts';

/** A resource as a finding names it: untrusted text, not yet a target. */
export interface Named {
  /** the product's word for what it is: `AwsS3Bucket`, `AWS::S3::Bucket`, `S3_BUCKET`, `instance`, … */
  type: string;
  name: string;
  account?: string | undefined;
  region?: string | undefined;
  tags?: Json | undefined;
  /** why it must not become a target, where the finding itself says so */
  spared?: string | undefined;
}

export type Resources = Pick<Finding, 'targets' | 'untargeted' | 'phiHint'>;

/** What products call each kind: ASFF, CloudFormation (OCSF, Config), attack sequences, GuardDuty's own blocks. */
const typesOf: Record<TargetKind, readonly string[]> = {
  's3-bucket': ['AwsS3Bucket', 'AWS::S3::Bucket', 'S3_BUCKET'],
  /** our own word: only a source that has hashed the key says it */
  's3-object': ['S3ObjectVersion'],
  'iam-access-key': ['AwsIamAccessKey', 'AWS::IAM::AccessKey', 'ACCESS_KEY'],
  'iam-user': ['AwsIamUser', 'AWS::IAM::User'],
  'iam-role': ['AwsIamRole', 'AWS::IAM::Role'],
  'role-session': ['AssumedRole'],
  'root-user': ['Root'],
  'aws-account': ['AwsAccount', 'AWS::::Account'],
  'account-region': ['AccountRegion'],
  'ec2-instance': ['AwsEc2Instance', 'AWS::EC2::Instance', 'EC2_INSTANCE', 'instance'],
  'security-group': ['AwsEc2SecurityGroup', 'AWS::EC2::SecurityGroup', 'EC2_SECURITY_GROUP', 'securityGroup'],
  vpc: ['AwsEc2Vpc', 'AWS::EC2::VPC', 'EC2_VPC'],
  'ebs-snapshot': ['AwsEc2Snapshot', 'AWS::EC2::Snapshot', 'EBS_SNAPSHOT', 'ebsSnapshot'],
  'machine-image': ['AwsEc2Image', 'AWS::EC2::Image', 'EC2_IMAGE', 'ec2Image'],
  'rds-instance': ['AwsRdsDbInstance', 'AWS::RDS::DBInstance', 'RDS_DB_INSTANCE', 'rdsDbInstance'],
  'rds-cluster': ['AwsRdsDbCluster', 'AWS::RDS::DBCluster', 'RDS_DB_CLUSTER'],
  'rds-snapshot': ['AwsRdsDbSnapshot', 'AWS::RDS::DBSnapshot'],
  'rds-cluster-snapshot': ['AwsRdsDbClusterSnapshot', 'AWS::RDS::DBClusterSnapshot'],
  'cloudtrail-trail': ['AwsCloudTrailTrail', 'AWS::CloudTrail::Trail'],
  'guardduty-detector': ['AwsGuardDutyDetector', 'AWS::GuardDuty::Detector'],
  'config-recorder': ['AWS::Config::ConfigurationRecorder'],
  'kms-key': ['AwsKmsKey', 'AWS::KMS::Key', 'KMS_KEY'],
};

const kindByType = new Map(
  Object.entries(typesOf).flatMap(([kind, types]) => types.map((type) => [type, kind as TargetKind])),
);

/** Sorts what a finding names into targets and the rest. `home` is the finding's own account and Region. */
export function sorted(named: readonly Named[], home: { account: string; region: string }): Resources {
  const targets = new Map<string, Target>();
  const untargeted = new Map<string, Finding['untargeted'][number]>();
  for (const one of named) {
    if (one.name === '') continue;
    const resource = bucketIfObject(one);
    const made = targetOf(resource, home);
    if (typeof made !== 'string') targets.set(targetKey(made), made);
    else untargeted.set(`${resource.name} ${made}`, { named: shortened(resource.name), reason: made });
  }
  return {
    targets: [...targets.values()],
    untargeted: [...untargeted.values()],
    phiHint: named.some((resource) => hintsAtPhi(resource.tags)),
  };
}

/** An object stands for its bucket: the key of an object may name a patient, and is in the raw event only (invariant 9). */
function bucketIfObject(resource: Named): Named {
  if (!/^(?:S3_OBJECT|AwsS3Object|AWS::S3::Object)$/.test(resource.type)) return resource;
  const [, bucket] = /^arn:aws[a-z-]*:s3:::([^/]+)/.exec(resource.name) ?? [];
  return bucket === undefined
    ? { ...resource, name: 'an S3 object', spared: 'an object whose bucket is not named' }
    : { ...resource, type: 'AwsS3Bucket', name: bucket };
}

/** The target, or why it is none. */
function targetOf(resource: Named, home: { account: string; region: string }): Target | string {
  if (resource.spared !== undefined) return resource.spared;
  const kind = kindByType.get(resource.type);
  if (kind === undefined) return `Tourniquet acts on no resource of type ${shortened(resource.type)}`;
  const read = readers[kind](resource.name);
  if (typeof read === 'string') return read;
  const account = resource.account ?? home.account;
  if (read.account !== undefined && read.account !== account)
    return `its ARN names account ${read.account}, the finding names account ${account}`;
  const region = firstRegion(read.region, resource.region) ?? home.region;
  const made = target.safeParse({ kind, id: read.id, account, region });
  return made.success ? made.data : `not the name of an ${kind}: it breaks the grammar of AWS`;
}

type Read = { id: string; account?: string; region?: string } | string;

const unchangeable = /(?:^|\/)(?:aws-service-role\/|aws-reserved\/|AWSServiceRole|AWSReservedSSO_)/;
const ofAws = 'service-linked and Identity Center roles cannot be changed through IAM';

/** What each kind's name looks like in findings: a bare name, or an ARN. */
const readers: Record<TargetKind, (name: string) => Read> = {
  's3-bucket': (name) => {
    if (!name.startsWith('arn:')) return { id: name };
    const arn = arnOf(name);
    return arn?.service === 's3' && arn.region === '' && arn.account === ''
      ? { id: arn.resource }
      : 'not the ARN of an S3 bucket';
  },
  's3-object': (name) => ({ id: name }),
  'iam-access-key': (name) => {
    if (/^ASIA[A-Z0-9]+$/.test(name))
      return 'a temporary key: it ends with its session, which its user or role is denied';
    return { id: name };
  },
  'iam-user': (name) => principal(name, 'user'),
  'iam-role': (name) => (unchangeable.test(name) ? ofAws : principal(name, 'role')),
  'role-session': (name) => (unchangeable.test(name.split('/')[0] ?? '') ? ofAws : { id: name }),
  'root-user': () => ({ id: 'root' }),
  'aws-account': (name) => accountOf(name),
  'account-region': (name) => ({ id: name }),
  'ec2-instance': of('ec2', 'instance/'),
  'security-group': of('ec2', 'security-group/'),
  vpc: of('ec2', 'vpc/'),
  'ebs-snapshot': of('ec2', 'snapshot/'),
  'machine-image': of('ec2', 'image/'),
  'rds-instance': of('rds', 'db:'),
  'rds-cluster': of('rds', 'cluster:'),
  'rds-snapshot': of('rds', 'snapshot:'),
  'rds-cluster-snapshot': of('rds', 'cluster-snapshot:', 'dbclustersnapshot:'),
  'cloudtrail-trail': of('cloudtrail', 'trail/'),
  'guardduty-detector': of('guardduty', 'detector/'),
  'config-recorder': of('config', 'configuration-recorder/'),
  'kms-key': of('kms', 'key/'),
};

/** A bare name, or an ARN of this service whose resource begins like one of these: products write the wrong part, too. */
function of(service: string, ...prefixes: string[]): (name: string) => Read {
  return (name) => {
    if (!name.startsWith('arn:')) return { id: name };
    const arn = arnOf(name);
    const prefix = prefixes.find((one) => arn?.resource.startsWith(one));
    if (arn?.service !== service || prefix === undefined)
      return `not the ARN of an ${service} ${prefixes[0]?.slice(0, -1)}`;
    const read = { id: arn.resource.slice(prefix.length), ...(arn.region && { region: arn.region }) };
    return arn.account ? { ...read, account: arn.account } : read;
  };
}

/** Control findings name an account as `AWS::::Account:<id>`. */
function accountOf(name: string): Read {
  const id = name.replace(/^AWS::::Account:/, '');
  return { id, account: id };
}

/** A user's or role's name, from its ARN (whose path is no part of the name) or bare. */
function principal(name: string, kind: 'user' | 'role'): Read {
  if (!name.startsWith('arn:')) return { id: name };
  const arn = arnOf(name);
  const [named, ...path] = arn?.resource.split('/') ?? [];
  const id = path.at(-1);
  if (arn?.service !== 'iam' || named !== kind || id === undefined) return `not the ARN of an IAM ${kind}`;
  return { id, account: arn.account };
}

function shortened(text: string): string {
  return text.length > 256 ? `${text.slice(0, 255)}…` : text;
}
