import { z } from 'zod';
import { type Finding, finding, MalformedFinding, type Source } from '../core/finding.ts';
import type { Json } from '../core/json.ts';
import { accountId } from '../core/target.ts';
import { arnOf, firstRegion, homeRegion } from './arn.ts';
import { healthRisk } from './finding-type.ts';
import { type Named, sorted } from './resources.ts';
import { type Envelope, envelopeOf, isObject, placedIn, quoted, readEach, shaped, text } from './shape.ts';
import { instantOf, timeIfAny } from './time.ts';

const entity = z.looseObject({ entityValue: text.optional(), tags: z.json().optional() });

/**
 * Source: AWS Health User Guide, "AWS Health events Amazon EventBridge schema". `page`, `totalPages` and `backupEvent` are not read:
 * pages and the copy in the backup Region have the same communication id, so they are one finding, whose targets add up.
 * `statusCode` neither: whether a credential is still at risk is read from the account.
 */
const healthEvent = z.looseObject({
  eventArn: text.optional(),
  service: z.string().min(1),
  eventTypeCode: z.string().regex(/^\w{1,128}$/, 'not an event type code, as AWS_RISK_CREDENTIALS_EXPOSED'),
  communicationId: text.optional(),
  eventRegion: text.optional(),
  affectedAccount: text.optional(),
  startTime: timeIfAny,
  lastUpdatedTime: timeIfAny,
  affectedEntities: z.array(entity).default([]),
  eventMetadata: z
    .looseObject({ publicKey: text.optional(), userName: text.optional(), accountId: text.optional() })
    .default({}),
});
type HealthEvent = z.output<typeof healthEvent>;

const detailTypes = ['AWS Health Event', 'AWS Health Abuse Event'];

/** AWS Health events, enveloped or bare. Credentials at risk and abuse are findings; all else is ignored with that reason. */
const health: Source = {
  product: 'health',
  accepts(raw) {
    const envelope = envelopeOf(raw);
    if (envelope) return envelope.source === 'aws.health' && detailTypes.includes(envelope.detailType);
    return isObject(raw) && 'eventTypeCode' in raw;
  },
  read(raw) {
    const envelope = envelopeOf(raw);
    return readEach([placedIn(raw)], (value) => readHealth(value, envelope));
  },
};
export default health;

function readHealth(raw: Json | undefined, envelope: Envelope | undefined): Finding {
  const says = shaped(healthEvent, raw);
  const account = accountOf(says, envelope);
  const region = regionOf(says);
  const createdAt = says.startTime ?? says.lastUpdatedTime ?? instantOf(envelope?.time ?? '');
  if (createdAt === undefined) throw new MalformedFinding('startTime', 'is missing; expected a time');
  const security = isSecurity(says, envelope);
  return shaped(finding, {
    product: 'health',
    via: 'health',
    id: idOf(says, account),
    type: says.eventTypeCode,
    title: `AWS Health - ${says.eventTypeCode}`,
    // Health has none: a credential in the wrong hands, or an account that harms others, cannot wait
    severity: security ? 'high' : 'informational',
    account,
    region,
    firstSeen: says.startTime,
    createdAt,
    updatedAt: says.lastUpdatedTime ?? createdAt,
    count: 1,
    sample: false,
    archived: false,
    ignore: security ? undefined : `AWS Health speaks of ${quoted(says.service)}, not of risk or abuse`,
    trusted: true,
    actors: [],
    ...sorted([...says.affectedEntities.flatMap(namedIn), ...namedInMetadata(says)], { account, region }),
  });
}

function isSecurity(says: HealthEvent, envelope: Envelope | undefined): boolean {
  return (
    ['RISK', 'ABUSE'].includes(says.service) ||
    healthRisk.test(says.eventTypeCode) ||
    envelope?.detailType === 'AWS Health Abuse Event'
  );
}

/** "Messages with the same communication ID may be backup messages or pages of a single event"; it is unique with the account. */
function idOf(says: HealthEvent, account: string): string {
  const id = says.communicationId ?? says.eventArn;
  if (id === undefined) throw new MalformedFinding('communicationId', 'is missing; expected the id of the message');
  return `${id}/${account}`;
}

/** Where the event names no account it was sent to the affected one; in an organizational view it always names it. */
function accountOf(says: HealthEvent, envelope: Envelope | undefined): string {
  const { affectedAccount } = says;
  const sentTo = affectedAccount === undefined ? envelope?.account : undefined;
  const account = [affectedAccount, says.eventMetadata.accountId, sentTo].find(
    (one) => accountId.safeParse(one).success,
  );
  if (account !== undefined) return account;
  throw new MalformedFinding('affectedAccount', `is ${quoted(affectedAccount)}; expected a 12-digit account id`);
}

/** Never the Region of the bus: a copy goes to a backup Region. Events about IAM are global. */
function regionOf(says: HealthEvent): string {
  const arns = [says.eventArn, ...says.affectedEntities.map((one) => one.entityValue)].map((one) => arnOf(one ?? ''));
  return firstRegion(says.eventRegion, ...arns.map((arn) => arn?.region)) ?? homeRegion(arns[0]?.partition);
}

/** The entity of a credential: the plain key as AWS documents it, an ARN, or `IAM_USER/<name>/<key>`. */
function namedIn({ entityValue = '', tags }: z.output<typeof entity>): Named[] {
  const [path, user, key] = /^IAM_USER\/([^/]+)(?:\/([^/]+))?$/.exec(entityValue) ?? [];
  if (path !== undefined)
    return [
      { type: 'AwsIamUser', name: user ?? '', tags },
      { type: 'AwsIamAccessKey', name: key ?? '', tags },
    ];
  return [{ type: typeOf(entityValue), name: entityValue, tags }];
}

/** How each kind begins: as AWS documents it, or the service and resource of an ARN. */
const entityTypes: [RegExp, string][] = [
  [/^A[KS]IA/, 'AwsIamAccessKey'],
  [/^(?:i-|ec2:instance\/)/, 'AwsEc2Instance'],
  [/^s3:/, 'AwsS3Bucket'],
  [/^iam:user\//, 'AwsIamUser'],
  [/^iam:role\//, 'AwsIamRole'],
  [/^iam:root$/, 'Root'],
  [/^rds:db:/, 'AwsRdsDbInstance'],
  [/^kms:key\//, 'AwsKmsKey'],
];

function typeOf(entityValue: string): string {
  const arn = arnOf(entityValue);
  const begins = arn ? `${arn.service}:${arn.resource}` : entityValue;
  return entityTypes.find(([like]) => like.test(begins))?.[1] ?? 'AWS Health entity';
}

function namedInMetadata({ eventMetadata: { publicKey = '', userName = '' } }: HealthEvent): Named[] {
  return [
    { type: 'AwsIamAccessKey', name: publicKey },
    { type: 'AwsIamUser', name: userName },
  ];
}
