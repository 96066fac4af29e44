import { type App, Validations } from 'aws-cdk-lib';
import type { Settings } from '../lambdas/core/settings.ts';
import { readDeclarations } from './declarations.ts';
import { flags } from './flags.ts';
import { ForensicsStack } from './forensics-stack.ts';
import { ManagementStack } from './management-stack.ts';
import { MemberAccountsStack } from './member-accounts-stack.ts';
import { MemberStack } from './member-stack.ts';
import { namesOf, prefix } from './names.ts';
import { RegionStack } from './region-stack.ts';
import { ResponseStack } from './response-stack.ts';

export interface Deployment {
  settings: Settings;
  /** the repository's root: its folders say what is deployed */
  root: string;
  /** the folder with the bundled code of a function */
  codeOf: (functionName: string) => string;
}

/** Puts each stack where it belongs: one response account, one forensic account, every member account, and the management account. */
export function deploy(app: App, { settings, root, codeOf }: Deployment): void {
  for (const [flag, value] of Object.entries(flags)) app.node.setContext(flag, value);
  const declarations = readDeclarations(root);
  const response = new ResponseStack(app, `${prefix}-response`, { settings, declarations, codeOf });
  new ForensicsStack(app, `${prefix}-forensics`, { settings, declarations });
  for (const region of settings.regions) new RegionStack(app, `${prefix}-region-${region}`, { settings, region });
  for (const { id, alias } of byOwnStack(settings))
    new MemberStack(app, `${prefix}-member-${alias}`, { settings, declarations, account: id });
  const { accounts, organization } = settings;
  const { management } = accounts;
  if (management) new ManagementStack(app, `${prefix}-management`, { settings, declarations, account: management });
  if (management && organization)
    new MemberAccountsStack(app, `${prefix}-member-accounts`, {
      settings,
      declarations,
      account: management,
      organization,
    });
  if (missesGlobalEvents(settings))
    Validations.of(response).addWarning(
      'GlobalEventsElsewhere',
      'us-east-1 is not among the Regions of the settings: what AWS Health says of IAM (a key found in public) arrives there, and nobody will hear of it. Add it to regions.',
    );
  if (evidenceWithinReach(settings))
    Validations.of(response).addWarning(
      'EvidenceWithinReach',
      "The vault stands in an account that findings may be about: evidence is then within the attacker's reach. Good for a trial, not for patient data.",
    );
}

/** A StackSet that the organization manages deploys into every account of its units but the management account itself. */
function byOwnStack({ accounts, organization }: Settings): Settings['accounts']['members'] {
  return organization ? accounts.members.filter(({ id }) => id === accounts.management) : accounts.members;
}

/** AWS Health user guide, "Monitoring events in AWS Health with EventBridge": events of global services go to us-east-1. */
function missesGlobalEvents(settings: Settings): boolean {
  const { partition } = namesOf(settings);
  return partition === 'aws' && ![settings.homeRegion, ...settings.regions].includes('us-east-1');
}

/** Whether whoever takes over an account that we watch, or that we act from, also reaches the evidence. */
export function evidenceWithinReach({ accounts }: Settings): boolean {
  return [accounts.response, ...accounts.members.map((member) => member.id)].includes(accounts.forensic);
}
