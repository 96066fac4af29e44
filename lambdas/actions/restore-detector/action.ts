import {
  CreateDetectorCommand,
  DeleteDetectorCommand,
  type DetectorFeature,
  type DetectorFeatureConfiguration,
  type FindingPublishingFrequency,
  GetDetectorCommand,
  GuardDutyClient,
  paginateListDetectors,
  UpdateDetectorCommand,
} from '@aws-sdk/client-guardduty';
import { equal } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Member } from '../../platform/action.ts';
import { type Parts, restoring } from '../../platform/restoration.ts';

/**
 * GuardDuty of an account in one Region. Its detector is no target: a deleted one comes back under another id, and there is at most
 * one, so the Region is what stays the same.
 */
type Settings = {
  frequency: string;
  /** status by feature, and by additional configuration `FEATURE/PART` */
  features: Record<string, string>;
};

/** Come with every detector, and cannot be set (API reference, DetectorFeature). */
const fixed = new Set(['CLOUD_TRAIL', 'DNS_LOGS', 'FLOW_LOGS']);

/**
 * Without the older feature that the newer one includes: GuardDuty shows both, and refuses a request that names both (API reference,
 * DetectorFeatureConfiguration).
 */
function askable(features: Record<string, string>): Record<string, string> {
  const older = (name: string) => name.split('/')[0] === 'EKS_RUNTIME_MONITORING';
  const kept = Object.entries(features).filter(([name]) => !('RUNTIME_MONITORING' in features && older(name)));
  return Object.fromEntries(kept.sort());
}

async function detectorId(member: Member): Promise<string | undefined> {
  for await (const { DetectorIds } of paginateListDetectors({ client: member.client(GuardDutyClient) }, {}))
    if (DetectorIds?.[0]) return DetectorIds[0];
  return undefined;
}

async function detectorHere(member: Member): Promise<{ settings: Settings | null; enabled: boolean }> {
  const DetectorId = await detectorId(member);
  if (DetectorId === undefined) return { settings: null, enabled: false };
  const got = await member.client(GuardDutyClient).send(new GetDetectorCommand({ DetectorId }));
  const features = (got.Features ?? []).flatMap((f): [string, string][] =>
    fixed.has(f.Name ?? '')
      ? []
      : [
          [f.Name ?? '', f.Status ?? ''],
          ...(f.AdditionalConfiguration ?? []).map((a): [string, string] => [`${f.Name}/${a.Name}`, a.Status ?? '']),
        ],
  );
  return {
    settings: { frequency: got.FindingPublishingFrequency ?? '', features: askable(Object.fromEntries(features)) },
    enabled: got.Status === 'ENABLED',
  };
}

async function read(_target: Target, member: Member): Promise<Parts> {
  return { ...(await detectorHere(member)) };
}

function goal(live: Parts, recorded: Parts | null, target: Target): Parts | string {
  if (recorded) {
    const settings = (recorded.settings ?? null) as Settings | null;
    return { settings: settings && { ...settings, features: askable(settings.features) }, enabled: true };
  }
  if (live.settings !== null) return { enabled: true };
  return `GuardDuty has no detector in ${target.id} and none was recorded: enable it there by hand, with S3 protection, or let the administrator account add this one`;
}

/** Each feature once, with its parts beside it. */
function featuresOf({ features }: Settings): DetectorFeatureConfiguration[] {
  const status = (s: string) => s as 'ENABLED' | 'DISABLED';
  return Object.entries(features)
    .filter(([name]) => !name.includes('/'))
    .map(([name, on]) => {
      const more = Object.entries(features).filter(([part]) => part.startsWith(`${name}/`));
      const AdditionalConfiguration = more.map(([part, s]) => ({
        Name: part.split('/')[1] as 'EKS_ADDON_MANAGEMENT',
        Status: status(s),
      }));
      return {
        Name: name as DetectorFeature,
        Status: status(on),
        ...(AdditionalConfiguration.length > 0 && { AdditionalConfiguration }),
      };
    });
}

async function write(_target: Target, member: Member, live: Parts, to: Parts): Promise<void> {
  const guardDuty = member.client(GuardDutyClient);
  const settings = (to.settings ?? null) as Settings | null;
  const Enable = to.enabled === true;
  const asked = settings && {
    FindingPublishingFrequency: settings.frequency as FindingPublishingFrequency,
    Features: featuresOf(settings),
  };
  const DetectorId = await detectorId(member);
  if (DetectorId === undefined) {
    if (asked) await guardDuty.send(new CreateDetectorCommand({ Enable, ...asked }));
  } else if (!asked) await guardDuty.send(new DeleteDetectorCommand({ DetectorId }));
  else {
    const changed = equal(live.settings ?? null, settings) ? {} : asked;
    await guardDuty.send(new UpdateDetectorCommand({ DetectorId, Enable, ...changed }));
  }
}

export default restoring({
  noun: 'GuardDuty in',
  read,
  goal,
  write,
  show: (part, value) => {
    if (part === 'enabled') return [value ? 'on' : 'off'];
    const { frequency, features } = value as Settings;
    return [`publishes every ${frequency}`, ...Object.entries(features).map(([name, on]) => `${name} ${on}`)];
  },
  losses: ({ live }) =>
    live.settings === null
      ? [
          'What the deleted detector held does not come back: its findings, suppression rules, IP lists, export and memberships are set up by hand.',
        ]
      : [],
  hindrances: {
    BadRequestException:
      'Where an administrator account manages GuardDuty it alone may change this: ask it to enable the account again.',
  },
  survey: async (member) => {
    if ((await detectorId(member)) === undefined) return [];
    return [{ kind: 'account-region', id: member.region, account: member.account, region: member.region }];
  },
});
