import { z } from 'zod';
import { type Actor, type Finding, finding, type Source } from '../core/finding.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { accountId, regionName } from '../core/target.ts';
import { withWhole } from './account-wide.ts';
import { arnOf, guardDutyFindingArn } from './arn.ts';
import { nativeType, withoutBeta } from './finding-type.ts';
import { actorOf, namedBy, type Principal } from './principal.ts';
import { attacks } from './resource-role.ts';
import { type Named, sorted } from './resources.ts';
import { isSampleTitle, saysSample } from './sample.ts';
import { sequence, sequenceFindings, sequencePrincipals, sequenceResources } from './sequence.ts';
import { guardDutyNumber, ofGuardDuty } from './severity.ts';
import {
  camelCased,
  envelopeOf,
  flag,
  isObject,
  occurrences,
  placedIn,
  quoted,
  readEach,
  shaped,
  text,
  textOf,
} from './shape.ts';
import { time } from './time.ts';

const remote = z.looseObject({
  remoteIpDetails: z.looseObject({ ipAddressV4: text.optional(), ipAddressV6: text.optional() }).optional(),
});

const additionalInfo = z.looseObject({ sample: flag.optional(), value: z.unknown().optional() });

const service = z.looseObject({
  archived: flag.default(false),
  count: occurrences.default(1),
  detectorId: z.string().optional(),
  resourceRole: z.string().optional(),
  eventFirstSeen: time.optional(),
  eventLastSeen: time.optional(),
  additionalInfo: additionalInfo.optional(),
  action: z.looseObject({ awsApiCallAction: remote.optional() }).optional(),
  detection: z.looseObject({ sequence: sequence.optional() }).optional(),
});

const accessKeyDetails = z.looseObject({
  accessKeyId: text.optional(),
  principalId: text.optional(),
  userName: text.optional(),
  userType: text.optional(),
});

const resource = z.looseObject({
  accessKeyDetails: accessKeyDetails.optional(),
  s3BucketDetails: z
    .array(z.looseObject({ name: text.optional(), arn: text.optional(), tags: z.json().optional() }))
    .default([]),
});

/** A GuardDuty finding, field names in camelCase. Source: GuardDuty API Reference, Finding. */
const native = z.looseObject({
  accountId,
  arn: z.string().regex(guardDutyFindingArn, 'not the ARN of a GuardDuty finding'),
  region: regionName.optional(),
  type: z.string().transform(withoutBeta).pipe(z.string().regex(nativeType, 'not a GuardDuty finding type')),
  severity: guardDutyNumber,
  associatedAttackSequenceArn: text.optional(),
  title: z.string().default(''),
  createdAt: time,
  updatedAt: time.optional(),
  service: service.default(() => service.parse({})),
  resource: resource.default(() => resource.parse({})),
});
type Native = z.output<typeof native>;

/** Blocks of `resource` beside keys and buckets, and the field with the name of what each is about. */
const otherBlocks: Record<string, string> = {
  instanceDetails: 'instanceId',
  rdsDbInstanceDetails: 'dbInstanceIdentifier',
  rdsLimitlessDbDetails: 'dbShardGroupIdentifier',
  eksClusterDetails: 'arn',
  ecsClusterDetails: 'arn',
  lambdaDetails: 'functionArn',
  ebsSnapshotDetails: 'snapshotArn',
  ec2ImageDetails: 'imageArn',
  recoveryPointDetails: 'recoveryPointArn',
};

/** GuardDuty findings as EventBridge delivers them (camelCase) and as GetFindings prints them (PascalCase), enveloped or bare. */
const guardduty: Source = {
  product: 'guardduty',
  accepts(raw) {
    const envelope = envelopeOf(raw);
    if (envelope) return envelope.source === 'aws.guardduty' && envelope.detailType === 'GuardDuty Finding';
    return isObject(raw) && looksNative(raw);
  },
  read: (raw) => readEach([placedIn(raw)], readNative),
};
export default guardduty;

/** One field, whether its name is in camelCase or in PascalCase. */
function fieldOf(of: Record<string, Json>, name: string): Json | undefined {
  return of[name] ?? of[name.charAt(0).toUpperCase() + name.slice(1)];
}

/** Macie's types have the same grammar, but it names `resourcesAffected`; ASFF has a ProductArn. */
function looksNative(raw: Record<string, Json>): boolean {
  const has = (name: string) => fieldOf(raw, name) !== undefined;
  if (['resourcesAffected', 'productArn', 'awsAccountId', 'finding_info'].some(has)) return false;
  const service = fieldOf(raw, 'service');
  return (
    (isObject(service) && fieldOf(service, 'serviceName') === 'guardduty') ||
    arnOf(textOf(fieldOf(raw, 'arn')))?.service === 'guardduty' ||
    (nativeType.test(withoutBeta(textOf(fieldOf(raw, 'type')))) && (has('resource') || has('service')))
  );
}

