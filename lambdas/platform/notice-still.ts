import { Refused } from '../core/errors.ts';
import { noticeContext, untimely } from './notice-context.ts';
import { noticeOf } from './notices.ts';
import type { Platform } from './platform.ts';
import { Table } from './table.ts';

/**
 * Why a notice that is being sent may not go on at this moment, in words; undefined: it may. Read anew each time, because a
 * law-enforcement hold, a sending by other means or a person's stop may come at any moment.
 */
export async function hindrance(platform: Platform, incident: string, notice: string): Promise<string | undefined> {
  try {
    const { record } = await noticeOf(new Table(platform), incident, notice);
    if (record.state !== 'sending') return `it is ${record.state}`;
    if (record.problem !== undefined) return record.problem;
    const { obligation } = await noticeContext(platform, incident, record);
    return untimely(obligation, record).join('; ') || undefined;
  } catch (error) {
    // no such obligation any more, or another draft
    if (error instanceof Refused) return error.message;
    throw error;
  }
}
