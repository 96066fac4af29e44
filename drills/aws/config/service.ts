import type {
  ConfigurationRecorder,
  DeleteConfigurationRecorderRequest,
  DeleteDeliveryChannelRequest,
  DeliveryChannel,
  DescribeConfigurationRecordersRequest,
  DescribeDeliveryChannelsRequest,
  PutConfigurationRecorderRequest,
  PutDeliveryChannelRequest,
} from '@aws-sdk/client-config-service';
import type { Json } from '../../../lambdas/core/json.ts';
import type { Account, Resource } from '../account.ts';
import { AwsError, type Call, type Command, type Need, type Service } from '../kernel.ts';
import { onlyModelled } from '../modelled.ts';
import type { World } from '../world.ts';

/*
 * The customer managed configuration recorder and its delivery channel: at most one of each for an account and Region. Does not
 * model: service-linked recorders, rules, items, and whether the channel's bucket policy lets Config in.
 */

interface Recorder extends Resource {
  arn: string;
  name: string;
  role: string;
  group: Json;
  mode: Json;
  recording: boolean;
}

interface Channel extends Resource {
  settings: DeliveryChannel;
}

export interface RecorderSeed {
  region: string;
  name?: string;
  role: string;
  recording?: boolean;
  resourceTypes?: string[];
  /** the bucket of the delivery channel */
  bucket: string;
}

const recorderPrefix = (account: string, region: string) =>
  `arn:aws:config:${region}:${account}:configuration-recorder/`;
const channelKey = (account: string, region: string) => `arn:aws:config:${region}:${account}:delivery-channel`;

/** What a recorder that is not told otherwise records. */
const everything = {
  allSupported: true,
  includeGlobalResourceTypes: false,
  resourceTypes: [],
  recordingStrategy: { useOnly: 'ALL_SUPPORTED_RESOURCE_TYPES' },
};
const continuous = { recordingFrequency: 'CONTINUOUS', recordingModeOverrides: [] };

const json = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

function keepRecorder(
  account: Account,
  region: string,
  of: Pick<Recorder, 'name' | 'role' | 'group' | 'mode' | 'recording'>,
): Recorder {
  const id = account.ground.nextId('').toLowerCase();
  const recorder: Recorder = {
    ...of,
    arn: `${recorderPrefix(account.id, region)}${of.name}/${id}`,
    stored: () => ({
      role: recorder.role,
      group: structuredClone(recorder.group),
      mode: structuredClone(recorder.mode),
      recording: recorder.recording,
    }),
  };
  account.resources.set(recorder.arn, recorder);
  return recorder;
}

function keepChannel(account: Account, region: string, settings: DeliveryChannel): void {
  const stored = () => json(settings);
  const channel: Channel = { settings, stored };
  account.resources.set(channelKey(account.id, region), channel);
}

export function seedRecorder(account: Account, seed: RecorderSeed): void {
  const { resourceTypes } = seed;
  const only = { allSupported: false, includeGlobalResourceTypes: false, resourceTypes: resourceTypes ?? [] };
  const group = resourceTypes ? { ...only, recordingStrategy: { useOnly: 'INCLUSION_BY_RESOURCE_TYPES' } } : everything;
  const { name = 'default', role, recording = true } = seed;
  keepRecorder(account, seed.region, { name, role, group, mode: continuous, recording });
  keepChannel(account, seed.region, { name: 'default', s3BucketName: seed.bucket });
}

const recorderOf = (account: Account, region: string): Recorder | undefined => {
  const prefix = recorderPrefix(account.id, region);
  for (const [arn, resource] of account.resources) if (arn.startsWith(prefix)) return resource as Recorder;
  return undefined;
};
const channelOf = (account: Account, region: string): Channel | undefined =>
  account.resources.get(channelKey(account.id, region)) as Channel | undefined;

const noSuch = (name: string | undefined) =>
  new AwsError(
    'NoSuchConfigurationRecorderException',
    400,
    `Cannot find configuration recorder with the specified name '${name}'.`,
  );

/** A channel has no resource type of its own in IAM. */
function need(world: World, action: string, name: string | undefined, call: Call): Need {
  const owner = call.caller.account;
  const prefix = recorderPrefix(owner, call.region);
  const known = recorderOf(world.account(owner), call.region);
  const named = known && (name === undefined || known.name === name) ? known.arn : `${prefix}${name ?? '*'}/new`;
  return { action: `config:${action}`, resource: named, owner };
}

/** The recorders that a Describe call names, or the one that there is. */
function recorderList(
  world: World,
  action: string,
  show: (recorder: Recorder) => object,
  member: string,
): Command<DescribeConfigurationRecordersRequest, object> {
  return {
    parameters: ['ConfigurationRecorderNames'],
    needs: ({ ConfigurationRecorderNames: names }, call) => [need(world, action, names?.[0], call)],
    run({ ConfigurationRecorderNames: names }, call) {
      const recorder = recorderOf(world.account(call.caller.account), call.region);
      const unknown = names?.find((name) => name !== recorder?.name);
      if (unknown !== undefined) throw noSuch(unknown);
      return { [member]: recorder ? [show(recorder)] : [] };
    },
  };
}

