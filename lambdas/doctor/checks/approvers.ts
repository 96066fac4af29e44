import { GetRoleCommand, GetUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetSuppressedDestinationCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { type Person, peopleOf } from '../../core/settings.ts';
import { isCode } from '../../platform/aws-error.ts';
import { type Check, type Ground, type Line, looked, missing, ok } from '../check.ts';
import manifest from './approvers.json' with { type: 'json' };

const cost = {
  alone: 'whatever needs two people (the root user, what cannot be undone) is never approved',
  unknown: 'this person cannot sign in and decide: the approval goes on to the next, minutes later',
  suppressed: 'SES drops every mail to this person without an error: the approval goes on to the next, minutes later',
};

/** Everybody who may be asked, once. */
function people({ settings }: Ground): Person[] {
  return [...new Map(peopleOf(settings).map((person) => [person.principal, person])).values()];
}

async function exists(iam: IAMClient, principal: string): Promise<boolean> {
  const [kind, ...path] = principal.slice(principal.lastIndexOf(':') + 1).split('/');
  const name = path.at(-1) ?? '';
  try {
    await (kind === 'role'
      ? iam.send(new GetRoleCommand({ RoleName: name }))
      : iam.send(new GetUserCommand({ UserName: name })));
    return true;
  } catch (error) {
    if (isCode(error, 'NoSuchEntity')) return false;
    throw error;
  }
}

/** Whether the person's principal exists, where we may look: other accounts (an identity account) are not ours to read. */
async function principal(ground: Ground, { name, principal: arn }: Person): Promise<Line[]> {
  const mend = {
    cost: cost.unknown,
    command: `correct onCall in the settings, then npx cdk deploy -c settings=<file> tourniquet-response`,
  };
  const { settings, platform } = ground;
  const account = arn.split(':')[4];
  const member = settings.accounts.members.find(({ id }) => id === account);
  return looked(`${name}: ${arn}`, mend, async () => {
    if (!arn.includes(':iam:') || (account !== settings.accounts.response && !member))
      return ok(`${name}: ${arn} is not in an account that Tourniquet may read; not looked at`);
    const iam = member ? (await ground.observer(member)).client(IAMClient) : platform.client(IAMClient);
    if (await exists(iam, arn)) return ok(`${name} signs in as ${arn}`);
    return missing(`${name}: there is no ${arn}`, mend);
  });
}

async function address({ platform, settings }: Ground, { name, email }: Person): Promise<Line[]> {
  const mend = {
    cost: cost.suppressed,
    command: `aws sesv2 delete-suppressed-destination --email-address ${email} --region ${settings.homeRegion}`,
  };
  return looked(`${name}: mail`, mend, async () => {
    try {
      const input = { EmailAddress: email };
      const { SuppressedDestination } = await platform
        .client(SESv2Client)
        .send(new GetSuppressedDestinationCommand(input));
      return missing(`${name}: SES suppresses ${email} (${SuppressedDestination?.Reason ?? 'no reason given'})`, mend);
    } catch (error) {
      if (isCode(error, 'NotFound')) return ok(`${name}: SES delivers to ${email}`);
      throw error;
    }
  });
}

/** At least two people can be asked, exist, and get their mail. */
const check: Check = {
  ...manifest,
  async examine(ground) {
    const { onCall } = ground.settings;
    const two =
      onCall.length >= 2
        ? ok(`${onCall.length} people are on call`)
        : missing(`only ${onCall[0]?.name ?? 'nobody'} is on call`, {
            cost: cost.alone,
            command: 'add a second person to onCall in the settings, then npx cdk deploy -c settings=<file> --all',
          });
    const each = people(ground).flatMap((person) => [principal(ground, person), address(ground, person)]);
    return [two, ...(await Promise.all(each)).flat()];
  },
};
export default check;
