import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, BootstraplessSynthesizer, CfnStackSet, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Settings } from '../lambdas/core/settings.ts';
import type { Declarations } from './declarations.ts';
import { flags } from './flags.ts';
import { MemberStack } from './member-stack.ts';
import { namesOf, prefix } from './names.ts';

/** What CloudFormation takes as a template in a request, and as the TemplateBody of a StackSet, in bytes. */
export const templateLimit = 51_200;

/**
 * The member roles of a whole organization: one StackSet that the organization itself deploys, also into accounts that join later.
 * An account that no settings name has the roles then, and no function may assume them: the functions' own rights name each account.
 */
export class MemberAccountsStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    props: {
      settings: Settings;
      declarations: Declarations;
      account: string;
      organization: NonNullable<Settings['organization']>;
    },
  ) {
    const { settings, declarations, account, organization } = props;
    const { region } = namesOf(settings);
    super(scope, id, {
      stackName: `${prefix}-member-accounts`,
      description: 'Tourniquet: the member roles of every account of the organization',
      env: { account, region },
      synthesizer: new BootstraplessSynthesizer(),
    });
    new CfnStackSet(this, 'Members', {
      stackSetName: `${prefix}-member`,
      description: 'Tourniquet: the observer and responder roles of a member account',
      permissionModel: 'SERVICE_MANAGED',
      callAs: organization.delegated ? 'DELEGATED_ADMIN' : 'SELF',
      // an account that leaves takes no role along that trusts us
      autoDeployment: { enabled: true, retainStacksOnAccountRemoval: false },
      capabilities: ['CAPABILITY_NAMED_IAM'],
      operationPreferences: { failureTolerancePercentage: 100, maxConcurrentPercentage: 100 },
      // IAM has no Regions: one stack for each account
      stackInstancesGroup: [{ deploymentTargets: { organizationalUnitIds: organization.ous }, regions: [region] }],
      templateBody: memberTemplate(settings, declarations),
    });
  }
}

/** The template of MemberStack as text, the same for every account. Throws for one that no StackSet takes. */
function memberTemplate(settings: Settings, declarations: Declarations): string {
  const outdir = mkdtempSync(join(tmpdir(), `${prefix}-member-`));
  try {
    const app = new App({ analyticsReporting: false, treeMetadata: false, context: flags, outdir });
    new MemberStack(app, 'Member', { settings, declarations, account: settings.accounts.response });
    const text = JSON.stringify(app.synth().getStackByName(`${prefix}-member`).template);
    if (Buffer.byteLength(text) <= templateLimit) return text;
    throw new Error(
      `the member template has ${Buffer.byteLength(text)} bytes and a StackSet takes ${templateLimit}: declare permissions on fewer resources`,
    );
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
