import type {
  CreateVolumePermission,
  CreateVolumeRequest,
  DescribeSnapshotAttributeRequest,
  DescribeSnapshotsRequest,
  Filter,
  ModifySnapshotAttributeRequest,
} from '@aws-sdk/client-ec2';
import { AwsError, type Call, type Command, type Need, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { snapshotBlock } from './block-public-access.ts';
import { createSnapshots } from './create-snapshots.ts';
import { allSnapshots, defaultKey, type Snapshot, shownSnapshot as shown, snapshotArn } from './snapshot.ts';
import { newId } from './state.ts';

const notFound = (id: string) => new AwsError('InvalidSnapshot.NotFound', 400, `The snapshot '${id}' does not exist.`);

/** Whether an account may make a volume from it: the owner, whom it is shared with, and everyone unless public sharing is blocked. */
export function mayRestore(world: World, snapshot: Snapshot, account: string): boolean {
  if (snapshot.owner === account || snapshot.sharedWith.has(account)) return true;
  const block = snapshotBlock(world.account(snapshot.owner), snapshot.region);
  return snapshot.sharedWith.has('all') && block !== 'block-all-sharing';
}

/** The snapshot as this caller sees it, or undefined. */
function seen(world: World, id: string | undefined, call: Call): Snapshot | undefined {
  return [...allSnapshots(world, call.region)].find((s) => s.id === id && mayRestore(world, s, call.caller.account));
}

function own(world: World, id: string | undefined, call: Call): Snapshot {
  const snapshot = seen(world, id, call);
  if (!snapshot) throw notFound(id ?? '');
  if (snapshot.owner !== call.caller.account)
    throw new AwsError('AuthFailure', 403, `Not authorized for images/snapshots: [${id}]`);
  return snapshot;
}

const filtered: Record<string, (snapshot: Snapshot, call: Call) => string> = {
  'owner-id': (snapshot) => snapshot.owner,
  'volume-id': (snapshot) => snapshot.volume,
  description: (snapshot) => snapshot.description,
  status: (snapshot, call) => shown(snapshot, call).State,
};

function passes(filter: Filter, snapshot: Snapshot, call: Call): boolean {
  const name = filter.Name ?? '';
  const value = name.startsWith('tag:') ? snapshot.tags[name.slice(4)] : filtered[name]?.(snapshot, call);
  if (!name.startsWith('tag:') && !filtered[name])
    throw new AwsError('InvalidParameterValue', 400, `The filter '${name}' is invalid`);
  return value !== undefined && (filter.Values ?? []).includes(value);
}

/** A page of 5 to 1000 results; the token is the position. */
export function pageOf<T>(items: T[], input: { MaxResults?: number | undefined; NextToken?: string | undefined }) {
  const { MaxResults = 1000, NextToken = '0' } = input;
  if (MaxResults < 5 || MaxResults > 1000)
    throw new AwsError('InvalidParameterValue', 400, `Value ( ${MaxResults} ) for parameter maxResults is invalid.`);
  const start = Number(NextToken);
  const end = start + MaxResults;
  return { items: items.slice(start, end), ...(end < items.length && { NextToken: String(end) }) };
}

function describe(world: World, input: DescribeSnapshotsRequest, call: Call): object {
  const self = (names: string[] | undefined) => names?.map((n) => (n === 'self' ? call.caller.account : n));
  const owners = self(input.OwnerIds);
  const restorers = self(input.RestorableByUserIds);
  const visible = [...allSnapshots(world, call.region)].filter((s) => mayRestore(world, s, call.caller.account));
  const missing = input.SnapshotIds?.find((id) => !visible.some((s) => s.id === id));
  if (missing !== undefined) throw notFound(missing);
  const found = visible.filter(
    (s) =>
      (input.SnapshotIds?.includes(s.id) ?? true) &&
      (owners?.includes(s.owner) ?? true) &&
      (restorers?.some((r) => r === s.owner || s.sharedWith.has(r)) ?? true) &&
      (input.Filters ?? []).every((filter) => passes(filter, s, call)),
  );
  const { items, ...more } = pageOf(found, input);
  return { Snapshots: items.map((s) => shown(s, call)), ...more };
}

/** The need of a call on one snapshot. The account that asks is judged by its own policies; whose snapshot it is, by `own`. */
function snapshotNeed(world: World, action: string, id: string | undefined, call: Call): Need {
  const owner = seen(world, id, call)?.owner ?? call.caller.account;
  return {
    action,
    resource: snapshotArn(call.region, id ?? ''),
    owner: call.caller.account,
    context: { 'ec2:Owner': owner, 'ec2:SnapshotID': id ?? '', 'aws:ResourceAccount': owner },
  };
}

const permission = (name: string): CreateVolumePermission => (name === 'all' ? { Group: 'all' } : { UserId: name });
const nameOf = ({ Group, UserId }: CreateVolumePermission): string => Group ?? UserId ?? '';

/** AWS takes at most 500 changes a call (API reference, ModifySnapshotAttribute). */
const changesAtOnce = 500;

function share(world: World, snapshot: Snapshot, input: ModifySnapshotAttributeRequest): void {
  const { Add = [], Remove = [] } = input.CreateVolumePermission ?? {};
  if (Add.length > 0 && Remove.length > 0)
    throw new AwsError(
      'InvalidParameterCombination',
      400,
      'Adding and removing permissions in the same request is not supported.',
    );
  if (Add.length + Remove.length === 0)
    throw new AwsError('MissingParameter', 400, 'The request must contain the parameter createVolumePermission');
  if (Add.length + Remove.length > changesAtOnce)
    throw new AwsError('InvalidParameterValue', 400, `At most ${changesAtOnce} modifications at a time`);
  const names = [...Add, ...Remove].map(nameOf);
  const wrong = names.find((name) => name !== 'all' && !/^\d{12}$/.test(name));
  if (wrong !== undefined) throw new AwsError('InvalidUserID.Malformed', 400, `Invalid user id: "${wrong}"`);
  if (Add.length > 0) mayShare(world, snapshot, names);
  const removed = new Set(Remove.map(nameOf));
  snapshot.sharedWith = new Set([...snapshot.sharedWith, ...Add.map(nameOf)].filter((name) => !removed.has(name)));
}

/** Only unencrypted snapshots may be public; those under the default key cannot be shared at all (EBS user guide). */
function mayShare(world: World, snapshot: Snapshot, names: string[]): void {
  const refused = (why: string) => new AwsError('OperationNotPermitted', 400, why);
  if (snapshot.key === defaultKey) throw refused('Encrypted snapshots with EBS default key cannot be shared');
  if (!names.includes('all')) return;
  if (snapshot.key !== undefined) throw refused('Encrypted snapshots cannot be shared with the public');
  if (snapshotBlock(world.account(snapshot.owner), snapshot.region) !== 'unblocked')
    throw refused('Public sharing of snapshots is blocked in this Region');
}

function modifyAttribute(world: World): Command<ModifySnapshotAttributeRequest, object> {
  return {
    parameters: ['SnapshotId', 'Attribute', 'CreateVolumePermission'],
    needs(input, call) {
      const { Add = [], Remove = [] } = input.CreateVolumePermission ?? {};
      const need = snapshotNeed(world, 'ec2:ModifySnapshotAttribute', input.SnapshotId, call);
      const context: Record<string, string | string[]> = { ...need.context };
      for (const [key, changes] of Object.entries({ 'ec2:Add': Add, 'ec2:Remove': Remove })) {
        const users = changes.flatMap(({ UserId }) => UserId ?? []);
        const groups = changes.flatMap(({ Group }) => Group ?? []);
        if (users.length > 0) context[`${key}/userId`] = users;
        if (groups.length > 0) context[`${key}/group`] = groups;
      }
      return [{ ...need, context }];
    },
    run(input, call) {
      if (input.Attribute !== 'createVolumePermission')
        throw new AwsError('InvalidParameterValue', 400, `Value (${input.Attribute}) for attribute is invalid`);
      share(world, own(world, input.SnapshotId, call), input);
      return {};
    },
  };
}

function describeAttribute(world: World): Command<DescribeSnapshotAttributeRequest, object> {
  return {
    parameters: ['SnapshotId', 'Attribute'],
    needs: (input, call) => [snapshotNeed(world, 'ec2:DescribeSnapshotAttribute', input.SnapshotId, call)],
    run(input, call) {
      const snapshot = own(world, input.SnapshotId, call);
      if (input.Attribute !== 'createVolumePermission')
        throw new AwsError('InvalidParameterValue', 400, `Value (${input.Attribute}) for attribute is invalid`);
      return { SnapshotId: snapshot.id, CreateVolumePermissions: [...snapshot.sharedWith].sort().map(permission) };
    },
  };
}

/** Says only whether the caller may restore a snapshot, and tells the owner's trail: the volume itself is not kept. */
function createVolume(world: World): Command<CreateVolumeRequest, object> {
  return {
    parameters: ['SnapshotId', 'AvailabilityZone'],
    needs: (input, call) => [
      {
        action: 'ec2:CreateVolume',
        resource: `arn:aws:ec2:${call.region}:${call.caller.account}:volume/*`,
        owner: call.caller.account,
      },
      snapshotNeed(world, 'ec2:CreateVolume', input.SnapshotId, call),
    ],
    run({ SnapshotId, AvailabilityZone }, call) {
      const snapshot = seen(world, SnapshotId, call);
      if (!snapshot) throw notFound(SnapshotId ?? '');
      if (snapshot.owner !== call.caller.account)
        world.account(snapshot.owner).addEvent({
          eventSource: 'ec2.amazonaws.com',
          eventName: 'SharedSnapshotVolumeCreated',
          awsRegion: call.region,
          userIdentity: { type: 'AWSAccount', accountId: call.caller.account },
          requestParameters: { snapshotId: snapshot.id },
        });
      const VolumeId = newId(world.account(call.caller.account), 'vol');
      return { VolumeId, SnapshotId, AvailabilityZone, State: 'creating' };
    },
  };
}

/**
 * EBS snapshots. Does not model CopySnapshot, DeleteSnapshot, LockSnapshot, the recycle bin, nor what a copy leaves in the account
 * that made it; a changed permission counts at once here.
 */
export function snapshotCommands(world: World): Service {
  return {
    CreateSnapshots: createSnapshots(world),
    CreateVolume: createVolume(world),
    DescribeSnapshotAttribute: describeAttribute(world),
    ModifySnapshotAttribute: modifyAttribute(world),
    DescribeSnapshots: {
      parameters: ['SnapshotIds', 'OwnerIds', 'RestorableByUserIds', 'Filters', 'MaxResults', 'NextToken'],
      needs: (_input: DescribeSnapshotsRequest, call: Call) => [
        { action: 'ec2:DescribeSnapshots', resource: '*', owner: call.caller.account },
      ],
      run: (input: DescribeSnapshotsRequest, call: Call) => describe(world, input, call),
    },
  };
}
