import type { ListInstanceProfilesRequest } from '@aws-sdk/client-iam';
import type { Json } from '../../../lambdas/core/json.ts';
import type { Account, Resource } from '../account.ts';
import type { Call, Command, Service } from '../kernel.ts';
import type { World } from '../world.ts';
import type { Role } from './principals.ts';
import {
  accountCommand,
  noSuchEntity,
  type PageInput,
  page,
  pageParameters,
  principalCommand,
  roleKind,
} from './requests.ts';

export interface InstanceProfileSeed {
  name: string;
  path?: string;
  /** the name of its one role; undefined: it is empty */
  role?: string;
}

/** What hands a role to EC2 instances: at most one role each (IAM quotas). */
class InstanceProfile implements Resource {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly id: string;
  readonly role: string | undefined;

  constructor(account: Account, seed: InstanceProfileSeed) {
    this.name = seed.name;
    this.path = seed.path ?? '/';
    this.arn = `arn:aws:iam::${account.id}:instance-profile${this.path}${seed.name}`;
    this.id = account.ground.nextId('AIPA');
    this.role = seed.role;
  }

  stored(): Json {
    return { name: this.name, role: this.role ?? null };
  }
}

export function seedInstanceProfile(account: Account, seed: InstanceProfileSeed): void {
  const profile = new InstanceProfile(account, seed);
  account.resources.set(profile.arn, profile);
}

const profilesOf = (account: Account): InstanceProfile[] =>
  [...account.resources.values()].filter((r) => r instanceof InstanceProfile);

/** Instance profiles, read only. */
export function instanceProfileCommands(world: World, shownRole: (role: Role) => object): Service {
  const shown = (account: Account, profile: InstanceProfile): object => {
    const role = profile.role === undefined ? undefined : account.roles.get(profile.role);
    return {
      Path: profile.path,
      InstanceProfileName: profile.name,
      InstanceProfileId: profile.id,
      Arn: profile.arn,
      Roles: role ? [shownRole(role)] : [],
    };
  };
  const list = (account: Account, profiles: InstanceProfile[], input: PageInput) => {
    const { items, ...more } = page(profiles, input);
    return { InstanceProfiles: items.map((profile) => shown(account, profile)), ...more };
  };
  const find = (input: { InstanceProfileName?: string }, call: Call) =>
    profilesOf(world.account(call.caller.account)).find((p) => p.name === input.InstanceProfileName);
  const get: Command<{ InstanceProfileName?: string }, object> = {
    parameters: ['InstanceProfileName'],
    needs(input, call) {
      const owner = call.caller.account;
      const bare = `arn:aws:iam::${owner}:instance-profile/${input.InstanceProfileName}`;
      return [{ action: 'iam:GetInstanceProfile', resource: find(input, call)?.arn ?? bare, owner }];
    },
    run(input, call) {
      const profile = find(input, call);
      if (!profile) throw noSuchEntity(`Instance Profile ${input.InstanceProfileName}`);
      return { InstanceProfile: shown(world.account(call.caller.account), profile) };
    },
  };
  return {
    GetInstanceProfile: get,
    ListInstanceProfiles: accountCommand<ListInstanceProfilesRequest, object>(
      world,
      'iam:ListInstanceProfiles',
      pageParameters,
      (account, input) => list(account, profilesOf(account), input),
    ),
    ListInstanceProfilesForRole: principalCommand<Role, PageInput & { RoleName?: string }, object>(world, roleKind, {
      action: 'iam:ListInstanceProfilesForRole',
      parameters: pageParameters,
      run(role, input) {
        const account = world.account(role.account);
        const own = profilesOf(account).filter((p) => p.role === role.name);
        return list(account, own, input);
      },
    }),
  };
}
