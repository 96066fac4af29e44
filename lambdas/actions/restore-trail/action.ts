import {
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  type Trail,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { TargetNotFound } from '../../core/errors.ts';
import { equal } from '../../core/standing.ts';
import { type Target, targetArn } from '../../core/target.ts';
import type { Action, Member } from '../../platform/action.ts';
import { type Parts, type Restorable, restoring } from '../../platform/restoration.ts';
import { passedRole } from '../../platform/role-name.ts';
import {
  defaultSelectors,
  putSelectors,
  type Selectors,
  selectorLines,
  selectorsOf,
  statusOf,
  trailOf,
  trailsHere,
} from '../../platform/trail.ts';

/** A trail as CreateTrail and UpdateTrail set it; null: not used. */
type Settings = {
  name: string;
  organization: boolean;
  bucket: string;
  prefix: string | null;
  topic: string | null;
  globalEvents: boolean;
  multiRegion: boolean;
  validation: boolean;
  logGroup: string | null;
  logsRole: string | null;
  kmsKey: string | null;
};

const settingsIn = (parts: Parts | null) => (parts?.settings ?? null) as Settings | null;
const selectorsIn = (parts: Parts) => parts.selectors as Selectors | null;
/** A record of another trail says nothing about this one. */
const recordOf = (target: Target, recorded: Parts | null) =>
  settingsIn(recorded)?.name === target.id ? recorded : null;

const settingsOf = (trail: Trail): Settings => ({
  name: trail.Name ?? '',
  organization: trail.IsOrganizationTrail ?? false,
  bucket: trail.S3BucketName ?? '',
  prefix: trail.S3KeyPrefix || null,
  topic: trail.SnsTopicARN || null,
  globalEvents: trail.IncludeGlobalServiceEvents ?? true,
  multiRegion: trail.IsMultiRegionTrail ?? false,
  validation: trail.LogFileValidationEnabled ?? false,
  logGroup: trail.CloudWatchLogsLogGroupArn || null,
  logsRole: trail.CloudWatchLogsRoleArn || null,
  kmsKey: trail.KmsKeyId || null,
});

async function read(target: Target, member: Member, recorded: Parts | null): Promise<Parts> {
  const trail = await trailOf(target, member);
  const arn = targetArn(target, member.partition);
  if (trail) {
    const [status, selectors] = [await statusOf(arn, member), await selectorsOf(arn, member)];
    return { settings: settingsOf(trail), selectors, ...status };
  }
  if (!recordOf(target, recorded))
    throw new TargetNotFound(
      `account ${target.account} has no trail ${target.id} in ${target.region}, and none was recorded: if it was deleted, create a multi-Region trail with log file validation and data events of the PHI buckets by hand`,
    );
  return { settings: null, logging: false, selectors: null, deliveryError: null };
}

function goal(live: Parts, recorded: Parts | null, target: Target): Parts | string {
  const record = recordOf(target, recorded);
  if (!record) return { logging: true };
  if (live.settings !== null) return { settings: settingsIn(record), logging: true };
  if (settingsIn(record)?.organization)
    return `trail ${target.id} was the organization's and is deleted: create it again in the management account with IsOrganizationTrail, which no member's role may do`;
  return { settings: settingsIn(record), logging: true, selectors: selectorsIn(record) };
}

/** Only what differs; an empty text takes an optional part away (CloudTrail user guide, "update-trail"). */
function update(live: Settings, to: Settings) {
  const text = (was: string | null, becomes: string | null) => (was === becomes ? undefined : (becomes ?? ''));
  const flag = (was: boolean, becomes: boolean) => (was === becomes ? undefined : becomes);
  const logs = live.logGroup === to.logGroup && live.logsRole === to.logsRole;
  return {
    S3BucketName: live.bucket === to.bucket ? undefined : to.bucket,
    S3KeyPrefix: text(live.prefix, to.prefix),
    SnsTopicName: text(live.topic, to.topic),
    IncludeGlobalServiceEvents: flag(live.globalEvents, to.globalEvents),
    IsMultiRegionTrail: flag(live.multiRegion, to.multiRegion),
    EnableLogFileValidation: flag(live.validation, to.validation),
    CloudWatchLogsLogGroupArn: logs ? undefined : (to.logGroup ?? ''),
    CloudWatchLogsRoleArn: logs ? undefined : (to.logsRole ?? ''),
    KmsKeyId: text(live.kmsKey, to.kmsKey),
  };
}

const create = (to: Settings) => ({
  Name: to.name,
  S3BucketName: to.bucket,
  S3KeyPrefix: to.prefix ?? undefined,
  SnsTopicName: to.topic ?? undefined,
  IncludeGlobalServiceEvents: to.globalEvents,
  IsMultiRegionTrail: to.multiRegion,
  EnableLogFileValidation: to.validation,
  CloudWatchLogsLogGroupArn: to.logGroup ?? undefined,
  CloudWatchLogsRoleArn: to.logsRole ?? undefined,
  KmsKeyId: to.kmsKey ?? undefined,
});

async function write(target: Target, member: Member, live: Parts, to: Parts): Promise<void> {
  const cloudTrail = member.client(CloudTrailClient);
  const Name = targetArn(target, member.partition);
  const [was, becomes] = [settingsIn(live), settingsIn(to)];
  if (!becomes) {
    await cloudTrail.send(new DeleteTrailCommand({ Name }));
    return;
  }
  if (!was) await cloudTrail.send(new CreateTrailCommand(create(becomes)));
  else if (!equal(was, becomes)) await cloudTrail.send(new UpdateTrailCommand({ Name, ...update(was, becomes) }));
  const wanted = selectorsIn(to);
  if (wanted && !equal(was ? selectorsIn(live) : defaultSelectors, wanted)) await putSelectors(Name, member, wanted);
  if (to.logging !== live.logging)
    await cloudTrail.send(to.logging ? new StartLoggingCommand({ Name }) : new StopLoggingCommand({ Name }));
}

function settingLines({ name: _, ...settings }: Settings): string[] {
  return Object.entries(settings).flatMap(([key, value]) =>
    value === null || value === false ? [] : [value === true ? key : `${key} ${value}`],
  );
}

const restored = restoring({
  noun: 'the trail',
  read,
  goal,
  write,
  scope: (live, recorded) => ({
    logsRole: passedRole(settingsIn(recorded)?.logsRole),
    logsRoleBefore: passedRole(settingsIn(live)?.logsRole),
  }),
  fresh: { logging: false, selectors: defaultSelectors },
  show: (part, value) => {
    if (part === 'logging') return [value ? 'on' : 'off'];
    return part === 'settings' ? settingLines(value as Settings) : selectorLines(value as Selectors);
  },
  hindrances: {
    S3BucketDoesNotExistException: 'The bucket that it wrote to is gone: create it, with its policy, then ask again.',
    InsufficientS3BucketPolicyException:
      'The bucket policy no longer lets CloudTrail write: restore the statement for cloudtrail.amazonaws.com, then ask again.',
    KmsKeyNotFoundException: 'Its KMS key is gone: create the trail by hand with another key.',
    KmsKeyDisabledException: 'Its KMS key is disabled: cancel its deletion and enable it, then ask again.',
    InsufficientEncryptionPolicyException:
      'The key policy no longer lets CloudTrail encrypt: restore it, then ask again.',
    MaximumNumberOfTrailsExceededException:
      'There are five trails in this Region: look at them, one may be the attacker’s, and make room.',
  },
  survey: trailsHere,
});

/**
 * A trail says that it is on while none of its files arrive. Where the settings were written just now the error is of the old place, and
 * stands until the next delivery, minutes later: there CloudTrail itself tried the bucket when it took them.
 */
const action: Action<Restorable> = {
  ...restored,
  verify(live, target, after) {
    const verdict = restored.verify(live, target, after);
    const error = live.live.deliveryError ?? null;
    if (!verdict.safe || error === null || after.restores.includes('settings')) return verdict;
    const why = `trail ${target.id} is on, but its last delivery to S3 failed (${error}): put its bucket, the bucket's policy or the key right by hand, and look again after the next delivery`;
    return { safe: false, why };
  },
};
export default action;
