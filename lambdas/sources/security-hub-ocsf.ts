import { z } from 'zod';
import { type Actor, type Finding, finding, MalformedFinding, type Source } from '../core/finding.ts';
import type { Json } from '../core/json.ts';
import { accountId } from '../core/target.ts';
import { withWhole } from './account-wide.ts';
import { arnOf, firstRegion, guardDutyFindingArn, type Product, productOf } from './arn.ts';
import { nativeTypeIn } from './finding-type.ts';
import { actorOf, namedBy, type Principal } from './principal.ts';
import { type Named, sorted } from './resources.ts';
import { isSampleTitle } from './sample.ts';
import { ofOcsf } from './severity.ts';
import { envelopeOf, isObject, listedIn, occurrences, quoted, readEach, shaped, text } from './shape.ts';
import { time } from './time.ts';

const resource = z.looseObject({
  type: z.string().default('unknown'),
  uid: text.optional(),
  name: text.optional(),
  region: z.string().optional(),
  owner: z.looseObject({ account: z.looseObject({ uid: accountId.optional() }).optional() }).optional(),
  tags: z.json().optional(),
});
type Resource = z.output<typeof resource>;

const evidence = z.looseObject({
  actor: z
    .looseObject({
      user: z
        .looseObject({
          type: text.optional(),
          name: text.optional(),
          uid: text.optional(),
          credential_uid: text.optional(),
          account: z.looseObject({ uid: text.optional() }).optional(),
        })
        .optional(),
      session: z.looseObject({ issuer: text.optional() }).optional(),
    })
    .optional(),
  src_endpoint: z.looseObject({ ip: text.optional() }).optional(),
});

const findingInfo = z.looseObject({
  uid: z.string().min(1),
  title: z.string().default(''),
  types: z.array(z.string()).default([]),
  created_time_dt: time.optional(),
  created_time: time.optional(),
  modified_time_dt: time.optional(),
  modified_time: time.optional(),
  first_seen_time_dt: time.optional(),
  first_seen_time: time.optional(),
  last_seen_time_dt: time.optional(),
  last_seen_time: time.optional(),
});

/** Source: OCSF 1.6, the Findings classes, with what Security Hub fills in. */
const ocsf = z.looseObject({
  metadata: z.looseObject({
    product: z.looseObject({ uid: text.optional(), name: text.optional(), vendor_name: text.optional() }),
  }),
  finding_info: findingInfo,
  cloud: z
    .looseObject({
      account: z.looseObject({ uid: accountId.optional() }).optional(),
      region: z.string().optional(),
    })
    .default({}),
  severity: z.string().optional(),
  severity_id: z.int().optional(),
  status_id: z.int().optional(),
  activity_id: z.int().optional(),
  count: occurrences.default(1),
  compliance: z
    .looseObject({ control: text.optional(), status: z.string().optional(), status_id: z.int().optional() })
    .optional(),
  resources: z.array(resource).default([]),
  /** one object in older versions of the schema */
  resource: resource.optional(),
  evidences: z.array(evidence).default([]),
});
type Ocsf = z.output<typeof ocsf>;

/** Security Hub (V2) findings in OCSF, enveloped or bare. */
const securityHubOcsf: Source = {
  product: 'securityhub-ocsf',
  accepts(raw) {
    const envelope = envelopeOf(raw);
    if (envelope) return envelope.source === 'aws.securityhub' && envelope.detailType === 'Findings Imported V2';
    return isObject(raw) && 'finding_info' in raw;
  },
  read: (raw) => readEach(listedIn(raw), readOcsf),
};
export default securityHubOcsf;

function readOcsf(raw: Json | undefined): Finding {
  const says = shaped(ocsf, raw);
  const product = productIn(says);
  const info = says.finding_info;
  const resources = [...says.resources, ...(says.resource ? [says.resource] : [])];
  const { account, region } = homeOf(says, resources);
  const who = principalsOf(says, resources);
  const named = [...resources.flatMap(namedIn), ...who.flatMap((p) => namedBy(p, account))];
  const severity = ofOcsf(says.severity_id, says.severity);
  const createdAt = info.created_time_dt ?? info.created_time;
  if (severity === undefined)
    throw new MalformedFinding(
      'severity_id',
      `is ${quoted(says.severity_id)}; expected 1 (informational) to 6 (fatal)`,
    );
  if (createdAt === undefined)
    throw new MalformedFinding('finding_info.created_time_dt', 'is missing; expected a time');
  const type = typeOf(says, product);
  return shaped(finding, {
    product: product.name,
    via: 'securityhub-ocsf',
    id: idOf(says, product),
    type,
    title: info.title || type,
    severity,
    account,
    region,
    firstSeen: info.first_seen_time_dt ?? info.first_seen_time,
    lastSeen: info.last_seen_time_dt ?? info.last_seen_time,
    createdAt,
    updatedAt: info.modified_time_dt ?? info.modified_time ?? createdAt,
    count: says.count,
    sample: isSampleTitle(info.title),
    archived: says.status_id === 5 || says.activity_id === 3,
    workflow: workflowById[says.status_id ?? 0],
    compliance: complianceOf(says),
    trusted: product.trusted,
    actors: who.map(actorOf).filter((actor): actor is Actor => actor !== undefined),
    ...sorted(withWhole(named, { product: product.name, type }, { account, region }), { account, region }),
  });
}

