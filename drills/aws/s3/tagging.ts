import type { PutObjectTaggingRequest, Tag } from '@aws-sdk/client-s3';
import { AwsError, type Service } from '../kernel.ts';
import type { World } from '../world.ts';
import { type Found, type ObjectInput, objectCommand } from './objectRequests.ts';

const invalid = (message: string) => new AwsError('InvalidTag', 400, message);

/** What S3 refuses (S3 user guide, "Categorizing your objects using tags"). */
function checked(tags: readonly Tag[]): Record<string, string> {
  if (tags.length > 10) throw new AwsError('BadRequest', 400, 'Object tags cannot be greater than 10');
  for (const { Key = '', Value = '' } of tags) {
    if (Key === '' || Key.length > 128) throw invalid('The TagKey you have provided is invalid');
    if (Key.startsWith('aws:')) throw invalid('System tags cannot be added/updated by requester');
    if (Value.length > 256) throw invalid('The TagValue you have provided is invalid');
  }
  const set = Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
  if (Object.keys(set).length < tags.length) throw invalid('Cannot provide multiple Tags with the same key');
  return set;
}

/** A version id in the call, also `null`, switches to the action for versions. */
const action =
  (verb: 'Get' | 'Put' | 'Delete') =>
  ({ VersionId }: ObjectInput): string =>
    `s3:${verb}Object${VersionId === undefined ? '' : 'Version'}Tagging`;

const shown = ({ bucket, version }: Found) => ({
  VersionId: bucket.versioning === undefined ? undefined : version.versionId,
});

/** Get, Put (replaces the set) and Delete ObjectTagging. Does not model the condition key s3:RequestObjectTagKeys. */
export function taggingCommands(world: World): Service {
  return {
    GetObjectTagging: objectCommand<ObjectInput, object>(world, {
      action: action('Get'),
      run: (found) => ({
        ...shown(found),
        TagSet: Object.entries(found.version.tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    }),
    PutObjectTagging: objectCommand<PutObjectTaggingRequest, object>(world, {
      action: action('Put'),
      parameters: ['Tagging', 'ChecksumAlgorithm'],
      context: ({ Tagging }) =>
        Object.fromEntries((Tagging?.TagSet ?? []).map(({ Key, Value }) => [`s3:RequestObjectTag/${Key}`, Value])),
      run(found, input) {
        found.version.tags = checked(input.Tagging?.TagSet ?? []);
        return shown(found);
      },
    }),
    DeleteObjectTagging: objectCommand<ObjectInput, object>(world, {
      action: action('Delete'),
      run(found) {
        found.version.tags = {};
        return shown(found);
      },
    }),
  };
}
