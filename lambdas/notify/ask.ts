import type { ApprovalRequest } from '../core/approval.ts';
import { Refused } from '../core/errors.ts';
import { approvalExpiry, approvalReminders, type Notice } from '../core/notice.ts';
import { longSentences, type NoticeDraft } from '../core/notice-text.ts';
import type { Person } from '../core/settings.ts';
import { afterSending } from '../platform/facts-records.ts';
import { amendIncident } from '../platform/incidents.ts';
import { approversOf, type NoticeContext, noticeContext, obstacles } from '../platform/notice-context.ts';
import { isUnderWay, noticeMinutes } from '../platform/notice-run.ts';
import { keptText, keyOf, nameOf } from '../platform/notices.ts';
import { at, inMinutes } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { keys, records } from '../platform/records.ts';
import { Table } from '../platform/table.ts';
import { ours } from './begin.ts';
import { approvalId, approvedBy, hashNow } from './decided.ts';
import type { Of } from './handler.ts';

/**
 * Asks the privacy officer, then counsel: the same question, bound to the hash of text and recipients. Counsel's request names the
 * officer as requester, so one person never counts twice. Throws Refused where the notice is not complete or not timely.
 */
export async function ask(platform: Platform, step: Of<'ask'>) {
  const table = new Table(platform);
  const { record } = await ours(table, step);
  const context = await noticeContext(platform, step.incident, record);
  const { officer, counsel } = approversOf(context.entity);
  const wrong = await obstacles(platform, record, context);
  if (step.quote?.possible === false) wrong.push(...step.quote.lines.slice(0, 1));
  if (wrong.length > 0) throw new Refused(`${nameOf(record)} cannot be sent: ${wrong.join('; ')}`);
  const { draft } = await keptText(platform, record);
  const id = approvalId(record, step.who);
  const quote = step.quote?.lines ?? record.quote;
  const [follows, before] = await Promise.all([
    afterSending(platform, step.incident, record),
    step.who === 'counsel' ? approvedBy(table, record, 'officer') : [],
  ]);
  const request = requestOf(
    platform,
    { id, record, context, draft, quote, follows, requesterSignedInAs: before[0]?.signedInAs },
    step.who === 'officer' ? [officer] : [counsel, officer],
  );
  await amendIncident(platform, step.incident, async (_head, current) => {
    const now = await ours(current, step);
    if (!isUnderWay(now.record)) throw new Refused(`${nameOf(now.record)} is not under way: nobody is asked`);
    const key = keys.approval(step.incident, id);
    if (await current.get(key)) return undefined;
    const next: Notice = { ...now.record, state: 'asked', quote, approvals: [...now.record.approvals, id] };
    return {
      writes: [
        { key, record: records.approval.write(request) },
        { key: now.key, record: records.notice.write(next), was: now.rev, due: inMinutes(platform, noticeMinutes) },
      ],
      timeline: [
        {
          event: request.askedAt,
          kind: 'approval',
          by: 'notify',
          text: `asked: ${request.subject.title}`,
          about: key.sk,
        },
      ],
    };
  });
  return { approval: id, execution: `${step.incident}-${id}-r${step.run}` };
}

interface Question {
  id: string;
  record: Notice;
  context: NoticeContext;
  draft: NoticeDraft;
  quote: string[];
  /** what its leaving does to the other clocks */
  follows: string;
  requesterSignedInAs: string | undefined;
}

function requestOf(
  platform: Platform,
  { id, record, context, draft, quote, follows, requesterSignedInAs }: Question,
  [decider, before]: [Person, Person?],
): ApprovalRequest {
  const hash = hashNow(record);
  const { obligation, template, elements } = context;
  const form = elements.filter((e) => template.form.includes(e.id)).map((e) => `${e.element} (${e.citation})`);
  const due = obligation.dueLocal ? `due ${obligation.dueLocal}` : 'without a day: without unreasonable delay';
  return {
    id,
    incident: record.incident,
    subject: {
      kind: 'notice',
      notice: keyOf(record),
      title: `Send the notice ${nameOf(record)}`,
    },
    hash,
    before: hash,
    shows: [`to ${obligation.recipient}`, `text ${record.textHash.slice(0, 16)}`, ...recipientLines(record), ...quote],
    losses: [],
    consequence: `What has been sent cannot be called back. ${template.handing}`,
    asks: [
      `read it first: tourniquet notify ${record.incident} ${record.regime}/${record.obligation}`,
      `${due}; ${obligation.status}`,
      ...(follows ? [`when it leaves today: ${follows}`] : []),
      ...form.map((f) => `you confirm: ${f}`),
      // the reasons are words of the draft: they stand in the case bucket only, and `tourniquet notify` shows them
      ...Object.keys(draft.leftOut).map((id) => `left out: ${id}; read why in the text`),
      ...(record.again ? ['a sending of it is recorded already: this one goes out as well'] : []),
      ...longSentences(draft),
    ],
    needs: 'one',
    onTimeout: 'hold',
    requester: before?.principal,
    requesterSignedInAs,
    deciders: [decider],
    escalation: approvalReminders(platform.now(), obligation.dueLocal),
    askedAt: at(platform),
    expiresAt: approvalExpiry(platform.now()).toString({ smallestUnit: 'millisecond' }),
    told: 0,
  };
}

function recipientLines({ recipients }: Notice): string[] {
  const { checked } = recipients ?? {};
  if (!recipients || !checked) return [];
  const { hash, rows, email, letters, substitute, none, duplicates, already = 0 } = checked;
  return [
    `file ${recipients.object}, ${recipients.size ?? '?'} bytes, uploaded ${recipients.uploadedAt ?? 'at an unknown time'}, version ${recipients.version}`,
    `recipients ${hash.slice(0, 16)}: ${rows} rows`,
    `${email} by e-mail, ${letters} by letter, ${substitute} by substitute notice`,
    ...(none + duplicates > 0 ? [`${none} not reachable and not owed one, ${duplicates} named twice`] : []),
    ...(already > 0
      ? [
          `${already} left out: an earlier draft reached them, or may have; what this one corrects they do not learn by e-mail`,
        ]
      : []),
    ...(substitute > 0 && substitute < 10
      ? [
          `the ${substitute} who cannot be reached: by an alternative written notice, by telephone or by other means (45 CFR 164.404(d)(2)(i))`,
        ]
      : []),
  ];
}
