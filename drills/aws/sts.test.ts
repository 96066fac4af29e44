import { GetUserCommand, PutUserPolicyCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  type Credentials as StsCredentials,
} from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../lambdas/core/json.ts';
import { allow, clinic, deny, outcome, partner, policy, region, testWorld, trust } from './testWorld.ts';
import type { Credentials, PolicyDocument } from './world.ts';

const credentialsOf = (minted: StsCredentials | undefined): Credentials => ({
  accessKeyId: minted?.AccessKeyId ?? '',
  secretAccessKey: minted?.SecretAccessKey ?? '',
  sessionToken: minted?.SessionToken ?? '',
});
const readRecords = allow('s3:GetObject', 'arn:aws:s3:::records/*');
const roleArn = `arn:aws:iam::${clinic}:role/ward`;
const sessionArn = `arn:aws:sts::${clinic}:assumed-role/ward/case`;

function withRole(
  options: { trust?: PolicyDocument; identity?: JsonObject[]; bucketPolicy?: JsonObject; owner?: string } = {},
) {
  const t = testWorld();
  t.world.account(options.owner ?? clinic).addBucket({
    name: 'records',
    region,
    objects: [{ key: 'patients.csv', body: 'x' }],
    ...(options.bucketPolicy && { policy: policy(options.bucketPolicy) }),
  });
  const identity = options.identity ?? [readRecords];
  const role = t.world.account(clinic).addRole({
    name: 'ward',
    trust: options.trust ?? trust({ AWS: clinic }),
    ...(identity.length > 0 && { inline: { own: policy(...identity) } }),
  });
  const user = t.userWith(clinic, allow('sts:AssumeRole'), readRecords);
  const assume = async (as: Credentials, more: object = {}) => {
    const answer = await t.sts(as).send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'case', ...more }));
    return credentialsOf(answer.Credentials);
  };
  const sessionToken = async (as: Credentials) =>
    credentialsOf((await t.sts(as).send(new GetSessionTokenCommand({}))).Credentials);
  return { ...t, role, user, assume, sessionToken };
}