/** Security Hub's V2 product ARN; a product outside AWS that writes OCSF itself has a name only. */
function productIn(says: Ocsf): Product {
  const { uid, name, vendor_name } = says.metadata.product;
  const product = productOf(uid ?? '');
  if (product) return product;
  if (!name)
    throw new MalformedFinding(
      'metadata.product.uid',
      `is ${quoted(uid)}; expected arn:aws:securityhub:<region>::productv2/<vendor>/<name>`,
    );
  return { name: `${vendor_name ?? 'unknown'}/${name}`, trusted: false };
}

/** What others call their finding never passes for the id of a finding of AWS: their product stands before it. */
function idOf(says: Ocsf, product: Product): string {
  const { uid } = says.finding_info;
  if (product.name === 'guardduty' && !guardDutyFindingArn.test(uid))
    throw new MalformedFinding('finding_info.uid', `is ${quoted(uid)}; expected the ARN of a GuardDuty finding`);
  return product.trusted ? uid : `${says.metadata.product.uid ?? product.name}/${uid}`;
}

/** The account and Region of the resource; `cloud` is where the finding was made. */
function homeOf(says: Ocsf, resources: readonly Resource[]): { account: string; region: string } {
  const account = resources.map(ownerOf).find((owner) => owner !== undefined) ?? says.cloud.account?.uid;
  const region = firstRegion(...resources.map((r) => r.region), says.cloud.region);
  if (account === undefined)
    throw new MalformedFinding('cloud.account.uid', 'is missing; expected a 12-digit account id');
  if (region === undefined)
    throw new MalformedFinding('cloud.region', `is ${quoted(says.cloud.region)}; expected the name of an AWS Region`);
  return { account, region };
}

function ownerOf(r: Resource): string | undefined {
  return r.owner?.account?.uid;
}

function typeOf(says: Ocsf, product: Product): string {
  const { types } = says.finding_info;
  const native = product.trusted ? nativeTypeIn(types) : undefined;
  const control = product.name === 'securityhub' ? says.compliance?.control : undefined;
  const type = product.name === 'guardduty' ? native : (control ?? native ?? types.at(-1));
  if (!type)
    throw new MalformedFinding(
      'finding_info.types',
      `ends with ${quoted(types.at(-1))}; expected the type last, as Policy:S3/BucketAnonymousAccessGranted`,
    );
  return type;
}

/** OCSF `status_id` in Security Hub's words; 0 unknown, 5 archived and 99 other are no workflow. */
const workflowById: Record<number, string | undefined> = { 1: 'NEW', 2: 'NOTIFIED', 3: 'SUPPRESSED', 4: 'RESOLVED' };

/** OCSF says it as number and word; a contradiction counts as failed before warning before passed. */
function complianceOf(says: Ocsf): string | undefined {
  if (!says.compliance) return undefined;
  const { status, status_id } = says.compliance;
  const words = [status?.toLowerCase(), ['', 'pass', 'warning', 'fail'][status_id ?? 0]];
  if (words.includes('fail')) return 'FAILED';
  if (words.includes('warning')) return 'WARNING';
  return words.includes('pass') ? 'PASSED' : 'NOT_AVAILABLE';
}

const isKey = (r: Resource) => /^(?:AwsIamAccessKey|AWS::IAM::AccessKey)$/.test(r.type);

/** Callers, and keys that no evidence ties to a caller. A process on a machine has a user too, but no credential and no type. */
function principalsOf(says: Ocsf, resources: readonly Resource[]): Principal[] {
  const callers = says.evidences.flatMap(({ actor, src_endpoint }): Principal[] => {
    const user = actor?.user;
    if (!user || !(user.credential_uid || user.type)) return [];
    return [
      {
        userType: user.type,
        userName: user.name,
        principalId: user.uid,
        accessKeyId: user.credential_uid,
        issuer: actor.session?.issuer,
        account: user.account?.uid,
        origin: src_endpoint?.ip,
      },
    ];
  });
  const known = new Set(callers.map((caller) => caller.accessKeyId));
  const keys = resources
    .filter(isKey)
    .map((r) => ({ accessKeyId: r.uid?.replace(/^AWS::IAM::AccessKey:(?:null$)?/, '') || undefined }));
  return [...callers, ...keys.filter((key) => key.accessKeyId && !known.has(key.accessKeyId))];
}

/** By ARN where there is one; of users and roles a bare `uid` is the unique id (`AIDA…`), so their `name` counts. */
function namedIn(r: Resource): Named[] {
  if (isKey(r)) return [];
  const isPrincipal = /^(?:Aws|AWS::)I(?:am|AM)(?:::)?(?:User|Role)$/.test(r.type);
  const bare = isPrincipal ? (r.name ?? r.uid) : (r.uid ?? r.name);
  const name = arnOf(r.uid ?? '') ? r.uid : bare;
  return [{ type: r.type, name: name ?? '', account: ownerOf(r), region: r.region, tags: r.tags }];
}
