import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Statement } from '../core/manifest.ts';
import { sessionPolicy } from '../core/session-policy.ts';
import type { Target } from '../core/target.ts';
import type { Member } from './action.ts';
import { type Platform, variable } from './platform.ts';

export type MemberRole = 'observer' | 'responder';

/**
 * One member account through one role, narrowed by a session policy made from what the action declares and this target
 * (DESIGN §4). The session's name is the incident, so that the member account's own trail says why.
 */
export async function member(
  platform: Platform,
  role: MemberRole,
  target: Target,
  incident: string,
  permissions: { statements: Statement[]; scope?: Record<string, string> },
): Promise<Member> {
  const partition = platform.environment.PARTITION ?? 'aws';
  const roleName = variable(platform, role === 'observer' ? 'OBSERVER_ROLE' : 'RESPONDER_ROLE');
  const { Credentials } = await platform.client(STSClient).send(
    new AssumeRoleCommand({
      RoleArn: `arn:${partition}:iam::${target.account}:role/${roleName}`,
      RoleSessionName: `tourniquet-${incident}`,
      ExternalId: variable(platform, 'EXTERNAL_ID'),
      DurationSeconds: 900,
      Policy: sessionPolicy(permissions.statements, { target, partition, scope: permissions.scope ?? {} }),
    }),
  );
  if (!Credentials?.AccessKeyId || !Credentials.SecretAccessKey)
    throw new Error(`AssumeRole gave no credentials for ${roleName} in ${target.account}`);
  const credentials = {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
  };
  return {
    account: target.account,
    region: target.region,
    partition,
    now: () => platform.now(),
    client: (kind, region = target.region) => platform.client(kind, { region, credentials }),
  };
}
