import type { AssumeRootRequest } from '@aws-sdk/client-sts';
import { validation } from './iam/requests.ts';
import { AwsError, type Caller, type Command } from './kernel.ts';
import { organizationOf } from './organizations/organization.ts';
import type { World } from './world.ts';

/**
 * What a session for a task may do in the member account (IAM user guide, "AWS managed policies for AWS Identity and Access
 * Management": root tasks). The tasks that unlock a bucket or queue policy or make a password are not modelled.
 */
const reads = ['GetAccessKeyLastUsed', 'GetAccountSummary', 'GetLoginProfile', 'GetUser', 'ListAccessKeys'];
const lists = ['ListMFADevices', 'ListSigningCertificates'];
const deletes = ['DeactivateMFADevice', 'DeleteAccessKey', 'DeleteLoginProfile', 'DeleteSigningCertificate'];
const tasks: Record<string, string[]> = {
  IAMAuditRootUserCredentials: [...reads, ...lists],
  IAMDeleteRootUserCredentials: [...reads, ...lists, ...deletes],
};

function taskPolicy(arn: string): string {
  const actions = tasks[arn.replace('arn:aws:iam::aws:policy/root-task/', '')];
  if (!actions) throw validation(`the task policy ${arn} is not supported; modelled: ${Object.keys(tasks).join(', ')}`);
  return JSON.stringify({
    Statement: [{ Effect: 'Allow', Action: actions.map((name) => `iam:${name}`), Resource: '*' }],
  });
}

/**
 * A session of a member account's root user, opened from the management account for one task of at most 900 seconds (STS API
 * reference, AssumeRoot). `credentials` gives it the form of an answer.
 */
export function assumeRoot(
  world: World,
  credentials: (caller: Caller, seconds: number) => object,
): Command<AssumeRootRequest, object> {
  const denied = (why: string) => new AwsError('AccessDenied', 403, why);
  return {
    parameters: ['TargetPrincipal', 'TaskPolicyArn', 'DurationSeconds'],
    needs(input, { caller }) {
      if (caller.type === 'root') throw denied('AssumeRoot cannot be called by root users.');
      const member = /^(?:arn:aws:iam::)?(\d{12})(?::root)?$/.exec(input.TargetPrincipal ?? '')?.[1] ?? '';
      return [
        {
          action: 'sts:AssumeRoot',
          resource: `arn:aws:iam::${member}:root`,
          // the caller's own policies decide; the member account has no say
          owner: caller.account,
          context: { 'sts:TaskPolicyArn': input.TaskPolicyArn?.arn ?? '', 'aws:ResourceAccount': member },
        },
      ];
    },
    run(input, { caller }) {
      const member = /\d{12}/.exec(input.TargetPrincipal ?? '')?.[0] ?? '';
      const organization = organizationOf(world, caller.account);
      const admitted = organization?.management === caller.account && organization.accounts.has(member);
      if (!admitted || member === caller.account || !organization.rootAccess)
        throw denied(`Access denied: centralized root access is not enabled for ${member}`);
      const seconds = input.DurationSeconds ?? 900;
      if (seconds < 0 || seconds > 900) throw validation(`DurationSeconds ${seconds} must be between 0 and 900`);
      const root: Caller = {
        type: 'root',
        account: member,
        principalArn: `arn:aws:iam::${member}:root`,
        userId: member,
        tokenIssueTime: world.issueTime(),
        sessionPolicy: taskPolicy(input.TaskPolicyArn?.arn ?? ''),
        context: { 'aws:AssumedRoot': 'true' },
      };
      return { Credentials: credentials(root, seconds), SourceIdentity: caller.context?.['aws:SourceIdentity'] };
    },
  };
}
