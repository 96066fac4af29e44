import { type App, Validations } from 'aws-cdk-lib';
import type { Settings } from '../lambdas/core/settings.ts';
import { readDeclarations } from './declarations.ts';
import { ForensicsStack } from './forensics-stack.ts';
import { MemberStack } from './member-stack.ts';
import { prefix } from './names.ts';
import { ResponseStack } from './response-stack.ts';

export interface Deployment {
  settings: Settings;
  /** the repository's root: its folders say what is deployed */
  root: string;
  /** the folder with the bundled code of a function */
  codeOf: (functionName: string) => string;
}

/** Puts each stack where it belongs: one response account, one forensic account, every member account. */
export function deploy(app: App, { settings, root, codeOf }: Deployment): void {
  for (const [flag, value] of Object.entries(flags)) app.node.setContext(flag, value);
  const declarations = readDeclarations(root);
  const response = new ResponseStack(app, `${prefix}-response`, { settings, declarations, codeOf });
  new ForensicsStack(app, `${prefix}-forensics`, { settings, declarations });
  for (const { id, alias } of settings.accounts.members)
    new MemberStack(app, `${prefix}-member-${alias}`, { settings, declarations, account: id });
  if (evidenceWithinReach(settings))
    Validations.of(response).addWarning(
      'EvidenceWithinReach',
      "The vault stands in an account that findings may be about: evidence is then within the attacker's reach. Good for a trial, not for patient data.",
    );
}

/** Whether whoever takes over an account that we watch, or that we act from, also reaches the evidence. */
export function evidenceWithinReach({ accounts }: Settings): boolean {
  return [accounts.response, ...accounts.members.map((member) => member.id)].includes(accounts.forensic);
}

/** They change templates, so they stand with the stacks that rely on them and not in cdk.json. */
export const flags = {
  '@aws-cdk/core:enablePartitionLiterals': true,
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true,
};
