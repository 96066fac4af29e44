import {
  GetAccountCommand,
  type GetAccountCommandOutput,
  GetEmailIdentityCommand,
  SESv2Client,
} from '@aws-sdk/client-sesv2';
import type { Settings } from '../../core/settings.ts';
import { type Check, type Line, looked, missing, ok } from '../check.ts';
import manifest from './mail.json' with { type: 'json' };

/** People to be told at once, where the settings do not say: from 500 on the law asks for notices within the same 60 days to all (45 CFR 164.406, 164.408). */
const assumedPopulation = 500;

const cost = {
  sandbox: 'only verified addresses get mail: whoever is on call, and every patient, may get none',
  slow: 'notices to those affected take longer than a day to leave',
  unsent: 'nobody gets mail: approvals run into their time limit and nobody knows of the leak',
};

function sending({ ProductionAccessEnabled, SendingEnabled }: GetAccountCommandOutput, region: string): Line {
  if (!SendingEnabled)
    return missing('SES does not send: sending is switched off for the response account', {
      cost: cost.unsent,
      command: `aws sesv2 put-account-sending-attributes --sending-enabled --region ${region}`,
    });
  if (!ProductionAccessEnabled)
    return missing('SES is in its sandbox', {
      cost: cost.sandbox,
      command: `aws sesv2 put-account-details --production-access-enabled --mail-type TRANSACTIONAL --website-url https://<yours> --region ${region}`,
    });
  return ok('SES sends, out of its sandbox');
}

function speed({ SendQuota = {} }: GetAccountCommandOutput, { mail, homeRegion }: Settings): Line {
  const { Max24HourSend = 0, MaxSendRate = 0 } = SendQuota;
  const people = mail.population ?? assumedPopulation;
  const said =
    mail.population === undefined ? `${people} people (assumed: mail.population is not set)` : `${people} people`;
  const rate = people / 86_400;
  // -1 is "no limit" (SESv2 API reference, SendQuota)
  const short = [
    ...(Max24HourSend !== -1 && Max24HourSend < people ? [{ code: 'L-804C8AE8', needed: people }] : []),
    ...(MaxSendRate < rate ? [{ code: 'L-CDEF9B6B', needed: Math.ceil(rate) }] : []),
  ];
  const limits = `${Max24HourSend === -1 ? 'no limit' : Max24HourSend} a day, ${MaxSendRate} a second`;
  if (short.length === 0) return ok(`SES can tell ${said} within a day (${limits})`);
  return missing(`SES cannot tell ${said} within a day (${limits})`, {
    cost: cost.slow,
    command: short
      .map(
        ({ code, needed }) =>
          `aws service-quotas request-service-quota-increase --service-code ses --quota-code ${code} --desired-value ${needed} --region ${homeRegion}`,
      )
      .join(' && '),
  });
}

async function identity(client: SESv2Client, { mail: { from }, homeRegion }: Settings): Promise<Line> {
  const domain = from.slice(from.lastIndexOf('@') + 1);
  const { VerifiedForSendingStatus } = await client.send(new GetEmailIdentityCommand({ EmailIdentity: domain }));
  if (VerifiedForSendingStatus) return ok(`${domain} is verified as sender`);
  return missing(`${domain} is not verified as sender: its DKIM records are not in the DNS`, {
    cost: cost.unsent,
    command: `aws sesv2 get-email-identity --email-identity ${domain} --query DkimAttributes.Tokens --region ${homeRegion}`,
  });
}

/** SES sends for us, to anybody, and to everybody who may be affected within a day. */
const check: Check = {
  ...manifest,
  async examine({ platform, settings }) {
    const client = platform.client(SESv2Client);
    const mend = { cost: cost.unsent, command: `aws sesv2 get-account --region ${settings.homeRegion}` };
    const lines = [
      looked('SES', mend, async () => {
        const account = await client.send(new GetAccountCommand({}));
        return [sending(account, settings.homeRegion), speed(account, settings)];
      }),
      looked('the sender of mail', mend, () => identity(client, settings)),
    ];
    return (await Promise.all(lines)).flat();
  },
};
export default check;
