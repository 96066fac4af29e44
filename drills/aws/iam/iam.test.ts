import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetLoginProfileCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  ListAccessKeysCommand,
  ListGroupsForUserCommand,
  ListMFADevicesCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  paginateListAttachedUserPolicies,
  paginateListRoles,
  paginateListUserPolicies,
  paginateListUsers,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { GetBucketPolicyCommand } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { allow, clinic, deny, outcome, partner, policy, region, testWorld, trust } from '../testWorld.ts';

const denyAll = 'arn:aws:iam::aws:policy/AWSDenyAll';
const readRecords = allow('s3:GetObject', 'arn:aws:s3:::records/*');

function withUser() {
  const t = testWorld();
  const account = t.world.account(clinic);
  account.addBucket({ name: 'records', region, objects: [{ key: 'patients.csv', body: 'x' }] });
  const user = t.userWith(clinic, readRecords);
  return { ...t, account, user, admin: t.iam(t.userWith(clinic, allow('iam:*'))) };
}

describe('an access key', () => {
  it('dies on deactivation with an authentication error, not a denial, in the code of each service', async () => {
    const t = withUser();
    await t.admin.send(
      new UpdateAccessKeyCommand({ UserName: t.user.userName, AccessKeyId: t.user.accessKeyId, Status: 'Inactive' }),
    );
    const keys = await t.admin.send(new ListAccessKeysCommand({ UserName: t.user.userName }));
    expect(keys.AccessKeyMetadata?.[0]?.Status).toBe('Inactive');
    expect(await t.read(t.user, 'records')).toBe('200');
    t.wait();
    expect(await t.read(t.user, 'records')).toBe('InvalidAccessKeyId');
    expect(await outcome(t.sts(t.user).send(new GetCallerIdentityCommand({})))).toBe('InvalidClientTokenId');
    expect(await t.read({ accessKeyId: 'AKIANOBODY0000000000', secretAccessKey: 'x' }, 'records')).toBe(
      'InvalidAccessKeyId',
    );
    const guessed = { ...t.userWith(clinic, readRecords), secretAccessKey: 'wrong' };
    expect(await t.read(guessed, 'records')).toBe('SignatureDoesNotMatch');
  });

  it('tells its owner and last use, to its own account only', async () => {
    const t = withUser();
    await t.read(t.user, 'records');
    const command = new GetAccessKeyLastUsedCommand({ AccessKeyId: t.user.accessKeyId });
    const used = await t.admin.send(command);
    expect([used.UserName, used.AccessKeyLastUsed?.ServiceName]).toEqual([t.user.userName, 's3']);
    const foreign = t.iam(t.userWith(partner, allow('iam:*')));
    expect(await outcome(foreign.send(command))).toBe('AccessDenied');
    expect(await outcome(t.admin.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: 'AKIANOBODY0000000000' })))).toBe(
      'AccessDenied',
    );
  });

  it('can be made twice per user and then works', async () => {
    const t = withUser();
    const create = () => t.admin.send(new CreateAccessKeyCommand({ UserName: t.user.userName }));
    const { AccessKey } = await create();
    const second = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
    expect(await t.read(second, 'records')).toBe('200');
    expect(await outcome(create())).toBe('LimitExceededException');
  });
});

