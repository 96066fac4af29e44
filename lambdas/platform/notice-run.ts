import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { hashOf } from '../core/json.ts';
import type { Notice, NoticeState } from '../core/notice.ts';
import { memberOf } from '../core/withholding.ts';
import { amendIncident } from './incidents.ts';
import { owedTelling } from './notice-telling.ts';
import { keyOf, nameOf } from './notices.ts';
import { begin, inMinutes } from './plans.ts';
import { type Platform, variable } from './platform.ts';
import { keys, records } from './records.ts';
import { Table } from './table.ts';

/** How long after its last sign of life a notice that is under way is looked at by the tick. */
export const noticeMinutes = 10;
/** How often people hear that a notice has stopped while it was being sent. */
export const stoppedHours = 24;

const underWay: ReadonlySet<NoticeState> = new Set(['checking', 'asked', 'sending']);

export const isUnderWay = (record: Notice): boolean => underWay.has(record.state) && record.problem === undefined;

/**
 * Starts the notify machine for a notice that is under way, unless it runs; safe to call any number of times. A dead execution gets
 * the next run: what was asked, decided and sent stands in records and the ledger, so a run begins where the last one ended.
 */
export async function runNotice(
  platform: Platform,
  incident: string,
  of: { regime: string; obligation: string },
): Promise<'started' | 'runs' | 'over'> {
  const key = keys.notice(incident, of.regime, of.obligation);
  const table = new Table(platform);
  const item = await table.get(key);
  const record = item && records.notice.read(item.record);
  if (!record) return 'over';
  if (record.state === 'sending' && record.problem) return stillStopped(platform, record);
  if (!isUnderWay(record)) {
    await table.write([{ key, record: records.notice.write(record), was: item.rev }]);
    return 'over';
  }
  const due = inMinutes(platform, noticeMinutes);
  if (record.execution && (await isRunning(platform, record.execution))) {
    await table.write([{ key, record: records.notice.write(record), was: item.rev, due }]);
    return 'runs';
  }
  const notice = keyOf(record);
  for (let run = record.run + 1; ; run++) {
    const name = `${incident}-n-${hashOf(notice).slice(0, 12)}-${record.attempt}-${run}`;
    const payload = { incident, notice, attempt: record.attempt, run };
    const { execution, fresh } = await begin(platform, variable(platform, 'MACHINE_NOTIFY'), name, payload);
    if (!fresh && !(await isRunning(platform, execution))) continue;
    // the machine may already have moved the record on
    await amendIncident(platform, incident, async (_head, current) => {
      const now = await current.get(key);
      const held = now && records.notice.read(now.record);
      if (!held || held.draft !== record.draft || held.attempt !== record.attempt || held.run >= run) return undefined;
      return { writes: [{ key, record: records.notice.write({ ...held, run, execution }), was: now.rev, due }] };
    });
    return fresh ? 'started' : 'runs';
  }
}

/** Says every day that a notice has stopped in the middle: some have got it, and others have not. */
async function stillStopped(platform: Platform, { incident, regime, obligation }: Notice): Promise<'over'> {
  const key = keys.notice(incident, regime, obligation);
  const settings = await platform.settings();
  await amendIncident(platform, incident, async (head, table) => {
    const item = await table.get(key);
    const record = item && records.notice.read(item.record);
    if (record?.state !== 'sending' || !record.problem) return undefined;
    const named = settings.entities.find((e) => e.name === memberOf(head.account, settings)?.entity);
    const to = [named?.privacyOfficer, named?.counsel, ...settings.onCall].filter((p) => p !== undefined);
    const says = `The notice ${nameOf(record)} has stopped while it was being sent: ${record.finishedAt ? 'all of it has left, and its proof is not written' : 'some people have got it, others have not'}. The privacy officer or counsel: tourniquet notify ${incident} ${regime}/${obligation} --send. Why: ${record.problem}`;
    const due = inMinutes(platform, stoppedHours * 60);
    return {
      writes: [
        { key, record: records.notice.write(record), was: item?.rev, due },
        owedTelling(platform, incident, { id: platform.id(), to, says }, 0),
      ],
    };
  });
  return 'over';
}

/** One that has ended while its notice is still under way could not even write down why: it counts as dead, whatever its end. */
async function isRunning(platform: Platform, execution: string): Promise<boolean> {
  try {
    const { status } = await platform.client(SFNClient).send(new DescribeExecutionCommand({ executionArn: execution }));
    return status === 'RUNNING' || status === 'PENDING_REDRIVE';
  } catch (error) {
    if (error instanceof Error && error.name === 'ExecutionDoesNotExist') return false;
    throw error;
  }
}
