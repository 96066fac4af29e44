import { GetAccountCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { z } from 'zod';
import { Collision, Hindered, Refused } from '../core/errors.ts';
import { sha256 } from '../core/json.ts';
import { bulk, type Counts, isSent } from '../core/ledger.ts';
import { allowance, obstacle, type Quota, share } from '../core/quota.ts';
import { readObject } from '../platform/case-objects.ts';
import { begin, type Mailed, tallyOf } from '../platform/ledger.ts';
import type { Platform } from '../platform/platform.ts';
import { Table } from '../platform/table.ts';
import { abandon, claim, type Shard, settle, standing } from './batch.ts';
import { post, type Template } from './post.ts';
import {
  checkedIndex,
  type Index,
  incidentKey,
  type ShardLine,
  setOf,
  shardLine,
  type Uploaded,
  verifyLists,
} from './recipients.ts';

export const sendCursor = z.strictObject({ shard: z.int().positive() });
export type SendCursor = z.infer<typeof sendCursor>;

export interface SendOf extends Mailed {
  uploaded: Uploaded;
  /** the hash that people approved */
  recipients: string;
  template: Template;
}

export interface SentSlice {
  done: boolean;
  cursor: SendCursor | null;
  counts: Counts;
  waitSeconds: number;
}

/** What a sender has beside its input. `wait` keeps the pace of the quota. */
export interface Sender {
  platform: Platform;
  wait(seconds: number): Promise<void>;
  /** how long it may work: well below the function's limit, so that a claim is never cut off from its answer */
  workSeconds: number;
  /** why the mailing may not go on: a hold, a person's stop; undefined: it may */
  hindrance(): Promise<string | undefined>;
}

/** A hold of law enforcement or a person's stop ends a mailing within so many seconds. */
const lookSeconds = 10;

/** Throttled so often in a row, it gives way: longer than a burst lasts. */
const patience = 6;
/** SES counts the quota over the last 24 hours, so some of it comes back all the time. */
const quotaWaitSeconds = 1800;

/**
 * Sends from where the mailing stands until the time is up, a quota is used up or all is sent. Where it stands is in the table; the
 * cursor only spares looking at finished shards. Throws Refused when the recipients are not those approved, Hindered when SES does not
 * send for this account.
 */
export async function sendSlice(sender: Sender, of: SendOf, from: SendCursor | null): Promise<SentSlice> {
  const { platform } = sender;
  const table = new Table(platform);
  const index = await checkedIndex(platform, of, of.uploaded, of.recipients);
  const quota = await quotaOf(platform);
  const problem = obstacle(quota, platform.environment.AWS_REGION ?? 'this Region', 0);
  if (problem) throw new Hindered(`nothing is sent: ${problem}`);
  if (from === null) await verifyLists(platform, of, index);
  await begin(table, of, { set: setOf(of.uploaded), recipients: of.recipients });
  const keyed = await incidentKey(platform, of.incident);
  const run = {
    ...sender,
    table,
    of,
    pace: (bulk / Math.max(quota.perSecond * share, 0.1)) * 1000,
    left: allowance(quota),
    until: platform.now().add({ seconds: sender.workSeconds }).epochMilliseconds,
    lookedAt: Number.NEGATIVE_INFINITY,
  };
  for (let shard = from?.shard ?? 1; shard <= index.shards.length; shard++) {
    const lines = await linesOf(platform, index, shard);
    const work = { incident: of.incident, notice: of.notice, shard, recipients: of.recipients, lines, keyed };
    const waitSeconds = await sendShard(run, work);
    if (waitSeconds !== undefined)
      return { done: false, cursor: { shard }, counts: await tallyOf(table, of), waitSeconds };
  }
  return { done: true, cursor: null, counts: await tallyOf(table, of), waitSeconds: 0 };
}

interface Run extends Sender {
  table: Table;
  of: SendOf;
  /** milliseconds that a full call takes of the quota */
  pace: number;
  left: number;
  until: number;
  lookedAt: number;
}

/** Undefined when the shard is sent; else how many seconds to wait before going on. */
async function sendShard(run: Run, shard: Shard): Promise<number | undefined> {
  let throttled = 0;
  for (;;) {
    const at = await standing(run.table, shard);
    if (at.value.recipients !== shard.recipients)
      throw new Refused(`notice ${shard.notice} was begun with other recipients: draft it anew`);
    if (isSent(at.value)) return undefined;
    const now = run.platform.now().epochMilliseconds;
    if (now >= run.until) return 0;
    if (at.value.flying) {
      const over = (Date.parse(at.value.flying.until) - now) / 1000;
      if (over > 0) return Math.ceil(over);
      await unlessOvertaken(() => abandon(run.platform, run.table, shard, { value: at.value, rev: at.rev ?? 0 }));
      continue;
    }
    if (run.left < 1) return quotaWaitSeconds;
    await unlessHindered(run);
    const got = await sendOnce(run, shard, at);
    if (got === 'throttled') {
      throttled += 1;
      if (throttled >= patience) return 60;
      await run.wait(2 ** throttled);
    } else throttled = 0;
  }
}

async function unlessHindered(run: Run): Promise<void> {
  const now = run.platform.now().epochMilliseconds;
  if (now - run.lookedAt < lookSeconds * 1000) return;
  const why = await run.hindrance();
  if (why) throw new Refused(`no further e-mail of notice ${run.of.notice} is sent: ${why}`);
  run.lookedAt = now;
}

type At = Awaited<ReturnType<typeof standing>>;

async function sendOnce(run: Run, shard: Shard, at: At): Promise<'sent' | 'throttled'> {
  const { platform, table } = run;
  const began = platform.now().epochMilliseconds;
  const claimed = await unlessOvertaken(() => claim(platform, table, shard, at, run.left));
  if (!claimed) return 'sent';
  const lines = claimed.claimed.map(({ value }) => {
    const line = shard.lines[value.index];
    if (!line) throw new RangeError('a claim is outside its shard');
    return line;
  });
  const { outcomes, stop } = await post(platform, shard, run.of.template, lines);
  await settle(run, shard, claimed, outcomes);
  if (stop)
    throw new Hindered(
      `SES does not send for this account: ${stop}. What it did not take was not sent; see the SES console, then send again: it goes on where it stopped.`,
    );
  const taken = outcomes.filter(({ answer }) => answer !== 'throttled').length;
  run.left -= taken;
  if (taken === 0) return 'throttled';
  const rest = run.pace * (lines.length / bulk) - (platform.now().epochMilliseconds - began);
  if (rest > 0) await run.wait(rest / 1000);
  return 'sent';
}

/** Undefined when another sender was first: look again where the shard stands. */
async function unlessOvertaken<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Collision) return undefined;
    throw error;
  }
}

/** The e-mails of a shard. Throws Refused when they are not what was approved. */
export async function linesOf(platform: Platform, { shards }: Index, shard: number): Promise<ShardLine[]> {
  const piece = shards[shard - 1];
  if (!piece) throw new RangeError(`there are ${shards.length} shards, and none with number ${shard}`);
  if (piece.rows === 0) return [];
  const { bytes } = await readObject(platform, piece.object);
  if (sha256(bytes) !== piece.sha256)
    throw new Refused('a list of recipients was changed after it was approved: nothing is sent');
  return bytes
    .toString()
    .split('\n')
    .map((line) => shardLine.parse(JSON.parse(line)));
}

/** What SES lets this account send now. */
export async function quotaOf(platform: Platform): Promise<Quota> {
  const { ProductionAccessEnabled, SendingEnabled, SendQuota } = await platform
    .client(SESv2Client)
    .send(new GetAccountCommand({}));
  return {
    production: ProductionAccessEnabled ?? false,
    sending: SendingEnabled ?? false,
    daily: SendQuota?.Max24HourSend ?? 0,
    perSecond: SendQuota?.MaxSendRate ?? 0,
    sentToday: SendQuota?.SentLast24Hours ?? 0,
  };
}
