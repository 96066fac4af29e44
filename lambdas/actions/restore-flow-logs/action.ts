import {
  CreateFlowLogsCommand,
  DeleteFlowLogsCommand,
  DescribeVpcsCommand,
  EC2Client,
  type FlowLog,
  paginateDescribeFlowLogs,
} from '@aws-sdk/client-ec2';
import { Hindered, TargetNotFound } from '../../core/errors.ts';
import { canonical } from '../../core/json.ts';
import { equal } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Member } from '../../platform/action.ts';
import { isCode } from '../../platform/aws-error.ts';
import { type Parts, type Restorable, restoring } from '../../platform/restoration.ts';
import { passedRole } from '../../platform/role-name.ts';

/** A flow log as CreateFlowLogs sets it. Its id and tags are not: AWS gives a new id, and a rebuilt one has no tags. */
type Settings = {
  traffic: string;
  type: string;
  destination: string;
  format: string;
  interval: number;
  role: string | null;
  options: { FileFormat: string; HiveCompatiblePartitions: boolean; PerHourPartition: boolean } | null;
};

const defaultFormat =
  '${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}';

/** The logs to one destination (AWS takes one for each kind of traffic) are one part of the state. */
const partOf = ({ destination }: Settings) => `log to ${destination}`;

const destinationOf = (log: FlowLog, target: Pick<Target, 'account' | 'region'>, partition: string) =>
  log.LogDestination ?? `arn:${partition}:logs:${target.region}:${target.account}:log-group:${log.LogGroupName ?? ''}`;

function settingsOf(log: FlowLog, target: Target, partition: string): Settings {
  const options = log.DestinationOptions;
  return {
    traffic: log.TrafficType ?? 'ALL',
    type: log.LogDestinationType ?? 'cloud-watch-logs',
    destination: destinationOf(log, target, partition),
    format: log.LogFormat ?? '',
    interval: log.MaxAggregationInterval ?? 600,
    role: log.DeliverLogsPermissionArn ?? null,
    options: options
      ? {
          FileFormat: options.FileFormat ?? 'plain-text',
          HiveCompatiblePartitions: options.HiveCompatiblePartitions ?? false,
          PerHourPartition: options.PerHourPartition ?? false,
        }
      : null,
  };
}

async function logsIn(member: Member, vpc?: string): Promise<FlowLog[]> {
  const input = vpc === undefined ? {} : { Filter: [{ Name: 'resource-id', Values: [vpc] }] };
  const found: FlowLog[] = [];
  for await (const page of paginateDescribeFlowLogs({ client: member.client(EC2Client) }, input))
    found.push(...(page.FlowLogs ?? []));
  return found;
}

async function read(target: Target, member: Member): Promise<Parts> {
  try {
    await member.client(EC2Client).send(new DescribeVpcsCommand({ VpcIds: [target.id] }));
  } catch (error) {
    if (!isCode(error, 'InvalidVpcID.NotFound')) throw error;
    throw new TargetNotFound(`account ${target.account} has no VPC ${target.id} in ${target.region}: it is deleted`);
  }
  const logs = await logsIn(member, target.id);
  const parts: Record<string, Settings[]> = {};
  for (const settings of logs.map((log) => settingsOf(log, target, member.partition)))
    parts[partOf(settings)] = [...(parts[partOf(settings)] ?? []), settings].sort((a, b) =>
      canonical(a) < canonical(b) ? -1 : 1,
    );
  const failing = logs.flatMap((log) => {
    const destination = destinationOf(log, target, member.partition);
    return log.DeliverLogsStatus === 'FAILED'
      ? [{ destination, why: log.DeliverLogsErrorMessage ?? 'no reason given' }]
      : [];
  });
  return { vpc: target.id, failing: failing.sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1)), ...parts };
}

const destinationsIn = (parts: Parts) => Object.keys(parts).filter((part) => part.startsWith('log to '));

function goal(live: Parts, recorded: Parts | null, target: Target): Parts | string {
  const { vpc, failing: _, ...logs } = recorded ?? {};
  if (vpc === target.id) return logs;
  if (destinationsIn(live).length > 0) return {};
  return `VPC ${target.id} has no flow log, and none was recorded: create one by hand, to a bucket that this account cannot empty`;
}

