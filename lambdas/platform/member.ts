import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { JsonObject } from '../core/json.ts';
import type { ActionManifest, Statement } from '../core/manifest.ts';
import { sessionPolicy } from '../core/session-policy.ts';
import type { Settings } from '../core/settings.ts';
import type { Target } from '../core/target.ts';
import type { Member } from './action.ts';
import { type Platform, variable } from './platform.ts';

export type MemberRole = 'observer' | 'responder';

interface Place {
  account: string;
  /** the variable with the role's name */
  variable: string;
}

/** Where the role stands: in the target's account, or for changes through the organization in the management account. */
function placeOf(role: MemberRole, target: Target, through: ActionManifest['through'], settings: Settings): Place {
  const variable = role === 'observer' ? 'OBSERVER_ROLE' : 'RESPONDER_ROLE';
  if (through === 'member') return { account: target.account, variable };
  const { management } = settings.accounts;
  if (!management)
    throw new Error('the settings name no management account: set accounts.management and deploy its stack');
  return { account: management, variable: `ORGANIZATIONS_${variable}` };
}

function oursOf({ response, forensic, management, members }: Settings['accounts']): string[] {
  return [...new Set([response, forensic, ...(management ? [management] : []), ...members.map((m) => m.id)])];
}

/**
 * One member account through one role (or the management account, where the action says so), narrowed by a session policy made from what the action declares and this target
 * (DESIGN §4). The session's name is the incident, so that the member account's own trail says why.
 */
export async function member(
  platform: Platform,
  role: MemberRole,
  target: Target,
  incident: string,
  permissions: {
    statements: Statement[];
    scope?: Record<string, string>;
    through?: ActionManifest['through'] | undefined;
    baseline?: JsonObject | undefined;
  },
): Promise<Member> {
  const partition = platform.environment.PARTITION ?? 'aws';
  const settings = await platform.settings();
  const { accounts } = settings;
  const place = placeOf(role, target, permissions.through ?? 'member', settings);
  const roleName = variable(platform, place.variable);
  const { Credentials } = await platform.client(STSClient).send(
    new AssumeRoleCommand({
      RoleArn: `arn:${partition}:iam::${place.account}:role/${roleName}`,
      RoleSessionName: `tourniquet-${incident}`,
      ExternalId: variable(platform, 'EXTERNAL_ID'),
      DurationSeconds: 900,
      Policy: sessionPolicy(permissions.statements, { target, partition, scope: permissions.scope ?? {} }),
    }),
  );
  if (!Credentials?.AccessKeyId || !Credentials.SecretAccessKey)
    throw new Error(`AssumeRole gave no credentials for ${roleName} in ${place.account}`);
  const credentials = {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
  };
  return {
    account: target.account,
    region: target.region,
    partition,
    ours: oursOf(accounts),
    now: () => platform.now(),
    baseline: permissions.baseline,
    client: (kind, region = target.region, session = credentials) =>
      platform.client(kind, { region, credentials: session }),
  };
}
