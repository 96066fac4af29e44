import { BootstraplessSynthesizer, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Settings } from '../lambdas/core/settings.ts';
import { type Declarations, declaredFor, functionsUsing } from './declarations.ts';
import { readRights, writeRights } from './member-rights.ts';
import { MemberRole } from './member-role.ts';
import { functionRoleArn, namesOf, prefix } from './names.ts';
import { responderDenies } from './responder-denies.ts';

/**
 * A member account: the observer reads, the responder acts, and nothing else of ours is there.
 * No assets, no parameters, no literal account of its own: one template serves every member account, also as a StackSet.
 */
export class MemberStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    props: { settings: Settings; declarations: Declarations; account: string },
  ) {
    const { settings, declarations, account } = props;
    const names = namesOf(settings);
    super(scope, id, {
      stackName: `${prefix}-member`,
      description: 'Tourniquet: the observer and responder roles of a member account',
      env: { account, region: names.region },
      synthesizer: new BootstraplessSynthesizer(),
    });
    const trusted = (use: string) => functionsUsing(declarations, use).map((name) => functionRoleArn(names, name));
    const declaredReads = declaredFor(declarations.reads, 'member');
    const reads = readRights(declaredReads, names.partition);
    new MemberRole(this, 'Observer', {
      name: names.observerRole,
      description: 'Tourniquet reads the resource that a finding names, before and after a change',
      names,
      trusted: trusted('assume:observer'),
      policies: { reads },
    });
    new MemberRole(this, 'Responder', {
      name: names.responderRole,
      description: 'Tourniquet contains a leak, and undoes it',
      names,
      trusted: trusted('assume:responder'),
      policies: {
        reads: readRights(
          declaredReads.filter((s) => s.by.startsWith('action ')),
          names.partition,
        ),
        writes: writeRights(declaredFor(declarations.writes, 'member'), names.partition),
      },
      denies: responderDenies(settings),
    });
  }
}
