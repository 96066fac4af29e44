import { z } from 'zod';
import { type Actor, type Finding, finding, MalformedFinding, type Severity, type Source } from '../core/finding.ts';
import type { Json } from '../core/json.ts';
import { accountId } from '../core/target.ts';
import { withWhole } from './account-wide.ts';
import { arnOf, firstRegion, guardDutyFindingArn, type Product, productOf } from './arn.ts';
import { controlOf, forwardedType, healthRisk, nativeTypeIn } from './finding-type.ts';
import { actorOf, namedBy, type Principal } from './principal.ts';
import { attacks } from './resource-role.ts';
import { type Named, sorted } from './resources.ts';
import { isSampleTitle, saysSample } from './sample.ts';
import { type Sequence, sequence, sequenceFindings, sequencePrincipals } from './sequence.ts';
import { asffLabel, guardDutyNumber, ofGuardDuty } from './severity.ts';
import {
  camelCased,
  envelopeOf,
  flag,
  isObject,
  listedIn,
  occurrences,
  quoted,
  readEach,
  shaped,
  text,
  textOf,
} from './shape.ts';
import { time } from './time.ts';

const iamAccessKey = z.looseObject({
  PrincipalId: text.optional(),
  PrincipalType: text.optional(),
  PrincipalName: text.optional(),
  /** deprecated; only the oldest findings have it instead of PrincipalName */
  UserName: text.optional(),
  AccountId: text.optional(),
});

const accessPoint = z.looseObject({ Bucket: text.optional(), BucketAccountId: text.optional() });

const resource = z.looseObject({
  Type: z.string(),
  Id: z.string(),
  Region: z.string().optional(),
  Tags: z.json().optional(),
  Details: z
    .looseObject({ AwsIamAccessKey: iamAccessKey.optional(), AwsS3AccessPoint: accessPoint.optional() })
    .optional(),
});
type Resource = z.output<typeof resource>;

const remote = z.looseObject({
  RemoteIpDetails: z.looseObject({ IpAddressV4: text.optional() }).optional(),
});

const providerFields = z.looseObject({
  Types: z.array(z.string()).optional(),
  Severity: z.looseObject({ Label: asffLabel.optional() }).optional(),
});

/** Deprecated words of `WorkflowState`, which findings from before `Workflow.Status` have alone. */
const olderWorkflow = z
  .enum(['NEW', 'ASSIGNED', 'IN_PROGRESS', 'DEFERRED', 'RESOLVED'])
  .transform(
    (word) => ({ ASSIGNED: 'NOTIFIED', IN_PROGRESS: 'NOTIFIED', DEFERRED: 'SUPPRESSED' })[word as string] ?? word,
  );

/** Source: Security Hub API Reference, AwsSecurityFinding. */
const asff = z.looseObject({
  Id: z.string().min(1),
  ProductArn: z.string(),
  AwsAccountId: accountId,
  Region: z.string().optional(),
  GeneratorId: text.optional(),
  Types: z.array(z.string()).optional(),
  FindingProviderFields: providerFields.default({}),
  Title: z.string().default(''),
  CreatedAt: time,
  UpdatedAt: time.optional(),
  FirstObservedAt: time.optional(),
  LastObservedAt: time.optional(),
  Severity: z.looseObject({ Label: asffLabel.optional() }).default({}),
  RecordState: z.enum(['ACTIVE', 'ARCHIVED']).default('ACTIVE'),
  Workflow: z.looseObject({ Status: z.enum(['NEW', 'NOTIFIED', 'SUPPRESSED', 'RESOLVED']).optional() }).optional(),
  WorkflowState: olderWorkflow.optional(),
  Compliance: z
    .looseObject({
      Status: z.enum(['PASSED', 'FAILED', 'WARNING', 'NOT_AVAILABLE']).optional(),
      SecurityControlId: text.optional(),
    })
    .optional(),
  Sample: flag.optional(),
  ProductFields: z.record(z.string(), z.unknown()).default({}),
  Resources: z.array(resource).min(1, 'at least one resource'),
  Action: z.looseObject({ AwsApiCallAction: remote.optional() }).optional(),
});
type Asff = z.output<typeof asff>;

/** `Security Hub Findings` is in the EventBridge reference too; `Security Hub Insight Results` carries no findings. */
const detailTypes = [
  'Security Hub Findings - Imported',
  'Security Hub Findings - Custom Action',
  'Security Hub Findings',
];

