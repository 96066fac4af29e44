import { Refused } from '../core/errors.ts';
import { sha256 } from '../core/json.ts';
import type { Notice } from '../core/notice.ts';
import { nameMark } from '../core/notice-text.ts';
import { keepObject } from '../platform/case-objects.ts';
import { headOf } from '../platform/incidents.ts';
import { approversOf, type NoticeContext, noticeContext, untimely } from '../platform/notice-context.ts';
import { isUnderWay } from '../platform/notice-run.ts';
import { calledTold } from '../platform/notice-telling.ts';
import { howToRecord, type KeptText, keptText, keyOf, nameOf } from '../platform/notices.ts';
import type { Platform } from '../platform/platform.ts';
import { Table } from '../platform/table.ts';
import { tellPeople } from '../platform/tell.ts';
import { moveOn, ours } from './begin.ts';
import { requireApprovals } from './decided.ts';
import type { Of } from './handler.ts';

/**
 * Between the approvals and every slice: reads both decisions themselves (invariant 11), the text from the case bucket by its hash,
 * and whether it is still the time. Then a mailing goes out in slices, or a person is handed the documents.
 */
export async function release(platform: Platform, step: Of<'release'>) {
  const table = new Table(platform);
  const { record } = await ours(table, step);
  const context = await noticeContext(platform, step.incident, record);
  if (record.state === 'in-hand') {
    // a run that ended before it had told anybody
    await tellHands(platform, record, context);
    return { next: 'done', cursor: null };
  }
  if (!isUnderWay(record))
    throw new Refused(`${nameOf(record)} is ${record.state}: ${record.problem ?? 'nothing is sent'}`);
  const by = await requireApprovals(platform, table, record);
  const text = await keptText(platform, record);
  const wrong = untimely(context.obligation, record);
  if (wrong.length > 0) throw new Refused(`${nameOf(record)} was approved, and cannot be sent: ${wrong.join('; ')}`);
  const documents = await keptDocuments(platform, record, text);
  const mailing = context.template.channel === 'mailing';
  const says = `${nameOf(record)} was approved by ${by.join(' and ')}`;
  const telling = {
    id: platform.id(),
    to: [approversOf(context.entity).officer],
    says: `The notice ${nameOf(record)} is approved. ${context.template.handing}`,
  };
  const move: Parameters<typeof moveOn>[2] = ({ state }) => {
    if (state === 'sending') return undefined;
    return mailing
      ? { to: { state: 'sending', documents }, text: `${says}: it is being sent` }
      : {
          to: { state: 'in-hand', documents, problem: context.template.handing },
          text: `${says}: a person must hand it over (${documents.map((d) => d.what).join(', ')})`,
        };
  };
  const after = await moveOn(platform, step, move, mailing ? undefined : telling);
  if (!mailing) {
    await tellHands(platform, after, context);
    await calledTold(platform, step.incident, telling.id);
  }
  return { next: mailing ? 'send' : 'done', cursor: null };
}

/** What a person prints, posts, publishes or types over, each once under its own hash. */
async function keptDocuments(platform: Platform, record: Notice, kept: KeptText): Promise<Notice['documents']> {
  const folder = `notices/${record.incident}/${keyOf(record)}`;
  const letter = kept.html.replaceAll('{{nameHtml}}', nameMark);
  const { substitute } = kept.draft;
  const wanted: [what: string, file: string, body: string | undefined, type: string][] = [
    ['the text', 'notice.txt', kept.text, 'text/plain; charset=utf-8'],
    ['the page to print', 'notice.html', letter, 'text/html; charset=utf-8'],
    ['the fields to type over', 'fields.csv', kept.sheet, 'text/csv; charset=utf-8'],
    [
      'the substitute notice',
      'substitute.txt',
      substitute && (record.recipients?.checked?.substitute ?? 0) > 0
        ? `${substitute.webText}\n\nToll-free: ${substitute.tollFree}\n`
        : undefined,
      'text/plain; charset=utf-8',
    ],
  ];
  const documents: Notice['documents'] = [];
  for (const [what, file, body, type] of wanted) {
    if (body === undefined) continue;
    const hash = sha256(body);
    const object = `${folder}/${hash.slice(0, 12)}-${file}`;
    await keepObject(platform, object, body, type);
    documents.push({ object, hash, what });
  }
  return documents;
}

async function tellHands(platform: Platform, record: Notice, context: NoticeContext) {
  const { head } = await headOf(new Table(platform), record.incident);
  const { officer } = approversOf(context.entity);
  await tellPeople(platform, head, {
    targets: [],
    about: `notice ${record.regime}/${record.obligation}`,
    happened: `The notice ${nameOf(record)} to ${context.obligation.recipient} is approved.`,
    asked: [
      context.template.handing,
      ...record.documents.map((d) => `${d.what}: ${d.object} in the case bucket`),
      howToRecord(record),
    ],
    ...(context.obligation.dueLocal ? { until: new Date(context.obligation.dueLocal).toISOString() } : {}),
    to: [officer],
  });
}
