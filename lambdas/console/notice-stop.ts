import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import { inert } from '../core/inert.ts';
import type { Notice } from '../core/notice.ts';
import { amendIncident } from '../platform/incidents.ts';
import { approversOf, type NoticeContext, noticeContext } from '../platform/notice-context.ts';
import { stoppedHours } from '../platform/notice-run.ts';
import { owedTelling } from '../platform/notice-telling.ts';
import { nameOf } from '../platform/notices.ts';
import { at, inMinutes } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { keys, records } from '../platform/records.ts';
import type { SignedIn } from './decisions.ts';

export const noticeWords = {
  regime: z.string().regex(/^[a-z0-9.-]{1,80}$/, 'the id of a regime, e.g. us-hipaa-individual'),
  obligation: z.string().regex(/^[a-z0-9_]{1,80}$/, 'the id of an obligation, e.g. individual'),
};

/** Fields of a decision on one draft, beside incident and reason. */
export const draftedWords = { ...noticeWords, draft: z.int().positive() };

/** A person's word on a notice. */
export interface Of {
  incident: string;
  regime: string;
  obligation: string;
  reason: string;
}

/** Throws Refused for everybody but the privacy officer and counsel: one person on call neither stops nor resumes what two approved. */
export function requireApprover({ principal }: SignedIn, { entity }: NoticeContext, what: string): void {
  const { officer, counsel } = approversOf(entity);
  if (principal !== officer.principal && principal !== counsel.principal)
    throw new Refused(`only ${officer.name} or ${counsel.name} may ${what}`);
}

/** Stops a notice that is being sent, within seconds: what has left has left. Then it may go on, or a new draft takes its place. */
export async function stopNotice(platform: Platform, person: SignedIn, said: Of & { draft: number }) {
  const context = await noticeContext(platform, said.incident, said);
  requireApprover(person, context, 'stop it');
  const key = keys.notice(said.incident, said.regime, said.obligation);
  const { officer, counsel } = approversOf(context.entity);
  await amendIncident(platform, said.incident, async (_head, table) => {
    const item = await table.get(key);
    const record = item && records.notice.read(item.record);
    if (record?.draft !== said.draft || record.state !== 'sending' || record.finishedAt)
      throw new Refused(
        `draft ${said.draft} of ${said.regime}/${said.obligation} is not being sent: a question is declined, a draft that nobody asks about sends nothing`,
      );
    if (record.stoppedBy) return undefined;
    const problem = `stopped by ${person.name}: ${inert(said.reason, 500)}`;
    const stopped: Notice = { ...record, problem, stoppedBy: person.name };
    const telling = { id: platform.id(), to: [officer, counsel], says: `The notice ${nameOf(record)} was ${problem}` };
    return {
      writes: [
        {
          key,
          record: records.notice.write(stopped),
          was: item?.rev,
          due: inMinutes(platform, stoppedHours * 60),
        },
        owedTelling(platform, said.incident, telling, 0),
      ],
      timeline: [
        {
          event: at(platform),
          kind: 'notice',
          by: person.name,
          text: `${nameOf(record)} ${problem}`,
          about: key.sk,
        },
      ],
    };
  });
  return { stopped: said.draft };
}