async function write(target: Target, member: Member, live: Parts, to: Parts): Promise<void> {
  const ec2 = member.client(EC2Client);
  const changed = Object.keys({ ...live, ...to }).filter((part) => !equal(live[part] ?? null, to[part] ?? null));
  const wanted = changed.flatMap((part) => (to[part] ?? []) as Settings[]);
  const there = (await logsIn(member, target.id))
    .map((log) => ({ id: log.FlowLogId ?? '', settings: settingsOf(log, target, member.partition) }))
    .filter(({ settings }) => changed.includes(partOf(settings)));
  const FlowLogIds = there.filter(({ settings }) => !wanted.some((w) => equal(w, settings))).map(({ id }) => id);
  if (FlowLogIds.length > 0) refused(await ec2.send(new DeleteFlowLogsCommand({ FlowLogIds })), target);
  for (const settings of wanted.filter((w) => !there.some((log) => equal(log.settings, w))))
    refused(await ec2.send(new CreateFlowLogsCommand(create(target, settings))), target);
}

const create = (target: Target, { traffic, type, destination, format, interval, role, options }: Settings) => ({
  ResourceIds: [target.id],
  ResourceType: 'VPC' as const,
  TrafficType: traffic as 'ALL' | 'ACCEPT' | 'REJECT',
  LogDestinationType: type as 's3' | 'cloud-watch-logs',
  LogDestination: destination,
  ...(format && { LogFormat: format }),
  MaxAggregationInterval: interval,
  ...(role !== null && { DeliverLogsPermissionArn: role }),
  ...(options && {
    DestinationOptions: { ...options, FileFormat: options.FileFormat as 'plain-text' | 'parquet' },
  }),
});

/** Both calls succeed with a list of what they did not do (API reference, CreateFlowLogs). */
function refused(
  answer: { Unsuccessful?: { Error?: { Message?: string | undefined } | undefined }[] },
  target: Target,
) {
  const [failed] = answer.Unsuccessful ?? [];
  if (failed)
    throw new Hindered(
      `flow logs of VPC ${target.id}: AWS did not do it (${failed.Error?.Message ?? 'no reason given'}); put the destination right, then ask again`,
    );
}

const rolesIn = (parts: Parts | null) =>
  Object.entries(parts ?? {})
    .flatMap(([part, value]) => (part.startsWith('log to ') ? (value as Settings[]) : []))
    .flatMap(({ role }) => role ?? []);

const restored = restoring({
  noun: 'the flow logs of VPC',
  read,
  goal,
  write,
  scope: (live, recorded) => {
    const [first, second] = [...new Set([...rolesIn(recorded), ...rolesIn(live)])];
    return { logsRole: passedRole(first), otherRole: passedRole(second) };
  },
  show: (_part, value) =>
    (value as Settings[]).flatMap(({ traffic, format, interval, options }) => [
      `${traffic} traffic every ${interval} s`,
      format === defaultFormat ? 'default fields' : `fields ${format}`,
      ...(options ? [options.FileFormat] : []),
    ]),
  hindrances: {
    FlowLogAlreadyExists: 'A log of another kind goes to the same place: look at it and remove one by hand.',
    LogDestinationNotFoundException: 'The place that it wrote to is gone: create it, then ask again.',
    LogDestinationPermissionIssueException:
      'The place that it wrote to no longer lets the logs in: restore its policy, then ask again.',
  },
  survey: async (member) => {
    const vpcs = (await logsIn(member)).flatMap(({ ResourceId }) =>
      ResourceId?.startsWith('vpc-') ? [ResourceId] : [],
    );
    return [...new Set(vpcs)].map((id) => ({ kind: 'vpc', id, account: member.account, region: member.region }));
  },
});

/** A flow log is listed while nothing of it arrives. Of those beside the recorded ones nothing is said: they are not ours to judge. */
const action: Action<Restorable> = {
  ...restored,
  verify(live, target, after) {
    const verdict = restored.verify(live, target, after);
    const failing = (live.live.failing ?? []) as { destination: string; why: string }[];
    const recorded = after.recorded?.parts;
    const lost = failing.filter(
      ({ destination }) => recorded?.vpc !== target.id || `log to ${destination}` in recorded,
    );
    if (!verdict.safe || lost.length === 0) return verdict;
    const where = lost.map(({ destination, why }) => `${destination} (${why})`).join(', ');
    const why = `the flow logs of VPC ${target.id} do not arrive at ${where}: put the destination's policy or the log's role right by hand`;
    return { safe: false, why };
  },
};
export default action;
