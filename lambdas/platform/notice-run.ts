import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { hashOf } from '../core/json.ts';
import type { Notice, NoticeState } from '../core/notice.ts';
import { amendIncident } from './incidents.ts';
import { keyOf } from './notices.ts';
import { begin, inMinutes } from './plans.ts';
import { type Platform, variable } from './platform.ts';
import { keys, records } from './records.ts';
import { Table } from './table.ts';

/** How long after its last sign of life a notice that is under way is looked at by the tick. */
export const noticeMinutes = 10;

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
