import type { PutBucketReplicationRequest, ReplicationConfiguration, ReplicationRule } from '@aws-sdk/client-s3';
import type { Json } from '../../../lambdas/core/json.ts';
import { authorise } from '../iam/authorise.ts';
import { AwsError, type Call, type Need, NotModelled, type Service } from '../kernel.ts';
import { onlyModelled } from '../modelled.ts';
import type { World } from '../world.ts';
import type { Bucket, ObjectVersion } from './bucket.ts';
import { bucketArn, bucketCommand } from './requests.ts';

/**
 * Does not model: replication of deletes, of objects under a customer key, batch replication of what is there already, time (a
 * replica is there at once; AWS takes seconds to minutes), and Object Lock on replicas.
 */
const ruleFields = [
  ...['ID', 'Priority', 'Prefix', 'Filter', 'Status', 'Destination', 'DeleteMarkerReplication'],
  ...['ExistingObjectReplication', 'SourceSelectionCriteria'],
];
const destinationFields = ['Bucket', 'Account', 'StorageClass', 'AccessControlTranslation', 'Metrics'];

const invalid = (message: string) => new AwsError('InvalidRequest', 400, message);

/** The bucket that a rule copies to; its name is all that the ARN tells. */
const destinationOf = (world: World, rule: ReplicationRule): Bucket | undefined =>
  world.bucket((rule.Destination?.Bucket ?? '').replace(/^arn:[^:]*:s3:::/, ''));

/** What S3 refuses (S3 user guide, "Replication configuration" and "Requirements and considerations for replication"). */
function checked(world: World, bucket: Bucket, given: ReplicationConfiguration | undefined): ReplicationConfiguration {
  const rules = given?.Rules ?? [];
  if (!given?.Role || rules.length === 0)
    throw new AwsError('MalformedXML', 400, 'a ReplicationConfiguration has a Role and at least one Rule');
  if (bucket.versioning !== 'Enabled')
    throw invalid("Versioning must be 'Enabled' on the bucket to apply a replication configuration");
  for (const rule of rules) {
    onlyModelled(rule, ruleFields, 'ReplicationConfiguration.Rules');
    onlyModelled(rule.Destination ?? {}, destinationFields, 'ReplicationConfiguration.Rules.Destination');
    const to = destinationOf(world, rule);
    if (!to) throw invalid('Destination bucket must exist.');
    if (to.versioning !== 'Enabled') throw invalid('Destination bucket must have versioning enabled.');
  }
  return given;
}

function prefixOf({ Filter, Prefix }: ReplicationRule): string {
  if (Filter?.Tag || Filter?.And) throw new NotModelled('the simulated AWS replicates by prefix only, not by tag');
  return Filter?.Prefix ?? Prefix ?? '';
}

/** Copies a new object version where the bucket's rules say, with the rights that the replication role has now. */
export function replicate(world: World, bucket: Bucket, key: string, version: ObjectVersion, call: Call): void {
  const { Role = '', Rules = [] } = (bucket.replication ?? {}) as unknown as Partial<ReplicationConfiguration>;
  const role = world.role(Role);
  if (!role || version.encryption !== 'sse-s3') return;
  const as: Call = { ...call, caller: world.roleSession(role, 's3-replication') };
  const may = (action: string, of: Bucket) =>
    authorise(world, { action, resource: `${bucketArn(of)}/${key}`, owner: of.account }, as).decision === 'allow';
  for (const rule of Rules) {
    const to = destinationOf(world, rule);
    if (rule.Status !== 'Enabled' || !to || !key.startsWith(prefixOf(rule))) continue;
    if (!may('s3:GetObjectVersionForReplication', bucket) || !may('s3:ReplicateObject', to)) continue;
    const owner = to.ownership.effective === 'BucketOwnerEnforced' ? to.account : version.owner;
    const replica = world.account(to.account).addObject(to, {
      key,
      body: version.body,
      owner,
      contentType: version.contentType,
      tags: version.tags,
    });
    replica.versionId = version.versionId;
  }
}

/** Get, Put and Delete BucketReplication; Delete is allowed by the Put action, and Put hands a role to S3 as well. */
export function replicationCommands(world: World): Service {
  const put = bucketCommand<PutBucketReplicationRequest, void>(world, {
    action: 's3:PutReplicationConfiguration',
    parameters: ['ReplicationConfiguration', 'ChecksumAlgorithm'],
    run(bucket, input) {
      bucket.replication = checked(world, bucket, input.ReplicationConfiguration) as unknown as Json;
    },
  });
  return {
    GetBucketReplication: bucketCommand(world, {
      action: 's3:GetReplicationConfiguration',
      run(bucket) {
        if (bucket.replication === undefined)
          throw new AwsError(
            'ReplicationConfigurationNotFoundError',
            404,
            'The replication configuration was not found',
          );
        return { ReplicationConfiguration: bucket.replication };
      },
    }),
    PutBucketReplication: {
      ...put,
      needs(input: PutBucketReplicationRequest, call: Call): Need[] {
        const role = input.ReplicationConfiguration?.Role ?? '';
        const passed: Need = {
          action: 'iam:PassRole',
          resource: role,
          owner: role.split(':')[4] ?? '',
          context: { 'iam:PassedToService': 's3.amazonaws.com' },
        };
        return [...put.needs(input, call), passed];
      },
    },
    DeleteBucketReplication: bucketCommand(world, {
      action: 's3:PutReplicationConfiguration',
      run(bucket) {
        bucket.replication = undefined;
      },
    }),
  };
}
