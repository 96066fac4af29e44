import { createHash } from 'node:crypto';
import type {
  CreateFlowLogsRequest,
  DeleteFlowLogsRequest,
  DescribeFlowLogsRequest,
  DescribeVpcsRequest,
} from '@aws-sdk/client-ec2';
import type { Json } from '../../../lambdas/core/json.ts';
import type { Account, Resource } from '../account.ts';
import { AwsError, type Call, type Command, type Need, NotModelled, type Service } from '../kernel.ts';
import type { World } from '../world.ts';

/*
 * Flow logs of VPCs. Does not model: subnets and interfaces, tags, Firehose, how records are delivered, and that a delivery problem
 * shows only later in the log's status.
 */

interface FlowLog {
  id: string;
  vpc: string;
  traffic: string;
  /** s3 or cloud-watch-logs */
  type: string;
  /** ARN of the bucket or log group */
  destination: string;
  format: string;
  interval: number;
  role: string | undefined;
  options: { FileFormat: string; HiveCompatiblePartitions: boolean; PerHourPartition: boolean } | undefined;
}

export interface FlowLogSeed {
  region: string;
  vpc: string;
  id?: string;
  traffic?: string;
  /** ARN of a bucket, or of a log group together with `role` */
  destination: string;
  role?: string;
  interval?: number;
}

const defaultFormat =
  '${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}';

const arnOf = (account: string, region: string, id: string) => `arn:aws:ec2:${region}:${account}:vpc-flow-log/${id}`;
const vpcArn = (account: string, region: string, id: string) => `arn:aws:ec2:${region}:${account}:vpc/${id}`;

/** The flow logs of one Region: an entry of their own would carry their ids, which AWS gives anew when one is made again. */
interface FlowLogs extends Resource {
  logs: FlowLog[];
}

const groupKey = (account: string, region: string) => `arn:aws:ec2:${region}:${account}:vpc-flow-log`;

function keep(account: Account, region: string, given: Omit<FlowLog, 'id'> & { id?: string }): FlowLog {
  const digest = createHash('sha256').update(account.ground.nextId('fl-')).digest('hex');
  const log: FlowLog = { ...given, id: given.id ?? `fl-${digest.slice(0, 17)}` };
  set(account, region, [...logsOf(account, region), log]);
  return log;
}

function set(account: Account, region: string, logs: FlowLog[]): void {
  const settings = logs.map(({ id: _, ...rest }) => JSON.stringify(rest)).sort();
  const group: FlowLogs = { logs, stored: () => settings.map((text) => JSON.parse(text) as Json) };
  if (logs.length > 0) account.resources.set(groupKey(account.id, region), group);
  else account.resources.delete(groupKey(account.id, region));
}

/** The VPC itself need not be seeded: whoever asks for it by DescribeVpcs does. */
export function seedFlowLog(account: Account, { region, destination, role, ...seed }: FlowLogSeed): void {
  keep(account, region, {
    vpc: seed.vpc,
    traffic: seed.traffic ?? 'ALL',
    type: destination.startsWith('arn:aws:s3:::') ? 's3' : 'cloud-watch-logs',
    destination,
    format: defaultFormat,
    interval: seed.interval ?? 600,
    role,
    options: undefined,
    ...(seed.id !== undefined && { id: seed.id }),
  });
}

function logsOf(account: Account, region: string): FlowLog[] {
  return (account.resources.get(groupKey(account.id, region)) as FlowLogs | undefined)?.logs ?? [];
}

const own = (world: World, call: Call) => world.account(call.caller.account);

function describeLogs(world: World): Command<DescribeFlowLogsRequest, object> {
  return {
    parameters: ['Filter', 'FlowLogIds', 'NextToken'],
    needs: (_input, call) => [{ action: 'ec2:DescribeFlowLogs', resource: '*', owner: call.caller.account }],
    run({ Filter = [], FlowLogIds: ids }, call) {
      const unmodelled = Filter.find((f) => f.Name !== 'resource-id');
      if (unmodelled) throw new NotModelled(`DescribeFlowLogs is modelled with the filter resource-id only`);
      const found = logsOf(own(world, call), call.region).filter(
        (log) => (ids?.includes(log.id) ?? true) && Filter.every((f) => f.Values?.includes(log.vpc)),
      );
      return {
        FlowLogs: found.map((log) => ({
          FlowLogId: log.id,
          ResourceId: log.vpc,
          FlowLogStatus: 'ACTIVE',
          DeliverLogsStatus: 'SUCCESS',
          TrafficType: log.traffic,
          LogDestinationType: log.type,
          LogDestination: log.destination,
          ...(log.type === 'cloud-watch-logs' && { LogGroupName: log.destination.split(':')[6] }),
          LogFormat: log.format,
          MaxAggregationInterval: log.interval,
          DeliverLogsPermissionArn: log.role,
          DestinationOptions: log.options,
          Tags: [],
        })),
      };
    },
  };
}

const delivery = (action: string, call: Call): Need => ({
  action: `logs:${action}LogDelivery`,
  resource: '*',
  owner: call.caller.account,
});

