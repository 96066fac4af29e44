import { type Decision, look, sessionName } from '../core/approval.ts';
import { Refused } from '../core/errors.ts';
import { hashOf } from '../core/json.ts';
import { type Notice, noticeHash } from '../core/notice.ts';
import { listOf } from '../platform/incidents.ts';
import { keyOf, nameOf } from '../platform/notices.ts';
import type { Platform } from '../platform/platform.ts';
import { keys, records } from '../platform/records.ts';
import type { Table } from '../platform/table.ts';
import type { Of } from './handler.ts';

export type Who = Of<'ask'>['who'];

export const approvalId = (record: Notice, who: Who): string =>
  `notice-${hashOf(keyOf(record)).slice(0, 12)}-a${record.attempt}-${who}`;

/** What an approval of this notice binds to, as the record stands now. */
export const hashNow = (record: Notice): string =>
  noticeHash({ ...record, recipientsHash: record.recipients?.checked?.hash ?? null });

/** The approvals that one of the two has given of the notice as it stands now. */
export async function approvedBy(table: Table, record: Notice, who: Who): Promise<Decision[]> {
  const hash = hashNow(record);
  const decisions = await listOf(table, record.incident, `DECISION#${approvalId(record, who)}#`, records.decision);
  return decisions.filter((d) => d.hash === hash && d.decision === 'approve');
}

/** The names of the two who approved. Throws Refused unless both approved this very text and these very recipients. */
export async function requireApprovals(platform: Platform, table: Table, record: Notice): Promise<string[]> {
  const hash = hashNow(record);
  const found = await Promise.all(
    (['officer', 'counsel'] satisfies Who[]).map(async (who) => {
      const id = approvalId(record, who);
      const item = await table.get(keys.approval(record.incident, id));
      if (!item) throw new Refused(`${nameOf(record)}: there is no approval ${id}: nothing is sent`);
      const request = records.approval.read(item.record);
      if (request.outcome === 'voided' || request.hash !== hash)
        throw new Refused(`${nameOf(record)}: the text or the recipients have changed since ${id}: nothing is sent`);
      const decisions = await listOf(table, record.incident, `DECISION#${id}#`, records.decision);
      const seen = look(request, decisions, platform.now());
      if (seen.outcome !== 'approved')
        throw new Refused(`${nameOf(record)}: approval ${id} is ${seen.outcome}: nothing is sent`);
      return approvedBy(table, record, who);
    }),
  );
  const all = found.flat();
  // one human may hold two roles: the same name of session is the same human
  if (new Set(all.map((d) => d.principal)).size < 2 || new Set(all.map((d) => sessionName(d.signedInAs))).size < 2)
    throw new Refused(`${nameOf(record)}: one person approved it twice: nothing is sent`);
  return all.map((d) => d.name);
}
