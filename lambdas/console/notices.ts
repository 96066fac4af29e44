import { z } from 'zod';
import type { ApprovalRequest } from '../core/approval.ts';
import { Refused } from '../core/errors.ts';
import { inert } from '../core/inert.ts';
import { type Notice, noticeHash } from '../core/notice.ts';
import { documentOf, noticeDraft, shortcomings, starter } from '../core/notice-text.ts';
import { amendIncident, listOf } from '../platform/incidents.ts';
import { tallyOf } from '../platform/ledger.ts';
import { approversOf, type NoticeContext, noticeContext, obstacles } from '../platform/notice-context.ts';
import { noticeMinutes, runNotice } from '../platform/notice-run.ts';
import { keepText, keptText, keyOf, nameOf } from '../platform/notices.ts';
import { at, inMinutes } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { keys, records } from '../platform/records.ts';
import { Table, type Write } from '../platform/table.ts';
import { newestUpload } from '../platform/uploaded.ts';
import type { SignedIn } from './decisions.ts';
import { noticeWords, type Of, requireApprover } from './notice-stop.ts';

const longestText = 100_000;
/** Fields of the decision `draft`, beside incident and reason. */
export const draftWords = {
  ...noticeWords,
  text: noticeDraft.refine((text) => JSON.stringify(text).length <= longestText, {
    error: `is longer than ${longestText} characters`,
  }),
  /** the uploaded CSV in the case bucket; its newest version is taken */
  recipients: z
    .string()
    .regex(
      // the name stands in the table and in the timeline: a day names nobody
      /^recipients\/[0-9A-HJKMNP-TV-Z]{26}\/\d{4}-\d{2}-\d{2}(?:-\d{1,3})?\.csv$/,
      'recipients/<case>/<day>.csv or <day>-<number>.csv, e.g. 2026-11-21-2.csv: the name of the file is shown, so it may name nobody',
    )
    .optional(),
};

/**
 * Keeps a text, and the file of recipients with its version, as the next draft. What was asked or approved before is void. Answers what
 * is still missing: it may be sent only when nothing is.
 */
export async function draftNotice(
  platform: Platform,
  person: SignedIn,
  said: Of & { text: z.infer<typeof noticeDraft>; recipients?: string | undefined },
) {
  const context = await noticeContext(platform, said.incident, said);
  const { template, elements, known } = context;
  if (said.recipients && template.channel === 'person')
    throw new Refused(`this notice goes to ${context.obligation.recipient}: it takes no file of recipients`);
  if (said.recipients && said.recipients.split('/')[1] !== said.incident)
    throw new Refused(`these recipients belong to another case: upload them under recipients/${said.incident}/`);
  const recipients = said.recipients ? await pinned(platform, said.recipients) : undefined;
  const kept = await keepText(platform, said.incident, said.text, documentOf(said.text, template, elements, known));
  const made = await replaced(platform, person, said, context, { text: kept.object, textHash: kept.hash, recipients });
  const missing = shortcomings(said.text, template, elements);
  return { notice: keyOf(made), draft: made.draft, state: made.state, missing };
}

/** The newest version of an uploaded file. Throws Refused when there is none. */
async function pinned(platform: Platform, object: string): Promise<NonNullable<Notice['recipients']>> {
  const newest = await newestUpload(platform, object);
  if (!newest) throw new Refused(`there is no ${object} in the case bucket: upload it first`);
  if (newest.version === 'null') throw new Error('the case bucket keeps no versions: deploy the response stack again');
  return { object, ...newest };
}

type Content = Pick<Notice, 'text' | 'textHash' | 'recipients'>;

/** The next draft of a notice, and the approvals of the last one voided. The same content again is the same draft. */
async function replaced(
  platform: Platform,
  person: SignedIn,
  said: Of,
  { obligation }: NoticeContext,
  content: Content,
): Promise<Notice> {
  const key = keys.notice(said.incident, said.regime, said.obligation);
  let made: Notice | undefined;
  await amendIncident(platform, said.incident, async (_head, table) => {
    const item = await table.get(key);
    const old = item && records.notice.read(item.record);
    if (old?.state === 'sending' && !old.stoppedBy)
      throw new Refused(
        `${nameOf(old)} is being sent: a new draft must wait until its proof is written, or until the privacy officer or counsel stops it (tourniquet notify --stop)`,
      );
    if (old && !old.stoppedBy && isSame(old, content)) {
      made = old;
      return undefined;
    }
    made = {
      ...{ incident: said.incident, regime: said.regime, obligation: said.obligation },
      recipientKind: obligation.recipientKind,
      draft: (old?.draft ?? 0) + 1,
      ...{ state: 'drafted', attempt: 0, run: 0, quote: [], approvals: [], sent: {}, documents: [] },
      ...content,
      by: person.name,
      at: at(platform),
    };
    const after = old ? `; draft ${old.draft} (${old.state}) is void` : '';
    return {
      writes: [{ key, record: records.notice.write(made), was: item?.rev }, ...(old ? await voided(table, old) : [])],
      timeline: [
        {
          event: made.at,
          kind: 'notice',
          by: person.name,
          text: `${person.name} drafted ${nameOf(made)}, text ${made.textHash.slice(0, 16)}: ${inert(said.reason, 500)}${after}`,
          about: key.sk,
        },
      ],
    };
  });
  if (!made) throw new Error(`no notice was drafted in case ${said.incident}`);
  return made;
}