describe('policies of a user', () => {
  it('take effect after the delay, and the text comes back URL-encoded', async () => {
    const t = withUser();
    const PolicyDocument = JSON.stringify(policy(deny('*')));
    await t.admin.send(new PutUserPolicyCommand({ UserName: t.user.userName, PolicyName: 'stop', PolicyDocument }));
    const stored = await t.admin.send(new GetUserPolicyCommand({ UserName: t.user.userName, PolicyName: 'stop' }));
    expect(stored.PolicyDocument).toContain('%22');
    expect(decodeURIComponent(stored.PolicyDocument ?? '')).toBe(PolicyDocument);
    expect(await t.read(t.user, 'records')).toBe('200');
    t.wait({ seconds: 4 });
    expect(await t.read(t.user, 'records')).toBe('AccessDenied');
    await t.admin.send(new DeleteUserPolicyCommand({ UserName: t.user.userName, PolicyName: 'stop' }));
    t.wait({ seconds: 4 });
    expect(await t.read(t.user, 'records')).toBe('200');
  });

  it('may hold 2,048 characters inline, white space not counted', async () => {
    const t = withUser();
    const sized = (length: number) => {
      const frame = JSON.stringify(policy(allow('s3:GetObject', 'arn:aws:s3:::'))).length;
      return JSON.stringify(policy(allow('s3:GetObject', `arn:aws:s3:::${'x'.repeat(length - frame)}`)), null, 2);
    };
    const used = JSON.stringify(policy(readRecords)).length;
    const put = (PolicyDocument: string) =>
      outcome(t.admin.send(new PutUserPolicyCommand({ UserName: t.user.userName, PolicyName: 'p', PolicyDocument })));
    expect(await put(sized(2049 - used))).toBe('LimitExceededException');
    expect(await put(sized(2048 - used))).toBe('200');
    expect(await put('{')).toBe('MalformedPolicyDocumentException');
  });

  it('can be limited to one managed policy by iam:PolicyARN', async () => {
    const t = withUser();
    const pinned = allow(['iam:AttachUserPolicy', 'iam:DetachUserPolicy'], '*', {
      Condition: { ArnEquals: { 'iam:PolicyARN': denyAll } },
    });
    const responder = t.iam(t.userWith(clinic, pinned));
    const attach = (PolicyArn: string) =>
      outcome(responder.send(new AttachUserPolicyCommand({ UserName: t.user.userName, PolicyArn })));
    expect(await attach('arn:aws:iam::aws:policy/AdministratorAccess')).toBe('AccessDenied');
    expect(await attach(denyAll)).toBe('200');
    t.wait();
    expect(await t.read(t.user, 'records')).toBe('AccessDenied');
    await responder.send(new DetachUserPolicyCommand({ UserName: t.user.userName, PolicyArn: denyAll }));
    t.wait();
    expect(await t.read(t.user, 'records')).toBe('200');
    expect(
      await outcome(
        t.admin.send(
          new AttachUserPolicyCommand({ UserName: t.user.userName, PolicyArn: 'arn:aws:iam::aws:policy/None' }),
        ),
      ),
    ).toBe('NoSuchEntityException');
  });
});

