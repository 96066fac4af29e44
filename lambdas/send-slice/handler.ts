import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import { quote } from '../core/quota.ts';
import { lambda } from '../platform/handler.ts';
import { followedOf, type Mailed, tallyOf } from '../platform/ledger.ts';
import { hindrance } from '../platform/notice-still.ts';
import { approvedMailing, draftedMailing, noticeOf } from '../platform/notices.ts';
import type { Platform } from '../platform/platform.ts';
import { Table } from '../platform/table.ts';
import { wait } from '../platform/wait.ts';
import { type Checked, type CheckOf, checkCursor, checkStep } from './check.ts';
import { type FollowOf, follow } from './follow.ts';
import { indexOf } from './recipients.ts';
import { quotaOf, type SendOf, sendCursor, sendSlice } from './send.ts';

const of = { incident: z.string(), notice: z.string() };

const input = z.discriminatedUnion('op', [
  z.object({ op: z.literal('check'), ...of, cursor: checkCursor.nullable() }),
  z.object({ op: z.literal('quote'), ...of }),
  z.object({ op: z.literal('send'), ...of, cursor: sendCursor.nullable() }),
  z.object({ op: z.literal('tally'), ...of }),
  z.object({ op: z.literal('follow'), ...of, cursor: sendCursor.nullable() }),
]);

/** Well below the function's 900 seconds: a call to SES and its ledger writes never run into the end. */
const workSeconds = 600;

/** A notice of some pages with both bodies. */
const noticeBytes = 30_000;

/** The mailing of one notice, a slice at a time: payloads hold the incident, the notice, cursors and counts, and no recipient. */
export const { build, handler } = lambda('send-slice', input, async (asked, platform) => {
  switch (asked.op) {
    case 'check':
      return checkAlong(platform, await uploadedOf(platform, asked), asked.cursor);
    case 'quote':
      return quoted(platform, await uploadedOf(platform, asked));
    case 'send':
      return sendSlice(
        { platform, wait, workSeconds, hindrance: () => hindrance(platform, asked.incident, asked.notice) },
        await approved(platform, asked),
        asked.cursor,
      );
    case 'tally': {
      const table = new Table(platform);
      const [counts, { digest, ...followed }] = await Promise.all([tallyOf(table, asked), followedOf(table, asked)]);
      return { counts, digest, followed };
    }
    case 'follow':
      return follow(platform, await checkedOf(platform, asked), asked.cursor);
  }
});

async function uploadedOf(platform: Platform, { incident, notice }: Mailed): Promise<CheckOf> {
  const { object, version } = await draftedMailing(platform, incident, notice);
  return { incident, notice, uploaded: { object, version } };
}

async function approved(platform: Platform, asked: Mailed): Promise<SendOf> {
  const { recipientsHash, template } = await approvedMailing(platform, asked.incident, asked.notice);
  return { ...(await uploadedOf(platform, asked)), recipients: recipientsHash, template };
}

/** What was checked, whatever the notice has come to since: e-mails come back for days after the last was sent. */
async function checkedOf(platform: Platform, { incident, notice }: Mailed): Promise<FollowOf> {
  const { record } = await noticeOf(new Table(platform), incident, notice);
  const { object, version, checked } = record.recipients ?? {};
  if (!object || !version || !checked) throw new Refused(`the recipients of notice ${notice} were not checked`);
  return { incident, notice, uploaded: { object, version }, recipients: checked.hash };
}

/** As many steps as the time allows. */
async function checkAlong(platform: Platform, of: CheckOf, from: Checked['cursor']): Promise<Checked> {
  const until = platform.now().add({ seconds: workSeconds }).epochMilliseconds;
  for (let at = from; ; ) {
    const step = await checkStep(platform, of, at);
    if (step.done || platform.now().epochMilliseconds >= until) return step;
    at = step.cursor;
  }
}

async function quoted(platform: Platform, of: CheckOf): Promise<{ possible: boolean; lines: string[] }> {
  const { shards, letters, substitute } = await indexOf(platform, of, of.uploaded);
  const rows = (pieces: { rows: number }[]) => pieces.reduce((sum, piece) => sum + piece.rows, 0);
  const mailing = { emails: rows(shards), letters: rows(letters), substitute: rows(substitute), bytes: noticeBytes };
  return quote(mailing, await quotaOf(platform), platform.environment.AWS_REGION ?? 'this Region');
}