const isSame = (old: Notice, { textHash, recipients }: Content) =>
  old.textHash === textHash &&
  old.recipients?.object === recipients?.object &&
  old.recipients?.version === recipients?.version;

/** Questions about a draft that is no more: nobody can answer them. */
async function voided(table: Table, old: Notice): Promise<Write[]> {
  const writes: Write[] = [];
  for (const id of old.approvals) {
    const key = keys.approval(old.incident, id);
    const item = await table.get(key);
    const request: ApprovalRequest | undefined = item && records.approval.read(item.record);
    if (!item || !request || (request.outcome && request.outcome !== 'approved')) continue;
    const { token: _spent, ...rest } = request;
    writes.push({ key, record: records.approval.write({ ...rest, outcome: 'voided' }), was: item.rev });
  }
  return writes;
}

/** Asks that a draft be sent: checks it as far as can be said at once, then starts the machine, which asks the two who must approve. */
export async function sendNotice(platform: Platform, person: SignedIn, said: Of & { draft: number }) {
  const context = await noticeContext(platform, said.incident, said);
  const { officer, counsel } = approversOf(context.entity);
  const key = keys.notice(said.incident, said.regime, said.obligation);
  await amendIncident(platform, said.incident, async (_head, table) => {
    const item = await table.get(key);
    if (!item) throw new Refused(`nobody has drafted ${said.regime}/${said.obligation}: give its text first`);
    const record = records.notice.read(item.record);
    if (record.draft !== said.draft)
      throw new Refused(`draft ${said.draft} was replaced by draft ${record.draft}: look at that one`);
    const next = askedFor(record, context);
    if (record.state === 'sending') requireApprover(person, context, 'let it go on');
    const wrong = await obstacles(platform, next, context);
    if (next.state !== 'sending' && wrong.length > 0)
      throw new Refused(`${nameOf(record)} cannot be sent:\n${wrong.map((w) => `- ${w}`).join('\n')}`);
    const verb = next.state === 'sending' ? 'lets it go on' : 'asks to send it';
    return {
      writes: [{ key, record: records.notice.write(next), was: item.rev, due: inMinutes(platform, noticeMinutes) }],
      timeline: [
        {
          event: at(platform),
          kind: 'notice',
          by: person.name,
          text: `${person.name} ${verb}: ${nameOf(record)}: ${inert(said.reason, 500)}`,
          about: key.sk,
        },
      ],
    };
  });
  await runNotice(platform, said.incident, said);
  return { asked: [officer.name, counsel.name] };
}

/** The record of a draft that people are asked about again, or of one that stopped while it was being sent. */
function askedFor(record: Notice, { obligation: { status } }: NoticeContext): Notice {
  const { problem, stoppedBy: _past, ...rest } = record;
  // everything that left is in the ledger and leaves no second time: what has come back since is listed for letters
  const over = record.finishedAt !== undefined && (record.state === 'in-hand' || record.state === 'sent');
  if ((record.state === 'sending' && problem) || over) return { ...rest, state: 'sending', execution: undefined };
  if (record.state === 'drafted')
    return {
      ...{ ...rest, state: 'checking', attempt: record.attempt + 1, run: 0, execution: undefined, approvals: [] },
      again: status === 'sent' || status === 'sent-late' || undefined,
    };
  const words = { checking: 'is being checked', asked: 'is asked about', sending: 'is being sent' } as const;
  const under = words[record.state as keyof typeof words];
  throw new Refused(
    `${nameOf(record)} ${under ?? `is ${record.state}`}${under ? ' already' : ': draft it anew to send it again'}`,
  );
}

/** One notice as a signed-in person may read it: what the law asks of it, its text, who decided what, how far it is. Changes nothing. */
export async function noticeShown(platform: Platform, incident: string, of: { regime: string; obligation: string }) {
  const context = await noticeContext(platform, incident, of);
  const { obligation, template, elements, known } = context;
  const { regime: _r, obligation: _o, ...clock } = obligation;
  const table = new Table(platform);
  const item = await table.get(keys.notice(incident, of.regime, of.obligation));
  const record = item && records.notice.read(item.record);
  return {
    incident,
    ...of,
    clock,
    channel: template.channel,
    handing: template.handing,
    required: elements.map((e) => ({ ...e, form: template.form.includes(e.id) })),
    starter: starter(template, elements, known),
    approvers: approverNames(context),
    ...(record ? await drafted(platform, table, record, context) : {}),
  };
}

const approverNames = ({ entity }: NoticeContext) =>
  [entity.privacyOfficer?.name, entity.counsel?.name].filter((n) => n !== undefined);

async function drafted(platform: Platform, table: Table, record: Notice, context: NoticeContext) {
  const [kept, decisions, progress, wrong] = await Promise.all([
    keptText(platform, record),
    Promise.all(record.approvals.map((id) => listOf(table, record.incident, `DECISION#${id}#`, records.decision))),
    tallyOf(table, { incident: record.incident, notice: keyOf(record) }),
    obstacles(platform, record, context),
  ]);
  return {
    notice: record,
    hash: noticeHash({ ...record, recipientsHash: record.recipients?.checked?.hash ?? null }),
    written: {
      subject: kept.subject,
      text: kept.text,
      substitute: kept.draft.substitute,
      leftOut: kept.draft.leftOut,
    },
    missing: wrong,
    decisions: decisions.flat(),
    progress,
  };
}
