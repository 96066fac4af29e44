import { type ApprovalRequest, look } from '../core/approval.ts';
import { Refused } from '../core/errors.ts';
import { listOf } from '../platform/incidents.ts';
import type { Platform } from '../platform/platform.ts';
import { keys, records } from '../platform/records.ts';
import { Table } from '../platform/table.ts';

/**
 * Invariant 11: reads the decision records themselves, whatever a callback or a machine said. Throws Refused unless people approved
 * what this request shows, or nobody answered in time and the step declares that it then proceeds.
 */
export async function requireApproval(
  platform: Platform,
  incident: string,
  approval: string,
): Promise<ApprovalRequest> {
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