/** A command on the recorder that it names. */
function onRecorder(
  world: World,
  action: string,
  run: (recorder: Recorder, account: Account, call: Call) => void,
): Command<DeleteConfigurationRecorderRequest, object> {
  return {
    parameters: ['ConfigurationRecorderName'],
    needs: (input, call) => [need(world, action, input.ConfigurationRecorderName, call)],
    run(input, call) {
      const account = world.account(call.caller.account);
      const recorder = recorderOf(account, call.region);
      if (!recorder || recorder.name !== input.ConfigurationRecorderName) throw noSuch(input.ConfigurationRecorderName);
      run(recorder, account, call);
      return {};
    },
  };
}

function putRecorder(world: World): Command<PutConfigurationRecorderRequest, object> {
  return {
    parameters: ['ConfigurationRecorder'],
    needs: ({ ConfigurationRecorder: given }, call) => [
      need(world, 'PutConfigurationRecorder', given?.name, call),
      {
        action: 'iam:PassRole',
        resource: given?.roleARN ?? '*',
        owner: call.caller.account,
        context: { 'iam:PassedToService': 'config.amazonaws.com' },
      },
    ],
    run({ ConfigurationRecorder: given }, call) {
      const asked: ConfigurationRecorder = given ?? {};
      onlyModelled(asked, ['name', 'roleARN', 'recordingGroup', 'recordingMode'], 'ConfigurationRecorder');
      const account = world.account(call.caller.account);
      const known = recorderOf(account, call.region);
      const { name = 'default', roleARN: role = '' } = asked;
      if (known && known.name !== name)
        throw new AwsError(
          'MaxNumberOfConfigurationRecordersExceededException',
          400,
          `Failed to put configuration recorder '${name}' because the maximum number of configuration recorders: 1 is reached.`,
        );
      if (!world.role(role)) throw new AwsError('InvalidRoleException', 400, `The role '${role}' is not there.`);
      const group = json({ ...everything, ...asked.recordingGroup });
      const mode = json({ ...continuous, ...asked.recordingMode });
      if (known) Object.assign(known, { role, group, mode });
      else keepRecorder(account, call.region, { name, role, group, mode, recording: false });
      return {};
    },
  };
}

const starts = (recorder: Recorder, account: Account, call: Call) => {
  if (!channelOf(account, call.region))
    throw new AwsError(
      'NoAvailableDeliveryChannelException',
      400,
      'Delivery channel is not available to start configuration recorder.',
    );
  recorder.recording = true;
};

function channelCommands(world: World): Service {
  const forAll = (action: string) => (_input: unknown, call: Call) => [
    { action: `config:${action}`, resource: '*', owner: call.caller.account },
  ];
  const describe: Command<DescribeDeliveryChannelsRequest, object> = {
    parameters: [],
    needs: forAll('DescribeDeliveryChannels'),
    run(_input, call) {
      const channel = channelOf(world.account(call.caller.account), call.region);
      return { DeliveryChannels: channel ? [channel.settings] : [] };
    },
  };
  const put: Command<PutDeliveryChannelRequest, object> = {
    parameters: ['DeliveryChannel'],
    needs: forAll('PutDeliveryChannel'),
    run({ DeliveryChannel: settings = {} }, call) {
      const account = world.account(call.caller.account);
      if (!recorderOf(account, call.region))
        throw new AwsError(
          'NoAvailableConfigurationRecorderException',
          400,
          'Configuration recorder is not available to put delivery channel.',
        );
      if (!world.bucket(settings.s3BucketName ?? ''))
        throw new AwsError('NoSuchBucketException', 400, `Cannot find a S3 bucket named ${settings.s3BucketName}.`);
      keepChannel(account, call.region, settings);
      return {};
    },
  };
  const remove: Command<DeleteDeliveryChannelRequest, object> = {
    parameters: ['DeliveryChannelName'],
    needs: forAll('DeleteDeliveryChannel'),
    run({ DeliveryChannelName: name }, call) {
      const account = world.account(call.caller.account);
      if (channelOf(account, call.region)?.settings.name !== name)
        throw new AwsError('NoSuchDeliveryChannelException', 400, `Cannot find delivery channel '${name}'.`);
      if (recorderOf(account, call.region)?.recording)
        throw new AwsError(
          'LastDeliveryChannelDeleteFailedException',
          400,
          `Failed to delete last specified delivery channel with name '${name}', because there, because there is a running configuration recorder.`,
        );
      account.resources.delete(channelKey(account.id, call.region));
      return {};
    },
  };
  return { DescribeDeliveryChannels: describe, PutDeliveryChannel: put, DeleteDeliveryChannel: remove };
}

export function configService(world: World): Service {
  const shown = ({ arn, name, role, group, mode }: Recorder) => ({
    arn,
    name,
    roleARN: role,
    recordingGroup: group,
    recordingMode: mode,
  });
  return {
    DescribeConfigurationRecorders: recorderList(
      world,
      'DescribeConfigurationRecorders',
      shown,
      'ConfigurationRecorders',
    ),
    DescribeConfigurationRecorderStatus: recorderList(
      world,
      'DescribeConfigurationRecorderStatus',
      ({ arn, name, recording }) => ({ arn, name, recording }),
      'ConfigurationRecordersStatus',
    ),
    PutConfigurationRecorder: putRecorder(world),
    StartConfigurationRecorder: onRecorder(world, 'StartConfigurationRecorder', starts),
    StopConfigurationRecorder: onRecorder(world, 'StopConfigurationRecorder', (recorder) => {
      recorder.recording = false;
    }),
    DeleteConfigurationRecorder: onRecorder(world, 'DeleteConfigurationRecorder', (recorder, account) => {
      account.resources.delete(recorder.arn);
    }),
    ...channelCommands(world),
  };
}
