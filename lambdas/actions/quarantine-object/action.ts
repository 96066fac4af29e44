import { GetObjectTaggingCommand, PutObjectTaggingCommand, S3Client, type Tag } from '@aws-sdk/client-s3';
import { BeforeStateChanged, Drift, Hindered } from '../../core/errors.ts';
import { standing } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Captured, Member } from '../../platform/action.ts';
import { readBucket, readPolicy } from '../../platform/bucket.ts';
import { moveStatement } from '../../platform/bucket-statement.ts';
import { type Denied, deniedIn, digestOf, sid, withDigest, withoutDigest } from './denial.ts';
import { find, named } from './object.ts';

/** S3 takes no more tags on an object (S3 user guide, "Categorizing your objects using tags"). */
const mostTags = 10;
const tagKey = 'tourniquet-quarantine';

/** No key, no other tag and no policy text: of all three only what is ours, and counts. */
export type State = {
  /** the value of our tag on this version */
  tag: string | null;
  otherTags: number;
  denied: Denied;
  /** the one that a read without a version id gets */
  latest: boolean;
};

interface Live {
  state: State;
  /** names the version in calls: in memory only */
  version: { Bucket: string; ExpectedBucketOwner: string; Key: string; VersionId: string };
  tags: Tag[];
  policy: string | null;
}

async function read(target: Target, member: Member): Promise<Live> {
  const s3 = member.client(S3Client);
  const { bucket, versionId } = named(target);
  const { Key, latest } = await find(s3, target);
  const version = { Bucket: bucket.id, ExpectedBucketOwner: target.account, Key, VersionId: versionId };
  const [answer, policy] = await Promise.all([
    readBucket(bucket, s3.send(new GetObjectTaggingCommand(version))),
    readPolicy(s3, bucket),
  ]);
  const tags = answer?.TagSet ?? [];
  const others = tags.filter((tag) => tag.Key !== tagKey);
  const state: State = {
    tag: tags.find((tag) => tag.Key === tagKey)?.Value ?? null,
    otherTags: others.length,
    denied: deniedIn(policy, target, member.partition),
    latest,
  };
  return { state, version, tags, policy };
}

async function capture(target: Target, member: Member): Promise<Captured<State>> {
  return { state: (await read(target, member)).state, scope: {} };
}

function intend(state: State, target: Target): State {
  const { bucket } = named(target);
  if (state.denied === 'altered')
    throw new Hindered(
      `statement "${sid}" of the policy of bucket ${bucket.id} is not as Tourniquet writes it: somebody changed it; look at it and remove it by hand, then run the step again`,
    );
  if (state.tag === null && state.otherTags >= mostTags)
    throw new Hindered(
      `the object version has ${mostTags} tags, and S3 takes no more: remove one by hand, then run the step again`,
    );
  return { ...state, tag: digestOf(target), denied: 'yes' };
}

/**
 * PutObjectTagging replaces the set, also by an empty one (S3 user guide, "Tagging and access control policies"): all other tags are
 * written back as they are, and nothing needs a right to delete.
 */
async function writeTag(s3: S3Client, { version, tags }: Live, value: string | null): Promise<void> {
  const others = tags.filter(({ Key }) => Key !== tagKey);
  const TagSet = value === null ? others : [...others, { Key: tagKey, Value: value }];
  await s3.send(new PutObjectTaggingCommand({ ...version, Tagging: { TagSet } }));
}

interface Way {
  from: State;
  to: State;
  back: boolean;
  changed: (what: string) => Error;
}

async function move(target: Target, member: Member, { from, to, back, changed }: Way): Promise<void> {
  const live = await read(target, member);
  const tag = standing(live.state.tag, from.tag, to.tag);
  const denied = standing(live.state.denied, from.denied, to.denied);
  if (tag === 'changed') throw changed(`the tag ${tagKey} of the object version`);
  if (denied === 'changed') throw changed(`statement "${sid}" of the policy of its bucket`);
  if (tag === 'due') await writeTag(member.client(S3Client), live, to.tag);
  if (denied === 'due')
    await moveStatement(named(target).bucket, member, {
      sid,
      from: live.policy,
      to: (to.denied === 'yes' ? withDigest : withoutDigest)(live.policy, target, member.partition),
      back,
      changed,
    });
}

const tagWord = (tag: string | null) => tag ?? 'absent';

function describe(before: State, after: State): string[] {
  const tag =
    before.tag === after.tag ? [] : [`tag ${tagKey} of the version: ${tagWord(before.tag)} → ${tagWord(after.tag)}`];
  const words = {
    no: 'does not name it',
    yes: 'denies reading what has it',
    altered: 'is not as Tourniquet writes it',
  };
  const denied =
    before.denied === after.denied
      ? []
      : [`policy statement "${sid}": ${words[before.denied]} → ${words[after.denied]}`];
  return [...tag, ...denied];
}

const action: Action<State> = {
  capture,
  owned: ({ tag, denied }) => ({ tag, denied }),
  intend,
  losses: ({ latest }, target) => [
    `Everyone who reads this version of an object of bucket ${named(target).bucket.id} is refused${latest ? '; it is the newest, so a read that names no version is refused too' : ''}.`,
  ],
  describe,
  apply: (target, member, before, after) =>
    move(target, member, {
      from: before,
      to: after,
      back: false,
      changed: (what) => new BeforeStateChanged(`${what} changed since it was read`),
    }),
  verify: ({ tag, denied }, target) => {
    const why = [
      ...(tag === digestOf(target) ? [] : [`the version does not have our tag ${tagKey}`]),
      ...(denied === 'yes' ? [] : [`the bucket's policy does not deny reading what has it (statement "${sid}")`]),
    ];
    return why.length === 0 ? { safe: true } : { safe: false, why: why.join('; ') };
  },
  undo: (target, member, before, after) =>
    move(target, member, {
      from: after,
      to: before,
      back: true,
      changed: (what) => new Drift(`somebody changed ${what} after us: decide by hand`),
    }),
};
export default action;
