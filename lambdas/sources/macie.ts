import { z } from 'zod';
import { type Actor, type Finding, finding, MalformedFinding, type Source } from '../core/finding.ts';
import { type Json, sha256 } from '../core/json.ts';
import { accountId, regionName } from '../core/target.ts';
import { nativeType } from './finding-type.ts';
import { actorOf, namedBy, type Principal } from './principal.ts';
import { sorted } from './resources.ts';
import { isSampleTitle } from './sample.ts';
import { ofMacie } from './severity.ts';
import { envelopeOf, flag, isObject, numeric, occurrences, placedIn, quoted, readEach, shaped, text } from './shape.ts';
import { time } from './time.ts';

const identity = z.looseObject({
  accessKeyId: text.optional(),
  accountId: text.optional(),
  invokedBy: text.optional(),
  principalId: text.optional(),
  userName: text.optional(),
  sessionContext: z
    .looseObject({ sessionIssuer: z.looseObject({ arn: text.optional(), userName: text.optional() }).optional() })
    .optional(),
});

/** The blocks of `userIdentity`, of which one is filled in, and GuardDuty's word for each. */
const identityTypes = {
  assumedRole: 'AssumedRole',
  awsAccount: 'AWSAccount',
  awsService: 'AWSService',
  federatedUser: 'FederatedUser',
  iamUser: 'IAMUser',
  root: 'Root',
} as const;
const identityBlocks = Object.keys(identityTypes) as (keyof typeof identityTypes)[];

const actor = z.looseObject({
  ipAddressDetails: z.looseObject({ ipAddressV4: text.optional() }).optional(),
  userIdentity: z
    .looseObject({
      assumedRole: identity.optional(),
      awsAccount: identity.optional(),
      awsService: identity.optional(),
      federatedUser: identity.optional(),
      iamUser: identity.optional(),
      root: identity.optional(),
    })
    .optional(),
});

const detections = z.array(z.looseObject({ type: z.string().optional() })).default([]);

const s3Bucket = z.looseObject({ name: text.optional(), arn: text.optional(), tags: z.json().optional() });

/** A Macie finding. Source: Macie API Reference, Findings; User Guide, "EventBridge event schema for findings". */
const macieFinding = z.looseObject({
  id: z.string().min(1),
  accountId,
  region: regionName,
  type: z.string().regex(nativeType, 'not a Macie finding type'),
  title: z.string().default(''),
  severity: z.looseObject({ score: numeric.optional(), description: text.optional() }),
  createdAt: time,
  updatedAt: time.optional(),
  count: occurrences.default(1),
  sample: flag.default(false),
  archived: flag.default(false),
  resourcesAffected: z.looseObject({
    s3Bucket,
    s3Object: z
      .looseObject({
        // what is no text names no object, and does not make the finding unreadable
        key: z.string().optional().catch(undefined),
        versionId: z.string().optional().catch(undefined),
        tags: z.json().optional(),
      })
      .optional(),
  }),
  policyDetails: z.looseObject({ actor: actor.optional() }).optional(),
  classificationDetails: z
    .looseObject({
      result: z.looseObject({ sensitiveData: z.array(z.looseObject({ detections })).default([]) }).optional(),
    })
    .optional(),
});
type MacieFinding = z.output<typeof macieFinding>;

/** Amazon Macie findings as EventBridge delivers them and as GetFindings prints them. */
const macie: Source = {
  product: 'macie',
  accepts(raw) {
    const envelope = envelopeOf(raw);
    if (envelope) return /^aws\.macie2?$/.test(envelope.source) && envelope.detailType === 'Macie Finding';
    return isObject(raw) && 'resourcesAffected' in raw;
  },
  read: (raw) => readEach([placedIn(raw)], readMacie),
};
export default macie;

/**
 * An object version by the hash of its key: the key may name a patient and stays in the raw event (invariant 9). Without versioning
 * Macie names no version; S3 calls it `null`. The empty name names nothing.
 */
function objectOf(bucket: string, object: MacieFinding['resourcesAffected']['s3Object']): string {
  const { key = '', versionId } = object ?? {};
  return bucket === '' || key === '' ? '' : `${bucket}/${sha256(key)}/${versionId || 'null'}`;
}

function readMacie(raw: Json | undefined): Finding {
  const says = shaped(macieFinding, raw);
  const { accountId: account, region } = says;
  const { s3Bucket: bucket, s3Object: object } = says.resourcesAffected;
  const severity = ofMacie(says.severity.score, says.severity.description);
  if (severity === undefined)
    throw new MalformedFinding('severity.score', `is ${quoted(says.severity.score)}; expected 1 (low) to 3 (high)`);
  const who = principalOf(says);
  const bucketName = bucket.name ?? bucket.arn?.replace(/^arn:[^:]*:s3:::/, '') ?? '';
  const named = [
    { type: 'AwsS3Bucket', name: bucket.name ?? bucket.arn ?? '', tags: bucket.tags },
    { type: 'S3ObjectVersion', name: objectOf(bucketName, object), tags: object?.tags },
    ...(who ? namedBy(who, account) : []),
  ];
  const { phiHint, ...resources } = sorted(named, { account, region });
  return shaped(finding, {
    product: 'macie',
    via: 'macie',
    id: says.id,
    type: says.type,
    title: says.title || says.type,
    severity,
    account,
    region,
    createdAt: says.createdAt,
    updatedAt: says.updatedAt ?? says.createdAt,
    count: says.count,
    sample: says.sample || isSampleTitle(says.title),
    archived: says.archived,
    trusted: true,
    actors: [who && actorOf(who)].filter((one): one is Actor => one !== undefined),
    ...resources,
    phiHint: phiHint || foundHealthData(says),
  });
}

function principalOf(says: MacieFinding): Principal | undefined {
  const acted = says.policyDetails?.actor;
  const block = identityBlocks.find((name) => acted?.userIdentity?.[name] !== undefined);
  const who = block && acted?.userIdentity?.[block];
  if (!block || !who) return undefined;
  const issuer = who.sessionContext?.sessionIssuer;
  return {
    userType: identityTypes[block],
    userName: who.userName ?? issuer?.userName ?? who.invokedBy ?? (block === 'awsAccount' ? who.accountId : undefined),
    principalId: who.principalId,
    accessKeyId: who.accessKeyId,
    issuer: issuer?.arn,
    account: who.accountId,
    origin: acted?.ipAddressDetails?.ipAddressV4,
  };
}

/** Macie's managed identifiers for health data. Source: Macie User Guide, "Managed data identifiers for PHI". */
const healthIdentifier = /HEALTH|MEDIC|DRUG|NHS_NUMBER|PROVIDER_IDENTIFIER/;

function foundHealthData(says: MacieFinding): boolean {
  const found = says.classificationDetails?.result?.sensitiveData ?? [];
  return found.some((data) => data.detections.some((one) => healthIdentifier.test(one.type ?? '')));
}
