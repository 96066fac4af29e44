import { z } from 'zod';
import { type Finding, finding, MalformedFinding, type Source } from '../core/finding.ts';
import type { Json } from '../core/json.ts';
import { accountId, regionName } from '../core/target.ts';
import { withWhole } from './account-wide.ts';
import { sorted } from './resources.ts';
import { type Envelope, envelopeOf, isObject, placedIn, readEach, shaped } from './shape.ts';
import { instantOf, timeIfAny } from './time.ts';

const evaluation = z.looseObject({
  complianceType: z.enum(['COMPLIANT', 'NON_COMPLIANT', 'NOT_APPLICABLE', 'INSUFFICIENT_DATA']),
  resultRecordedTime: timeIfAny,
});

/** Source: AWS Config Developer Guide, "Example Compliance Change Notification". */
const change = z.looseObject({
  awsAccountId: accountId,
  awsRegion: regionName,
  configRuleName: z.string().regex(/^[\w-]{1,128}$/, 'not the name of a Config rule'),
  resourceType: z.string().min(1),
  resourceId: z.string().min(1),
  /** absent when the rule or the resource was deleted */
  newEvaluationResult: evaluation.optional(),
  notificationCreationTime: timeIfAny,
});
type Change = z.output<typeof change>;

/** AWS Config compliance changes of a rule and a resource, enveloped or bare. The type is the rule's own name. */
const config: Source = {
  product: 'config',
  accepts(raw) {
    const envelope = envelopeOf(raw);
    if (envelope) return envelope.source === 'aws.config' && envelope.detailType === 'Config Rules Compliance Change';
    return isObject(raw) && 'configRuleName' in raw;
  },
  read(raw) {
    const envelope = envelopeOf(raw);
    return readEach([placedIn(raw)], (value) => readChange(value, envelope));
  },
};
export default config;

const compliances = {
  COMPLIANT: 'PASSED',
  NON_COMPLIANT: 'FAILED',
  NOT_APPLICABLE: 'NOT_AVAILABLE',
  INSUFFICIENT_DATA: 'NOT_AVAILABLE',
} as const;

function readChange(raw: Json | undefined, envelope: Envelope | undefined): Finding {
  const says = shaped(change, raw);
  const { awsAccountId: account, awsRegion: region, configRuleName: name } = says;
  const result = says.newEvaluationResult;
  const at = result?.resultRecordedTime ?? says.notificationCreationTime ?? instantOf(envelope?.time ?? '');
  if (at === undefined)
    throw new MalformedFinding('newEvaluationResult.resultRecordedTime', 'is missing; expected a time');
  const compliance = result ? compliances[result.complianceType] : 'NOT_AVAILABLE';
  const rule = ruleOf(name);
  const named = [{ type: says.resourceType, name: says.resourceId, spared: sparedAs(says) }];
  return shaped(finding, {
    product: 'config',
    via: 'config',
    id: ['config', account, region, name, says.resourceType, says.resourceId].join('/'),
    type: rule,
    title: `${rule}: ${result?.complianceType ?? 'no longer evaluated'}`,
    // Config has none: it says that a setting is wrong, not that anybody used it
    severity: compliance === 'FAILED' ? 'medium' : 'informational',
    account,
    region,
    createdAt: at,
    updatedAt: at,
    count: 1,
    sample: false,
    archived: false,
    compliance,
    trusted: true,
    actors: [],
    ...sorted(withWhole(named, { product: 'config', type: rule }, { account, region }), { account, region }),
  });
}

/** Conformance packs and Security Hub put their own marks around the name: `…-conformance-pack-6cruwvtg2`, `securityhub-…-1a2b3c4d`. */
function ruleOf(name: string): string {
  return name.replace(/(.)-conformance-pack-[a-z0-9]+$/, '$1').replace(/^securityhub-(.+)-[a-z0-9]{6,8}$/, '$1');
}

/**
 * Config knows IAM users and roles by their unique ids (`AIDA…`, `AROA…`), and databases by their resource ids (`db-…`, `cluster-…`),
 * which no call takes for a name.
 */
function sparedAs({ resourceType, resourceId }: Change): string | undefined {
  const unique =
    (/^AWS::IAM::/.test(resourceType) && /^A(?:IDA|ROA)[A-Z0-9]{12,}$/.test(resourceId)) ||
    (/^AWS::RDS::DB(?:Instance|Cluster)$/.test(resourceType) && /^(?:db|cluster)-[A-Z0-9]{20,}$/.test(resourceId));
  return unique ? 'its unique id, not its name: look the name up in AWS Config' : undefined;
}
