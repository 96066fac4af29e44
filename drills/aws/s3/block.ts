import type { GetPublicAccessBlockRequest, PutPublicAccessBlockRequest } from '@aws-sdk/client-s3';
import { AwsError, type Call, type Command, type Service } from '../kernel.ts';
import { onlyModelled } from '../modelled.ts';
import type { Account, World } from '../world.ts';
import type { PublicAccessBlock } from './bucket.ts';
import { accessDenied, bucketCommand } from './requests.ts';

const flags = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;

/** A flag that the request leaves out is off (S3 API reference, PublicAccessBlockConfiguration). */
function configuration(given: Partial<PublicAccessBlock> | undefined): PublicAccessBlock {
  if (!given) throw new AwsError('MalformedXML', 400, 'PublicAccessBlockConfiguration is missing');
  onlyModelled(given, flags, 'PutPublicAccessBlock.PublicAccessBlockConfiguration');
  return {
    BlockPublicAcls: given.BlockPublicAcls ?? false,
    IgnorePublicAcls: given.IgnorePublicAcls ?? false,
    BlockPublicPolicy: given.BlockPublicPolicy ?? false,
    RestrictPublicBuckets: given.RestrictPublicBuckets ?? false,
  };
}

function stored(block: PublicAccessBlock | undefined): { PublicAccessBlockConfiguration: PublicAccessBlock } {
  if (!block)
    throw new AwsError(
      'NoSuchPublicAccessBlockConfiguration',
      404,
      'The public access block configuration was not found',
    );
  return { PublicAccessBlockConfiguration: { ...block } };
}

/** Get, Put and Delete PublicAccessBlock of a bucket; Delete is allowed by the Put action. */
export function blockCommands(world: World): Service {
  return {
    GetPublicAccessBlock: bucketCommand<GetPublicAccessBlockRequest, object>(world, {
      action: 's3:GetBucketPublicAccessBlock',
      run: (bucket) => stored(bucket.publicAccessBlock.stored),
    }),
    PutPublicAccessBlock: bucketCommand<PutPublicAccessBlockRequest, void>(world, {
      action: 's3:PutBucketPublicAccessBlock',
      parameters: ['PublicAccessBlockConfiguration', 'ChecksumAlgorithm'],
      run: (bucket, input) => bucket.publicAccessBlock.set(configuration(input.PublicAccessBlockConfiguration)),
    }),
    DeletePublicAccessBlock: bucketCommand(world, {
      action: 's3:PutBucketPublicAccessBlock',
      run: (bucket) => bucket.publicAccessBlock.set(undefined),
    }),
  };
}

interface AccountInput {
  AccountId?: string;
  PublicAccessBlockConfiguration?: Partial<PublicAccessBlock>;
}

function accountCommand(
  world: World,
  action: string,
  parameters: string[],
  run: (account: Account, input: AccountInput) => unknown,
): Command<AccountInput, unknown> {
  return {
    parameters: ['AccountId', ...parameters],
    needs(input: AccountInput, call: Call) {
      if (input.AccountId !== call.caller.account) throw accessDenied();
      return [{ action, resource: '*', owner: call.caller.account }];
    },
    run: (input: AccountInput, call: Call) => run(world.account(call.caller.account), input),
  };
}

const managed = new WeakSet<Account>();

/**
 * An Organizations S3 policy for this account: its flags take the place of the account's own, Get returns them, and every change
 * by the account is refused (S3 user guide, "Managing block public access at the organization level").
 */
export function manageAccountBlock(account: Account, effective: PublicAccessBlock): void {
  account.publicAccessBlock.seed({ ...effective });
  managed.add(account);
}

function set(account: Account, block: PublicAccessBlock | undefined): void {
  if (managed.has(account)) throw accessDenied('the account is managed by an organization S3 policy');
  account.publicAccessBlock.set(block);
}

/** S3 Control: the account's own flags; Delete is allowed by the Put action. */
export function s3ControlService(world: World): Service {
  return {
    GetPublicAccessBlock: accountCommand(world, 's3:GetAccountPublicAccessBlock', [], (account) =>
      stored(account.publicAccessBlock.stored),
    ),
    PutPublicAccessBlock: accountCommand(
      world,
      's3:PutAccountPublicAccessBlock',
      ['PublicAccessBlockConfiguration'],
      (account, input) => set(account, configuration(input.PublicAccessBlockConfiguration)),
    ),
    DeletePublicAccessBlock: accountCommand(world, 's3:PutAccountPublicAccessBlock', [], (account) =>
      set(account, undefined),
    ),
  };
}
