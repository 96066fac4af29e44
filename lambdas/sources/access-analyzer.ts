import { z } from 'zod';
import { type Finding, finding, MalformedFinding, type Severity, type Source } from '../core/finding.ts';
import type { Json } from '../core/json.ts';
import { accountId } from '../core/target.ts';
import { arnOf, firstRegion, homeRegion } from './arn.ts';
import { sorted } from './resources.ts';
import { type Envelope, envelopeOf, flag, isObject, placedIn, quoted, readEach, shaped, text } from './shape.ts';
import { time } from './time.ts';

const grant = z.looseObject({
  isPublic: flag.optional(),
  principal: z.record(z.string(), z.json()).optional(),
});

/**
 * Source: IAM User Guide, "Monitoring IAM Access Analyzer with EventBridge"; API Reference, Finding and FindingV2, which have
 * `resourceOwnerAccount` for `accountId`, name no Region, and (V2) put the grant into `findingDetails`.
 */
const access = grant.extend({
  id: text.optional(),
  /** unused access only */
  findingId: text.optional(),
  findingType: text.optional(),
  resource: z.string().min(1),
  resourceType: z.string().regex(/^AWS::\w+::\w+$/, 'not a resource type, as AWS::S3::Bucket'),
  accountId: accountId.optional(),
  resourceOwnerAccount: accountId.optional(),
  region: text.optional(),
  status: z.enum(['ACTIVE', 'ARCHIVED', 'RESOLVED']).default('ACTIVE'),
  isDeleted: flag.default(false),
  error: text.optional(),
  createdAt: time,
  updatedAt: time.optional(),
  findingDetails: z.array(z.looseObject({ externalAccessDetails: grant.optional() })).default([]),
});
type Access = z.output<typeof access>;

const preview = z.looseObject({
  accessPreviewId: z.string().min(1),
  configuredResources: z.array(z.string()).default([]),
  status: text.optional(),
  region: text.optional(),
  createdAt: time,
});

/** What each kind of event is about. Only external access is answered by playbooks; the other two inform. */
const families = {
  'Access Analyzer Finding': 'ExternalAccess',
  'Internal Access Finding': 'InternalAccess',
  'Unused Access Finding for IAM entities': 'UnusedAccess',
} as const;
type Family = (typeof families)[keyof typeof families];

const detailTypes = [...Object.keys(families), 'Access Preview State Change'];

/**
 * IAM Access Analyzer findings, enveloped or as GetFinding prints them. Its finding has no type, so it is composed:
 * `ExternalAccess:<resource type>` (`ExternalAccess:AWS::S3::Bucket`), with `/Public` after it for everyone, without for named
 * outsiders; `InternalAccess:…` and `UnusedAccess:…`, which no playbook matches; `AnalysisError:…` where it could not look.
 */
const accessAnalyzer: Source = {
  product: 'access-analyzer',
  accepts(raw) {
    const envelope = envelopeOf(raw);
    // the User Guide itself has examples of `aws.access-analyzer-test`
    if (envelope)
      return /^aws\.access-analyzer(?:-test)?$/.test(envelope.source) && detailTypes.includes(envelope.detailType);
    return isObject(raw) && ('accessPreviewId' in raw || ('resourceType' in raw && 'analyzedAt' in raw));
  },
  read(raw) {
    const envelope = envelopeOf(raw);
    const placed = placedIn(raw);
    const isPreview = isObject(placed.value) && 'accessPreviewId' in placed.value;
    return readEach([placed], (value) => (isPreview ? readPreview(value, envelope) : readAccess(value, envelope)));
  },
};
export default accessAnalyzer;

function readAccess(raw: Json | undefined, envelope: Envelope | undefined): Finding {
  const says = shaped(access, raw);
  const id = says.id ?? says.findingId;
  if (id === undefined) throw new MalformedFinding('id', 'is missing; expected the id of the finding');
  const account = says.accountId ?? says.resourceOwnerAccount;
  if (account === undefined) throw new MalformedFinding('accountId', 'is missing; expected a 12-digit account id');
  const region = regionOf(says, envelope);
  const family = familyOf(says, envelope);
  const isPublic = grants(says).some((one) => one.isPublic === true);
  return shaped(finding, {
    product: 'access-analyzer',
    via: 'access-analyzer',
    id,
    type: says.error
      ? `AnalysisError:${says.resourceType}`
      : `${family}:${says.resourceType}${isPublic ? '/Public' : ''}`,
    title: titleOf(says, family, isPublic),
    severity: severityOf(says, family, isPublic),
    account,
    region,
    createdAt: says.createdAt,
    updatedAt: says.updatedAt ?? says.createdAt,
    count: 1,
    sample: false,
    archived: says.status === 'ARCHIVED',
    ignore: whyIgnored(says),
    trusted: true,
    actors: [],
    ...sorted([{ type: says.resourceType, name: says.resource }], { account, region }),
  });
}

