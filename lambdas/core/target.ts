import { z } from 'zod';

/** Where a resource is and what it is called, as far as its ARN needs it. */
interface Place {
  account: string;
  region: string;
  id: string;
}

interface Kind {
  /** the grammar that a name must match before it reaches an AWS call (invariant 6) */
  id: RegExp;
  /** the resource as IAM policies name it; ends in `*` where the name alone does not tell the whole ARN */
  arn(of: Place, partition: string): string;
  /** global kinds have no Region of their own */
  global: boolean;
  noun: string;
  /** a name that no account has, for a rehearsal to look for; absent where every account has exactly one */
  absent?: string;
  /** false: two findings about it are two causes; absent: they are one incident */
  joins?: false;
  /** the ARN of the IAM principal that a change of this target cuts off, where there is one */
  principal?(of: Place, partition: string): string;
}

const iamName = '[\\w+=,.@-]{1,64}';
const hex = '(?:[0-9a-f]{8}|[0-9a-f]{17})';
const user = ({ account, id }: Place, partition: string) => `arn:${partition}:iam::${account}:user/${id}`;
const role = ({ account, id }: Place, partition: string) => `arn:${partition}:iam::${account}:role/${id.split('/')[0]}`;
const ec2 =
  (type: string) =>
  ({ account, region, id }: Place, partition: string) =>
    `arn:${partition}:ec2:${region}:${account}:${type}/${id}`;
/** EC2 snapshots and images have no account in their ARN (Service Authorization Reference, Amazon EC2). */
const ec2Ownerless =
  (type: string) =>
  ({ region, id }: Place, partition: string) =>
    `arn:${partition}:ec2:${region}::${type}/${id}`;
const rds =
  (type: string) =>
  ({ account, region, id }: Place, partition: string) =>
    `arn:${partition}:rds:${region}:${account}:${type}:${id}`;

/**
 * The kinds of resource Tourniquet may act on. Grammars: S3 bucket naming rules; the data types of IAM, EC2, RDS, CloudTrail,
 * GuardDuty, Config and KMS in their API references.
 */
