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

const kindByType: Record<string, TargetKind | undefined> = {
  AwsS3Bucket: 's3-bucket',
  'AWS::S3::Bucket': 's3-bucket',
  S3_BUCKET: 's3-bucket',
  AwsIamAccessKey: 'iam-access-key',
  'AWS::IAM::AccessKey': 'iam-access-key',
  ACCESS_KEY: 'iam-access-key',
  AwsIamUser: 'iam-user',
  'AWS::IAM::User': 'iam-user',
  AwsIamRole: 'iam-role',
  'AWS::IAM::Role': 'iam-role',
};

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
  const kind = Object.hasOwn(kindByType, resource.type) ? kindByType[resource.type] : undefined;
  if (kind === undefined) return `Tourniquet acts on no resource of type ${shortened(resource.type)}`;
  const read = readers[kind](resource.name);
  if (typeof read === 'string') return read;
  const account = resource.account ?? home.account;
  if (read.account !== undefined && read.account !== account)
    return `its ARN names account ${read.account}, the finding names account ${account}`;
  const region = firstRegion(resource.region) ?? home.region;
  const made = target.safeParse({ kind, id: read.id, account, region });
  return made.success ? made.data : `not the name of an ${kind}: it breaks the grammar of AWS`;
}

type Read = { id: string; account?: string } | string;

/** What each kind's name looks like in findings: a bare name, or an ARN. */
const readers: Record<TargetKind, (name: string) => Read> = {
  's3-bucket': (name) => {
    if (!name.startsWith('arn:')) return { id: name };
    const arn = arnOf(name);
    return arn?.service === 's3' && arn.region === '' && arn.account === ''
      ? { id: arn.resource }
      : 'not the ARN of an S3 bucket';
  },
  'iam-access-key': (name) => {
    if (/^ASIA[A-Z0-9]+$/.test(name))
      return 'a temporary key: it ends with its session, which its user or role is denied';
    return { id: name };
  },
  'iam-user': (name) => principal(name, 'user'),
  'iam-role': (name) => {
    if (/(?:^|\/)(?:aws-service-role\/|aws-reserved\/|AWSServiceRole|AWSReservedSSO_)/.test(name))
      return 'service-linked and Identity Center roles cannot be changed through IAM';
    return principal(name, 'role');
  },
};

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
