import type { DescribeInstancesRequest, StartInstancesRequest, StopInstancesRequest } from '@aws-sdk/client-ec2';
import type { Account } from '../account.ts';
import { AwsError, type Call, type Need, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { attributeCommands, shownDevices } from './instance-attributes.ts';
import { interfacesOf, shownInterface } from './interfaces.ts';
import { everywhere, filtered, keysOf, page, shownTags } from './listing.ts';
import { retrack } from './reachability.ts';
import { all, arnOf, drop, existing, type Instance, lookup, newId } from './state.ts';

const codes: Record<Instance['state'], number> = { running: 16, stopped: 80, terminated: 48 };
const shownState = (state: Instance['state']) => ({ Name: state, Code: codes[state] });

function shownInstance(world: World, instance: Instance): object {
  const interfaces = interfacesOf(world, instance.account, instance.region, instance.id);
  const [primary] = interfaces;
  const shown = interfaces.map((eni) => shownInterface(world, eni)) as { Groups: object[] }[];
  return {
    InstanceId: instance.id,
    ImageId: instance.image,
    InstanceType: instance.type,
    State: shownState(instance.state),
    VpcId: instance.vpc,
    SubnetId: instance.subnet,
    Placement: { AvailabilityZone: instance.zone, Tenancy: 'default' },
    PrivateIpAddress: primary?.privateIp,
    PublicIpAddress: primary?.publicIp?.address || undefined,
    NetworkInterfaces: shown,
    SecurityGroups: shown[0]?.Groups ?? [],
    RootDeviceName: instance.rootDevice,
    RootDeviceType: 'ebs',
    BlockDeviceMappings: shownDevices(instance),
    MetadataOptions: { State: 'applied', HttpTokens: instance.httpTokens, HttpEndpoint: 'enabled' },
    ...(instance.profile && { IamInstanceProfile: { Arn: instance.profile.arn, Id: instance.profile.id } }),
    ...(instance.spot && { InstanceLifecycle: 'spot' }),
    Tags: shownTags(instance.tags),
  };
}

function describe(world: World, input: DescribeInstancesRequest, call: Call): object {
  const account = world.account(call.caller.account);
  for (const id of input.InstanceIds ?? [])
    if (!/^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(id))
      throw new AwsError('InvalidInstanceID.Malformed', 400, `Invalid id: "${id}"`);
  const named = input.InstanceIds
    ? input.InstanceIds.map((id) => existing(account, call.region, 'instance', id))
    : all(account, call.region, 'instance');
  const some = filtered(named, input.Filters, {
    'instance-id': ({ id }) => [id],
    'instance-state-name': ({ state }) => [state],
    'vpc-id': ({ vpc }) => [vpc],
    'iam-instance-profile.arn': ({ profile }) => [profile?.arn],
    'instance.group-id': ({ id }) => interfacesOf(world, account.id, call.region, id).flatMap((eni) => eni.groups),
  });
  const { items, NextToken } = page(some, input);
  const reservations = items.map((instance) => ({
    ReservationId: `r-${instance.id.slice(2)}`,
    OwnerId: account.id,
    Instances: [shownInstance(world, instance)],
  }));
  return { Reservations: reservations, NextToken };
}

type Named = { InstanceIds?: string[] | undefined };

/** What IAM checks of calls that name instances: each of them. */
function instanceNeeds(world: World, action: string) {
  return ({ InstanceIds = [] }: Named, call: Call): Need[] =>
    InstanceIds.map((id) => {
      const instance = lookup(world.account(call.caller.account), call.region, 'instance', id);
      const resource = arnOf(call.caller.account, call.region, 'instance', id);
      return { action, resource, owner: call.caller.account, ...(instance && { context: keysOf(instance) }) };
    });
}

function refuseIf(flag: boolean, instance: Instance, what: string, attribute: string): void {
  if (flag)
    throw new AwsError(
      'OperationNotPermitted',
      400,
      `The instance '${instance.id}' may not be ${what}. Modify its '${attribute}' instance attribute and try again.`,
    );
}

const change = (instance: Instance, before: Instance['state']) => ({
  InstanceId: instance.id,
  PreviousState: shownState(before),
  CurrentState: shownState(instance.state),
});

function refuseTerminated(instance: Instance, what: string): void {
  if (instance.state === 'terminated')
    throw new AwsError(
      'IncorrectInstanceState',
      400,
      `The instance '${instance.id}' is not in a state from which it can be ${what}`,
    );
}

/** A stop gives back the leased public address. */
function stop(world: World, _account: Account, instance: Instance): object {
  const before = instance.state;
  refuseTerminated(instance, 'stopped');
  refuseIf(instance.disableApiStop, instance, 'stopped', 'disableApiStop');
  if (instance.spot)
    throw new AwsError('UnsupportedOperation', 400, `You can't stop the Spot Instance '${instance.id}'`);
  instance.state = 'stopped';
  for (const eni of interfacesOf(world, instance.account, instance.region, instance.id))
    if (eni.publicIp && !eni.publicIp.elastic) eni.publicIp.address = '';
  return change(instance, before);
}

/** A start leases another public address. */
function start(world: World, account: Account, instance: Instance): object {
  const before = instance.state;
  refuseTerminated(instance, 'started');
  instance.state = 'running';
  for (const eni of interfacesOf(world, instance.account, instance.region, instance.id))
    if (eni.publicIp?.address === '')
      eni.publicIp.address = `203.0.113.${(Number.parseInt(newId(account, 'ip').slice(3, 6), 16) % 250) + 1}`;
  return change(instance, before);
}

function terminate(world: World, account: Account, instance: Instance): object {
  const before = instance.state;
  refuseIf(instance.disableApiTermination, instance, 'terminated', 'disableApiTermination');
  instance.state = 'terminated';
  for (const { volume, deleteOnTermination } of instance.devices)
    if (deleteOnTermination) drop(account, 'volume', existing(account, instance.region, 'volume', volume));
  instance.devices = [];
  for (const eni of interfacesOf(world, instance.account, instance.region, instance.id))
    drop(account, 'network-interface', eni);
  return change(instance, before);
}

/**
 * Instances. Does not model launching, reboot, hibernation, the time that a stop or start takes, nor `Force` (a simulated machine
 * always obeys).
 */
export function instanceCommands(world: World): Service {
  const each =
    (act: (world: World, account: Account, instance: Instance) => object, key: string) =>
    ({ InstanceIds = [] }: Named, call: Call) => {
      const account = world.account(call.caller.account);
      const found = InstanceIds.map((id) => existing(account, call.region, 'instance', id));
      const changes = found.map((instance) => act(world, account, instance));
      retrack(world);
      return { [key]: changes };
    };
  return {
    ...attributeCommands(world),
    DescribeInstances: {
      parameters: ['InstanceIds', 'Filters', 'MaxResults', 'NextToken'],
      needs: everywhere('ec2:DescribeInstances'),
      run: (input: DescribeInstancesRequest, call: Call) => describe(world, input, call),
    },
    StopInstances: {
      parameters: ['InstanceIds', 'Force'],
      needs: instanceNeeds(world, 'ec2:StopInstances'),
      run: (input: StopInstancesRequest, call: Call) => each(stop, 'StoppingInstances')(input, call),
    },
    StartInstances: {
      parameters: ['InstanceIds'],
      needs: instanceNeeds(world, 'ec2:StartInstances'),
      run: (input: StartInstancesRequest, call: Call) => each(start, 'StartingInstances')(input, call),
    },
    TerminateInstances: {
      parameters: ['InstanceIds'],
      needs: instanceNeeds(world, 'ec2:TerminateInstances'),
      run: (input: StopInstancesRequest, call: Call) => each(terminate, 'TerminatingInstances')(input, call),
    },
  };
}