/** Security Hub CSPM findings (ASFF): its own controls, and what other products sent it, enveloped or bare. */
const securityHubAsff: Source = {
  product: 'securityhub-asff',
  accepts(raw) {
    const envelope = envelopeOf(raw);
    if (envelope) return envelope.source === 'aws.securityhub' && detailTypes.includes(envelope.detailType);
    return isObject(raw) && ('ProductArn' in raw || 'AwsAccountId' in raw);
  },
  read: (raw) => {
    const containNow = saysContainNow(raw);
    return readEach(listedIn(raw), (each) => ({ ...readAsff(each), containNow }));
  },
};

/** The custom action that a person chose in Security Hub: `detail.actionName` of its event. */
function saysContainNow(raw: unknown): boolean {
  const detail = isObject(raw) ? raw.detail : undefined;
  return isObject(detail) && /^contain now$/i.test(textOf(detail.actionName));
}
export default securityHubAsff;

const inGuardDuty = 'aws/guardduty/service';
const remoteAddress = 'action/awsApiCallAction/remoteIpDetails/ipAddressV4';

/** What GuardDuty alone writes. Its flat `ProductFields` are texts; before 2020 they had no prefix. */
const guardDutyParts = z.looseObject({
  ProductFields: z.looseObject({
    [`${inGuardDuty}/count`]: occurrences.optional(),
    count: occurrences.optional(),
    [`${inGuardDuty}/archived`]: flag.optional(),
    archived: flag.optional(),
    [`${inGuardDuty}/additionalInfo/sample`]: flag.optional(),
  }),
  Severity: z.looseObject({ Product: guardDutyNumber.optional() }),
  Detection: z
    .preprocess((detection) => camelCased(detection as Json), z.looseObject({ sequence: sequence.optional() }))
    .optional(),
});

/** The parts that mean something only when GuardDuty made the finding. */
interface FromGuardDuty {
  count: number;
  archived: boolean;
  sample: boolean;
  severity?: Severity;
  attacker?: true | undefined;
  sequence?: Sequence;
}

function readAsff(raw: Json | undefined): Finding {
  const says = shaped(asff, raw);
  const product = productOf(says.ProductArn);
  if (!product)
    throw new MalformedFinding(
      'ProductArn',
      `is ${quoted(says.ProductArn)}; expected arn:aws:securityhub:<region>::product/<vendor>/<name>`,
    );
  const account = says.AwsAccountId;
  const region = firstRegion(...says.Resources.map((r) => r.Region), says.Region, arnOf(says.ProductArn)?.region);
  if (region === undefined)
    throw new MalformedFinding('Region', `is ${quoted(says.Region)}; expected the name of an AWS Region, as us-east-1`);
  const detected: FromGuardDuty =
    product.name === 'guardduty' ? fromGuardDuty(says) : { count: 1, archived: false, sample: false };
  const who = principalsOf(says, detected.sequence);
  const named = [...says.Resources.flatMap(namedIn), ...who.flatMap((p) => namedBy(p, account))];
  const type = typeOf(says, product);
  return shaped(finding, {
    product: product.name,
    via: 'securityhub-asff',
    id: idOf(says, product),
    type,
    title: says.Title || type,
    severity: severityOf(says, detected.severity),
    account,
    region,
    firstSeen: says.FirstObservedAt,
    lastSeen: says.LastObservedAt,
    createdAt: says.CreatedAt,
    updatedAt: says.UpdatedAt ?? says.CreatedAt,
    count: detected.count,
    sample: says.Sample === true || detected.sample || isSampleTitle(says.Title),
    archived: says.RecordState === 'ARCHIVED' || detected.archived,
    ignore:
      product.name === 'health' && !healthRisk.test(type) ? 'AWS Health speaks of operations, not of risk' : undefined,
    joins: [...new Set(sequenceFindings(detected.sequence, says.Id))].filter((id) => id !== says.Id),
    attacker: detected.attacker,
    workflow: says.Workflow?.Status ?? says.WorkflowState,
    compliance: says.Compliance?.Status,
    trusted: product.trusted,
    actors: who.map(actorOf).filter((actor): actor is Actor => actor !== undefined),
    ...sorted(withWhole(named, { product: product.name, type }, { account, region }), { account, region }),
  });
}