function readNative(raw: Json | undefined): Finding {
  const says = shaped(native, raw === undefined ? undefined : camelCased(raw));
  const region = says.region ?? arnOf(says.arn)?.region ?? '';
  const who = principalsOf(says);
  const account = says.accountId;
  const info = says.service.additionalInfo;
  const named = [...bucketsOf(says), ...who.flatMap((p) => namedBy(p, account)), ...othersOf(says), ...doorsOf(says)];
  const home = { account, region };
  return shaped(finding, {
    product: 'guardduty',
    via: 'guardduty',
    id: says.arn,
    type: says.type,
    title: withSignals(says.title || says.type, says),
    severity: ofGuardDuty(says.severity),
    account,
    region,
    firstSeen: says.service.eventFirstSeen,
    lastSeen: says.service.eventLastSeen,
    createdAt: says.createdAt,
    updatedAt: says.updatedAt ?? says.createdAt,
    count: says.service.count,
    sample: info?.sample === true || saysSample(info?.value) || isSampleTitle(says.title),
    archived: says.service.archived,
    joins: joinsOf(says),
    attacker: attacks(says.service.resourceRole),
    trusted: true,
    actors: who.map(actorOf).filter((actor): actor is Actor => actor !== undefined),
    ...sorted(withWhole(named, { product: 'guardduty', type: says.type }, home), home),
  });
}

function principalsOf(says: Native): Principal[] {
  const key = says.resource.accessKeyDetails;
  const address = says.service.action?.awsApiCallAction?.remoteIpDetails;
  const origin = address?.ipAddressV4 ?? address?.ipAddressV6;
  const chain = says.service.detection?.sequence;
  return [...(key ? [{ ...key, origin }] : []), ...(chain ? sequencePrincipals(chain) : [])];
}

/** The attack sequence that it is part of, or the findings that it is a sequence of. */
function joinsOf(says: Native): string[] {
  const chain = says.service.detection?.sequence;
  const part = says.associatedAttackSequenceArn;
  const joined = [
    ...(part !== undefined && guardDutyFindingArn.test(part) ? [part] : []),
    ...sequenceFindings(chain, says.arn),
  ];
  return [...new Set(joined)].filter((id) => id !== says.arn);
}

/**
 * One type of a Custom Detection Rule covers several rules of different weight, so the names of the signals are kept in the title.
 * The User Guide does not say where in the finding they stand: `signals` is looked for anywhere in `service`.
 */
function withSignals(title: string, says: Native): string {
  if (says.type.startsWith('AttackSequence:')) return title;
  const names = new Set(
    signalNames(says.service as Json).filter((name) => /^\w{1,64}$/.test(name) && !title.includes(name)),
  );
  return names.size === 0 ? title : `${title} (${[...names].slice(0, 5).join(', ')})`;
}

function signalNames(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(signalNames);
  if (!isObject(value)) return [];
  const own = Array.isArray(value.signals)
    ? value.signals.map((signal) => (isObject(signal) ? textOf(signal.name) : ''))
    : [];
  return [...own, ...Object.values(value).flatMap(signalNames)];
}

function bucketsOf(says: Native): Named[] {
  const chain = says.service.detection?.sequence;
  const buckets = says.resource.s3BucketDetails.map((bucket) => ({
    type: 'AwsS3Bucket',
    name: bucket.name ?? bucket.arn ?? '',
    tags: bucket.tags,
  }));
  return [...buckets, ...(chain ? sequenceResources(chain) : [])];
}

function othersOf(says: Native): Named[] {
  return Object.entries(otherBlocks).flatMap(([block, field]) => {
    const details = says.resource[block];
    const name = isObject(details) ? textOf(details[field]) : '';
    return name ? [{ type: block.replace(/Details$/, ''), name, spared: foreignCaller(says, name) }] : [];
  });
}

/** A role's session on an instance has the instance's id for its name; where another account called, the instance is not ours. */
function foreignCaller(says: Native, name: string): string | undefined {
  const { userType, userName, principalId } = says.resource.accessKeyDetails ?? {};
  return userType === 'AWSAccount' && userName !== says.accountId && principalId?.endsWith(`:${name}`)
    ? `what another account (${quoted(userName)}) called from`
    : undefined;
}

/** Types about an open door of an instance: its security groups are what can be closed. */
const throughDoors =
  /^(?:Recon:EC2\/PortProbe|UnauthorizedAccess:EC2\/(?:SSH|RDP)BruteForce$|Impact:EC2\/WinRMBruteForce$)/;

function doorsOf(says: Native): Named[] {
  const details = says.resource.instanceDetails;
  if (!throughDoors.test(says.type) || !isObject(details)) return [];
  return objectsIn(details.networkInterfaces)
    .flatMap((networkInterface) => objectsIn(networkInterface.securityGroups))
    .map((group) => ({ type: 'securityGroup', name: textOf(group.groupId) }));
}

function objectsIn(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
