import { DeleteBucketPolicyCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { BeforeStateChanged, Drift, Hindered, NotYetRestored } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { comparable, type PolicyStatement, samePolicy, statementsOf, withoutStatements } from '../core/policy.ts';
import { publicStatements } from '../core/public-access.ts';
import { equal, standing } from '../core/standing.ts';
import type { Target } from '../core/target.ts';
import type { Action, Member } from './action.ts';
import { isCode } from './aws-error.ts';
import { bucketOf, readPolicy } from './bucket.ts';

/** One statement of ours in a bucket policy, found again by its Sid; all other statements belong to others and are kept. */
export type OwnStatement = JsonObject & { Sid: string };

/** A bucket policy may be 20 KB large (S3 user guide, "Bucket policies"). */
const largest = 20 * 1024;

/** A statement as people find it again; no resource is named, because a pattern may hold an object key. */
export function statementName({ sid, index }: PolicyStatement): string {
  return sid === undefined ? `statement ${index + 1}` : `statement "${sid}"`;
}

/** What a statement is about, in IAM's action names. */
export function actionsOf({ actions, notActions }: PolicyStatement): string {
  return notActions.length > 0 ? `all but ${notActions.join(', ')}` : actions.join(', ');
}

/** The statement with this Sid in the form in which two texts of it are equal; null where the policy has none. */
export function ownStatement(policy: string | null, sid: string): JsonObject | null {
  return statementsIn(comparable(policy)).find(({ Sid }) => Sid === sid) ?? null;
}

function statementsIn(document: Json): JsonObject[] {
  const { Statement = [] } = (document ?? {}) as { Statement?: JsonObject | JsonObject[] };
  return [Statement].flat();
}

/** The policy with our statement: in the place of an older one of the same Sid, else at the end. */
export function withStatement(policy: string | null, own: OwnStatement): string {
  const document = (policy === null ? { Version: '2012-10-17' } : JSON.parse(policy)) as JsonObject;
  const listed = statementsIn(document);
  const place = listed.findIndex(({ Sid }) => Sid === own.Sid);
  const Statement = place < 0 ? [...listed, own] : listed.with(place, own);
  return JSON.stringify({ ...document, Statement });
}

/** Ours are the denies that actions of Tourniquet put in; an Allow under such a name is somebody else's. */
const isOurs = ({ Sid, Effect }: JsonObject): boolean => Effect === 'Deny' && String(Sid).startsWith('Tourniquet');

/** The policy without the denies of ours: what an action compares that changes the statements of others. Null when none is left. */
export function withoutOurs(policy: string | null): string | null {
  if (policy === null) return null;
  const listed = statementsIn(JSON.parse(policy));
  return withoutStatements(policy, new Set(listed.flatMap((one, place) => (isOurs(one) ? [place] : []))));
}

/** A policy with the denies of ours that the live one has now, so that changing the statements of others neither lifts nor revives one. */
export function withOursOf(live: string | null, policy: string | null): string | null {
  const [now, then] = [live, policy].map((text) => statementsIn(JSON.parse(text ?? 'null')).filter(isOurs));
  if (equal(now, then)) return policy;
  const others = withoutOurs(policy);
  return (now ?? []).reduce((text, own) => withStatement(text, { ...own, Sid: String(own.Sid) }), others);
}

/** From one recorded policy text to another, of which only the statement with this Sid is ours. */
export interface Move {
  sid: string;
  from: string | null;
  to: string | null;
  /** the way back: what S3 refuses for some seconds more is waited for */
  back: boolean;
  /** the error when somebody else changed our statement */
  changed: (what: string) => Error;
}

/**
 * Brings our statement from one recorded policy to the other into the live policy, whatever others changed beside it meanwhile:
 * PutBucketPolicy replaces the whole. Where nobody changed anything, the recorded text itself is written.
 */
export async function moveStatement(target: Target, member: Member, move: Move): Promise<void> {
  const { sid, from, to } = move;
  const s3 = member.client(S3Client);
  const live = await readPolicy(s3, target);
  const now = standing(ownStatement(live, sid), ownStatement(from, sid), ownStatement(to, sid));
  if (now === 'changed') throw move.changed(`statement "${sid}" of the policy of bucket ${target.id}`);
  if (now === 'due') await write(target, s3, samePolicy(live, from) ? to : merged(live, to, sid), move.back);
}

/** `apply` and `undo` of an action whose whole change is one statement of ours. */
export function statementMoves(sid: string): Pick<Action<JsonObject & { policy: string | null }>, 'apply' | 'undo'> {
  return {
    apply: (target, member, before, after) =>
      moveStatement(target, member, {
        sid,
        from: before.policy,
        to: after.policy,
        back: false,
        changed: (what) => new BeforeStateChanged(`${what} changed since it was read`),
      }),
    undo: (target, member, before, after) =>
      moveStatement(target, member, {
        sid,
        from: after.policy,
        to: before.policy,
        back: true,
        changed: (what) => new Drift(`somebody changed ${what} after us: decide by hand`),
      }),
  };
}

/** The live policy, with our statement as `to` has it. */
function merged(live: string | null, to: string | null, sid: string): string | null {
  const wanted = statementsIn(JSON.parse(to ?? 'null')).find(({ Sid }) => Sid === sid);
  if (wanted) return withStatement(live, { ...wanted, Sid: sid });
  const places = statementsOf(live).flatMap((s) => (s.sid === sid ? [s.index] : []));
  return live === null ? null : withoutStatements(live, new Set(places));
}

async function write(target: Target, s3: S3Client, policy: string | null, back: boolean): Promise<void> {
  if (policy === null) {
    await s3.send(new DeleteBucketPolicyCommand(bucketOf(target)));
    return;
  }
  if (Buffer.byteLength(policy) > largest)
    throw new Hindered(
      `with our statement the policy of bucket ${target.id} would be larger than the 20 KB that S3 takes: shorten it by hand, then run the step again`,
    );
  try {
    await s3.send(new PutBucketPolicyCommand({ ...bucketOf(target), Policy: policy }));
  } catch (error) {
    throw refusal(target, policy, back, error);
  }
}

/** S3 takes no text with a public statement under BlockPublicPolicy, nor one that names a deleted user or role, though both stand in it. */
function refusal(target: Target, policy: string, back: boolean, error: unknown): unknown {
  if (isCode(error, 'MalformedPolicy'))
    return new Hindered(
      `S3 refuses every new text of the policy of bucket ${target.id} while a statement in it names a user or role that was deleted: remove that name by hand, then run the step again`,
    );
  if (!isCode(error, 'AccessDenied') || publicStatements(policy).length === 0) return error;
  if (back)
    return new NotYetRestored(
      `S3 does not take back the policy of bucket ${target.id}, which has a public statement: a lifted public access block needs seconds to spread; if it stays so, the block is still on`,
    );
  return new Hindered(
    `BlockPublicPolicy is on for bucket ${target.id} or its account, so S3 takes no text with the public statement that its policy has: remove the public grants first, then run the step again`,
  );
}
