import { RemovalPolicy } from 'aws-cdk-lib';
import { AccountPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Settings } from '../lambdas/core/settings.ts';
import { GuardedBucket } from './guarded-bucket.ts';
import { type Names, prefix } from './names.ts';

export interface VaultProps {
  names: Names;
  evidence: Settings['evidence'];
  /** role ARNs of the response account that may add evidence, and do nothing else with it */
  writers: string[];
  /** role ARNs of the response account that may ask whether the key can be used */
  askers: string[];
}

/** Promise: what is written stays as it was written until its retention ends, and who writes cannot read. */
export class Vault extends Construct {
  constructor(scope: Construct, id: string, props: VaultProps) {
    super(scope, id);
    const key = this.#key(props);
    const guarded = new GuardedBucket(this, 'Evidence', {
      name: props.names.vault,
      key,
      objectLock: true,
      noReplica:
        'One copy under Object Lock in an account of its own. A replica would carry patient data to a second Region, and with it to a second jurisdiction; an organization that wants one adds it after its counsel agrees.',
    });
    (guarded.bucket.node.defaultChild as CfnBucket).objectLockConfiguration = {
      objectLockEnabled: 'Enabled',
      rule: {
        defaultRetention: {
          mode: props.evidence.lock === 'compliance-cannot-be-undone' ? 'COMPLIANCE' : 'GOVERNANCE',
          years: props.evidence.retentionYears,
        },
      },
    };
    // Together with versioning: an object's first version is the evidence, and there is never a second. It also rules out
    // multipart uploads, whose parts carry no such header (S3 user guide, "Enforce conditional writes").
    guarded.deny('OnlyNewObjects', ['s3:PutObject'], { Null: { 's3:if-none-match': 'true' } });
    guarded.deny('NoWayAroundRetention', ['s3:BypassGovernanceRetention']);
    guarded.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'WritersAddEvidence',
        effect: Effect.ALLOW,
        principals: [new AccountPrincipal(props.names.response)],
        actions: ['s3:PutObject'],
        resources: [guarded.bucket.arnForObjects('*')],
        conditions: { ArnEquals: { 'aws:PrincipalArn': props.writers } },
      }),
    );
  }

  #key({ names, writers, askers }: VaultProps): Key {
    const key = new Key(this, 'Key', {
      alias: `alias/${prefix}-vault`,
      description: 'Tourniquet: the evidence vault',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const principals = [new AccountPrincipal(names.response)];
    const byWriters = { ArnEquals: { 'aws:PrincipalArn': writers } };
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'WritersEncrypt',
        effect: Effect.ALLOW,
        principals,
        actions: ['kms:GenerateDataKey'],
        resources: ['*'],
        conditions: { ...byWriters, StringEquals: { 'kms:ViaService': `s3.${names.region}.amazonaws.com` } },
      }),
    );
    if (askers.length > 0)
      key.addToResourcePolicy(
        new PolicyStatement({
          sid: 'WhetherItCanBeUsed',
          effect: Effect.ALLOW,
          principals,
          actions: ['kms:DescribeKey'],
          resources: ['*'],
          conditions: { ArnEquals: { 'aws:PrincipalArn': askers } },
        }),
      );
    // In a single-account trial the account's own policies could otherwise allow it.
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'WritersNeverDecrypt',
        effect: Effect.DENY,
        principals,
        actions: ['kms:Decrypt', 'kms:ReEncryptFrom', 'kms:CreateGrant'],
        resources: ['*'],
        conditions: byWriters,
      }),
    );
    return key;
  }
}