function createLogs(world: World): Command<CreateFlowLogsRequest, object> {
  return {
    parameters: [
      'ResourceIds',
      'ResourceType',
      'TrafficType',
      'LogDestinationType',
      'LogDestination',
      'LogFormat',
      'MaxAggregationInterval',
      'DeliverLogsPermissionArn',
      'DestinationOptions',
    ],
    needs(input, call) {
      const owner = call.caller.account;
      const create = (resource: string): Need => ({ action: 'ec2:CreateFlowLogs', resource, owner });
      const role = input.DeliverLogsPermissionArn;
      const context = { 'iam:PassedToService': 'vpc-flow-logs.amazonaws.com' };
      return [
        create(arnOf(owner, call.region, '*')),
        ...(input.ResourceIds ?? []).map((id) => create(vpcArn(owner, call.region, id))),
        ...(role === undefined ? [] : [{ action: 'iam:PassRole', resource: role, owner, context }]),
        ...(input.LogDestinationType === 's3' ? [delivery('Create', call)] : []),
      ];
    },
    run: (input, call) => create(world, input, call),
  };
}

function create(world: World, input: CreateFlowLogsRequest, call: Call): object {
  const account = own(world, call);
  if (input.ResourceType !== 'VPC') throw new NotModelled('the simulated AWS models flow logs of VPCs only');
  const { LogDestination: destination = '', LogDestinationType: type = 'cloud-watch-logs', TrafficType } = input;
  const role = input.DeliverLogsPermissionArn;
  if (TrafficType === undefined) throw new AwsError('MissingParameter', 400, 'TrafficType is required');
  if ((type === 'cloud-watch-logs') !== (role !== undefined))
    throw new AwsError(
      'InvalidParameter',
      400,
      'DeliverLogsPermissionArn goes with cloud-watch-logs, and only with it.',
    );
  const FlowLogIds: string[] = [];
  const Unsuccessful: object[] = [];
  for (const vpc of input.ResourceIds ?? []) {
    if (!account.resources.has(vpcArn(account.id, call.region, vpc)))
      throw new AwsError('InvalidVpcID.NotFound', 400, `The vpc ID '${vpc}' does not exist`);
    const same = (log: FlowLog) => log.vpc === vpc && log.destination === destination && log.traffic === TrafficType;
    if (logsOf(account, call.region).some(same))
      throw new AwsError('FlowLogAlreadyExists', 400, 'There is an existing Flow Log with the same configuration.');
    if (type === 's3' && !world.bucket(destination.split(':::')[1]?.split('/')[0] ?? '')) {
      const why = { Code: '400', Message: `LogDestination: ${destination} does not exist` };
      Unsuccessful.push({ ResourceId: vpc, Error: why });
      continue;
    }
    const options = {
      FileFormat: input.DestinationOptions?.FileFormat ?? 'plain-text',
      HiveCompatiblePartitions: input.DestinationOptions?.HiveCompatiblePartitions ?? false,
      PerHourPartition: input.DestinationOptions?.PerHourPartition ?? false,
    };
    const { LogFormat: format = defaultFormat, MaxAggregationInterval: interval = 600 } = input;
    const chosen = input.DestinationOptions && options;
    const made = { vpc, traffic: TrafficType, type, destination, format, interval, role, options: chosen };
    FlowLogIds.push(keep(account, call.region, made).id);
  }
  return { FlowLogIds, Unsuccessful };
}

function deleteLogs(world: World): Command<DeleteFlowLogsRequest, object> {
  return {
    parameters: ['FlowLogIds'],
    needs({ FlowLogIds = [] }, call) {
      const owner = call.caller.account;
      const known = logsOf(own(world, call), call.region).filter((log) => FlowLogIds.includes(log.id));
      return [
        ...FlowLogIds.map((id) => ({
          action: 'ec2:DeleteFlowLogs',
          resource: arnOf(owner, call.region, id),
          owner,
        })),
        ...(known.some((log) => log.type === 's3') ? [delivery('Delete', call)] : []),
      ];
    },
    run({ FlowLogIds = [] }, call) {
      const account = own(world, call);
      const there = logsOf(account, call.region);
      const gone = FlowLogIds.filter((id) => !there.some((log) => log.id === id));
      set(
        account,
        call.region,
        there.filter((log) => !FlowLogIds.includes(log.id)),
      );
      const why = { Code: 'InvalidFlowLogId.NotFound', Message: 'The flow log does not exist' };
      return { Unsuccessful: gone.map((id) => ({ ResourceId: id, Error: why })) };
    },
  };
}

/** Which VPCs there are, by id. */
function describeVpcs(world: World): Command<DescribeVpcsRequest, object> {
  return {
    parameters: ['VpcIds', 'NextToken'],
    needs: (_input, call) => [{ action: 'ec2:DescribeVpcs', resource: '*', owner: call.caller.account }],
    run({ VpcIds: ids }, call) {
      const prefix = vpcArn(call.caller.account, call.region, '');
      const there = [...own(world, call).resources.keys()].flatMap((arn) =>
        arn.startsWith(prefix) ? [arn.slice(prefix.length)] : [],
      );
      const missing = ids?.find((id) => !there.includes(id));
      if (missing !== undefined)
        throw new AwsError('InvalidVpcID.NotFound', 400, `The vpc ID '${missing}' does not exist`);
      const Vpcs = there.filter((id) => ids?.includes(id) ?? true);
      return { Vpcs: Vpcs.map((VpcId) => ({ VpcId, OwnerId: call.caller.account, State: 'available' })) };
    },
  };
}

export function flowLogCommands(world: World): Service {
  return {
    DescribeFlowLogs: describeLogs(world),
    CreateFlowLogs: createLogs(world),
    DeleteFlowLogs: deleteLogs(world),
    DescribeVpcs: describeVpcs(world),
  };
}
