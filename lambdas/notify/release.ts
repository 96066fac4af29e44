import { look } from '../core/approval.ts';
import { Refused } from '../core/errors.ts';
import { sha256 } from '../core/json.ts';
import type { Notice } from '../core/notice.ts';
import { nameMark } from '../core/notice-text.ts';
import { keepObject } from '../platform/case-objects.ts';
import { headOf, listOf } from '../platform/incidents.ts';
import { approversOf, type NoticeContext, noticeContext, untimely } from '../platform/notice-context.ts';
import { type KeptText, keptText, keyOf, nameOf } from '../platform/notices.ts';
import type { Platform } from '../platform/platform.ts';
import { keys, records } from '../platform/records.ts';
import { Table } from '../platform/table.ts';
import { tellPeople } from '../platform/tell.ts';
import { approvalId, hashNow, type Who } from './ask.ts';
import { moveOn, ours } from './begin.ts';
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
  const by = await requireApprovals(platform, table, record);
  const text = await keptText(platform, record);
  const wrong = untimely(context.obligation);
  if (wrong.length > 0) throw new Refused(`${nameOf(record)} was approved, and cannot be sent: ${wrong.join('; ')}`);
  const documents = await keptDocuments(platform, record, text);
  const mailing = context.template.channel === 'mailing';
  const says = `${nameOf(record)} was approved by ${by.join(' and ')}`;
  const after = await moveOn(platform, step, ({ state }) => {
    if (state === 'sending') return undefined;
    return mailing
      ? { to: { state: 'sending', documents }, text: `${says}: it is being sent` }
      : {
          to: { state: 'in-hand', documents, problem: context.template.handing },
          text: `${says}: a person must hand it over (${documents.map((d) => d.what).join(', ')})`,
        };
  });
  if (!mailing) await tellHands(platform, after, context);
  return { next: mailing ? 'send' : 'done', cursor: null };
}

/** The names of the two who approved. Throws Refused unless both approved this very text and these very recipients. */
async function requireApprovals(platform: Platform, table: Table, record: Notice): Promise<string[]> {
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
      return decisions.filter((d) => d.hash === hash && d.decision === 'approve');
    }),
  );
  const all = found.flat();
  if (new Set(all.map((d) => d.principal)).size < 2)
    throw new Refused(`${nameOf(record)}: one person approved it twice: nothing is sent`);
  return all.map((d) => d.name);
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
  const of = `${record.regime}/${record.obligation}`;
  await tellPeople(platform, head, {
    targets: [],
    about: `notice ${of}`,
    happened: `The notice ${nameOf(record)} to ${context.obligation.recipient} is approved.`,
    asked: [
      context.template.handing,
      ...record.documents.map((d) => `${d.what}: ${d.object} in the case bucket`),
      `then: tourniquet facts ${record.incident} --sent ${of}=<day> --proof <receipt> --reason <how it went>`,
    ],
    ...(context.obligation.dueLocal ? { until: new Date(context.obligation.dueLocal).toISOString() } : {}),
    to: [officer],
  });
}