describe('users and roles', () => {
  it('have ARNs with their path, and policies are matched against those', async () => {
    const t = withUser();
    t.account.addUser({ name: 'nurse', path: '/ward/' });
    const scoped = t.iam(t.userWith(clinic, allow('iam:GetUser', `arn:aws:iam::${clinic}:user/ward/*`)));
    const { User } = await scoped.send(new GetUserCommand({ UserName: 'nurse' }));
    expect(User?.Arn).toBe(`arn:aws:iam::${clinic}:user/ward/nurse`);
    expect(await outcome(scoped.send(new GetUserCommand({ UserName: t.user.userName })))).toBe('AccessDenied');
  });

  it('are the caller itself when no user is named', async () => {
    const t = withUser();
    const self = t.userWith(clinic, allow('iam:GetUser', '*'));
    expect((await t.iam(self).send(new GetUserCommand({}))).User?.UserName).toBe(self.userName);
  });

  it('that do not exist are NoSuchEntity; groups, MFA devices and passwords are absent', async () => {
    const t = withUser();
    const UserName = t.user.userName;
    expect(await outcome(t.admin.send(new GetUserCommand({ UserName: 'nobody' })))).toBe('NoSuchEntityException');
    expect(await outcome(t.admin.send(new GetUserCommand({ UserName: '../x' })))).toBe('ValidationError');
    expect(await outcome(t.admin.send(new GetLoginProfileCommand({ UserName })))).toBe('NoSuchEntityException');
    expect((await t.admin.send(new ListGroupsForUserCommand({ UserName }))).Groups).toEqual([]);
    expect((await t.admin.send(new ListMFADevicesCommand({ UserName }))).MFADevices).toEqual([]);
  });

  it('are listed page by page', async () => {
    const t = withUser();
    for (let i = 0; i < 5; i += 1) t.account.addUser({ name: `u${i}` });
    for (let i = 0; i < 3; i += 1) t.account.addRole({ name: `r${i}`, trust: trust({ AWS: clinic }) });
    const listed = async (
      pages: AsyncIterable<{
        Users?: unknown[];
        Roles?: unknown[];
        PolicyNames?: unknown[];
        AttachedPolicies?: unknown[];
      }>,
    ) => {
      const sizes: number[] = [];
      for await (const page of pages)
        sizes.push((page.Users ?? page.Roles ?? page.PolicyNames ?? page.AttachedPolicies ?? []).length);
      return sizes;
    };
    const config = { client: t.admin, pageSize: 3 };
    expect(await listed(paginateListUsers(config, {}))).toEqual([3, 3, 1]);
    expect(await listed(paginateListRoles(config, {}))).toEqual([3]);
    t.account.addUser({ name: 'many', inline: { a: policy(readRecords), b: policy(readRecords) }, managed: [denyAll] });
    const one = { client: t.admin, pageSize: 1 };
    expect(await listed(paginateListUserPolicies(one, { UserName: 'many' }))).toEqual([1, 1]);
    expect(await listed(paginateListAttachedUserPolicies(one, { UserName: 'many' }))).toEqual([1]);
  });

  it('include service-linked roles, which nobody may change', async () => {
    const t = withUser();
    t.account.addRole({
      name: 'AWSServiceRoleForX',
      path: '/aws-service-role/x/',
      trust: trust({ Service: 'x.amazonaws.com' }),
    });
    const put = (RoleName: string) =>
      outcome(
        t.admin.send(
          new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: JSON.stringify(policy(deny('*'))) }),
        ),
      );
    expect(await put('AWSServiceRoleForX')).toBe('UnmodifiableEntityException');
    t.account.addRole({ name: 'ward', trust: trust({ AWS: clinic }), maxSessionDuration: 7200 });
    expect(await put('ward')).toBe('200');
    const { Role } = await t.admin.send(new GetRoleCommand({ RoleName: 'ward' }));
    expect([Role?.MaxSessionDuration, JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''))]).toEqual([
      7200,
      trust({ AWS: clinic }),
    ]);
    expect(await outcome(t.admin.send(new GetRolePolicyCommand({ RoleName: 'ward', PolicyName: 'q' })))).toBe(
      'NoSuchEntityException',
    );
  });
});

describe('a permissions boundary', () => {
  it('cuts identity policies but not a direct grant of a bucket policy', async () => {
    const t = withUser();
    const boundary = `arn:aws:iam::${clinic}:policy/boundary`;
    t.account.addManagedPolicy(boundary, policy(allow('s3:GetBucketPolicy')));
    t.account.addUser({
      name: 'bound',
      inline: { p: policy(allow('s3:*')) },
      boundary,
      accessKeys: [{ id: 'AKIABOUND00000000000' }],
    });
    const bound = t.world.keyCredentials('AKIABOUND00000000000');
    expect(await t.read(bound, 'records')).toBe('AccessDenied');
    expect(await outcome(t.s3(bound).send(new GetBucketPolicyCommand({ Bucket: 'records' })))).toBe(
      'NoSuchBucketPolicy',
    );
    t.world
      .bucket('records')
      ?.policy.seed(
        JSON.stringify(policy({ ...readRecords, Principal: { AWS: `arn:aws:iam::${clinic}:user/bound` } })),
      );
    expect(await t.read(bound, 'records')).toBe('200');
  });
});
