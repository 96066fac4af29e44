import { Refused } from '../core/errors.ts';
import type { Notice } from '../core/notice.ts';
import { amendIncident } from '../platform/incidents.ts';
import { noticeContext } from '../platform/notice-context.ts';
import { noticeMinutes, stoppedHours } from '../platform/notice-run.ts';
import { owedTelling, type Telling } from '../platform/notice-telling.ts';
import { nameOf, noticeOf } from '../platform/notices.ts';
import { at, inMinutes } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { records, type TimelineEntry } from '../platform/records.ts';
import { Table } from '../platform/table.ts';
import type { Of } from './handler.ts';

export type Step = Pick<Of, 'incident' | 'notice' | 'attempt'>;

/** The notice of this very draft and attempt. Throws Refused when a person has replaced it or asked anew. */
export async function ours(table: Table, { incident, notice, attempt }: Step) {
  const found = await noticeOf(table, incident, notice);
  if (found.record.attempt !== attempt)
    throw new Refused(`attempt ${attempt} of ${nameOf(found.record)} is over: attempt ${found.record.attempt} runs`);
  return found;
}

/**
 * Moves the notice of this draft and attempt on, and says so in the timeline; undefined moves nothing. The tick looks at it again while
 * it is under way or stopped, and tells `telling` where nobody has called that told.
 */
export async function moveOn(
  platform: Platform,
  step: Step,
  change: (record: Notice) => { to: Partial<Notice>; text?: string } | undefined,
  telling?: Telling,
): Promise<Notice> {
  let after: Notice | undefined;
  await amendIncident(platform, step.incident, async (_head, table) => {
    const { record, rev, key } = await ours(table, step);
    const moved = change(record);
    after = moved ? { ...record, ...moved.to } : record;
    if (!moved) return undefined;
    const timeline: Omit<TimelineEntry, 'recorded'>[] = moved.text
      ? [{ event: at(platform), kind: 'notice', by: 'notify', text: moved.text, about: key.sk }]
      : [];
    const running = after.problem === undefined && ['checking', 'asked', 'sending'].includes(after.state);
    const stopped = after.problem !== undefined && after.state === 'sending';
    const minutes = running ? noticeMinutes : stopped ? stoppedHours * 60 : undefined;
    const due = minutes === undefined ? undefined : inMinutes(platform, minutes);
    const told = telling ? [owedTelling(platform, step.incident, telling)] : [];
    return { writes: [{ key, record: records.notice.write(after), was: rev, due }, ...told], timeline };
  });
  if (!after) throw new Error(`notice ${step.notice} is not there`);
  return after;
}

/** Where a run goes on: a first one from the front, a later one from what the records hold. */
export async function begin(platform: Platform, step: Of<'begin'>) {
  const { record } = await ours(new Table(platform), step);
  const { template } = await noticeContext(platform, step.incident, record);
  const mailing = template.channel === 'mailing';
  const next = record.state === 'sending' ? 'release' : mailing && !record.recipients?.checked ? 'check' : 'quote';
  // e-mails came back after the proof
  if (mailing && record.finishedAt && ['sent', 'in-hand'].includes(record.state))
    return { next: 'follow', cursor: null };
  if (!['checking', 'asked', 'sending'].includes(record.state))
    throw new Refused(`${nameOf(record)} is ${record.state}: nothing is under way`);
  return { next: mailing ? next : 'ask', cursor: null };
}

/** What the check of every row found. Throws Refused where a row cannot be used: then nothing is sent until a new file is uploaded. */
export async function checked(platform: Platform, step: Of<'checked'>) {
  const { counts, duplicates, hash, notice } = step;
  const report = `the report of every such row stands in the case bucket under mailing/${step.incident}/${notice}/`;
  if (counts.bad > 0)
    throw new Refused(
      `${counts.bad} of ${counts.rows} rows of the recipients file cannot be used; ${report}. Mend the file, upload it and draft the notice again: nothing is sent until every row is right`,
    );
  if (counts.email + counts.letters + counts.substitute === 0)
    throw new Refused(
      counts.already > 0
        ? `an earlier draft reached, or may have reached, everybody in the recipients file (${counts.already}): there is nobody to tell`
        : 'the recipients file names nobody to tell: upload one that does and draft the notice again',
    );
  const people = `${counts.email} by e-mail, ${counts.letters} by letter, ${counts.substitute} by substitute notice, ${counts.none} not reachable and not owed one, ${duplicates} named twice, ${counts.already} reached by an earlier draft`;
  await moveOn(platform, step, (record) => {
    if (!record.recipients || record.recipients.checked?.hash === hash) return undefined;
    if (record.state !== 'checking' || record.problem)
      throw new Refused(`${nameOf(record)} is not being checked: what was checked stands`);
    return {
      to: { recipients: { ...record.recipients, checked: { ...counts, duplicates, hash } } },
      text: `the recipients of ${nameOf(record)} were checked, ${counts.rows} rows: ${people}`,
    };
  });
  return { checked: true };
}
