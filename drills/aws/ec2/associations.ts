import type {
  AssociateIamInstanceProfileRequest,
  DescribeIamInstanceProfileAssociationsRequest,
  DisassociateIamInstanceProfileRequest,
} from '@aws-sdk/client-ec2';
import { AwsError, type Call, type Need, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { everywhere, filtered, keysOf, page } from './listing.ts';
import { associate } from './seed.ts';
import { all, arnOf, existing, type Instance, lookup } from './state.ts';

const shown = (instance: Instance): object => ({
  AssociationId: instance.profile?.association,
  InstanceId: instance.id,
  IamInstanceProfile: { Arn: instance.profile?.arn, Id: instance.profile?.id },
  State: 'associated',
});

const profileArn = (input: AssociateIamInstanceProfileRequest, account: string): string =>
  input.IamInstanceProfile?.Arn ?? `arn:aws:iam::${account}:instance-profile/${input.IamInstanceProfile?.Name ?? ''}`;

/** The instance with this association. */
const holder = (world: World, call: Call, id: string | undefined): Instance | undefined =>
  all(world.account(call.caller.account), call.region, 'instance').find((i) => i.profile?.association === id);

function associateNeeds(world: World, input: AssociateIamInstanceProfileRequest, call: Call): Need[] {
  const owner = call.caller.account;
  const instance = lookup(world.account(owner), call.region, 'instance', input.InstanceId);
  const arn = profileArn(input, owner);
  return [
    {
      action: 'ec2:AssociateIamInstanceProfile',
      resource: arnOf(owner, call.region, 'instance', input.InstanceId ?? ''),
      owner,
      context: { ...(instance && keysOf(instance)), 'ec2:NewInstanceProfile': arn },
    },
    {
      action: 'iam:PassRole',
      resource: `arn:aws:iam::${owner}:role/${arn.split('/').at(-1)}`,
      owner,
      context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
    },
  ];
}

/**
 * Which profile an instance has. A profile is taken to hold the role of its own name, which the caller must be allowed to pass.
 * Does not model that the credentials on the instance stay until they expire, nor replacing (ReplaceIamInstanceProfileAssociation).
 */
export function associationCommands(world: World): Service {
  return {
    DescribeIamInstanceProfileAssociations: {
      parameters: ['AssociationIds', 'Filters', 'MaxResults', 'NextToken'],
      needs: everywhere('ec2:DescribeIamInstanceProfileAssociations'),
      run(input: DescribeIamInstanceProfileAssociationsRequest, call: Call) {
        const having = all(world.account(call.caller.account), call.region, 'instance').filter((i) => i.profile);
        const named = having.filter((i) => input.AssociationIds?.includes(i.profile?.association ?? '') ?? true);
        const some = filtered(named, input.Filters, { 'instance-id': ({ id }) => [id], state: () => ['associated'] });
        const { items, NextToken } = page(some, input);
        return { IamInstanceProfileAssociations: items.map(shown), NextToken };
      },
    },
    DisassociateIamInstanceProfile: {
      parameters: ['AssociationId'],
      needs(input: DisassociateIamInstanceProfileRequest, call: Call): Need[] {
        const instance = holder(world, call, input.AssociationId);
        const resource = arnOf(call.caller.account, call.region, 'instance', instance?.id ?? '*');
        const context: Record<string, string> = instance ? keysOf(instance) : {};
        if (instance?.profile) context['ec2:InstanceProfile'] = instance.profile.arn;
        return [{ action: 'ec2:DisassociateIamInstanceProfile', resource, owner: call.caller.account, context }];
      },
      run(input: DisassociateIamInstanceProfileRequest, call: Call) {
        const instance = holder(world, call, input.AssociationId);
        if (!instance)
          throw new AwsError(
            'InvalidAssociationID.NotFound',
            400,
            `An invalid association-id of '${input.AssociationId}' was given`,
          );
        const gone = { ...shown(instance), State: 'disassociating' };
        instance.profile = undefined;
        return { IamInstanceProfileAssociation: gone };
      },
    },
    AssociateIamInstanceProfile: {
      parameters: ['IamInstanceProfile', 'InstanceId'],
      needs: (input: AssociateIamInstanceProfileRequest, call: Call) => associateNeeds(world, input, call),
      run(input: AssociateIamInstanceProfileRequest, call: Call) {
        const account = world.account(call.caller.account);
        const instance = existing(account, call.region, 'instance', input.InstanceId);
        if (instance.profile)
          throw new AwsError('IncorrectState', 400, `There is an existing association for instance ${instance.id}`);
        associate(account, instance, profileArn(input, account.id));
        return { IamInstanceProfileAssociation: shown(instance) };
      },
    },
  };
}
