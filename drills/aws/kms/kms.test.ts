import { beforeEach, describe, expect, it } from 'vitest';
import { allow, clinic, partner, policy, testWorld, trust } from '../testWorld.ts';
import { delegatingPolicy, type KmsKey } from './key.ts';

const region = 'us-east-1';
const arn = `arn:aws:kms:${region}:${clinic}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const outside = `arn:aws:iam::${partner}:role/any`;

let at: ReturnType<typeof testWorld>;
let key: KmsKey;

beforeEach(() => {
  at = testWorld();
  for (const account of [clinic, partner])
    at.world.account(account).addRole({
      name: 'any',
      trust: trust({ Service: 'ec2.amazonaws.com' }),
      inline: { all: policy(allow('*')) },
    });
  key = at.world.account(clinic).addKey({ arn, policy: delegatingPolicy(clinic) });
  const encryption = { keyArn: arn };
  at.world.account(clinic).addBucket({ name: 'records', region, encryption, objects: [{ key: 'a', body: 'x' }] });
});

const kms = (command: string, input: object = {}, account = clinic) =>
  at.aws
    .send(
      'KMS',
      command,
      { KeyId: arn, ...input },
      at.world.roleCredentials(`arn:aws:iam::${account}:role/any`, 'x'),
      region,
    )
    .then(
      () => 'done',
      (error: Error) => error.name,
    );
const reads = () =>
  at.aws
    .send(
      'S3',
      'GetObject',
      { Bucket: 'records', Key: 'a' },
      at.world.roleCredentials(`arn:aws:iam::${clinic}:role/any`, 'x'),
      region,
    )
    .then(
      () => 'read',
      (error: Error) => error.name,
    );

describe('a KMS key', () => {
  it('that is disabled or waits for deletion is of no use to S3', async () => {
    expect(await reads()).toBe('read');
    await kms('DisableKey');
    at.wait();
    expect(await reads()).toBe('KMS.DisabledException');
    await kms('ScheduleKeyDeletion', { PendingWindowInDays: 7 });
    at.wait();
    expect(await reads()).toBe('KMS.KMSInvalidStateException');
  });

  it('is disabled after its deletion was cancelled, and cannot be enabled before', async () => {
    await kms('ScheduleKeyDeletion');
    expect(await kms('EnableKey')).toBe('KMSInvalidStateException');
    expect(await kms('CancelKeyDeletion')).toBe('done');
    expect(key.state.stored).toBe('Disabled');
    expect(await kms('CancelKeyDeletion')).toBe('KMSInvalidStateException');
    expect(await kms('EnableKey')).toBe('done');
  });

  it('is used through a grant whatever its policy says, until the grant is revoked', async () => {
    expect(await kms('DescribeKey', {}, partner)).toBe('AccessDeniedException');
    await kms('CreateGrant', { GranteePrincipal: outside, Operations: ['DescribeKey'] });
    at.wait();
    expect(await kms('DescribeKey', {}, partner)).toBe('done');
    expect(await kms('DisableKey', {}, partner)).toBe('AccessDeniedException');
    await kms('RevokeGrant', { GrantId: key.grants.stored[0]?.id });
    at.wait();
    expect(await kms('DescribeKey', {}, partner)).toBe('AccessDeniedException');
  });

  it('takes a named grant once, no grant while it cannot be used, and knows no other than its own', async () => {
    const grant = { GranteePrincipal: outside, Operations: ['Decrypt'], Name: 'sync' };
    await kms('CreateGrant', grant);
    await kms('CreateGrant', grant);
    expect(key.grants.stored).toHaveLength(1);
    expect(await kms('RevokeGrant', { GrantId: 'f'.repeat(64) })).toBe('NotFoundException');
    await kms('DisableKey');
    expect(await kms('CreateGrant', grant)).toBe('DisabledException');
  });
});
