import { createHash } from 'node:crypto';
import type {
  CreateDetectorRequest,
  DetectorFeatureConfiguration,
  GetDetectorRequest,
  ListDetectorsRequest,
  UpdateDetectorRequest,
} from '@aws-sdk/client-guardduty';
import type { Account, Resource } from '../account.ts';
import { AwsError, type Call, type Command, type Service } from '../kernel.ts';
import type { World } from '../world.ts';

/*
 * GuardDuty's detector: one for each account and Region. Does not model: findings, filters, IP lists, export, members, tags, and the
 * service role that the first detector of an account needs.
 */

interface Detector extends Resource {
  id: string;
  region: string;
  enabled: boolean;
  frequency: string;
  /** by name; those that cannot be switched are not here */
  features: Record<string, { status: string; more: Record<string, string> }>;
  /** the organization's administrator switches its features, the account may not */
  managed: boolean;
}

export interface DetectorSeed {
  region: string;
  id?: string;
  enabled?: boolean;
  frequency?: string;
  features?: string[];
  managed?: boolean;
}

/** Features of the API reference, and those that come with every detector. */
const switchable = [
  'S3_DATA_EVENTS',
  'EKS_AUDIT_LOGS',
  'EBS_MALWARE_PROTECTION',
  'RDS_LOGIN_EVENTS',
  'LAMBDA_NETWORK_LOGS',
  'RUNTIME_MONITORING',
  // the older feature that RUNTIME_MONITORING includes: shown beside it
  'EKS_RUNTIME_MONITORING',
];
const fixed = ['CLOUD_TRAIL', 'DNS_LOGS', 'FLOW_LOGS'];
/** A new detector has every protection plan but these. */
const offAtFirst = ['RUNTIME_MONITORING', 'EKS_RUNTIME_MONITORING'];

const arnOf = (account: string, region: string, id: string) => `arn:aws:guardduty:${region}:${account}:detector/${id}`;
const refused = (why: string) => new AwsError('BadRequestException', 400, `The request is rejected because ${why}.`);

function make(account: Account, seed: DetectorSeed, features: Detector['features']): Detector {
  const id = seed.id ?? createHash('md5').update(account.ground.nextId('detector')).digest('hex');
  const detector: Detector = {
    id,
    region: seed.region,
    enabled: seed.enabled ?? true,
    frequency: seed.frequency ?? 'SIX_HOURS',
    features,
    managed: seed.managed ?? false,
    stored: () => ({
      enabled: detector.enabled,
      frequency: detector.frequency,
      features: structuredClone(detector.features),
    }),
  };
  account.resources.set(arnOf(account.id, seed.region, id), detector);
  return detector;
}

/** `features`: those that are on; all but runtime monitoring when absent. */
export function seedDetector(account: Account, seed: DetectorSeed): void {
  const on = seed.features ?? switchable.filter((name) => !offAtFirst.includes(name));
  const status = (name: string) => (on.includes(name) ? 'ENABLED' : 'DISABLED');
  make(account, seed, Object.fromEntries(switchable.map((name) => [name, { status: status(name), more: {} }])));
}

function detectorsOf(account: Account, region: string): Detector[] {
  const prefix = arnOf(account.id, region, '');
  return [...account.resources].flatMap(([arn, it]) => (arn.startsWith(prefix) ? [it as Detector] : []));
}

/** Checked before anything is made or changed: one of the two runtime features in a request (API reference, DetectorFeatureConfiguration). */
function requireOneRuntime(asked: DetectorFeatureConfiguration[] = []): void {
  if (asked.filter(({ Name = '' }) => offAtFirst.includes(Name)).length > 1)
    throw refused('EKS_RUNTIME_MONITORING and RUNTIME_MONITORING cannot both be specified');
}

function switched(detector: Detector, asked: DetectorFeatureConfiguration[] = []): void {
  for (const { Name = '', Status = '', AdditionalConfiguration = [] } of asked) {
    if (!switchable.includes(Name))
      throw refused('an invalid or out-of-range value is specified as an input parameter');
    const more = Object.fromEntries(AdditionalConfiguration.map((a) => [a.Name ?? '', a.Status ?? '']));
    detector.features[Name] = { status: Status, more: { ...detector.features[Name]?.more, ...more } };
  }
}

