import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { anonymous, type World } from '../drills/aws/world.ts';
import type { Fault } from '../drills/engine/fault.ts';
import type { Rehearsal } from '../drills/engine/rehearsal.ts';
import { status } from '../drills/engine/scenario.ts';
import type { ApprovalRequest } from '../lambdas/core/approval.ts';
import type { Change } from '../lambdas/core/change.ts';
import type { Head } from '../lambdas/core/incident.ts';
import type { Json, JsonObject } from '../lambdas/core/json.ts';
import type { Mode, Person, Settings } from '../lambdas/core/settings.ts';
import { approvals, bucket, canary, changes, clinic, event, heads, publicRead, region, settings } from './arrivals.ts';

export const partner = {
  Sid: 'PartnerLab',
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::444455556666:role/results-reader' },
  Action: 's3:GetObject',
  Resource: `arn:aws:s3:::${bucket}/records/*`,
};
export const auditor = { ...partner, Sid: 'Auditor', Principal: { AWS: 'arn:aws:iam::777788889999:role/audit' } };

const [first, second, third] = settings.onCall;
if (!first || !second || !third) throw new Error('the example settings name three people on call');
export const [mara, tomas, priya]: [Person, Person, Person] = [first, second, third];

/** One bucket of the clinic: a partner may read it, and so may everyone. */
export function leakingBucket(world: World): void {
  world.account(clinic).addBucket({
    name: bucket,
    region,
    policy: { Version: '2012-10-17', Statement: [partner, publicRead(bucket)] },
    objects: [{ key: canary, body: '{"synthetic":true}' }],
  });
}

/** The example settings with the clinic's account in this mode. */
export function inMode(mode: Mode, more: Partial<Settings> = {}): Settings {
  const members = settings.accounts.members.map((m) => ({ ...m, mode }));
  return { ...settings, accounts: { ...settings.accounts, members }, ...more };
}

export const finding = (more: Record<string, unknown> = {}) => event('public-bucket.guardduty-eventbridge', more);

/** Delivers the finding and lets time run until people are asked so many questions that nobody has decided. */
export async function askedAfter(drill: Rehearsal, delivered = finding(), questions = 1): Promise<ApprovalRequest[]> {
  drill.deliver(delivered);
  return untilAsked(drill, questions);
}

export async function untilAsked(drill: Rehearsal, questions = 1): Promise<ApprovalRequest[]> {
  const open = () => approvals(drill).filter((a) => a.told > 0 && !a.outcome);
  await drill.settle(() => open().length >= questions);
  return open();
}

/** The only element. */
export function only<T>(list: T[]): T {
  const [one] = list;
  if (list.length !== 1 || one === undefined) throw new Error(`expected one, there are ${list.length}`);
  return one;
}

export const theCase = (drill: Rehearsal): Head => only(heads(drill));
export const question = (drill: Rehearsal, action: string): ApprovalRequest => {
  const all = approvals(drill).filter((a) => a.subject.action === action && a.subject.kind === 'step');
  const last = all.at(-1);
  if (!last) throw new Error(`nobody was asked about ${action}`);
  return last;
};
export const changeOf = (drill: Rehearsal, action: string): Change | undefined =>
  changes(drill)
    .filter((c) => c.action === action)
    .sort((a, b) => a.generation - b.generation)
    .at(-1);

/** What a person POSTs, and what they are answered. */
export async function say(drill: Rehearsal, person: Pick<Person, 'principal'>, body: Json) {
  const answer = await drill.during(drill.asPerson(person, 'POST', '/decisions', body));
  return { status: answer.status, body: answer.body as JsonObject };
}

/** The body of a decision on what the approval shows. */
export function decisionOn(asked: ApprovalRequest, more: JsonObject = {}): JsonObject {
  return {
    decision: 'approve',
    incident: asked.incident,
    approval: asked.id,
    hash: asked.hash,
    reason: 'the share was a mistake',
    ...(asked.typed === undefined ? {} : { typed: asked.typed }),
    ...more,
  };
}

export const approves = (drill: Rehearsal, person: Pick<Person, 'principal'>, asked: ApprovalRequest, more = {}) =>
  say(drill, person, decisionOn(asked, more));

/** The case with both steps done: blocked at once, the grant removed after an approval. */
export async function contained(drill: Rehearsal): Promise<void> {
  await askedAfter(drill);
  await approves(drill, mara, question(drill, 'remove-public-bucket-grants'));
  await drill.settle();
}

export const flags = (drill: Rehearsal) => drill.world.bucket(bucket)?.publicAccessBlock.stored;
export const statements = (drill: Rehearsal): string[] =>
  (
    JSON.parse(drill.world.bucket(bucket)?.policy.stored ?? '{"Statement":[]}') as { Statement: { Sid: string }[] }
  ).Statement.map((s) => s.Sid);
export const setPolicy = (drill: Rehearsal, ...all: object[]) =>
  drill.world.bucket(bucket)?.policy.set(JSON.stringify({ Version: '2012-10-17', Statement: all }));

/** The status that a stranger gets for a patient's record. */
export const stranger = (drill: Rehearsal) =>
  drill.during(
    status(
      drill.aws
        .client(S3Client, { region, credentials: anonymous })
        .send(new GetObjectCommand({ Bucket: bucket, Key: canary })),
    ),
  );

/** Every stored record, for comparing before and after. */
export const table = (drill: Rehearsal): string =>
  JSON.stringify([...drill.deployment.tables.values()].map((t) => t.snapshot()));

/** A fault at one AWS command of one function, `times` times. */
export function faultAt(fn: string, command: string, what: ReturnType<Fault>, times = Number.POSITIVE_INFINITY): Fault {
  let left = times;
  return (call) => {
    if (call.function !== `tourniquet-${fn}` || call.command !== command || left <= 0) return undefined;
    left -= 1;
    return what;
  };
}

export const denied = (action: string) =>
  Object.assign(new Error(`not authorized to perform: ${action}`), { name: 'AccessDenied' });
/** Mail as it would have left, oldest first. */
export const mailed = (drill: Rehearsal) => drill.deployment.outbox.mailed;
/** Minutes of drill time from one ISO instant to another, rounded. */
export const minutesBetween = (from: string, to: string) => Math.round((Date.parse(to) - Date.parse(from)) / 60_000);

/** So many heartbeats, five minutes apart; unlike settling, no more time goes by than that. */
export async function heartbeats(drill: Rehearsal, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await drill.clock.runFor(295);
    await drill.during(drill.tick());
    await drill.clock.runFor(5);
  }
}
