import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../lambdas/core/json.ts';
import { rootKey, seedRootUser } from '../iam/root.ts';
import { allow, clinic, deny, partner, policy, testWorld, trust } from '../testWorld.ts';
import type { Credentials } from '../world.ts';
import { seedOrganization } from './organization.ts';

const management = '777777777777';
const id = 'p-quarantine1';
const onlyRoot = { ArnLike: { 'aws:PrincipalArn': 'arn:*:iam::*:root' } };
const notAssumed = { ...onlyRoot, Null: { 'aws:AssumedRoot': 'true' } };
const everything = { inline: { all: policy(allow('*')) }, trust: trust({ Service: 'ec2.amazonaws.com' }) };
const task = (name: string) => ({ arn: `arn:aws:iam::aws:policy/root-task/IAM${name}RootUserCredentials` });

let at: ReturnType<typeof testWorld>;
let admin: Credentials;

/** The organization with one policy, attached to the clinic's account. */
function under(content: JsonObject, targets = [clinic]) {
  seedOrganization(at.world, management, {
    id: 'o-exampleorgid',
    accounts: [clinic, partner],
    policies: [{ id, name: 'Quarantine', content, targets }],
  });
}

const code = (call: Promise<unknown>) =>
  call.then(
    () => 'allowed',
    (error: Error) => error.name,
  );
const call = (service: string, command: string, input: object, by: Credentials) =>
  at.aws.send(service, command, input, by, 'us-east-1') as Promise<Record<string, never>>;
/** any call that only needs a permission */
const lists = (by: Credentials) => code(call('IAM', 'ListUsers', {}, by));

beforeEach(() => {
  at = testWorld();
  for (const account of [clinic, partner, management]) {
    at.world.account(account).addRole({ name: 'any', ...everything });
    seedRootUser(at.world.account(account), { accessKeys: [`AKIAROOT${account}`] });
  }
  at.world.account(clinic).addRole({ name: 'linked', path: '/aws-service-role/ec2.amazonaws.com/', ...everything });
  admin = at.world.roleCredentials(`arn:aws:iam::${management}:role/any`, 'test');
});

const role = (account: string, name = 'any') =>
  at.world.roleCredentials(`arn:aws:iam::${account}:role/${name}`, 'test');

describe('a service control policy', () => {
  it('binds roles and the root user of an account, not service-linked roles, other accounts or the management account', async () => {
    under(policy(deny('*')), [clinic, management]);
    expect(await lists(role(clinic))).toBe('AccessDenied');
    expect(await lists(rootKey(`AKIAROOT${clinic}`))).toBe('AccessDenied');
    expect(await lists(role(clinic, 'aws-service-role/ec2.amazonaws.com/linked'))).toBe('allowed');
    expect(await lists(role(partner))).toBe('allowed');
    expect(await lists(role(management))).toBe('allowed');
  });

  it('that denies the root user stops sessions of AssumeRoot too, unless it leaves them out', async () => {
    for (const [condition, audit] of [
      [onlyRoot, 'AccessDenied'],
      [notAssumed, 'allowed'],
    ] as const) {
      under(policy(deny('*', '*', { Condition: condition })));
      const input = { TargetPrincipal: clinic, TaskPolicyArn: task('Audit') };
      const { Credentials } = await call('STS', 'AssumeRoot', input, admin);
      expect(await code(call('IAM', 'ListAccessKeys', {}, credentialsOf(Credentials)))).toBe(audit);
      expect(await lists(rootKey(`AKIAROOT${clinic}`))).toBe('AccessDenied');
      expect(await lists(role(clinic))).toBe('allowed');
    }
  });

  it('is attached once and detached once, and takes effect after a while', async () => {
    under(policy(deny('*')), []);
    const attach = { PolicyId: id, TargetId: clinic };
    await call('Organizations', 'AttachPolicy', attach, admin);
    expect(await lists(role(clinic))).toBe('allowed');
    expect(await code(call('Organizations', 'AttachPolicy', attach, admin))).toBe('DuplicatePolicyAttachmentException');
    at.wait();
    expect(await lists(role(clinic))).toBe('AccessDenied');
    await call('Organizations', 'DetachPolicy', attach, admin);
    expect(await code(call('Organizations', 'DetachPolicy', attach, admin))).toBe('PolicyNotAttachedException');
  });

  it('is nothing that a member account may read or change', async () => {
    under(policy(deny('s3:DeleteBucket')));
    const input = { PolicyId: id, TargetId: clinic };
    expect(await code(call('Organizations', 'DetachPolicy', input, role(clinic)))).toBe('AccessDeniedException');
  });
});

describe('AssumeRoot', () => {
  it('may do what its task says, and nothing else', async () => {
    under(policy(deny('s3:DeleteBucket')));
    const open = async (name: string) =>
      credentialsOf(
        (await call('STS', 'AssumeRoot', { TargetPrincipal: clinic, TaskPolicyArn: task(name) }, admin)).Credentials,
      );
    const audit = await open('Audit');
    const remove = { AccessKeyId: `AKIAROOT${clinic}` };
    expect(await code(call('IAM', 'DeleteAccessKey', remove, audit))).toBe('AccessDenied');
    expect(await lists(audit)).toBe('AccessDenied');
    await call('IAM', 'DeleteAccessKey', remove, await open('Delete'));
    at.wait();
    expect(await lists(rootKey(`AKIAROOT${clinic}`))).toBe('InvalidClientTokenId');
  });

  it('is for the management account only, and never for a root user', async () => {
    under(policy(deny('s3:DeleteBucket')));
    const input = { TargetPrincipal: partner, TaskPolicyArn: task('Audit') };
    expect(await code(call('STS', 'AssumeRoot', input, role(clinic)))).toBe('AccessDenied');
    expect(await code(call('STS', 'AssumeRoot', input, rootKey(`AKIAROOT${management}`)))).toBe('AccessDenied');
    expect(await code(call('STS', 'AssumeRoot', { ...input, TargetPrincipal: management }, admin))).toBe(
      'AccessDenied',
    );
    expect(await code(call('STS', 'AssumeRoot', { ...input, DurationSeconds: 901 }, admin))).toBe('ValidationError');
  });
});

function credentialsOf(given: unknown): Credentials {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken } = given as Record<string, string>;
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}