function shown({ enabled, frequency, features }: Detector, account: string): object {
  return {
    Status: enabled ? 'ENABLED' : 'DISABLED',
    FindingPublishingFrequency: frequency,
    ServiceRole: `arn:aws:iam::${account}:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty`,
    Features: [
      ...fixed.map((Name) => ({ Name, Status: 'ENABLED' })),
      ...Object.entries(features).map(([Name, { status, more }]) => ({
        Name,
        Status: status,
        AdditionalConfiguration: Object.entries(more).map(([name, Status]) => ({ Name: name, Status })),
      })),
    ],
  };
}

/** A command on one detector. */
function onDetector<I extends { DetectorId: string | undefined }>(
  world: World,
  action: string,
  more: (string & keyof I)[],
  run: (detector: Detector, input: I, call: Call) => object,
): Command<I, object> {
  return {
    parameters: ['DetectorId', ...more],
    needs: (input, call) => [
      {
        action: `guardduty:${action}`,
        resource: arnOf(call.caller.account, call.region, input.DetectorId ?? ''),
        owner: call.caller.account,
      },
    ],
    run(input, call) {
      const detectors = detectorsOf(world.account(call.caller.account), call.region);
      const detector = detectors.find((d) => d.id === input.DetectorId);
      if (!detector) throw refused('the input detectorId is not owned by the current account');
      return run(detector, input, call);
    },
  };
}

const forAll = (action: string) => (_input: unknown, call: Call) => [
  { action: `guardduty:${action}`, resource: '*', owner: call.caller.account },
];

export function guardDutyService(world: World): Service {
  const list: Command<ListDetectorsRequest, object> = {
    parameters: ['MaxResults', 'NextToken'],
    needs: forAll('ListDetectors'),
    run: (_input, call) => ({
      DetectorIds: detectorsOf(world.account(call.caller.account), call.region).map((d) => d.id),
    }),
  };
  const create: Command<CreateDetectorRequest, object> = {
    parameters: ['Enable', 'FindingPublishingFrequency', 'Features'],
    needs: forAll('CreateDetector'),
    run(input, call) {
      const account = world.account(call.caller.account);
      if (detectorsOf(account, call.region).length > 0)
        throw refused('a detector already exists for the current account');
      requireOneRuntime(input.Features);
      const first = (name: string) => ({ status: offAtFirst.includes(name) ? 'DISABLED' : 'ENABLED', more: {} });
      const features = Object.fromEntries(switchable.map((name) => [name, first(name)]));
      const { Enable = false, FindingPublishingFrequency: frequency } = input;
      const seed = { region: call.region, enabled: Enable, ...(frequency && { frequency }) };
      const detector = make(account, seed, features);
      switched(detector, input.Features);
      return { DetectorId: detector.id };
    },
  };
  return {
    ListDetectors: list,
    CreateDetector: create,
    GetDetector: onDetector<GetDetectorRequest>(world, 'GetDetector', [], (detector, _input, call) =>
      shown(detector, call.caller.account),
    ),
    UpdateDetector: onDetector<UpdateDetectorRequest>(
      world,
      'UpdateDetector',
      ['Enable', 'FindingPublishingFrequency', 'Features'],
      (detector, input) => {
        if (detector.managed) throw refused('member accounts cannot change what their administrator account manages');
        requireOneRuntime(input.Features);
        detector.enabled = input.Enable ?? detector.enabled;
        detector.frequency = input.FindingPublishingFrequency ?? detector.frequency;
        switched(detector, input.Features);
        return {};
      },
    ),
    DeleteDetector: onDetector<GetDetectorRequest>(world, 'DeleteDetector', [], (detector, _input, call) => {
      const { account } = call.caller;
      world.account(account).resources.delete(arnOf(account, call.region, detector.id));
      return {};
    }),
  };
}