describe('AssumeRole', () => {
  it('needs the trust policy, and for an account principal the identity policy too', async () => {
    const t = withRole();
    expect(await t.read(await t.assume(t.user), 'records')).toBe('200');
    expect(await outcome(t.assume(t.userWith(clinic, readRecords)))).toBe('AccessDenied');
    expect(await outcome(t.assume(t.userWith(partner, allow('sts:AssumeRole'))))).toBe('AccessDenied');
    const named = t.userWith(clinic, readRecords);
    t.role.trust.seed(JSON.stringify(trust({ AWS: `arn:aws:iam::${clinic}:user/${named.userName}` })));
    expect(await outcome(t.assume(named))).toBe('200');
    expect(await outcome(t.assume(t.user))).toBe('AccessDenied');
  });

  it('asks for the ExternalId and the exact role ARN that the trust policy names', async () => {
    const caller = `arn:aws:iam::${partner}:role/observe`;
    const t = withRole({
      trust: trust(
        { AWS: partner },
        { Condition: { StringEquals: { 'sts:ExternalId': 'x-1' }, ArnEquals: { 'aws:PrincipalArn': caller } } },
      ),
    });
    for (const name of ['observe', 'act'])
      t.world.account(partner).addRole({
        name,
        trust: trust({ Service: 'lambda.amazonaws.com' }),
        inline: { p: policy(allow('sts:AssumeRole', roleArn)) },
      });
    const observe = t.world.roleCredentials(caller, 'f');
    const act = t.world.roleCredentials(`arn:aws:iam::${partner}:role/act`, 'f');
    expect(await outcome(t.assume(observe))).toBe('AccessDenied');
    expect(await outcome(t.assume(observe, { ExternalId: 'x-2' }))).toBe('AccessDenied');
    expect(await outcome(t.assume(act, { ExternalId: 'x-1' }))).toBe('AccessDenied');
    expect(await outcome(t.assume(observe, { ExternalId: 'x-1' }))).toBe('200');
  });

  it('cuts the session by its policy, which has 2,048 characters at most', async () => {
    const t = withRole();
    const scoped = (statement: JsonObject) => t.assume(t.user, { Policy: JSON.stringify(policy(statement)) });
    expect(await t.read(await scoped(allow('s3:ListBucket')), 'records')).toBe('AccessDenied');
    expect(await t.read(await scoped(readRecords), 'records')).toBe('200');
    const long = JSON.stringify(policy(allow('s3:GetObject', `arn:aws:s3:::${'x'.repeat(2048)}`)));
    expect(await outcome(t.assume(t.user, { Policy: long }))).toBe('ValidationError');
    expect(await outcome(t.assume(t.user, { Policy: '{}' }))).toBe('MalformedPolicyDocumentException');
  });

  it('lasts as long as the role allows, chained sessions one hour, and then the session is expired', async () => {
    const t = withRole({ identity: [readRecords, allow('sts:AssumeRole')] });
    t.role.maxSessionDuration = 7200;
    const session = await t.assume(t.user, { DurationSeconds: 7200 });
    expect(await outcome(t.assume(t.user, { DurationSeconds: 7201 }))).toBe('ValidationError');
    expect(await outcome(t.assume(session, { DurationSeconds: 3601 }))).toBe('ValidationError');
    expect(await outcome(t.assume(session, { DurationSeconds: 3600 }))).toBe('200');
    t.wait({ seconds: 7200 });
    expect(await t.read(session, 'records')).toBe('ExpiredToken');
  });

  it('needs sts:SetSourceIdentity on both sides for a source identity, which then travels along', async () => {
    const t = withRole({
      identity: [
        allow('sts:*'),
        allow('s3:GetObject', '*', { Condition: { StringEquals: { 'aws:SourceIdentity': 'anna' } } }),
      ],
    });
    const as = t.userWith(clinic, allow('sts:*'));
    expect(await outcome(t.assume(as, { SourceIdentity: 'anna' }))).toBe('AccessDenied');
    t.role.trust.seed(JSON.stringify(trust({ AWS: clinic }, { Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'] })));
    const first = await t.assume(as, { SourceIdentity: 'anna' });
    expect(await t.read(await t.assume(first), 'records')).toBe('200');
  });

  it('is nothing for root, strangers without credentials, or roles that do not exist', async () => {
    const t = withRole();
    expect(await outcome(t.assume(t.world.rootCredentials(clinic)))).toBe('AccessDenied');
    expect(await outcome(t.assume({ accessKeyId: '', secretAccessKey: '' }))).toBe('MissingAuthenticationToken');
    expect(await outcome(t.assume(t.user, { RoleArn: `arn:aws:iam::${clinic}:role/none` }))).toBe('AccessDenied');
  });
});

describe('a bucket policy that names the session', () => {
  const grant = { ...readRecords, Principal: { AWS: sessionArn } };

  it('reaches past a session policy in the same account and not across accounts', async () => {
    const narrow = { Policy: JSON.stringify(policy(allow('s3:ListBucket'))) };
    const same = withRole({ bucketPolicy: grant });
    expect(await same.read(await same.assume(same.user, narrow), 'records')).toBe('200');
    const across = withRole({ bucketPolicy: grant, owner: partner });
    expect(await across.read(await across.assume(across.user, narrow), 'records')).toBe('AccessDenied');
    expect(await across.read(await across.assume(across.user), 'records')).toBe('200');
  });

  it('lets a role without any policy read, until an explicit Deny', async () => {
    const t = withRole({ bucketPolicy: grant, identity: [] });
    const session = await t.assume(t.user);
    expect(await t.read(session, 'records')).toBe('200');
    t.role.inline.seed({ stop: JSON.stringify(policy(deny('*'))) });
    expect(await t.read(session, 'records')).toBe('AccessDenied');
  });
});

describe('sessions of a user', () => {
  it('outlive the deactivation of the key that made them, and end with a deny on the user', async () => {
    const t = withRole();
    const session = await t.sessionToken(t.user);
    const { userName: UserName, accessKeyId: AccessKeyId } = t.user;
    const admin = t.iam(t.userWith(clinic, allow('iam:*')));
    await admin.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' }));
    t.wait();
    expect([await t.read(t.user, 'records'), await t.read(session, 'records')]).toEqual(['InvalidAccessKeyId', '200']);
    const PolicyDocument = JSON.stringify(policy(deny('*')));
    await admin.send(new PutUserPolicyCommand({ UserName, PolicyName: 'stop', PolicyDocument }));
    t.wait();
    expect(await t.read(session, 'records')).toBe('AccessDenied');
  });

  it('are told apart by aws:TokenIssueTime: old ones fail, the key and new ones work', async () => {
    const t = withRole();
    const old = await t.sessionToken(t.user);
    t.wait({ minutes: 1 });
    const cut = deny('*', '*', { Condition: { DateLessThan: { 'aws:TokenIssueTime': t.world.now().toString() } } });
    t.world
      .account(clinic)
      .users.get(t.user.userName)
      ?.inline.seed({ own: JSON.stringify(policy(readRecords)), cut: JSON.stringify(policy(cut)) });
    t.wait({ seconds: 1 });
    const fresh = await t.sessionToken(t.user);
    expect([await t.read(t.user, 'records'), await t.read(old, 'records'), await t.read(fresh, 'records')]).toEqual([
      '200',
      'AccessDenied',
      '200',
    ]);
  });

  it('do not pass a deny on to the roles that the user had assumed', async () => {
    const t = withRole();
    const session = await t.assume(t.user);
    t.world
      .account(clinic)
      .users.get(t.user.userName)
      ?.inline.seed({ stop: JSON.stringify(policy(deny('*'))) });
    expect([await t.read(t.user, 'records'), await t.read(session, 'records')]).toEqual(['AccessDenied', '200']);
  });

  it('may not call IAM, nor mint further sessions', async () => {
    const t = withRole();
    const session = await t.sessionToken(t.user);
    expect(await outcome(t.iam(session).send(new GetUserCommand({})))).toBe('InvalidClientTokenId');
    expect(await outcome(t.sts(session).send(new GetSessionTokenCommand({})))).toBe('AccessDenied');
    expect(await outcome(t.sts(await t.assume(t.user)).send(new GetSessionTokenCommand({})))).toBe('AccessDenied');
    expect(await outcome(t.assume(session))).toBe('200');
  });

  it('of a federated user hold what the user and the session policy both allow', async () => {
    const t = withRole();
    const user = t.userWith(clinic, allow('sts:GetFederationToken'), readRecords);
    const federate = async (more: object) =>
      credentialsOf((await t.sts(user).send(new GetFederationTokenCommand({ Name: 'guest', ...more }))).Credentials);
    expect(await t.read(await federate({}), 'records')).toBe('AccessDenied');
    const session = await federate({ Policy: JSON.stringify(policy(allow('*'))) });
    expect(await t.read(session, 'records')).toBe('200');
    expect(await outcome(t.iam(session).send(new GetUserCommand({})))).toBe('InvalidClientTokenId');
  });
});

describe('who am I', () => {
  it('is answered even under an explicit deny, and for any key id', async () => {
    const t = withRole();
    const denied = t.userWith(clinic, deny('*'));
    expect((await t.sts(denied).send(new GetCallerIdentityCommand({}))).Arn).toBe(
      `arn:aws:iam::${clinic}:user/${denied.userName}`,
    );
    expect((await t.sts(await t.assume(t.user)).send(new GetCallerIdentityCommand({}))).Arn).toBe(sessionArn);
    const asking = t.sts(t.userWith(partner, allow('sts:GetAccessKeyInfo')));
    expect((await asking.send(new GetAccessKeyInfoCommand({ AccessKeyId: t.user.accessKeyId }))).Account).toBe(clinic);
  });
});
