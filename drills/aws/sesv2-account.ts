import type { GetEmailIdentityRequest, GetSuppressedDestinationRequest } from '@aws-sdk/client-sesv2';
import type { Account, Resource } from './account.ts';
import { AwsError, type Call, type Command, type Service } from './kernel.ts';
import { type MailSetup, mailKey } from './sesv2.ts';
import type { World } from './world.ts';

/*
 * What SES lets an account send, and what it counts of the last 24 hours in bulk mail. An account that nothing is said of is in the sandbox, as new ones are. Does not model: that the
 * sandbox and the suppression list hold mail back, DKIM records, and any change.
 */

export interface MailAccountSeed {
  region: string;
  production?: boolean;
  sending?: boolean;
  /** messages in 24 hours, and in a second */
  quota?: [daily: number, rate: number];
  suppressed?: string[];
  /** identities whose DNS records are not there */
  unverified?: string[];
}

export interface MailAccount extends Resource, Required<MailAccountSeed> {
  /** when, and how many, messages of bulk calls were taken */
  taken: { at: number; messages: number }[];
}

const arnOf = (account: string, region: string) => `arn:aws:ses:${region}:${account}:account`;

export function seedMailAccount(account: Account, seed: MailAccountSeed): void {
  account.resources.set(arnOf(account.id, seed.region), mailAccount(seed));
}

/** Limits of the sandbox: SES developer guide, "Request production access". */
function mailAccount(seed: MailAccountSeed): MailAccount {
  const state = {
    production: false,
    sending: true,
    quota: [200, 1] as [number, number],
    suppressed: [],
    unverified: [],
  };
  const full = { ...state, ...seed };
  return { ...full, taken: [], stored: () => ({ ...full }) };
}

/** What SES lets the caller's account send in this Region. */
export function mailAccountOf(world: World, call: Call): MailAccount {
  const found = world.account(call.caller.account).resources.get(arnOf(call.caller.account, call.region));
  return (found as MailAccount | undefined) ?? mailAccount({ region: call.region });
}

/** Messages of the last 24 hours. */
export function takenToday({ taken }: MailAccount, call: Call): number {
  const since = call.now.subtract({ hours: 24 }).epochMilliseconds;
  return taken.reduce((sum, { at, messages }) => (at > since ? sum + messages : sum), 0);
}

export function sesAccountCommands(world: World, setup: MailSetup): Service {
  const of = (call: Call) => mailAccountOf(world, call);
  const anywhere = (action: string) => (_input: unknown, call: Call) => [
    { action: `ses:${action}`, resource: '*', owner: call.caller.account },
  ];
  const account: Command<object, object> = {
    parameters: [],
    needs: anywhere('GetAccount'),
    run(_input, call) {
      const { production, sending, quota } = of(call);
      return {
        ProductionAccessEnabled: production,
        SendingEnabled: sending,
        SendQuota: { Max24HourSend: quota[0], MaxSendRate: quota[1], SentLast24Hours: takenToday(of(call), call) },
      };
    },
  };
  const suppressed: Command<GetSuppressedDestinationRequest, object> = {
    parameters: ['EmailAddress'],
    needs: anywhere('GetSuppressedDestination'),
    run({ EmailAddress = '' }, call) {
      if (of(call).suppressed.includes(EmailAddress))
        return { SuppressedDestination: { EmailAddress, Reason: 'BOUNCE', LastUpdateTime: new Date(0) } };
      throw new AwsError(
        'NotFoundException',
        404,
        `Email address ${EmailAddress} does not exist on your suppression list.`,
      );
    },
  };
  const identity: Command<GetEmailIdentityRequest, object> = {
    parameters: ['EmailIdentity'],
    needs: ({ EmailIdentity }, call) => [
      {
        action: 'ses:GetEmailIdentity',
        resource: `arn:aws:ses:${call.region}:${call.caller.account}:identity/${EmailIdentity}`,
        owner: call.caller.account,
      },
    ],
    run({ EmailIdentity = '' }, call) {
      if (!setup.identities.has(mailKey(call.caller.account, call.region, EmailIdentity)))
        throw new AwsError('NotFoundException', 404, `Email identity ${EmailIdentity} does not exist.`);
      return { VerifiedForSendingStatus: !of(call).unverified.includes(EmailIdentity) };
    },
  };
  return { GetAccount: account, GetSuppressedDestination: suppressed, GetEmailIdentity: identity };
}
