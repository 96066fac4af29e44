import { z } from 'zod';
import { changeRef, isOf, stands } from '../core/change.ts';
import { type StepOutcome, stepOutcome } from '../core/incident.ts';
import { inert } from '../core/inert.ts';
import { target } from '../core/target.ts';
import { careContact } from '../core/withholding.ts';
import { changeMinutes, changesOf, lookAgainAt, moveChange, storedChange } from '../platform/changes.ts';
import { lambda } from '../platform/handler.ts';
import { amendIncident, listOf } from '../platform/incidents.ts';
import { obligationsAmendment } from '../platform/obligations.ts';
import { at, executionName, inMinutes } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { keys, records } from '../platform/records.ts';
import { restood, settleStep } from '../platform/standing.ts';
import { Table } from '../platform/table.ts';

const ofPlan = { incident: z.string(), plan: z.int(), attempt: z.int() };
const failure = z.looseObject({ Error: z.string(), Cause: z.string().optional() });

const input = z.discriminatedUnion('op', [
  z.object({ op: z.literal('open'), ...ofPlan }),
  z.object({
    op: z.literal('settle'),
    incident: z.string(),
    plan: z.int(),
    step: z.int(),
    outcome: stepOutcome,
    why: z.string().optional(),
    failure: failure.optional(),
  }),
  z.object({ op: z.literal('evidence-failed'), incident: z.string(), collector: z.string(), target, failure }),
  z.object({ op: z.literal('restore-refused'), incident: z.string(), request: z.string(), failure }),
  z.object({
    op: z.literal('unread'),
    change: changeRef,
    failure,
  }),
  z.object({ op: z.literal('close'), ...ofPlan }),
]);
type Input = z.infer<typeof input>;
type Of<Op extends Input['op']> = Extract<Input, { op: Op }>;

/** Opens a plan, settles its steps, closes it. What a machine sends as a failure becomes one sentence in the record. */
export const { build, handler } = lambda('plan', input, async (event, platform): Promise<unknown> => {
  switch (event.op) {
    case 'open':
      return open(event, platform);
    case 'settle':
      return settle(event, platform);
    case 'evidence-failed':
      return evidenceFailed(event, platform);
    case 'restore-refused':
      return restoreRefused(event, platform);
    case 'unread':
      return unread(event, platform);
    case 'close':
      return close(event, platform);
  }
});

/** What another attempt of a plan leaves alone: what holds, and what people decided, by word or by silence. */
const isOver: ReadonlySet<StepOutcome> = new Set([
  'verified',
  'already-safe',
  'declined',
  'held',
  'refused',
  'restored',
  'rehearsed',
]);

async function open({ incident, plan: number, attempt }: Of<'open'>, platform: Platform) {
  const [settings, catalogue] = await Promise.all([platform.settings(), platform.catalogue()]);
  const table = new Table(platform);
  const item = await table.get(keys.plan(incident, number));
  if (!item) throw new Error(`incident ${incident} has no plan ${number}`);
  const { plan } = records.plan.read(item.record);
  await amendIncident(platform, incident, (head) =>
    obligationsAmendment(table, head, settings, catalogue, at(platform)),
  );
  const settled = await listOf(table, incident, `STEP#${keys.plan(incident, number).sk.slice(5)}`, records.step);
  const over = new Set(settled.filter((s) => isOver.has(s.outcome)).map((s) => s.step));
  const steps = plan.steps
    .filter((s) => !over.has(s.index))
    .map((s) => ({
      stage: s.stage,
      // not waited for: it asks people, or it stands behind a step that does
      asks: plan.steps.some((e) => e.approval !== 'none' && (e.index === s.index || e.stage < s.stage)),
      execution: executionName(incident, number, attempt, s.index),
      input: { incident, plan: number, step: s.index, attempt },
    }));
  const gathers = plan.evidence.map((e, i) => ({
    gate: e.gate,
    execution: `${incident}-p${number}-e${i}-a${attempt}`,
    input: { incident, collector: e.collector, target: e.target, limitSeconds: e.limitSeconds, pass: 0 },
  }));
  return {
    incident,
    plan: number,
    attempt,
    stages: [...new Set(steps.map((s) => s.stage))]
      .sort((a, b) => a - b)
      .map((stage) => ({ steps: steps.filter((s) => s.stage === stage) })),
    before: gathers.filter((g) => g.gate === 'before'),
    beside: gathers.filter((g) => g.gate === 'beside'),
    care: plan.steps.some((s) => careContact(s.target, settings) !== undefined),
  };
}

