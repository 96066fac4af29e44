import {
  GetBucketEncryptionCommand,
  GetObjectAclCommand,
  paginateListObjectsV2,
  S3Client,
  type _Object as S3Object,
} from '@aws-sdk/client-s3';
import { canonical } from '../../core/json.ts';
import { publicGroup } from '../../core/public-access.ts';
import { type Target, targetArn } from '../../core/target.ts';
import type { Collected, Collector, Member } from '../../platform/action.ts';
import { isAnswer } from '../../platform/aws-error.ts';
import {
  bucketOf,
  inForce,
  readAccountFlags,
  readAclsCount,
  readBucket,
  readFlags,
  readPolicy,
} from '../../platform/bucket.ts';
import { type PolicyReach, policyReach } from './readable.ts';

/** Less than the limit in the manifest, so that what was found comes home. */
const budgetSeconds = 100;
/** A thousand keys each. */
const pageLimit = 500;
const aclsAtOnce = 20;

interface Ground {
  target: Target;
  s3: S3Client;
  reach: PolicyReach;
  /** whether object ACLs decide anything and are shown as stored */
  acls: 'off' | 'hidden' | 'shown';
  encryption: string;
}

async function ground(target: Target, member: Member): Promise<Ground> {
  const s3 = member.client(S3Client);
  const policy = await readPolicy(s3, target);
  const [count, encryption, ...flags] = await Promise.all([
    readAclsCount(s3, target),
    readBucket(
      target,
      s3.send(new GetBucketEncryptionCommand(bucketOf(target))),
      'ServerSideEncryptionConfigurationNotFoundError',
    ),
    readFlags(s3, target),
    readAccountFlags(target, member),
  ]);
  const rule = encryption?.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault;
  return {
    target,
    s3,
    reach: policyReach(policy, targetArn(target, member.partition)),
    acls: !count ? 'off' : inForce('IgnorePublicAcls', ...flags) ? 'hidden' : 'shown',
    encryption: rule?.SSEAlgorithm ?? 'AES256',
  };
}

interface Listing {
  lines: string[];
  bytes: number;
  listed: number;
  pages: number;
  unreadAcls: number;
  cut: boolean;
}

async function list(on: Ground, member: Member): Promise<Listing> {
  const found: Listing = { lines: [], bytes: 0, listed: 0, pages: 0, unreadAcls: 0, cut: false };
  if (!on.reach.open && on.acls !== 'shown') return found;
  const end = member.now().add({ seconds: budgetSeconds }).epochMilliseconds;
  for await (const page of paginateListObjectsV2({ client: on.s3 }, bucketOf(on.target))) {
    const objects = page.Contents ?? [];
    found.pages += 1;
    for (let i = 0; i < objects.length; i += aclsAtOnce)
      await Promise.all(objects.slice(i, i + aclsAtOnce).map((object) => judge(on, object, found)));
    found.cut = page.IsTruncated === true && (found.pages >= pageLimit || member.now().epochMilliseconds >= end);
    if (found.cut) break;
  }
  found.lines.sort();
  return found;
}

async function judge(on: Ground, object: S3Object, found: Listing): Promise<void> {
  const { Key: key = '', Size: bytes = 0, ETag, LastModified } = object;
  found.listed += 1;
  const by = on.reach.readable(key)
    ? 'policy'
    : on.acls === 'shown' && (await aclIsPublic(on, key, found))
      ? 'acl'
      : null;
  if (by === null) return;
  found.bytes += bytes;
  found.lines.push(canonical({ key, bytes, by, etag: ETag ?? '', modified: LastModified?.toISOString() ?? '' }));
}

async function aclIsPublic({ s3, target }: Ground, Key: string, found: Listing): Promise<boolean> {
  try {
    const { Grants = [] } = await s3.send(new GetObjectAclCommand({ ...bucketOf(target), Key }));
    return Grants.some((g) => publicGroup(g.Grantee?.URI) && ['READ', 'FULL_CONTROL'].includes(g.Permission ?? ''));
  } catch (error) {
    // deleted meanwhile, or owned by a stranger who does not let us look
    if (!isAnswer(error)) throw error;
    found.unreadAcls += 1;
    return false;
  }
}

function notes({ reach, acls, encryption }: Ground, found: Listing, at: string): { gaps: string[]; remarks: string[] } {
  const gaps = [
    !reach.open &&
      `no policy statement lets everyone read when this was looked at (${at}): containment may have removed it; the bucket-configuration evidence, taken before containment, shows the policy as it was`,
    acls === 'hidden' && 'object ACLs could not be judged: IgnorePublicAcls is on and hides their public grants',
    found.unreadAcls > 0 && `the ACL of ${found.unreadAcls} objects could not be read`,
    found.cut && `the list ends after ${found.pages} pages (${found.listed} objects): the rest was not looked at`,
  ].filter((note) => note !== false);
  const remarks = [
    `${found.pages} pages, ${found.listed} objects looked at; earlier versions of objects are not listed`,
    'judged from the policy and the ACLs, not from the public access block, which containment changes at the same time',
    `objects under SSE-KMS cannot be read without credentials, but which they are shows only to who may read objects, and we may not: all are counted (default encryption of new objects: ${encryption})`,
  ];
  return { gaps, remarks };
}

const collector: Collector = {
  async collect(target, member): Promise<Collected> {
    const at = member.now().toString();
    const on = await ground(target, member);
    const found = await list(on, member);
    const { gaps, remarks } = notes(on, found, at);
    const count = `${found.lines.length} of ${found.listed} objects (${found.bytes} bytes)`;
    const unknown = found.pages === 0;
    return {
      body: new TextEncoder().encode(found.lines.map((line) => `${line}\n`).join('')),
      contentType: 'application/jsonl',
      summary: unknown
        ? `Which objects of bucket ${target.id} anyone could read cannot be told from its configuration at ${at}.`
        : `${count} of bucket ${target.id} were readable by anyone by its policy or ACLs${gaps.length > 0 ? ', as far as this shows' : ''}.`,
      coverage: { level: gaps.length > 0 ? 'partial' : 'complete', notes: [...gaps, ...remarks], to: at },
      footholds: [],
    };
  },
};
export default collector;
