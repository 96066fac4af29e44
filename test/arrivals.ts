import { DeletePublicAccessBlockCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach } from 'vitest';
import type { World } from '../drills/aws/world.ts';
import { DrillClock } from '../drills/engine/clock.ts';
import { Rehearsal, type RehearsalOptions } from '../drills/engine/rehearsal.ts';
import { listed, stored } from '../drills/engine/report.ts';
import { templates } from '../drills/engine/templates.ts';
import { warm } from '../drills/engine/warm.ts';
import type { ApprovalRequest } from '../lambdas/core/approval.ts';
import { broken } from '../lambdas/core/chain.ts';
import type { JsonObject } from '../lambdas/core/json.ts';
import { type Settings, settings as settingsSchema } from '../lambdas/core/settings.ts';
import { records } from '../lambdas/platform/records.ts';
import { edited } from '../lambdas/sources/samples/load.ts';
import example from '../settings.example.json' with { type: 'json' };

export const clinic = '111122223333';
export const bucket = 'northwind-patient-records';
export const region = 'us-east-1';
/** What must stay in the vault and the case bucket: the key of an object. */
export const canary = 'records/jane-doe-CANARY.json';

export const settings: Settings = settingsSchema.parse(example);
const start = '2026-11-20T03:16:00Z';

