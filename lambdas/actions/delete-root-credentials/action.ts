import {
  DeactivateMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  DeleteSigningCertificateCommand,
  GetLoginProfileCommand,
  IAMClient,
  paginateListAccessKeys,
  paginateListMFADevices,
  paginateListSigningCertificates,
} from '@aws-sdk/client-iam';
import { AssumeRootCommand, STSClient } from '@aws-sdk/client-sts';
import { BeforeStateChanged, Hindered } from '../../core/errors.ts';
import { equal } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Member } from '../../platform/action.ts';
import { isCode } from '../../platform/aws-error.ts';
import { orNone } from '../../platform/iam.ts';
import { requireMemberAccount } from '../../platform/organizations.ts';

/** Ids, never secrets. */
type State = {
  accessKeys: string[];
  password: boolean;
  mfaDevices: string[];
  certificates: string[];
};

const none: State = { accessKeys: [], password: false, mfaDevices: [], certificates: [] };

/**
 * IAM as the root user of the target's account, for one task. The session's rights are the task policy that AWS wrote, so no statement
 * of ours names them; at most 900 seconds, through the Regional endpoint only (STS API reference, AssumeRoot).
 */
async function rootSession(target: Target, member: Member, task: 'Audit' | 'Delete'): Promise<IAMClient> {
  try {
    const { Credentials } = await member.client(STSClient).send(
      new AssumeRootCommand({
        TargetPrincipal: target.account,
        TaskPolicyArn: { arn: `arn:${member.partition}:iam::aws:policy/root-task/IAM${task}RootUserCredentials` },
        DurationSeconds: 900,
      }),
    );
    if (!Credentials?.AccessKeyId || !Credentials.SecretAccessKey)
      throw new Error(`AssumeRoot gave no credentials for ${target.account}`);
    return member.client(IAMClient, member.region, {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
    });
  } catch (error) {
    if (isCode(error, 'AccessDenied'))
      throw new Hindered(
        `the root user of ${target.account} cannot be assumed: enable centralized root access in the organization (root credentials management and privileged root actions), then run the step again`,
      );
    throw error;
  }
}

async function read(client: IAMClient): Promise<State> {
  const state: State = { ...none, accessKeys: [], mfaDevices: [], certificates: [] };
  for await (const page of paginateListAccessKeys({ client }, {}))
    state.accessKeys.push(...(page.AccessKeyMetadata ?? []).map((key) => key.AccessKeyId ?? ''));
  for await (const page of paginateListMFADevices({ client }, {}))
    state.mfaDevices.push(...(page.MFADevices ?? []).map((device) => device.SerialNumber ?? ''));
  for await (const page of paginateListSigningCertificates({ client }, {}))
    state.certificates.push(...(page.Certificates ?? []).map((one) => one.CertificateId ?? ''));
  state.password = (await orNone(client.send(new GetLoginProfileCommand({})))) !== null;
  return state;
}

/** Whether all that is there was there before: an apply that was cut short goes on, a new credential is shown to people first. */
function within(live: State, before: State): boolean {
  const lists = ['accessKeys', 'mfaDevices', 'certificates'] as const;
  return (
    lists.every((list) => live[list].every((one) => before[list].includes(one))) && live.password <= before.password
  );
}

const line = (what: string, was: number, becomes: number) =>
  was === becomes ? [] : [`${what} of the root user: ${was} → ${becomes}`];

const action: Action<State> = {
  capture: async (target, member) => {
    await requireMemberAccount(target, member);
    return { state: await read(await rootSession(target, member, 'Audit')), scope: {} };
  },
  owned: (state) => state,
  intend: () => none,
  losses: (_, target) => [
    `Whoever signs in as the root user of account ${target.account}, or runs something with its key, cannot any more; the keys are gone for good.`,
    'A new password for it needs the management account and access to the root mailbox.',
    'Sessions that the key opened before can live for up to an hour: the deny through the organization stops those.',
  ],
  describe: (before, after) => [
    ...line('access keys', before.accessKeys.length, after.accessKeys.length),
    ...line('passwords', Number(before.password), Number(after.password)),
    ...line('MFA devices', before.mfaDevices.length, after.mfaDevices.length),
    ...line('signing certificates', before.certificates.length, after.certificates.length),
  ],
  apply: async (target, member, before) => {
    const client = await rootSession(target, member, 'Delete');
    const live = await read(client);
    if (!within(live, before))
      throw new BeforeStateChanged(`the root user of ${target.account} got another credential since it was read`);
    for (const AccessKeyId of live.accessKeys) await client.send(new DeleteAccessKeyCommand({ AccessKeyId }));
    if (live.password) await client.send(new DeleteLoginProfileCommand({}));
    for (const SerialNumber of live.mfaDevices) await client.send(new DeactivateMFADeviceCommand({ SerialNumber }));
    for (const CertificateId of live.certificates)
      await client.send(new DeleteSigningCertificateCommand({ CertificateId }));
  },
  verify: (live, target) =>
    equal(live, none)
      ? { safe: true }
      : { safe: false, why: `the root user of ${target.account} still has ${action.describe(live, none).join(', ')}` },
  undo: async (target) => {
    throw new Hindered(
      `deleted root credentials do not come back: from the management account allow password recovery for ${target.account} (AssumeRoot with IAMCreateRootUserPassword), then reset the password through the root mailbox`,
    );
  },
};
export default action;