async function settle(event: Of<'settle'>, platform: Platform) {
  const why = event.failure ? sentence(event.failure) : event.why;
  const begun = await unfinishedChange(platform, event);
  if (begun && event.outcome === 'failed')
    await moveChange(platform, begun, 'failed', { problem: why ?? 'failed' }, inMinutes(platform, changeMinutes));
  if (begun && event.outcome === 'paused') await lookAgainAt(platform, begun, undefined);
  const head = await settleStep(platform, event.incident, { ...event, why, by: 'contain' });
  return { status: head.status, outcome: event.outcome };
}

/** The step's own change where one was begun: after a failure it must not go on standing as if it held. */
async function unfinishedChange(platform: Platform, { incident, plan: number, step }: Of<'settle'>) {
  const item = await new Table(platform).get(keys.step(incident, number, step));
  if (!item) return undefined;
  const { target: t, action } = records.step.read(item.record);
  const change = (await changesOf(platform, t, action)).at(-1);
  const begun =
    change && isOf(change, { incident, plan: number, step }) && change.state !== 'verified' && stands(change);
  return begun ? change : undefined;
}

async function evidenceFailed(
  { incident, collector, target: t, failure: failed }: Of<'evidence-failed'>,
  platform: Platform,
) {
  platform.metrics.count('EvidenceFailed');
  const catalogue = await platform.catalogue();
  await amendIncident(platform, incident, async (_head, table) => {
    const key = keys.evidence(incident, collector, t);
    const item = await table.get(key);
    const again = catalogue.collectors[collector]?.again ?? [];
    const before = item ? records.evidence.read(item.record) : { incident, collector, target: t, again, pass: 0 };
    const record = records.evidence.write({ ...before, problem: sentence(failed) });
    const text = `evidence ${collector} of ${t.id} is missing so far: ${sentence(failed)}; it is tried again`;
    return {
      writes: [{ key, record, was: item?.rev, due: inMinutes(platform, 5) }],
      timeline: [{ event: at(platform), kind: 'evidence', by: 'collect', text, about: key.sk }],
    };
  });
  return { collected: false };
}

/** Minutes without a read-back after which nobody may call a change verified. */
const unreadMinutes = 15;

async function unread({ change: ref, failure: failed }: Of<'unread'>, platform: Platform) {
  const { change } = await storedChange(new Table(platform), ref);
  const last = change.lastVerifiedAt ?? change.recordedAt;
  if (change.state !== 'verified' || last > inMinutes(platform, -unreadMinutes)) return { safe: true };
  const { incident, plan: number, step } = change;
  const why = `cannot be read back since ${last}: ${sentence(failed)}`;
  await settleStep(platform, incident, { plan: number, step, outcome: 'drifted', why, by: 'watch' });
  return { safe: false };
}

async function restoreRefused({ incident, request, failure: failed }: Of<'restore-refused'>, platform: Platform) {
  await amendIncident(platform, incident, async () => ({
    timeline: [
      {
        event: at(platform),
        kind: 'change',
        by: 'restore',
        text: `not restored: ${sentence(failed, 1500)}`,
        about: keys.restore(incident, request).sk,
      },
    ],
  }));
  return { restored: false };
}

async function close({ incident, plan: number, attempt }: Of<'close'>, platform: Platform) {
  const head = await amendIncident(platform, incident, async (current, table) => {
    const key = keys.plan(incident, number);
    const item = await table.get(key);
    if (!item) throw new Error(`incident ${incident} has no plan ${number}`);
    const stored = records.plan.read(item.record);
    const now = at(platform);
    const restoodNow = await restood(table, current, now);
    const text = `plan ${number}, attempt ${attempt}: every step is done, asked or recorded`;
    return {
      head: restoodNow?.head,
      writes: [
        {
          key,
          record: records.plan.write({ ...stored, attempt: Math.max(attempt, stored.attempt), state: 'done' }),
          was: item.rev,
        },
      ],
      timeline: [{ event: now, kind: 'plan', by: 'plan', text, about: key.sk }, ...(restoodNow?.timeline ?? [])],
    };
  });
  return { incident, plan: number, status: head.status };
}

const cause = z
  .string()
  .pipe(z.preprocess((text) => JSON.parse(String(text)), z.looseObject({ errorMessage: z.string() })));

/** `Error: message` from what Step Functions caught; Lambda's Cause is JSON with errorMessage. */
function sentence({ Error: name, Cause }: z.infer<typeof failure>, limit = 300): string {
  let message = Cause ?? '';
  try {
    message = cause.parse(Cause).errorMessage;
  } catch {
    // not Lambda's JSON: the text itself is the message
  }
  return inert(message ? `${name}: ${message}` : name, limit);
}