function fromGuardDuty(says: Asff): FromGuardDuty {
  const parts = shaped(guardDutyParts, says);
  const fields = parts.ProductFields;
  const number = parts.Severity.Product;
  return {
    count: fields[`${inGuardDuty}/count`] ?? fields.count ?? 1,
    archived: fields[`${inGuardDuty}/archived`] ?? fields.archived ?? false,
    sample: fields[`${inGuardDuty}/additionalInfo/sample`] ?? saysSample(fields[`${inGuardDuty}/additionalInfo/value`]),
    severity: number === undefined ? undefined : ofGuardDuty(number),
    attacker: attacks(fields[`${inGuardDuty}/resourceRole`] ?? fields.resourceRole),
    sequence: parts.Detection?.sequence,
  };
}

/**
 * GuardDuty's own ARN where it is one. What other vendors call their finding is theirs alone: with the product's ARN before it
 * (as Security Hub itself writes it), it can never pass for the id of a finding of AWS.
 */
function idOf(says: Asff, product: Product): string {
  if (product.name === 'guardduty' && !guardDutyFindingArn.test(says.Id))
    throw new MalformedFinding('Id', `is ${quoted(says.Id)}; expected the ARN of a GuardDuty finding`);
  return product.trusted ? says.Id : `${says.ProductArn}/${says.Id}`;
}

function typeOf(says: Asff, product: Product): string {
  const types = says.Types ?? says.FindingProviderFields.Types ?? [];
  const native = product.trusted ? nativeTypeIn(types) : undefined;
  const control =
    product.name === 'securityhub' ? controlOf(says.Compliance?.SecurityControlId, says.GeneratorId) : undefined;
  const forwarded = forwardedType(product.name, {
    types,
    generator: says.GeneratorId,
    resource: says.Resources[0]?.Type,
  });
  const type = product.name === 'guardduty' ? native : (control ?? forwarded ?? native ?? types[0] ?? says.GeneratorId);
  if (!type)
    throw new MalformedFinding(
      'Types',
      `is ${quoted(types[0])}; expected <namespace>/<type>, as TTPs/Policy:S3-BucketAnonymousAccessGranted`,
    );
  return type;
}

/** Never `Severity.Normalized`: a GuardDuty 2 arrives as 40 there. */
function severityOf(says: Asff, native: Severity | undefined): Severity {
  const label = says.Severity.Label ?? says.FindingProviderFields.Severity?.Label ?? native;
  const older = label ?? asffLabel.safeParse(says.ProductFields['aws/securityhub/SeverityLabel']).data;
  if (older === undefined)
    throw new MalformedFinding('Severity.Label', 'is missing; expected INFORMATIONAL, LOW, MEDIUM, HIGH or CRITICAL');
  return older;
}

function principalsOf(says: Asff, chain: Sequence | undefined): Principal[] {
  const flat = says.ProductFields[`${inGuardDuty}/${remoteAddress}`] ?? says.ProductFields[remoteAddress];
  const origin = says.Action?.AwsApiCallAction?.RemoteIpDetails?.IpAddressV4 ?? (textOf(flat) || undefined);
  const keys = says.Resources.filter((r) => r.Type === 'AwsIamAccessKey').map((r): Principal => {
    const key = r.Details?.AwsIamAccessKey;
    return {
      userType: key?.PrincipalType,
      userName: key?.PrincipalName ?? key?.UserName,
      principalId: key?.PrincipalId,
      accessKeyId: keyIdOf(r.Id),
      account: key?.AccountId,
      origin,
    };
  });
  const known = new Set(keys.map((key) => key.accessKeyId));
  const acted = chain ? sequencePrincipals(chain) : [];
  return [...keys, ...acted.filter((actor) => !known.has(actor.accessKeyId))];
}

/** `AWS::IAM::AccessKey:AKIA…`, or `…:null` for a console login, which uses no key. */
function keyIdOf(id: string): string | undefined {
  const key = id.replace(/^AWS::IAM::AccessKey:/, '');
  return key === '' || key === 'null' ? undefined : key;
}

function namedIn(r: Resource): Named[] {
  if (r.Type === 'AwsIamAccessKey') return [];
  const named = { type: r.Type, name: r.Id, region: r.Region, tags: r.Tags };
  // the ARN of an access point does not tell its bucket; its details may
  const behind = r.Details?.AwsS3AccessPoint;
  return behind?.Bucket === undefined
    ? [named]
    : [named, { type: 'AwsS3Bucket', name: behind.Bucket, account: behind.BucketAccountId, region: r.Region }];
}
