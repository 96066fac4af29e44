import { type ApprovalRequest, look, subjectText } from '../core/approval.ts';
import { Refused } from '../core/errors.ts';
import type { ChangeRef } from '../platform/changes.ts';
import { amendIncident, listOf } from '../platform/incidents.ts';
import type { Of } from '../platform/live.ts';
import { at } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { keys, records } from '../platform/records.ts';
import { Table } from '../platform/table.ts';

/**
 * Invariant 11: reads the decision records themselves, whatever a callback or a machine said. Throws Refused unless people approved
 * what this request shows, or nobody answered in time and the step declares that it then proceeds.
 */
async function requireApproval(platform: Platform, incident: string, approval: string): Promise<ApprovalRequest> {
  const table = new Table(platform);
  const item = await table.get(keys.approval(incident, approval));
  if (!item) throw new Refused(`there is no approval ${approval}`);
  const request = records.approval.read(item.record);
  const decisions = await listOf(table, incident, `DECISION#${approval}#`, records.decision);
  const { outcome } = look(request, decisions, platform.now());
  if (request.outcome === 'voided')
    throw new Refused(`approval ${approval} is void: the target has changed since it was asked`);
  if (outcome === 'approved' || (outcome === 'timed-out' && request.onTimeout === 'proceed')) return request;
  throw new Refused(`approval ${approval} is ${outcome === 'ask' ? 'not decided' : outcome}: nothing is changed`);
}

/** The approval of one step. Throws Refused for an approval of anything else. */
export async function requireStepApproval(platform: Platform, of: Of, approval: string): Promise<ApprovalRequest> {
  const request = await requireApproval(platform, of.incident, approval);
  const { kind, plan, step } = request.subject;
  if (kind !== 'step' || plan !== of.plan || step !== of.step)
    throw new Refused(`approval ${approval} is for the ${kind} of step ${step} of plan ${plan}, not for this step`);
  return request;
}

/** Throws Refused unless people approved a restore that names this very change. */
export async function requireRestoreApproval(
  platform: Platform,
  incident: string,
  approval: string,
  ref: ChangeRef,
): Promise<void> {
  const { subject } = await requireApproval(platform, incident, approval);
  const item = await new Table(platform).get(keys.restore(incident, approval.replace(/^restore-/, '')));
  const asked = subject.kind === 'restore' && item ? records.restore.read(item.record).changes : [];
  if (!asked.some((c) => keys.change(c).pk === keys.change(ref).pk && keys.change(c).sk === keys.change(ref).sk))
    throw new Refused(`approval ${approval} is not for the undo of ${ref.action} on ${ref.target.id}`);
}

/** What people approved is no longer there: they are asked again, and this approval counts for nothing any more. */
export async function voidApproval(platform: Platform, incident: string, approval: string): Promise<void> {
  await amendIncident(platform, incident, async (_head, table) => {
    const key = keys.approval(incident, approval);
    const item = await table.get(key);
    const request = item && records.approval.read(item.record);
    if (!item || !request || request.outcome === 'voided') return undefined;
    const text = `void: ${subjectText(request)} was approved for a state that is no longer there`;
    return {
      writes: [{ key, record: records.approval.write({ ...request, outcome: 'voided' }), was: item.rev }],
      timeline: [{ event: at(platform), kind: 'approval', by: 'act', text, about: key.sk }],
    };
  });
}
