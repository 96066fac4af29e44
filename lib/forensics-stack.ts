import { BootstraplessSynthesizer, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Settings } from '../lambdas/core/settings.ts';
import { type Declarations, functionsUsing } from './declarations.ts';
import { functionRoleArn, namesOf, prefix } from './names.ts';
import { Vault } from './vault.ts';

/**
 * The forensic account: evidence that the response account can add to and nobody there can read or change.
 * It has no assets, so it needs no bootstrap, and no deployment role of another account may change it.
 */
export class ForensicsStack extends Stack {
  constructor(scope: Construct, id: string, props: { settings: Settings; declarations: Declarations }) {
    const names = namesOf(props.settings);
    super(scope, id, {
      stackName: `${prefix}-forensics`,
      description: 'Tourniquet: the evidence vault',
      env: { account: names.forensic, region: names.region },
      synthesizer: new BootstraplessSynthesizer(),
    });
    new Vault(this, 'Vault', {
      names,
      evidence: props.settings.evidence,
      askers: functionsUsing(props.declarations, 'checks').map((name) => functionRoleArn(names, name)),
      writers: functionsUsing(props.declarations, 'vault:write').map((name) => functionRoleArn(names, name)),
    });
  }
}
