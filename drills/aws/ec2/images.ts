import type {
  DescribeImageAttributeRequest,
  DescribeImagesRequest,
  LaunchPermission,
  ModifyImageAttributeRequest,
} from '@aws-sdk/client-ec2';
import { AwsError, type Call, type Command, type Need, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { imageBlock } from './block-public-access.ts';
import { allImages, type Image, imageArn } from './image.ts';
import { pageOf } from './snapshots.ts';

const notFound = (id: string) => new AwsError('InvalidAMIID.NotFound', 400, `The image id '[${id}]' does not exist`);
const organizationOf = (arn: string) => /:organization\/(o-[a-z0-9]+)$/.exec(arn)?.[1];

/** Whether an account may start instances from it. Public images stay public under a block of public sharing (EC2 user guide). */
export function mayLaunch(world: World, image: Image, account: string): boolean {
  if (image.owner === account || image.launchableBy.has(account) || image.launchableBy.has('all')) return true;
  const organization = world.accounts.get(account)?.organization;
  return organization !== undefined && [...image.launchableBy].some((arn) => organizationOf(arn) === organization);
}

function seen(world: World, id: string | undefined, call: Call): Image | undefined {
  return [...allImages(world, call.region)].find((i) => i.id === id && mayLaunch(world, i, call.caller.account));
}

function own(world: World, id: string | undefined, call: Call): Image {
  const image = seen(world, id, call);
  if (!image) throw notFound(id ?? '');
  if (image.owner !== call.caller.account) throw new AwsError('AuthFailure', 403, `Not authorized for image:${id}`);
  return image;
}

const shown = (image: Image) => ({
  ImageId: image.id,
  Name: image.name,
  OwnerId: image.owner,
  State: 'available',
  Public: image.launchableBy.has('all'),
  BlockDeviceMappings: image.snapshots.map((SnapshotId) => ({ Ebs: { SnapshotId } })),
});

function describe(world: World, input: DescribeImagesRequest, call: Call): object {
  const self = (names: string[] | undefined) => names?.map((n) => (n === 'self' ? call.caller.account : n));
  const visible = [...allImages(world, call.region)].filter((image) => mayLaunch(world, image, call.caller.account));
  const missing = input.ImageIds?.find((id) => !visible.some((image) => image.id === id));
  if (missing !== undefined) throw notFound(missing);
  const owners = self(input.Owners);
  const users = self(input.ExecutableUsers);
  const found = visible.filter(
    (image) =>
      (input.ImageIds?.includes(image.id) ?? true) &&
      (owners?.includes(image.owner) ?? true) &&
      (users?.some((user) => image.launchableBy.has(user)) ?? true),
  );
  const { items, ...more } = pageOf(found, input);
  return { Images: items.map(shown), ...more };
}

/** The account that asks is judged by its own policies; whose image it is, by `own`. */
function imageNeed(world: World, action: string, id: string | undefined, call: Call): Need {
  const image = seen(world, id, call);
  const owner = image?.owner ?? call.caller.account;
  return {
    action,
    resource: imageArn(call.region, id ?? ''),
    owner: call.caller.account,
    context: {
      'ec2:Owner': owner,
      'ec2:ImageID': id ?? '',
      'ec2:Public': String(image?.launchableBy.has('all') ?? false),
      'aws:ResourceAccount': owner,
    },
  };
}

const nameOf = (given: LaunchPermission): string =>
  given.Group ?? given.UserId ?? given.OrganizationArn ?? given.OrganizationalUnitArn ?? '';

function permission(name: string): LaunchPermission {
  if (name === 'all') return { Group: 'all' };
  if (!name.startsWith('arn:')) return { UserId: name };
  return organizationOf(name) ? { OrganizationArn: name } : { OrganizationalUnitArn: name };
}

function modifyAttribute(world: World): Command<ModifyImageAttributeRequest, object> {
  return {
    parameters: ['ImageId', 'Attribute', 'LaunchPermission'],
    needs: (input, call) => {
      const need = imageNeed(world, 'ec2:ModifyImageAttribute', input.ImageId, call);
      return [{ ...need, context: { ...need.context, 'ec2:Attribute': 'LaunchPermission' } }];
    },
    run(input, call) {
      const image = own(world, input.ImageId, call);
      const { Add = [], Remove = [] } = input.LaunchPermission ?? {};
      if (Add.length + Remove.length === 0)
        throw new AwsError('InvalidRequest', 400, 'The request received was invalid');
      const block = imageBlock(world.account(image.owner), image.region);
      if (Add.some((given) => given.Group === 'all') && block !== 'unblocked')
        throw new AwsError('OperationNotPermitted', 400, 'Public sharing of AMIs is blocked in this Region');
      const removed = new Set(Remove.map(nameOf));
      const kept = [...image.launchableBy, ...Add.map(nameOf)].filter((name) => !removed.has(name));
      image.launchableBy = new Set(kept);
      return { Return: true };
    },
  };
}

function describeAttribute(world: World): Command<DescribeImageAttributeRequest, object> {
  return {
    parameters: ['ImageId', 'Attribute'],
    needs: (input, call) => [imageNeed(world, 'ec2:DescribeImageAttribute', input.ImageId, call)],
    run(input, call) {
      const image = own(world, input.ImageId, call);
      if (input.Attribute !== 'launchPermission')
        throw new AwsError('InvalidParameterValue', 400, `Value (${input.Attribute}) for attribute is invalid`);
      return { ImageId: image.id, LaunchPermissions: [...image.launchableBy].sort().map(permission) };
    },
  };
}

/** Machine images. Does not model copies, deregistration, deprecation, nor which accounts an organizational unit holds. */
export function imageCommands(world: World): Service {
  return {
    DescribeImageAttribute: describeAttribute(world),
    ModifyImageAttribute: modifyAttribute(world),
    DescribeImages: {
      parameters: ['ImageIds', 'Owners', 'ExecutableUsers', 'MaxResults', 'NextToken'],
      needs: (_input: DescribeImagesRequest, call: Call) => [
        { action: 'ec2:DescribeImages', resource: '*', owner: call.caller.account },
      ],
      run: (input: DescribeImagesRequest, call: Call) => describe(world, input, call),
    },
  };
}
