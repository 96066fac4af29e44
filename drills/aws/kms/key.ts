import type { GrantConstraints } from '@aws-sdk/client-kms';
import { canonical, type Json } from '../../../lambdas/core/json.ts';
import type { Ground } from '../account.ts';
import type { PolicySource } from '../iam/evaluate.ts';
import type { Statement } from '../iam/policy.ts';
import { type PolicyDocument, policyText } from '../iam/principals.ts';
import { AwsError } from '../kernel.ts';
import { Staged } from '../staged.ts';
import type { World } from '../world.ts';

export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

export interface KeyGrant {
  id: string;
  /** an IAM principal's ARN, or an AWS service's principal */
  grantee: string;
  retiring?: string | undefined;
  /** as KMS names them: Decrypt, GenerateDataKey, … */
  operations: string[];
  constraints?: GrantConstraints | undefined;
  name?: string | undefined;
}

/** A KMS key: its policy, its grants, and whether it can be used; keys hold no material. */
export interface KmsKey {
  arn: string;
  account: string;
  /** `alias/…` */
  alias?: string;
  /** AWS: made and kept by a service of AWS */
  manager: 'CUSTOMER' | 'AWS';
  policy: Staged<string>;
  state: Staged<KeyState>;
  grants: Staged<readonly KeyGrant[]>;
}

export interface KeySeed {
  arn: string;
  policy: PolicyDocument;
  manager?: 'CUSTOMER' | 'AWS';
  state?: KeyState;
  grants?: (Omit<KeyGrant, 'id'> & { id?: string })[];
}

/** The policy that the console gives a key: the account's IAM policies decide (KMS developer guide, "Default key policy"). */
export const delegatingPolicy = (account: string): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }],
});

/** KMS reads back at once; grants and states are in force after seconds (KMS says up to five minutes). */
export function makeKey(ground: Ground, account: string, seed: KeySeed): KmsKey {
  const staged = <T>(value: T) => new Staged(ground.now, ground.propagation.iam, value);
  const grants = (seed.grants ?? []).map((grant) => ({ ...grant, id: grant.id ?? grantId(ground) }));
  return {
    arn: seed.arn,
    account,
    manager: seed.manager ?? 'CUSTOMER',
    policy: staged(policyText(seed.policy)),
    state: staged(seed.state ?? 'Enabled'),
    grants: staged<readonly KeyGrant[]>(grants),
  };
}

/** 64 hexadecimal digits. */
export function grantId(ground: Ground): string {
  return Buffer.from(ground.nextId('grant').repeat(2)).toString('hex').slice(0, 64).padEnd(64, '0');
}

/** Without the ids of grants: a grant that is made again has the same force under another id. */
export function storedKey(key: KmsKey): Json {
  return {
    policy: key.policy.stored,
    state: key.state.stored,
    grants: key.grants.stored
      .map(({ id: _, ...content }) => JSON.parse(JSON.stringify(content)) as Json)
      .sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1)),
  };
}

function statementOf(grant: KeyGrant): Statement {
  const { EncryptionContextSubset: subset, EncryptionContextEquals: equals } = grant.constraints ?? {};
  const service = grant.grantee.endsWith('.amazonaws.com');
  return {
    sid: undefined,
    effect: 'Allow',
    principals: [{ type: service ? 'Service' : 'AWS', value: grant.grantee }],
    notPrincipals: undefined,
    actions: grant.operations.map((operation) => `kms:${operation}`),
    notActions: undefined,
    resources: ['*'],
    notResources: undefined,
    conditions: Object.entries<string>({ ...subset, ...equals }).map(([name, value]) => ({
      operator: 'StringEquals',
      key: `kms:EncryptionContext:${name}`,
      values: [value],
    })),
  };
}

/** A grant as the policy statement that it amounts to: it allows beside the key policy, and no edit of that policy takes it away. */
export function grantSources(key: KmsKey): PolicySource[] {
  return key.grants.effective.map((grant) => ({
    name: `grant ${grant.id} of key ${key.arn}`,
    policy: { variables: false, statements: [statementOf(grant)] },
  }));
}

/** What S3 answers for an object under a key that cannot be used (S3 API reference, error responses). */
export function requireUsable(world: World, encryption: 'sse-s3' | { keyArn: string }): void {
  if (encryption === 'sse-s3') return;
  const state = world.key(encryption.keyArn)?.state.effective ?? 'Enabled';
  if (state === 'Disabled') throw new AwsError('KMS.DisabledException', 400, `${encryption.keyArn} is disabled.`);
  if (state === 'PendingDeletion')
    throw new AwsError('KMS.KMSInvalidStateException', 400, `${encryption.keyArn} is pending deletion.`);
}
