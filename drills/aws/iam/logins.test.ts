import {
  CreateLoginProfileCommand,
  DeleteLoginProfileCommand,
  GetLoginProfileCommand,
  ListServiceSpecificCredentialsCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateLoginProfileCommand,
  UpdateServiceSpecificCredentialCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { allow, clinic, outcome, partner, policy, testWorld, trust } from '../testWorld.ts';
import { signIn } from './logins.ts';

const arn = `arn:aws:iam::${clinic}:user/rosa`;
const UserName = 'rosa';

function withRosa() {
  const t = testWorld();
  t.world.account(clinic).addUser({
    name: UserName,
    inline: { reads: policy(allow('s3:GetObject')) },
    loginProfile: { password: 'first' },
    serviceCredentials: [
      { id: 'ACCA1', service: 'bedrock.amazonaws.com' },
      { id: 'ACCA2', service: 'codecommit.amazonaws.com' },
    ],
  });
  return { ...t, admin: t.iam(t.userWith(clinic, allow('iam:*'))) };
}

describe('a console login', () => {
  it('that is deleted ends sign-in after the delay, no session, and does not come back the same', async () => {
    const t = withRosa();
    const before = t.world.snapshot(clinic);
    const session = signIn(t.world, arn, 'first');
    await t.admin.send(new DeleteLoginProfileCommand({ UserName }));
    expect(await outcome(t.admin.send(new GetLoginProfileCommand({ UserName })))).toBe('NoSuchEntityException');
    expect(await outcome(t.admin.send(new DeleteLoginProfileCommand({ UserName })))).toBe('NoSuchEntityException');
    expect(signIn(t.world, arn, 'first')).toBeDefined();
    t.wait();
    expect(signIn(t.world, arn, 'first')).toBeUndefined();
    expect(session && (await t.read(session, 'nothing'))).not.toBe('InvalidAccessKeyId');
    await t.admin.send(new CreateLoginProfileCommand({ UserName, Password: 'second' }));
    expect(t.world.snapshot(clinic)).not.toEqual(before);
  });

  it('whose password must be reset still lets in whoever knows it', async () => {
    const t = withRosa();
    await t.admin.send(new UpdateLoginProfileCommand({ UserName, PasswordResetRequired: true }));
    t.wait();
    const { LoginProfile } = await t.admin.send(new GetLoginProfileCommand({ UserName }));
    expect(LoginProfile?.PasswordResetRequired).toBe(true);
    expect(signIn(t.world, arn, 'first')).toBeDefined();
    expect(signIn(t.world, arn, 'guessed')).toBeUndefined();
  });

  it('cannot be made twice', async () => {
    const t = withRosa();
    const again = t.admin.send(new CreateLoginProfileCommand({ UserName, Password: 'second' }));
    expect(await outcome(again)).toBe('EntityAlreadyExistsException');
  });
});

describe('a service-specific credential', () => {
  it('is listed by service, changes alone, and its service is a condition key', async () => {
    const t = withRosa();
    const Condition = { StringEquals: { 'iam:ServiceSpecificCredentialServiceName': 'bedrock.amazonaws.com' } };
    const narrow = t.iam(t.userWith(clinic, allow('iam:UpdateServiceSpecificCredential', '*', { Condition })));
    const off = (ServiceSpecificCredentialId: string) =>
      outcome(
        narrow.send(
          new UpdateServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId, Status: 'Inactive' }),
        ),
      );
    expect([await off('ACCA1'), await off('ACCA2'), await off('ACCA9')]).toEqual([
      '200',
      'AccessDenied',
      'AccessDenied',
    ]);
    const listed = await t.admin.send(new ListServiceSpecificCredentialsCommand({ UserName }));
    expect(listed.ServiceSpecificCredentials?.map((one) => one.Status)).toEqual(['Inactive', 'Active']);
    const git = new ListServiceSpecificCredentialsCommand({ UserName, ServiceName: 'codecommit.amazonaws.com' });
    expect((await t.admin.send(git)).ServiceSpecificCredentials).toHaveLength(1);
  });
});

describe('a trust policy', () => {
  const update = (t: ReturnType<typeof withRosa>, document: object | string, RoleName = 'reports') =>
    outcome(
      t.admin.send(
        new UpdateAssumeRolePolicyCommand({
          RoleName,
          PolicyDocument: typeof document === 'string' ? document : JSON.stringify(document),
        }),
      ),
    );

  it('that is repaired lets nobody in afresh after the delay, and ends no session', async () => {
    const t = withRosa();
    const account = t.world.account(clinic);
    account.addRole({ name: 'reports', trust: trust({ AWS: partner }), inline: { x: policy(allow('s3:*')) } });
    const outsider = t.sts(t.userWith(partner, allow('sts:AssumeRole')));
    const assume = () =>
      outsider.send(
        new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${clinic}:role/reports`, RoleSessionName: 'session' }),
      );
    const { Credentials } = await assume();
    expect(await update(t, trust({ Service: 'ec2.amazonaws.com' }))).toBe('200');
    t.wait();
    expect(await outcome(assume())).toBe('AccessDenied');
    const held = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken,
    };
    expect(await t.read(held, 'no-such-bucket')).toBe('NoSuchBucket');
  });

  it('is refused when it is no policy, names a deleted principal, is too long, or the role is a service-linked one', async () => {
    const t = withRosa();
    const account = t.world.account(clinic);
    account.addRole({ name: 'reports', trust: trust({ AWS: clinic }) });
    account.addRole({ name: 'linked', path: '/aws-service-role/x/', trust: trust({ Service: 'x.amazonaws.com' }) });
    expect(await update(t, '{')).toBe('MalformedPolicyDocumentException');
    expect(await update(t, trust({ AWS: 'AROAEXAMPLEEXAMPLE123' }))).toBe('MalformedPolicyDocumentException');
    expect(
      await update(t, trust({ AWS: Array.from({ length: 60 }, (_, i) => `arn:aws:iam::${clinic}:role/r${i}`) })),
    ).toBe('LimitExceededException');
    expect(await update(t, trust({ AWS: clinic }), 'linked')).toBe('UnmodifiableEntityException');
  });
});
