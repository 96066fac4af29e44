import { Refused } from '../core/errors.ts';
import { canonical, sha256 } from '../core/json.ts';
import { type Notice, type NoticeState, noticeKey, noticeOfKey } from '../core/notice.ts';
import { type NoticeDocument, type NoticeDraft, noticeDraft } from '../core/notice-text.ts';
import { htmlPage, plainText, sheetCsv } from '../notices/render.ts';
import { keepObject, readObject } from './case-objects.ts';
import type { Platform } from './platform.ts';
import { keys, records } from './records.ts';
import { Table } from './table.ts';

/*
 * How the notify machine and send-slice speak (every payload is incident, notice key, cursor and counts only; the name of the uploaded
 * object and the text are read from the record and the case bucket):
 *   check  {op, incident, notice, cursor}  → {done, cursor, counts: {rows, email, letters, substitute, none, bad}, duplicates, hash}
 *   quote  {op, incident, notice}          → {possible, lines: string[]}
 *   send   {op, incident, notice, cursor}  → {done, cursor, counts: Record<state, number>, waitSeconds}
 *   tally  {op, incident, notice}          → {counts: Record<state, number>, digest}
 * `cursor` is null at the start and opaque to the machine; `hash` counts when `done`; `waitSeconds` is 0 or more; `digest` is a hash over the
 * ledger's counters. Replacement data of the e-mail template: `name` for the text and the subject, `nameHtml` (HTML-escaped) for the HTML:
 * SES escapes nothing.
 */

/** The record of the notice that a key names, and its revision. Throws Refused in words when there is none, or a newer draft. */
export async function noticeOf(
  table: Table,
  incident: string,
  notice: string,
): Promise<{ record: Notice; rev: number; key: ReturnType<typeof keys.notice> }> {
  const of = noticeOfKey(notice);
  if (!of) throw new Refused(`${notice} is no notice: <regime>.<obligation>.<draft>`);
  const key = keys.notice(incident, of.regime, of.obligation);
  const item = await table.get(key);
  if (!item) throw new Refused(`case ${incident} has no notice ${of.regime}/${of.obligation}`);
  const record = records.notice.read(item.record);
  if (record.draft !== of.draft)
    throw new Refused(`draft ${of.draft} of ${of.regime}/${of.obligation} was replaced by draft ${record.draft}`);
  return { record, rev: item.rev, key };
}

/** The uploaded file that a draft is to be sent to, pinned to its version. Throws Refused in words when there is none. */
export async function draftedMailing(
  platform: Platform,
  incident: string,
  notice: string,
): Promise<{ object: string; version: string; state: NoticeState }> {
  const { record } = await noticeOf(new Table(platform), incident, notice);
  if (!record.recipients) throw new Refused(`notice ${notice} names no recipients: upload a CSV and draft it again`);
  const { object, version } = record.recipients;
  return { object, version, state: record.state };
}

export interface ApprovedMailing {
  /** the hash that `check` gave at its end: the shards must still give it */
  recipientsHash: string;
  textHash: string;
  /** for SendBulkEmail, with `{{name}}` and `{{nameHtml}}` as its only variables */
  template: { subject: string; text: string; html: string };
  state: NoticeState;
}

/**
 * What people approved to send by e-mail. Throws Refused unless the notice was approved and is being sent, and the text in the case
 * bucket is still the one that was approved.
 */
export async function approvedMailing(platform: Platform, incident: string, notice: string): Promise<ApprovedMailing> {
  const { record } = await noticeOf(new Table(platform), incident, notice);
  if (record.state !== 'sending')
    throw new Refused(`notice ${notice} is ${record.state}, and only what was approved is sent: nothing is sent`);
  const { checked } = record.recipients ?? {};
  if (!checked) throw new Refused(`the recipients of notice ${notice} were not checked: nothing is sent`);
  const { subject, text, html } = await keptText(platform, record);
  return {
    recipientsHash: checked.hash,
    textHash: record.textHash,
    template: { subject, text, html },
    state: record.state,
  };
}

/** A text as it is kept in the case bucket: what a person wrote, and what it became on that day, so that approvals bind to the very words. */
export interface KeptText {
  draft: NoticeDraft;
  subject: string;
  text: string;
  /** names the recipient as `{{nameHtml}}` */
  html: string;
  /** fields of a form, as CSV */
  sheet?: string;
}

/** Keeps a text under its own hash. Returns its object and hash. */
export async function keepText(
  platform: Platform,
  incident: string,
  draft: NoticeDraft,
  document: NoticeDocument,
): Promise<{ object: string; hash: string }> {
  const kept: KeptText = {
    draft,
    subject: document.subject,
    text: plainText(document),
    html: await htmlPage(document, '{{nameHtml}}'),
    ...(document.sheet.length > 0 ? { sheet: sheetCsv(document) } : {}),
  };
  const body = canonical(JSON.parse(JSON.stringify(kept)));
  const hash = sha256(body);
  const object = `drafts/${incident}/${hash}.json`;
  await keepObject(platform, object, body, 'application/json');
  return { object, hash };
}

/** The text of a draft from the case bucket. Throws Refused when it is not what the record's hash names. */
export async function keptText(platform: Platform, record: Pick<Notice, 'text' | 'textHash'>): Promise<KeptText> {
  const { bytes } = await readObject(platform, record.text);
  if (sha256(bytes) !== record.textHash)
    throw new Refused('the text in the case bucket is not the one that was drafted: draft it again');
  const kept = JSON.parse(bytes.toString('utf8')) as KeptText;
  return { ...kept, draft: noticeDraft.parse(kept.draft) };
}

export const keyOf = (record: Notice): string => noticeKey(record);

/** Words for people and the timeline: `us-hipaa-individual/individual (draft 2)`. */
export const nameOf = ({ regime, obligation, draft }: Pick<Notice, 'regime' | 'obligation' | 'draft'>): string =>
  `${regime}/${obligation} (draft ${draft})`;

/** What a person types once it has left by other hands. */
export const howToRecord = ({ incident, regime, obligation }: Notice): string =>
  `then: tourniquet facts ${incident} --sent ${regime}/${obligation}=<day> --proof <receipt> --reason <how it went>`;
