import { type ApprovalRequest, approvalHash, patienceMinutes, subjectText } from '../core/approval.ts';
import { type Change, isOf, stands } from '../core/change.ts';
import { hashOf, type JsonObject } from '../core/json.ts';
import type { Step } from '../core/plan.ts';
import { changesOf, rely } from '../platform/changes.ts';
import { amendIncident, headOf, listOf } from '../platform/incidents.ts';
import { load, type Of } from '../platform/live.ts';
import { at, inMinutes } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { keys, records } from '../platform/records.ts';
import { Table } from '../platform/table.ts';
import { rehearse } from './rehearse.ts';
import { reverify } from './verify.ts';

/** Where the machine goes next. */
export type Next =
  | { next: 'apply' }
  | { next: 'ask'; approval: string; execution: string }
  | { next: 'settle'; outcome: 'verified' | 'already-safe' | 'drifted'; why: string };

/** Decides from the live state what the machine does: nothing (safe, or it stands already), ask, or apply. */
export async function capture(platform: Platform, of: Of & { attempt: number }): Promise<Next> {
  const { head } = await headOf(new Table(platform), of.incident);
  if (head.rehearsal) return rehearsal(platform, of);
  const loaded = await load(platform, of, 'observer');
  const { step, action, live } = loaded;
  const own = (await changesOf(platform, step.target, step.action)).at(-1);
  if (own && isOf(own, of)) {
    if (own.state === 'verified') return stillThere(platform, own);
    if (own.state === 'applying' || own.state === 'accepted') return { next: 'apply' };
  }
  const after = action.intend(live.state, step.target, platform.now());
  if (action.verify(live.state, step.target, after).safe)
    return { next: 'settle', outcome: 'already-safe', why: await reliance(platform, of, own) };
  if (step.approval === 'none') return { next: 'apply' };
  return ask(platform, of, {
    hash: loaded.hash,
    step,
    before: action.owned(live.state),
    after: action.owned(after),
    shows: action.describe(live.state, after),
    losses: action.losses(live.state, step.target),
  });
}

/** A sample finding in the deployed system: roles, reading and one question, and no change. */
async function rehearsal(platform: Platform, of: Of & { attempt: number }): Promise<Next> {
  const { step, lines, live } = await rehearse(platform, of);
  // one question is enough to see that people are reached; what would be applied ends at the record
  if (of.step > 0) return { next: 'apply' };
  const shown = { before: live?.state ?? {}, after: {} };
  return ask(platform, of, {
    hash: step.stored.hash,
    step: step.step,
    ...shown,
    shows: [...lines, 'a rehearsal: nothing is changed whatever you decide'],
    losses: [],
  });
}

/** It was made and read back in an earlier attempt: read back again, because that may be long ago (invariant 2). */
async function stillThere(platform: Platform, change: Change): Promise<Next> {
  const { safe, why } = await reverify(platform, { change });
  return { next: 'settle', outcome: safe ? 'verified' : 'drifted', why: safe ? 'it stands' : why };
}

async function reliance(platform: Platform, of: Of, standing: Change | undefined): Promise<string> {
  if (!standing || !stands(standing)) return 'the live state is safe; nothing was changed';
  await rely(platform, standing, of.incident);
  return `the change of incident ${standing.incident} stands; this incident relies on it too`;
}

/** What people are shown, and what their approval is bound to. */
interface Question {
  hash: string;
  step: Step;
  before: JsonObject;
  after: JsonObject;
  shows: string[];
  losses: string[];
}

async function ask(platform: Platform, of: Of & { attempt: number }, question: Question): Promise<Next> {
  let id = '';
  await amendIncident(platform, of.incident, async (_head, table) => {
    const earlier = await listOf(table, of.incident, `APPROVAL#p${of.plan}-s${of.step}-`, records.approval);
    const request = requestOf(platform, of, question, earlier.length + 1);
    // the same question as long as what the step would change is as it was: an intended result may hold the time of day
    const same = earlier.find(
      (a) => a.before === request.before && a.outcome !== 'voided' && a.outcome !== 'timed-out',
    );
    id = same?.id ?? request.id;
    if (same) return undefined;
    const stale = earlier.filter((a) => !a.outcome || a.outcome === 'approved');
    const voided = await Promise.all(stale.map((a) => voiding(table, a)));
    const text = `asked: ${subjectText(request)}`;
    return {
      writes: [{ key: keys.approval(of.incident, id), record: records.approval.write(request) }, ...voided],
      timeline: [
        {
          event: request.askedAt,
          kind: 'approval',
          by: 'contain',
          text: earlier.some((a) => a.outcome !== 'timed-out')
            ? `${text} again: the target has changed, so what was asked before is void`
            : text,
          about: keys.approval(of.incident, id).sk,
        },
      ],
    };
  });
  return { next: 'ask', approval: id, execution: `${of.incident}-${id}-a${of.attempt}` };
}

function requestOf(platform: Platform, of: Of, question: Question, number: number): ApprovalRequest {
  const { hash, step, before, after } = question;
  const shown = { planHash: hash, step: of.step, action: step.action, before, after };
  return {
    id: `p${of.plan}-s${of.step}-q${number}`,
    incident: of.incident,
    subject: {
      kind: 'step',
      plan: of.plan,
      step: of.step,
      action: step.action,
      target: step.target,
      title: step.title,
    },
    hash: approvalHash(shown),
    before: hashOf(shown.before),
    shows: question.shows,
    losses: question.losses,
    consequence: step.consequence,
    asks: step.asks,
    needs: step.approval === 'two' ? 'two' : 'one',
    onTimeout: step.onTimeout,
    askedAt: at(platform),
    expiresAt: inMinutes(platform, patienceMinutes),
    told: 0,
  };
}

async function voiding(table: Table, request: ApprovalRequest) {
  const key = keys.approval(request.incident, request.id);
  return { key, record: records.approval.write({ ...request, outcome: 'voided' }), was: (await table.get(key))?.rev };
}