export const targetKinds = {
  's3-bucket': {
    id: /^(?=.{3,63}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/,
    arn: ({ id }, partition) => `arn:${partition}:s3:::${id}`,
    global: false,
    noun: 'bucket',
    absent: 'no-such-bucket',
  },
  /**
   * `bucket/SHA-256 of the key/version id`: the key itself may name a patient, and stays in the vault (invariant 9), so the ARN is the
   * bucket's, and a permission on objects says `${arn}/*`
   */
  's3-object': {
    id: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/[0-9a-f]{64}\/[\w.-]{1,1024}$/,
    arn: ({ id }, partition) => `arn:${partition}:s3:::${id.split('/')[0]}`,
    global: false,
    noun: 'object version',
    absent: `no-such-bucket/${'0'.repeat(64)}/null`,
  },
  'iam-access-key': {
    id: /^AKIA[A-Z0-9]{12,124}$/,
    arn: ({ account }, partition) => `arn:${partition}:iam::${account}:user/*`,
    global: true,
    noun: 'access key',
    absent: 'AKIAZZZZZZZZZZZZZZZZ',
  },
  'iam-user': {
    id: new RegExp(`^${iamName}$`),
    arn: user,
    principal: user,
    global: true,
    noun: 'IAM user',
    absent: 'nobody',
  },
  'iam-role': {
    id: new RegExp(`^${iamName}$`),
    arn: role,
    principal: role,
    global: true,
    noun: 'IAM role',
    absent: 'no-such-role',
  },
  /** `role/session`, as in the ARN of an assumed role */
  'role-session': {
    id: new RegExp(`^${iamName}/[\\w+=,.@-]{2,64}$`),
    arn: role,
    principal: role,
    global: true,
    noun: 'role session',
    absent: 'no-such-role/nobody',
  },
  'root-user': {
    id: /^root$/,
    arn: ({ account }, partition) => `arn:${partition}:iam::${account}:root`,
    global: true,
    noun: 'root user',
    joins: false,
  },
  /** the settings of a whole account; the id is the account's */
  'aws-account': {
    id: /^\d{12}$/,
    arn: ({ account }, partition) => `arn:${partition}:iam::${account}:root`,
    global: true,
    noun: 'account',
    joins: false,
  },
  /** the settings of an account in one Region; the id is the Region's */
  'account-region': {
    id: /^[a-z]{2}(?:-[a-z]+)+-\d$/,
    arn: ({ account }, partition) => `arn:${partition}:iam::${account}:root`,
    global: false,
    noun: 'Region',
    joins: false,
  },
  'ec2-instance': {
    id: new RegExp(`^i-${hex}$`),
    arn: ec2('instance'),
    global: false,
    noun: 'EC2 instance',
    absent: 'i-0fffffffffffffff0',
  },
  'security-group': {
    id: new RegExp(`^sg-${hex}$`),
    arn: ec2('security-group'),
    global: false,
    noun: 'security group',
    absent: 'sg-0fffffffffffffff0',
  },
  vpc: { id: new RegExp(`^vpc-${hex}$`), arn: ec2('vpc'), global: false, noun: 'VPC', absent: 'vpc-0fffffffffffffff0' },
  'ebs-snapshot': {
    id: new RegExp(`^snap-${hex}$`),
    arn: ec2Ownerless('snapshot'),
    global: false,
    noun: 'EBS snapshot',
    absent: 'snap-0fffffffffffffff0',
  },
  'machine-image': {
    id: new RegExp(`^ami-${hex}$`),
    arn: ec2Ownerless('image'),
    global: false,
    noun: 'machine image',
    absent: 'ami-0fffffffffffffff0',
  },
  'rds-instance': {
    id: /^[A-Za-z](?:-?[A-Za-z0-9]){0,62}$/,
    arn: rds('db'),
    global: false,
    noun: 'RDS instance',
    absent: 'no-such-database',
  },
  'rds-cluster': {
    id: /^[A-Za-z](?:-?[A-Za-z0-9]){0,62}$/,
    arn: rds('cluster'),
    global: false,
    noun: 'RDS cluster',
    absent: 'no-such-cluster',
  },
  'rds-snapshot': {
    id: /^(?:rds:|awsbackup:)?[A-Za-z](?:-?[A-Za-z0-9]){0,254}$/,
    arn: rds('snapshot'),
    global: false,
    noun: 'RDS snapshot',
    absent: 'no-such-snapshot',
  },
  'rds-cluster-snapshot': {
    id: /^(?:rds:|awsbackup:)?[A-Za-z](?:-?[A-Za-z0-9]){0,254}$/,
    arn: rds('cluster-snapshot'),
    global: false,
    noun: 'RDS cluster snapshot',
    absent: 'no-such-snapshot',
  },
  'cloudtrail-trail': {
    id: /^(?=.{3,128}$)[A-Za-z0-9](?:[._-]?[A-Za-z0-9])*$/,
    arn: ({ account, region, id }, partition) => `arn:${partition}:cloudtrail:${region}:${account}:trail/${id}`,
    global: false,
    noun: 'trail',
    absent: 'no-such-trail',
  },
  'guardduty-detector': {
    id: /^[0-9a-f]{32}$/,
    arn: ({ account, region, id }, partition) => `arn:${partition}:guardduty:${region}:${account}:detector/${id}`,
    global: false,
    noun: 'GuardDuty detector',
    absent: '0'.repeat(32),
  },
  'config-recorder': {
    id: /^[\w.-]{1,256}$/,
    arn: ({ account, region, id }, partition) =>
      `arn:${partition}:config:${region}:${account}:configuration-recorder/${id}/*`,
    global: false,
    noun: 'Config recorder',
    absent: 'no-such-recorder',
  },
  'kms-key': {
    id: /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/,
    arn: ({ account, region, id }, partition) => `arn:${partition}:kms:${region}:${account}:key/${id}`,
    global: false,
    noun: 'KMS key',
    absent: '00000000-0000-0000-0000-000000000000',
  },
} as const satisfies Record<string, Kind>;

export type TargetKind = keyof typeof targetKinds;
export const targetKind = z.enum(Object.keys(targetKinds) as [TargetKind, ...TargetKind[]]);

export const accountId = z.string().regex(/^\d{12}$/, 'an AWS account id has exactly 12 digits');
export const regionName = z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'not the name of an AWS Region');

export const target = z
  .strictObject({ kind: targetKind, id: z.string(), account: accountId, region: regionName })
  .superRefine((t, context) => {
    if (!targetKinds[t.kind].id.test(t.id))
      context.addIssue({ code: 'custom', path: ['id'], message: `not the name of an ${t.kind}` });
  });
export type Target = z.infer<typeof target>;

/** A name of this kind that no account has; undefined where every account has exactly one. */
export function absentOf(kind: TargetKind): string | undefined {
  const { absent }: Kind = targetKinds[kind];
  return absent;
}

/** One resource, one key: the Region of a global kind (IAM) says nothing about which resource it is, so it is left out. */
export function targetKey(t: Target): string {
  return `${t.account}#${targetKinds[t.kind].global ? 'global' : t.region}#${t.kind}#${t.id}`;
}

/** As people read it: `access key AKIA…`. */
export const named = (t: Target): string => `${targetKinds[t.kind].noun} ${t.id}`;

export function targetArn(t: Target, partition = 'aws'): string {
  return targetKinds[t.kind].arn(t, partition);
}

/** Whether findings that name it are one incident. Settings of an account, and its root user, are shared by causes without number. */
export function joinsFindings(t: Target): boolean {
  const kind: Kind = targetKinds[t.kind];
  return kind.joins ?? true;
}

/** The ARN of the IAM user or role that a change of this target cuts off; undefined where it cuts off none by name. */
export function principalArn(t: Target, partition = 'aws'): string | undefined {
  const kind: Kind = targetKinds[t.kind];
  return kind.principal?.(t, partition);
}
