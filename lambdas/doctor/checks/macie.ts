import {
  GetFindingsPublicationConfigurationCommand,
  GetMacieSessionCommand,
  Macie2Client,
} from '@aws-sdk/client-macie2';
import { isCode } from '../../platform/aws-error.ts';
import { type Check, everywhere, type Line, mayHoldPatientData, missing, ok } from '../check.ts';
import manifest from './macie.json' with { type: 'json' };

const cost = {
  off: 'nobody knows which buckets hold patient data: who must be notified is found out by hand, on the clock',
  unpublished:
    'what Macie finds in a bucket (made public, patient data in it) never reaches Security Hub, and so nobody',
};

/** Macie answers AccessDenied with these words where it was never switched on. */
function neverOn(error: unknown): boolean {
  return isCode(error, 'AccessDenied') && error instanceof Error && /not enabled/i.test(error.message);
}

async function session(client: Macie2Client): Promise<string> {
  try {
    return (await client.send(new GetMacieSessionCommand({}))).status ?? 'unknown';
  } catch (error) {
    if (neverOn(error)) return 'not enabled';
    throw error;
  }
}

async function macieLine(client: Macie2Client, at: string, region: string): Promise<Line> {
  const status = await session(client);
  if (status !== 'ENABLED')
    return missing(`${at}: Macie is ${status === 'PAUSED' ? 'paused' : status}`, {
      cost: cost.off,
      command:
        status === 'PAUSED'
          ? `aws macie2 update-macie-session --status ENABLED --region ${region}`
          : `aws macie2 enable-macie --region ${region}`,
    });
  const { securityHubConfiguration: hub } = await client.send(new GetFindingsPublicationConfigurationCommand({}));
  const unpublished = [
    ...(hub?.publishPolicyFindings ? [] : ['policy findings']),
    ...(hub?.publishClassificationFindings ? [] : ['sensitive data findings']),
  ];
  if (unpublished.length === 0) return ok(`${at}: Macie is on and publishes to Security Hub`);
  return missing(`${at}: Macie does not publish ${unpublished.join(' and ')} to Security Hub`, {
    cost: cost.unpublished,
    command: `aws macie2 put-findings-publication-configuration --security-hub-configuration publishPolicyFindings=true,publishClassificationFindings=true --region ${region}`,
  });
}

/** Wherever patient data may be, Macie looks for it and says so. */
const check: Check = {
  ...manifest,
  examine: (ground) =>
    everywhere(
      ground,
      mayHoldPatientData,
      ({ region }) => ({ cost: cost.off, command: `aws macie2 get-macie-session --region ${region}` }),
      (member, { at, region }) => macieLine(member.client(Macie2Client, region), at, region),
    ),
};
export default check;
