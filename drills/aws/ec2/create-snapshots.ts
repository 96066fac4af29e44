import type { CreateSnapshotsRequest, TagSpecification } from '@aws-sdk/client-ec2';
import { AwsError, type Call, type Command, type Need } from '../kernel.ts';
import { onlyModelled } from '../modelled.ts';
import type { World } from '../world.ts';
import { addSnapshot, defaultKey, shownSnapshot, snapshotArn } from './snapshot.ts';
import { arnOf, existing, lookup, newId, type Volume } from './state.ts';

const modelled = ['InstanceId', 'ExcludeBootVolume', 'ExcludeDataVolumeIds'];

/** The volumes that the call would copy; none where the instance is unknown. */
function volumesOf(world: World, { InstanceSpecification: named }: CreateSnapshotsRequest, call: Call): Volume[] {
  const account = world.account(call.caller.account);
  const instance = lookup(account, call.region, 'instance', named?.InstanceId);
  const taken = (instance?.devices ?? []).filter(({ device, volume }) =>
    device === instance?.rootDevice ? !named?.ExcludeBootVolume : !named?.ExcludeDataVolumeIds?.includes(volume),
  );
  return taken.map(({ volume }) => existing(account, call.region, 'volume', volume));
}

const tagsOf = (specifications: TagSpecification[] = []): Record<string, string> =>
  Object.fromEntries(specifications.flatMap(({ Tags = [] }) => Tags.map((t) => [t.Key ?? '', t.Value ?? ''])));

function needs(world: World, input: CreateSnapshotsRequest, call: Call): Need[] {
  const owner = call.caller.account;
  const action = 'ec2:CreateSnapshots';
  const tags = tagsOf(input.TagSpecifications);
  const asked = Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value]));
  const context = { ...asked, 'aws:TagKeys': Object.keys(tags) };
  const resource = snapshotArn(call.region, '*');
  const instance = arnOf(owner, call.region, 'instance', input.InstanceSpecification?.InstanceId ?? '');
  const tagging = { action: 'ec2:CreateTags', resource, owner };
  return [
    { action, resource: instance, owner },
    ...volumesOf(world, input, call).map(({ id }) => ({
      action,
      resource: arnOf(owner, call.region, 'volume', id),
      owner,
    })),
    { action, resource, owner, context },
    ...(Object.keys(tags).length > 0
      ? [{ ...tagging, context: { ...context, 'ec2:CreateAction': 'CreateSnapshots' } }]
      : []),
  ];
}

/** A snapshot of every volume of one instance at one moment. Does not model Outposts, `CopyTagsFromSource`, nor the quotas. */
export function createSnapshots(world: World): Command<CreateSnapshotsRequest, object> {
  return {
    parameters: ['InstanceSpecification', 'Description', 'TagSpecifications'],
    needs: (input, call) => needs(world, input, call),
    run(input, call) {
      onlyModelled(input.InstanceSpecification ?? {}, modelled, 'InstanceSpecification');
      const wrong = input.TagSpecifications?.find((t) => t.ResourceType !== 'snapshot');
      if (wrong)
        throw new AwsError(
          'InvalidParameterValue',
          400,
          `'${wrong.ResourceType}' is not a valid taggable resource type`,
        );
      const account = world.account(call.caller.account);
      existing(account, call.region, 'instance', input.InstanceSpecification?.InstanceId);
      const made = volumesOf(world, input, call).map((volume) =>
        addSnapshot(
          account,
          {
            id: newId(account, 'snap'),
            region: call.region,
            volume: volume.id,
            size: volume.size,
            tags: tagsOf(input.TagSpecifications),
            ...(volume.encrypted && { key: volume.kmsKey ?? defaultKey }),
            ...(input.Description !== undefined && { description: input.Description }),
          },
          'now',
        ),
      );
      return { Snapshots: made.map((snapshot) => shownSnapshot(snapshot, call)) };
    },
  };
}