function grants(says: Access): z.output<typeof grant>[] {
  const inDetails = says.findingDetails.map((one) => one.externalAccessDetails);
  return [says, ...inDetails.filter((one) => one !== undefined)];
}

function familyOf(says: Access, envelope: Envelope | undefined): Family {
  const { findingType } = says;
  if (findingType === 'ExternalAccess' || findingType === 'InternalAccess') return findingType;
  if (findingType?.startsWith('Unused')) return 'UnusedAccess';
  const detailType = envelope?.detailType ?? '';
  return Object.hasOwn(families, detailType) ? families[detailType as keyof typeof families] : 'ExternalAccess';
}

/** An analyzer sees the resources of its own Region. IAM has none of its own. */
function regionOf(says: Access, envelope: Envelope | undefined): string {
  const arn = arnOf(says.resource);
  const region =
    firstRegion(says.region, arn?.region, analyzerOf(envelope)?.region) ??
    (arn?.service === 'iam' ? homeRegion(arn.partition) : undefined);
  if (region !== undefined) return region;
  throw new MalformedFinding(
    'region',
    `is ${quoted(says.region)}; expected the name of an AWS Region (GetFinding names none: give the event, or add region)`,
  );
}

/** The ARN of the analyzer stands first beside the finding. */
function analyzerOf(envelope: Envelope | undefined) {
  return arnOf(envelope?.resources[0] ?? '');
}

/** Kinds of resource that hold data, or open data: whoever reaches them from outside may have read it. */
const holdsData =
  /^AWS::(?:S3|S3Express|RDS|EFS|DynamoDB|SecretsManager|KMS)::|^AWS::EC2::Snapshot$|^AWS::ECR::Repository$/;

/** Access Analyzer has no severity: high for everyone, or for outsiders at data; medium for other external access and for blindness. */
function severityOf(says: Access, family: Family, isPublic: boolean): Severity {
  if (says.error) return 'medium';
  if (family === 'UnusedAccess') return 'informational';
  if (family === 'InternalAccess') return 'low';
  return isPublic || holdsData.test(says.resourceType) ? 'high' : 'medium';
}

function titleOf(says: Access, family: Family, isPublic: boolean): string {
  const what = says.resourceType;
  if (says.error) return `Access Analyzer could not look at an ${what}: ${quoted(says.error)}`;
  if (family === 'UnusedAccess') return `Unused access of an ${what}: ${quoted(says.findingType)}`;
  const [who] = grants(says).flatMap(({ principal }) => Object.values(principal ?? {}));
  const by = who === undefined ? '' : ` by ${quoted(who)}`;
  if (family === 'InternalAccess') return `Internal access to an ${what}${by}`;
  return isPublic ? `Public access to an ${what}` : `External access to an ${what}${by}`;
}

function whyIgnored(says: Access): string | undefined {
  if (says.isDeleted) return 'Access Analyzer deleted the finding: its resource or its analyzer is gone';
  return says.status === 'RESOLVED' ? 'Access Analyzer saw that the access is gone (RESOLVED)' : undefined;
}

/** A preview is about a policy that nobody has put in place. It names no account: the analyzer's is told. */
function readPreview(raw: Json | undefined, envelope: Envelope | undefined): Finding {
  const says = shaped(preview, raw);
  const analyzer = analyzerOf(envelope);
  const account = [analyzer?.account, envelope?.account].find((one) => accountId.safeParse(one).success);
  if (account === undefined)
    throw new MalformedFinding('resources[0]', 'is no ARN of an analyzer; expected one beside the access preview');
  const region = firstRegion(says.region, analyzer?.region) ?? homeRegion(analyzer?.partition);
  const spared = 'an access preview: nobody has put that policy in place';
  return shaped(finding, {
    product: 'access-analyzer',
    via: 'access-analyzer',
    id: says.accessPreviewId,
    type: 'AccessPreview',
    title: `Access preview: ${quoted(says.status)}`,
    severity: 'informational',
    account,
    region,
    createdAt: says.createdAt,
    updatedAt: says.createdAt,
    count: 1,
    sample: false,
    archived: false,
    ignore: 'an access preview shows what a policy would do; nothing has changed',
    trusted: true,
    actors: [],
    ...sorted(
      says.configuredResources.map((name) => ({ type: 'AccessPreview', name, spared })),
      { account, region },
    ),
  });
}