export const publicRead = (name: string, sid = 'TempShareForVendor') => ({
  Sid: sid,
  Effect: 'Allow',
  Principal: '*',
  Action: ['s3:GetObject', 's3:ListBucket'],
  Resource: [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`],
});

/** A bucket that anyone may read, unless it is made safe already. */
export function addBucket(
  world: World,
  name: string,
  more: { region?: string; account?: string; safe?: boolean } = {},
) {
  world.account(more.account ?? clinic).addBucket({
    name,
    region: more.region ?? region,
    ...(more.safe ? {} : { policy: { Version: '2012-10-17', Statement: [publicRead(name)] } }),
    objects: [{ key: canary, body: '{"synthetic":true}' }],
  });
}

let running: DrillClock | undefined;
let warmed: Promise<void> | undefined;
let stacks: RehearsalOptions['templates'] | undefined;

/** Gives the process its own clock back after every test of the file. */
export function clockPerTest(): void {
  afterEach(() => {
    running?.uninstall();
    running = undefined;
  });
}

export type Arranged = Partial<Omit<RehearsalOptions, 'clock'>> & {
  /** people approve whatever is asked, after so many seconds; undefined: nobody answers */
  approvesAfter?: number;
};

/** The deployed product with one public bucket of the clinic. */
export async function rehearse(arranged: Arranged = {}): Promise<Rehearsal> {
  running?.uninstall();
  const all = arranged.settings ?? settings;
  warmed ??= warm();
  await warmed;
  stacks ??= await templates(settings);
  running = new DrillClock(start);
  const drill: Rehearsal = new Rehearsal({
    seed: (world) => addBucket(world, bucket),
    onAsked: (asked) => {
      if (arranged.approvesAfter !== undefined) void approve(drill, asked, arranged.approvesAfter);
    },
    ...arranged,
    settings: all,
    templates: arranged.templates ?? stacks,
    clock: running,
  });
  return drill;
}

/** The first person of the order approves what the case shows; a restore, which that person asks for, the second. */
export async function approve(drill: Rehearsal, asked: { incident: string; approval: string }, after = 1) {
  const person = drill.settings.onCall[asked.approval.startsWith('restore-') ? 1 : 0];
  if (!person) throw new Error('nobody is on call');
  await drill.clock.after(after);
  const { body } = await drill.asPerson(person, 'GET', `/incidents/${asked.incident}`);
  const request = (body as unknown as { approvals: ApprovalRequest[] }).approvals.find((a) => a.id === asked.approval);
  if (!request || request.outcome) return;
  await drill.asPerson(person, 'POST', '/decisions', {
    decision: 'approve',
    incident: asked.incident,
    approval: asked.approval,
    hash: request.hash,
    reason: 'the share was a mistake',
    ...(request.typed === undefined ? {} : { typed: request.typed }),
  });
}

/** One hand-written sample as it arrives on the bus of the security account. */
export function event(name: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return edited(name, { account: settings.accounts.response, ...changes });
}

/** A GuardDuty finding about public buckets, by nobody in particular. The last part of its id is `id`. */
export function publicBuckets(
  id: string,
  names: string[],
  more: {
    type?: string;
    account?: string;
    region?: string;
    updatedAt?: string;
    createdAt?: string;
    count?: number;
  } = {},
): Record<string, unknown> {
  const { account = clinic, region: where = region, createdAt = '2026-11-20T03:09:44.512Z' } = more;
  return event('public-bucket.guardduty-eventbridge', {
    id: `event-of-${id}`,
    'detail.arn': `arn:aws:guardduty:${where}:${account}:detector/12abc34d567e8fa901bc2d34e56789f0/finding/${id}`,
    'detail.accountId': account,
    'detail.region': where,
    'detail.type': more.type ?? 'Policy:S3/BucketAnonymousAccessGranted',
    'detail.resource.accessKeyDetails': undefined,
    'detail.resource.s3BucketDetails': names.map((name) => ({ name, arn: `arn:aws:s3:::${name}`, tags: [] })),
    'detail.createdAt': createdAt,
    'detail.updatedAt': more.updatedAt ?? createdAt,
    'detail.service.count': more.count ?? 1,
  });
}

/** `PascalCase` detail inside an EventBridge envelope (a malformed case that is among the real samples). */
export function pascalEvent(): Record<string, unknown> {
  const [finding] = (edited('public-bucket.guardduty-get-findings', {}) as { Findings: unknown[] }).Findings;
  return event('public-bucket.guardduty-eventbridge', { detail: finding });
}

/** What the owner of the clinic's account does: opens the bucket to everyone again. */
export async function openAgain(drill: Rehearsal, name = bucket): Promise<void> {
  const s3 = drill.aws.client(S3Client, { region, credentials: drill.world.rootCredentials(clinic) });
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket: name }));
  await drill.clock.runFor(5);
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [publicRead(name)] });
  await s3.send(new PutBucketPolicyCommand({ Bucket: name, Policy }));
  await drill.clock.runFor(5);
}

/** A signed-in person of the on-call order says something to the console. */
export async function says(drill: Rehearsal, body: JsonObject, person = 0) {
  const who = drill.settings.onCall[person];
  if (!who) throw new Error(`nobody is number ${person} on call`);
  const answer = await drill.during(drill.asPerson(who, 'POST', '/decisions', body));
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
}

/** As many heartbeats as asked heartbeats as, five minutes apart unless said; each is let run to its end. */
export async function ticks(drill: Rehearsal, count: number, seconds = 300): Promise<void> {
  for (let n = 0; n < count; n++) {
    await drill.clock.runFor(seconds);
    // a heartbeat that stops is the next one's to make good
    await drill.during(drill.tick().catch(() => undefined));
    await drill.settle();
  }
}

export const heads = (drill: Rehearsal) => stored(drill, /^INCIDENT#/, 'HEAD', records.head);
export const changes = (drill: Rehearsal) => stored(drill, /^TARGET#/, 'CHANGE#', records.change);
export const plans = (drill: Rehearsal) => stored(drill, /^INCIDENT#/, 'PLAN#', records.plan);
export const steps = (drill: Rehearsal) => stored(drill, /^INCIDENT#/, 'STEP#', records.step);
export const findings = (drill: Rehearsal) => stored(drill, /^INCIDENT#/, 'FINDING#', records.finding);
export const approvals = (drill: Rehearsal) => stored(drill, /^INCIDENT#/, 'APPROVAL#', records.approval);
export const timeline = (drill: Rehearsal) => stored(drill, /^INCIDENT#/, 'TIMELINE#', records.timeline);
export const custody = (drill: Rehearsal) => stored(drill, /^INCIDENT#/, 'CUSTODY#', records.custody);
export const evidence = (drill: Rehearsal) => stored(drill, /^INCIDENT#/, 'EVIDENCE#', records.evidence);
export const obligations = (drill: Rehearsal) => heads(drill).flatMap((head) => listed(drill, head.id));
export const ignored = (drill: Rehearsal) => stored(drill, /^FINDING#/, 'IGNORED#', records.ignored);
export const rejected = (drill: Rehearsal) => stored(drill, /^REJECTED$/, '', records.rejected);

/** Executions of one machine (`respond`, `contain`, …). */
export const executions = (drill: Rehearsal, machine: string) =>
  drill.engine.executions.filter((e) => e.arn.includes(`:execution:tourniquet-${machine}:`));

/** The chains of an incident end where its head says, and every entry follows from the one before. */
export function chainsWhole(drill: Rehearsal): boolean {
  return heads(drill).every((head) => {
    const of = new RegExp(`^INCIDENT#${head.id}$`);
    const entries = stored(drill, of, 'TIMELINE#', records.timeline);
    const kept = stored(drill, of, 'CUSTODY#', records.custody);
    return (
      broken(entries) === undefined &&
      broken(kept) === undefined &&
      entries.length === head.chains.timeline.seq &&
      kept.length === head.chains.custody.seq
    );
  });
}
