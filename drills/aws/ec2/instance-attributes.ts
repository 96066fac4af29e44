import type { DescribeInstanceAttributeRequest, ModifyInstanceAttributeRequest } from '@aws-sdk/client-ec2';
import { AwsError, type Call, type Need, NotModelled, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { interfacesOf, regroup } from './interfaces.ts';
import { keysOf } from './listing.ts';
import { arnOf, existing, type Instance, lookup } from './state.ts';

export const shownDevices = (instance: Instance): object[] =>
  instance.devices.map(({ device, volume, deleteOnTermination }) => ({
    DeviceName: device,
    Ebs: { VolumeId: volume, DeleteOnTermination: deleteOnTermination, Status: 'attached' },
  }));

/** What DescribeInstanceAttribute answers, by the name of the attribute. */
const attributes: Record<string, (instance: Instance, world: World) => object> = {
  disableApiTermination: (i) => ({ DisableApiTermination: { Value: i.disableApiTermination } }),
  disableApiStop: (i) => ({ DisableApiStop: { Value: i.disableApiStop } }),
  instanceInitiatedShutdownBehavior: (i) => ({ InstanceInitiatedShutdownBehavior: { Value: i.shutdownBehavior } }),
  blockDeviceMapping: (i) => ({ BlockDeviceMappings: shownDevices(i), RootDeviceName: { Value: i.rootDevice } }),
  groupSet: (i, world) => ({
    Groups: (interfacesOf(world, i.account, i.region, i.id)[0]?.groups ?? []).map((GroupId) => ({ GroupId })),
  }),
};

/** The one attribute of a call, as condition keys name it, and its value. */
function attributeOf({ InstanceId: _, ...given }: ModifyInstanceAttributeRequest): [string, string | undefined] {
  const [[name, value] = [undefined, undefined], ...more] = Object.entries(given);
  if (name === undefined || more.length > 0)
    throw new AwsError(
      'InvalidParameterCombination',
      400,
      'Fields for multiple attribute types specified, or for none',
    );
  const text = (value as { Value?: unknown } | undefined)?.Value;
  const shown = name === 'BlockDeviceMappings' ? 'BlockDeviceMapping' : name;
  return [shown, text === undefined ? undefined : String(text)];
}

function needs(world: World, input: ModifyInstanceAttributeRequest, call: Call): Need[] {
  const owner = call.caller.account;
  const account = world.account(owner);
  const [attribute, value] = attributeOf(input);
  const instance = lookup(account, call.region, 'instance', input.InstanceId);
  const context: Record<string, string> = { 'ec2:Attribute': attribute };
  if (value !== undefined) context[`ec2:Attribute/${attribute}`] = value;
  const need = (kind: 'instance' | 'security-group' | 'volume', id = ''): Need => {
    const entity = lookup(account, call.region, kind, id);
    return {
      action: 'ec2:ModifyInstanceAttribute',
      resource: arnOf(owner, call.region, kind, id),
      owner,
      context: { ...context, ...(entity && keysOf({ ...entity, vpc: 'vpc' in entity ? entity.vpc : '' })) },
    };
  };
  const volumes = (input.BlockDeviceMappings ?? []).flatMap(({ DeviceName }) => {
    const device = instance?.devices.find((d) => d.device === DeviceName);
    return device ? [need('volume', device.volume)] : [];
  });
  const groups = (input.Groups ?? []).map((id) => need('security-group', id));
  return [need('instance', input.InstanceId), ...groups, ...volumes];
}

function setDevices(instance: Instance, input: ModifyInstanceAttributeRequest): void {
  for (const { DeviceName, Ebs } of input.BlockDeviceMappings ?? []) {
    const device = instance.devices.find((d) => d.device === DeviceName);
    if (!device)
      throw new AwsError('InvalidInstanceAttributeValue', 400, `No device is currently mapped at ${DeviceName}`);
    device.deleteOnTermination = Ebs?.DeleteOnTermination ?? device.deleteOnTermination;
  }
}

/** Changes the groups of the primary interface, and refuses an instance that has several. */
function setGroups(world: World, instance: Instance, groups: readonly string[]): void {
  const [primary, ...more] = interfacesOf(world, instance.account, instance.region, instance.id);
  if (!primary || more.length > 0)
    throw new AwsError(
      'InvalidInstanceID',
      400,
      `There are multiple interfaces attached to instance '${instance.id}'. Please specify an interface ID for the operation instead.`,
    );
  regroup(world, primary, groups);
}

function modify(world: World, input: ModifyInstanceAttributeRequest, call: Call): object {
  const instance = existing(world.account(call.caller.account), call.region, 'instance', input.InstanceId);
  if (instance.state === 'terminated')
    throw new AwsError('IncorrectInstanceState', 400, `The instance '${instance.id}' is terminated`);
  if (input.Groups) setGroups(world, instance, input.Groups);
  if (input.BlockDeviceMappings) setDevices(instance, input);
  if (input.DisableApiTermination) {
    if (instance.spot) throw new AwsError('UnsupportedOperation', 400, 'A Spot Instance has no termination protection');
    instance.disableApiTermination = input.DisableApiTermination.Value ?? false;
  }
  if (input.DisableApiStop) instance.disableApiStop = input.DisableApiStop.Value ?? false;
  const behaviour = input.InstanceInitiatedShutdownBehavior?.Value;
  if (behaviour !== undefined && behaviour !== 'stop' && behaviour !== 'terminate')
    throw new AwsError('InvalidParameterValue', 400, `Value (${behaviour}) is no shutdown behaviour: stop, terminate`);
  if (behaviour !== undefined) instance.shutdownBehavior = behaviour;
  return {};
}

/** The attributes of instances that decide whether evidence survives. One a call. */
export function attributeCommands(world: World): Service {
  return {
    DescribeInstanceAttribute: {
      parameters: ['InstanceId', 'Attribute'],
      needs(input: DescribeInstanceAttributeRequest, call: Call) {
        const owner = call.caller.account;
        const resource = arnOf(owner, call.region, 'instance', input.InstanceId ?? '');
        return [{ action: 'ec2:DescribeInstanceAttribute', resource, owner }];
      },
      run(input: DescribeInstanceAttributeRequest, call: Call) {
        const instance = existing(world.account(call.caller.account), call.region, 'instance', input.InstanceId);
        const read = attributes[input.Attribute ?? ''];
        if (!read) throw new NotModelled(`the simulated AWS does not model the attribute ${input.Attribute}`);
        return { InstanceId: instance.id, ...read(instance, world) };
      },
    },
    ModifyInstanceAttribute: {
      parameters: [
        'InstanceId',
        'DisableApiTermination',
        'DisableApiStop',
        'InstanceInitiatedShutdownBehavior',
        'BlockDeviceMappings',
        'Groups',
      ],
      needs: (input: ModifyInstanceAttributeRequest, call: Call) => needs(world, input, call),
      run: (input: ModifyInstanceAttributeRequest, call: Call) => modify(world, input, call),
    },
  };
}
