import { afterEach } from 'vitest';
import type { World } from '../drills/aws/world.ts';
import { DrillClock } from '../drills/engine/clock.ts';
import { Rehearsal, type RehearsalOptions } from '../drills/engine/rehearsal.ts';
import { stored } from '../drills/engine/report.ts';
import { templates } from '../drills/engine/templates.ts';
import { warm } from '../drills/engine/warm.ts';
import type { ApprovalRequest } from '../lambdas/core/approval.ts';
import { broken } from '../lambdas/core/chain.ts';
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

/** The first person of the order approves what the case shows. */
export async function approve(drill: Rehearsal, asked: { incident: string; approval: string }, after = 1) {
  const person = drill.settings.onCall[0];
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
  });
}

/** One hand-written sample as it arrives on the bus of the security account. */
export function event(name: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return edited(name, { account: settings.accounts.response, ...changes });
}

/** `PascalCase` detail inside an EventBridge envelope (a malformed case that is among the real samples). */
export function pascalEvent(): Record<string, unknown> {
  const [finding] = (edited('public-bucket.guardduty-get-findings', {}) as { Findings: unknown[] }).Findings;
  return event('public-bucket.guardduty-eventbridge', { detail: finding });
}

/** Ten minutes apart, as many heartbeats as asked; each is let run to its end. */
export async function ticks(drill: Rehearsal, count: number, seconds = 300): Promise<void> {
  for (let n = 0; n < count; n++) {
    await drill.clock.runFor(seconds);
    await drill.during(drill.tick());
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
export const ignored = (drill: Rehearsal) => stored(drill, /^FINDING#/, 'IGNORED#', records.ignored);
export const rejected = (drill: Rehearsal) => stored(drill, /^REJECTED$/, '', records.rejected);

/** Executions of one machine (`respond`, `contain`, …). */
export const executions = (drill: Rehearsal, machine: string) =>
  drill.engine.executions.filter((e) => (e as { arn?: string }).arn?.includes(`:execution:tourniquet-${machine}:`));

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
