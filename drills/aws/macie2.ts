import type { Account, Resource } from './account.ts';
import { AwsError, type Call, type Command, type Service } from './kernel.ts';
import type { World } from './world.ts';

/*
 * Macie's session and where it publishes, for each account and Region. Does not model: jobs, findings, members, and any change.
 */

interface Session extends Resource {
  status: 'ENABLED' | 'PAUSED';
  policyFindings: boolean;
  classificationFindings: boolean;
}

export interface MacieSeed {
  region: string;
  status?: 'ENABLED' | 'PAUSED';
  /** AWS publishes policy findings from the first day, and sensitive data findings only when asked */
  policyFindings?: boolean;
  classificationFindings?: boolean;
}

const arnOf = (account: string, region: string) => `arn:aws:macie2:${region}:${account}:session`;

export function seedMacie(account: Account, seed: MacieSeed): void {
  const { status = 'ENABLED', policyFindings = true, classificationFindings = false } = seed;
  const state = { status, policyFindings, classificationFindings };
  const session: Session = { ...state, stored: () => state };
  account.resources.set(arnOf(account.id, seed.region), session);
}

export function macieService(world: World): Service {
  const command = (action: string, show: (session: Session) => object): Command<object, object> => ({
    parameters: [],
    needs: (_input, call: Call) => [{ action: `macie2:${action}`, resource: '*', owner: call.caller.account }],
    run(_input, call) {
      const { account } = call.caller;
      const session = world.account(account).resources.get(arnOf(account, call.region)) as Session | undefined;
      if (!session) throw new AwsError('AccessDeniedException', 403, 'Macie is not enabled.');
      return show(session);
    },
  });
  return {
    GetMacieSession: command('GetMacieSession', ({ status }) => ({ status })),
    GetFindingsPublicationConfiguration: command('GetFindingsPublicationConfiguration', (session) => ({
      securityHubConfiguration: {
        publishPolicyFindings: session.policyFindings,
        publishClassificationFindings: session.classificationFindings,
      },
    })),
  };
}
