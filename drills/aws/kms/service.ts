import type {
  CreateGrantRequest,
  ListGrantsRequest,
  RevokeGrantRequest,
  ScheduleKeyDeletionRequest,
} from '@aws-sdk/client-kms';
import { canonical } from '../../../lambdas/core/json.ts';
import { AwsError, type Call, type Command, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { grantId, type KeyGrant, type KeyState, type KmsKey } from './key.ts';

/*
 * KMS, as far as the state, the policy and the grants of a key need it. Aliases are those of the templates, and only DescribeKey takes
 * one. Does not model: material, cryptographic calls (S3 and
 * others use a key through their own), keys in other states, grants by tokens, RetireGrant, the end of a waiting period.
 */

const invalidState = (key: KmsKey, state: KeyState) =>
  new AwsError(
    'KMSInvalidStateException',
    400,
    `${key.arn} is ${state === 'PendingDeletion' ? 'pending deletion' : state}.`,
  );
const notFound = (what: string) => new AwsError('NotFoundException', 400, `${what} does not exist`);

interface KeyInput {
  KeyId: string | undefined;
}

function keyOf(world: World, { KeyId = '' }: KeyInput, call: Call): KmsKey {
  const arn = KeyId.startsWith('arn:') ? KeyId : `arn:aws:kms:${call.region}:${call.caller.account}:key/${KeyId}`;
  const key = arn.split(':')[3] === call.region ? world.key(arn) : undefined;
  if (!key) throw notFound(`Key '${arn}'`);
  return key;
}

/** A key by the ARN of an alias, in this Region; KMS then tells the policies which alias was used. */
function aliased(world: World, { KeyId = '' }: KeyInput, call: Call): { key: KmsKey; alias: string } | undefined {
  const [, region, account = '', alias = ''] = /^arn:aws:kms:([^:]+):(\d{12}):(alias\/.+)$/.exec(KeyId) ?? [];
  if (!alias) return undefined;
  const key = [...world.account(account).keys.values()].find((k) => k.alias === alias);
  if (!key || region !== call.region) throw notFound(`Alias ${KeyId}`);
  return { key, alias };
}

interface Model<I, O> {
  action: string;
  parameters?: readonly string[];
  context?(input: I): Record<string, string | string[]>;
  run(key: KmsKey, input: I): O;
}

function command<I extends KeyInput, O>(world: World, model: Model<I, O>): Command<I, O> {
  return {
    parameters: ['KeyId', ...(model.parameters ?? [])],
    needs(input: I, call: Call) {
      const key = keyOf(world, input, call);
      const need = { action: `kms:${model.action}`, resource: key.arn, owner: key.account };
      return [{ ...need, ...(model.context && { context: model.context(input) }) }];
    },
    run: (input: I, call: Call) => model.run(keyOf(world, input, call), input),
  };
}

const idOf = (key: KmsKey) => key.arn.split('/').at(-1);

function describeKey(world: World): Command<KeyInput, object> {
  const of = (input: KeyInput, call: Call) =>
    aliased(world, input, call) ?? { key: keyOf(world, input, call), alias: undefined };
  return {
    parameters: ['KeyId'],
    needs(input, call) {
      const { key, alias } = of(input, call);
      const need = { action: 'kms:DescribeKey', resource: key.arn, owner: key.account };
      return [{ ...need, ...(alias !== undefined && { context: { 'kms:RequestAlias': alias } }) }];
    },
    run(input, call) {
      const { key } = of(input, call);
      return {
        KeyMetadata: {
          AWSAccountId: key.account,
          KeyId: idOf(key),
          Arn: key.arn,
          Enabled: key.state.stored === 'Enabled',
          KeyState: key.state.stored,
          KeyManager: key.manager,
        },
      };
    },
  };
}

function stateCommands(world: World): Service {
  /** KMS developer guide, "Key states of AWS KMS keys": what a call needs and leaves */
  const move = (action: string, from: KeyState[], to: KeyState) =>
    command<KeyInput, object>(world, {
      action,
      run(key) {
        if (!from.includes(key.state.stored)) throw invalidState(key, key.state.stored);
        key.state.set(to);
        return { KeyId: key.arn };
      },
    });
  return {
    DescribeKey: describeKey(world),
    GetKeyPolicy: command<KeyInput, object>(world, {
      action: 'GetKeyPolicy',
      parameters: ['PolicyName'],
      run: (key) => ({ Policy: key.policy.stored, PolicyName: 'default' }),
    }),
    CancelKeyDeletion: move('CancelKeyDeletion', ['PendingDeletion'], 'Disabled'),
    EnableKey: move('EnableKey', ['Enabled', 'Disabled'], 'Enabled'),
    DisableKey: move('DisableKey', ['Enabled', 'Disabled'], 'Disabled'),
    ScheduleKeyDeletion: command<ScheduleKeyDeletionRequest, object>(world, {
      action: 'ScheduleKeyDeletion',
      parameters: ['PendingWindowInDays'],
      context: ({ PendingWindowInDays }) => ({
        'kms:ScheduleKeyDeletionPendingWindowInDays': String(PendingWindowInDays ?? 30),
      }),
      run(key, { PendingWindowInDays = 30 }) {
        if (PendingWindowInDays < 7 || PendingWindowInDays > 30)
          throw new AwsError('ValidationException', 400, 'PendingWindowInDays must be between 7 and 30');
        if (key.state.stored === 'PendingDeletion') throw invalidState(key, key.state.stored);
        key.state.set('PendingDeletion');
        return { KeyId: key.arn, KeyState: 'PendingDeletion', PendingWindowInDays };
      },
    }),
  };
}

const shownGrant = (key: KmsKey, grant: KeyGrant) => ({
  KeyId: key.arn,
  GrantId: grant.id,
  GranteePrincipal: grant.grantee,
  RetiringPrincipal: grant.retiring,
  IssuingAccount: `arn:aws:iam::${key.account}:root`,
  Operations: grant.operations,
  Constraints: grant.constraints,
  Name: grant.name ?? '',
});

/** A named grant that is asked for again is the same grant (KMS API reference, CreateGrant, Name). */
function createGrant(world: World, key: KmsKey, input: CreateGrantRequest): object {
  const state = key.state.stored;
  if (state === 'Disabled') throw new AwsError('DisabledException', 400, `${key.arn} is disabled.`);
  if (state !== 'Enabled') throw invalidState(key, state);
  const content = {
    grantee: input.GranteePrincipal ?? '',
    retiring: input.RetiringPrincipal,
    operations: [...(input.Operations ?? [])],
    constraints: input.Constraints,
    name: input.Name,
  };
  const same = key.grants.stored.find(
    ({ id: _, ...grant }) => input.Name && canonical(plain(grant)) === canonical(plain(content)),
  );
  const grant = same ?? { ...content, id: grantId(world) };
  if (!same) key.grants.set([...key.grants.stored, grant]);
  return { GrantId: grant.id, GrantToken: `token of ${grant.id}` };
}

const plain = (value: object): unknown => JSON.parse(JSON.stringify(value));

function grantCommands(world: World): Service {
  return {
    ListGrants: command<ListGrantsRequest, object>(world, {
      action: 'ListGrants',
      parameters: ['Marker', 'Limit'],
      run(key, input) {
        const start = Number(input.Marker ?? 0);
        if (!Number.isInteger(start)) throw new AwsError('InvalidMarkerException', 400, 'the marker is not valid');
        const end = start + (input.Limit ?? 50);
        const all = key.grants.stored;
        return {
          Grants: all.slice(start, end).map((grant) => shownGrant(key, grant)),
          Truncated: end < all.length,
          ...(end < all.length && { NextMarker: String(end) }),
        };
      },
    }),
    CreateGrant: command<CreateGrantRequest, object>(world, {
      action: 'CreateGrant',
      parameters: ['GranteePrincipal', 'RetiringPrincipal', 'Operations', 'Constraints', 'Name'],
      context: (input) => ({
        'kms:GranteePrincipal': input.GranteePrincipal ?? '',
        'kms:GrantOperations': [...(input.Operations ?? [])],
        'kms:GrantIsForAWSResource': 'false',
      }),
      run: (key, input) => createGrant(world, key, input),
    }),
    RevokeGrant: command<RevokeGrantRequest, void>(world, {
      action: 'RevokeGrant',
      parameters: ['GrantId'],
      context: () => ({ 'kms:GrantIsForAWSResource': 'false' }),
      run(key, input) {
        const left = key.grants.stored.filter((grant) => grant.id !== input.GrantId);
        if (left.length === key.grants.stored.length) throw notFound(`Grant ID ${input.GrantId}`);
        key.grants.set(left);
      },
    }),
  };
}

export function kmsService(world: World): Service {
  return { ...stateCommands(world), ...grantCommands(world) };
}
