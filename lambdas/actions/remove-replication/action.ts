import {
  DeleteBucketReplicationCommand,
  GetBucketReplicationCommand,
  ListBucketsCommand,
  PutBucketReplicationCommand,
  type ReplicationConfiguration,
  S3Client,
} from '@aws-sdk/client-s3';
import { BeforeStateChanged, Drift, Hindered } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { equal, standing } from '../../core/standing.ts';
import type { Target } from '../../core/target.ts';
import type { Action, Captured, Member } from '../../platform/action.ts';
import { isCode } from '../../platform/aws-error.ts';
import { bucketOf, readBucket } from '../../platform/bucket.ts';

type Destination = {
  bucket: string;
  /** as the rule says; S3 does not check it, so it proves nothing */
  account: string | null;
};

export type State = {
  /** the ReplicationConfiguration in the form of the SDK; null where the bucket has none */
  replication: JsonObject | null;
  /** destinations that are no bucket of this account */
  elsewhere: Destination[];
  ours: string[];
};

const rulesOf = (replication: JsonObject | null) => (replication?.Rules ?? []) as JsonObject[];

function destinationOf(rule: JsonObject): Destination {
  const { Bucket, Account } = (rule.Destination ?? {}) as { Bucket?: string; Account?: string };
  return { bucket: (Bucket ?? '').replace(/^arn:[^:]*:s3:::/, ''), account: Account ?? null };
}

async function read(s3: S3Client, target: Target): Promise<JsonObject | null> {
  const answer = await readBucket(
    target,
    s3.send(new GetBucketReplicationCommand(bucketOf(target))),
    'ReplicationConfigurationNotFoundError',
  );
  return answer?.ReplicationConfiguration ? JSON.parse(JSON.stringify(answer.ReplicationConfiguration)) : null;
}

/** Every bucket of the account, whatever its Region. */
async function ownBuckets(s3: S3Client): Promise<Set<string>> {
  const names = new Set<string>();
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(new ListBucketsCommand({ MaxBuckets: 1000, ContinuationToken }));
    for (const { Name = '' } of page.Buckets ?? []) names.add(Name);
    ContinuationToken = page.ContinuationToken;
  } while (ContinuationToken !== undefined);
  return names;
}

async function capture(target: Target, member: Member): Promise<Captured<State>> {
  const s3 = member.client(S3Client);
  const replication = await read(s3, target);
  const own = replication === null ? new Set<string>() : await ownBuckets(s3);
  const foreign = rulesOf(replication)
    .map(destinationOf)
    .filter(({ bucket }) => !own.has(bucket));
  const elsewhere = [...new Map(foreign.map((one) => [one.bucket, one])).values()];
  const [, replicationRole = 'none'] = /^arn:[^:]*:iam::\d{12}:role\/(.+)$/.exec(String(replication?.Role)) ?? [];
  return { state: { replication, elsewhere, ours: [...member.ours] }, scope: { replicationRole } };
}

function intend(state: State): State {
  const away = new Set(state.elsewhere.map(({ bucket }) => bucket));
  const kept = rulesOf(state.replication).filter((rule) => !away.has(destinationOf(rule).bucket));
  if (away.size === 0) return state;
  return {
    ...state,
    replication: kept.length === 0 ? null : { ...state.replication, Rules: kept as Json[] },
    elsewhere: [],
  };
}

function losses({ elsewhere, ours }: State, target: Target): string[] {
  return elsewhere.map(({ bucket, account }) => {
    const owner =
      account === null
        ? 'whose account the rule does not name'
        : `which the rule says is of account ${account}${ours.includes(account) ? ', one of ours' : ''}`;
    return `New objects of bucket ${target.id} are no longer copied to bucket ${bucket}, ${owner}; those written meanwhile need a batch replication afterwards.`;
  });
}

/** One line per destination that only one of the two states has. */
function describe(before: State, after: State): string[] {
  const shown = ({ replication }: State) =>
    rulesOf(replication).map((rule) => ({ to: destinationOf(rule).bucket, status: String(rule.Status), rule }));
  const lacks = (state: State, rule: JsonObject) => !shown(state).some((other) => equal(other.rule, rule));
  const lines = [
    ...shown(before).flatMap((s) =>
      lacks(after, s.rule) ? [`replication to bucket ${s.to}: ${s.status} → removed`] : [],
    ),
    ...shown(after).flatMap((s) =>
      lacks(before, s.rule) ? [`replication to bucket ${s.to}: absent → ${s.status}`] : [],
    ),
  ];
  return [...new Set(lines)];
}

async function write(s3: S3Client, target: Target, replication: JsonObject | null): Promise<void> {
  if (replication === null) {
    await s3.send(new DeleteBucketReplicationCommand(bucketOf(target)));
    return;
  }
  const ReplicationConfiguration = replication as unknown as ReplicationConfiguration;
  try {
    await s3.send(new PutBucketReplicationCommand({ ...bucketOf(target), ReplicationConfiguration }));
  } catch (error) {
    if (isCode(error, 'InvalidRequest'))
      throw new Hindered(
        `S3 does not take the recorded replication of bucket ${target.id}: a destination bucket is gone, or versioning is off at one end; put that right, then run this again`,
      );
    if (isCode(error, 'AccessDenied'))
      throw new Hindered(
        `S3 refuses the recorded replication of bucket ${target.id}: the responder needs s3:PutReplicationConfiguration on it and iam:PassRole for ${String(replication.Role)}, which may be deleted or protected; set the replication by hand from the recorded state`,
      );
    throw error;
  }
}

async function move(target: Target, member: Member, from: State, to: State, changed: () => Error): Promise<void> {
  const s3 = member.client(S3Client);
  const now = standing(await read(s3, target), from.replication, to.replication);
  if (now === 'changed') throw changed();
  if (now === 'due') await write(s3, target, to.replication);
}

const action: Action<State> = {
  capture,
  owned: ({ replication }) => ({ replication }),
  intend,
  losses,
  describe,
  apply: (target, member, before, after) =>
    move(target, member, before, after, () => {
      return new BeforeStateChanged(`the replication of bucket ${target.id} changed since it was read`);
    }),
  verify: ({ elsewhere }) =>
    elsewhere.length === 0
      ? { safe: true }
      : { safe: false, why: `objects are copied to ${elsewhere.map(({ bucket }) => bucket).join(', ')}` },
  undo: (target, member, before, after) =>
    move(target, member, after, before, () => {
      return new Drift(`somebody changed the replication of bucket ${target.id} after us: decide by hand`);
    }),
};
export default action;
