import {
  ConfigServiceClient,
  type ConfigurationRecorder,
  DeleteConfigurationRecorderCommand,
  DeleteDeliveryChannelCommand,
  type DeliveryChannel,
  DescribeConfigurationRecorderStatusCommand,
  DescribeConfigurationRecordersCommand,
  DescribeDeliveryChannelsCommand,
  PutConfigurationRecorderCommand,
  PutDeliveryChannelCommand,
  type RecordingGroup,
  type RecordingMode,
  StartConfigurationRecorderCommand,
  StopConfigurationRecorderCommand,
} from '@aws-sdk/client-config-service';
import { TargetNotFound } from '../../core/errors.ts';
import type { Json } from '../../core/json.ts';
import { equal } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Member } from '../../platform/action.ts';
import { type Parts, restoring } from '../../platform/restoration.ts';
import { passedRole } from '../../platform/role-name.ts';

/** A recorder as PutConfigurationRecorder sets it. */
type Settings = { role: string; recordingGroup: Json; recordingMode: Json };

const settingsIn = (parts: Parts | null) => (parts?.settings ?? null) as Settings | null;
const plain = (value: unknown): Json => (value === undefined ? null : (JSON.parse(JSON.stringify(value)) as Json));

/** The customer managed recorder (an account has at most one in a Region), or undefined; those of AWS services are theirs. */
async function recorderHere(member: Member): Promise<ConfigurationRecorder | undefined> {
  const { ConfigurationRecorders: all = [] } = await member
    .client(ConfigServiceClient)
    .send(new DescribeConfigurationRecordersCommand({}));
  return all.find((recorder) => !recorder.servicePrincipal);
}

async function isRecording(name: string, member: Member): Promise<boolean> {
  const { ConfigurationRecordersStatus: all = [] } = await member
    .client(ConfigServiceClient)
    .send(new DescribeConfigurationRecorderStatusCommand({}));
  return all.find((status) => status.name === name)?.recording ?? false;
}

/** How often snapshots are delivered comes along; ids and times do not exist here. */
async function channelHere(member: Member): Promise<Json> {
  const { DeliveryChannels: all = [] } = await member
    .client(ConfigServiceClient)
    .send(new DescribeDeliveryChannelsCommand({}));
  return plain(all[0]);
}

async function read(target: Target, member: Member, recorded: Parts | null): Promise<Parts> {
  const recorder = await recorderHere(member);
  const channel = await channelHere(member);
  if (recorder?.name === target.id) {
    const settings = {
      role: recorder.roleARN ?? '',
      recordingGroup: plain(recorder.recordingGroup),
      recordingMode: plain(recorder.recordingMode),
    };
    return { name: target.id, settings, channel, recording: await isRecording(target.id, member) };
  }
  if (recorder || recorded?.name !== target.id)
    throw new TargetNotFound(
      `account ${target.account} has no configuration recorder ${target.id} in ${target.region}${recorder ? `, only ${recorder.name}` : ', and none was recorded: set AWS Config up by hand'}`,
    );
  return { name: target.id, settings: null, channel, recording: false };
}

function goal(_live: Parts, recorded: Parts | null, target: Target): Parts | string {
  if (recorded?.name !== target.id) return { recording: true };
  return { settings: recorded.settings ?? null, channel: recorded.channel ?? null, recording: true };
}

/** A channel needs a recorder, a recorder that runs needs a channel: so stop first, start last, and build the recorder before it. */
async function write(target: Target, member: Member, live: Parts, to: Parts): Promise<void> {
  const config = member.client(ConfigServiceClient);
  const ConfigurationRecorderName = target.id;
  if (live.recording && !to.recording)
    await config.send(new StopConfigurationRecorderCommand({ ConfigurationRecorderName }));
  const settings = settingsIn(to);
  if (settings && !equal(settings, live.settings)) {
    const { role: roleARN, recordingGroup, recordingMode } = settings;
    const ConfigurationRecorder = {
      name: target.id,
      roleARN,
      recordingGroup: recordingGroup as RecordingGroup,
      recordingMode: recordingMode as unknown as RecordingMode,
    };
    await config.send(new PutConfigurationRecorderCommand({ ConfigurationRecorder }));
  }
  const [was, becomes] = [live.channel, to.channel] as (DeliveryChannel | null)[];
  if (was && !equal(was, becomes ?? null) && was.name !== becomes?.name)
    await config.send(new DeleteDeliveryChannelCommand({ DeliveryChannelName: was.name }));
  if (becomes && !equal(was ?? null, becomes))
    await config.send(new PutDeliveryChannelCommand({ DeliveryChannel: becomes }));
  if (live.settings !== null && !settings)
    await config.send(new DeleteConfigurationRecorderCommand({ ConfigurationRecorderName }));
  if (!live.recording && to.recording)
    await config.send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName }));
}

export default restoring({
  noun: 'the configuration recorder',
  read,
  goal,
  write,
  // by path and name: an ARN in the scope would be refused for the service-linked role, which is only handed over
  scope: (live, recorded) => ({
    recorderRole: passedRole(settingsIn(recorded)?.role),
    recorderRoleBefore: passedRole(settingsIn(live)?.role),
  }),
  show: (part, value) => {
    if (part === 'recording') return [value ? 'on' : 'off'];
    return Object.entries(value as Record<string, Json>).map(
      ([key, v]) => `${key} ${typeof v === 'string' ? v : JSON.stringify(v)}`,
    );
  },
  hindrances: {
    InvalidRoleException: 'The role that it used is gone: create it again, then ask again.',
    NoAvailableDeliveryChannelException:
      'It has nowhere to deliver to, and no delivery channel was recorded: put one by hand, then ask again.',
    NoSuchBucketException: 'The bucket that it delivered to is gone: create it, with its policy, then ask again.',
    InsufficientDeliveryPolicyException:
      'The bucket or topic no longer lets Config deliver: restore its policy, then ask again.',
  },
  survey: async (member) => {
    const name = (await recorderHere(member))?.name;
    if (name === undefined) return [];
    return [{ kind: 'config-recorder', id: name, account: member.account, region: member.region }];
  },
});
