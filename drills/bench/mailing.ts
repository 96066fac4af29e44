import { unmarshall } from '@aws-sdk/util-dynamodb';

import { type EntryState, entryState } from '../../lambdas/core/ledger.ts';
import { build as mailEvents } from '../../lambdas/mail-events/handler.ts';
import { ledger, tallyOf } from '../../lambdas/platform/ledger.ts';
import type { Platform } from '../../lambdas/platform/platform.ts';
import { Table } from '../../lambdas/platform/table.ts';
import { type Checked, checkStep } from '../../lambdas/send-slice/check.ts';
import { type SendCursor, type Sender, type SentSlice, sendSlice } from '../../lambdas/send-slice/send.ts';
import { Killed, LightAws, type Moment } from './light.ts';
import type { Odds } from './light-mail.ts';

export interface Mailing {
  people: number;
  /** the same seed, the same run */
  seed: number;
  odds: Odds;
  /** chance that a function is killed at a moment: before or after each call to AWS */
  killed: number;
  /** bytes of one step of the check */
  slice?: number;
  /** after each slice that was sent, with how many recipients the ledger has */
  onSlice?(sent: number): void;
}

/** What went wrong, in sentences; none when every promise held. */
export interface Mailed {
  wrong: string[];
  emails: number;
  states: Partial<Record<EntryState, number>>;
  kills: Record<string, number>;
  throttles: number;
  seconds: { check: number; send: number };
}

export const of = { incident: '01JD0000000000000000000000', notice: 'us-hipaa-individual.individual.1' };
export const uploaded = { object: `recipients/${of.incident}/all.csv`, version: 'v1' };
export const template = { subject: 'A notice', text: 'Dear {{name}}', html: '<p>Dear {{nameHtml}}</p>' };

/** Numbers from 0 to 1 by a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Most agreed to e-mail; one in fifty gets a letter, one in a hundred has no usable address. */
export function* people(count: number): Generator<string> {
  yield 'name,email,email_consent,address_line1,city,state,zip,language\r\n';
  for (let from = 0; from < count; from += 1000)
    yield Array.from({ length: Math.min(1000, count - from) }, (_, k) => {
      const n = from + k;
      const consent = n % 50 === 7 || n % 100 === 3 ? 'no' : 'yes';
      const street = n % 100 === 3 ? '' : `${n} Main Street`;
      return `"Person, Number ${n}",p${n}@example.com,${consent},${street},Albany,NY,12207,en\r\n`;
    }).join('');
}

/** One mailing from upload to the last event, with functions killed on the way, and what it came to. */
export async function mailing(work: Mailing): Promise<Mailed> {
  const random = seeded(work.seed);
  const aws = new LightAws(work.people, work.odds, random);
  const kills: Record<string, number> = {};
  const kill = (moment: Moment): boolean => {
    if (random() >= work.killed) return false;
    const place = `${moment.when} ${moment.command}`;
    kills[place] = (kills[place] ?? 0) + 1;
    return true;
  };
  try {
    aws.put(uploaded.object, people(work.people));
    // the incident's key is random; a fixed one makes the same run of the same seed
    aws.put(`mailing/${of.incident}/key`, [Buffer.alloc(32, 7).toString('base64')]);
    const began = performance.now();
    const { hash, counts } = await checkAll(aws, kill, work.slice);
    const checked = performance.now();
    await sendAll(aws, kill, hash, work);
    const sent = performance.now();
    const { wrong, states } = await audit(aws, counts.email);
    return {
      wrong,
      emails: counts.email,
      states,
      kills,
      throttles: aws.mail.throttles,
      seconds: { check: (checked - began) / 1000, send: (sent - checked) / 1000 },
    };
  } finally {
    aws.close();
  }
}

/** Undefined when the function was killed: whoever invoked it invokes it again. */
async function survived<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Killed) return undefined;
    throw error;
  }
}

/** Nothing hinders it. */
export const senderOf = (aws: LightAws, platform: Platform): Sender => ({
  ...{ platform, wait: aws.wait, workSeconds: 60 },
  hindrance: async () => undefined,
});

type Kill = (moment: Moment) => boolean;

export async function checkAll(
  aws: LightAws,
  kill: Kill = () => false,
  slice?: number,
  mailed: { incident: string; notice: string } = of,
): Promise<Checked> {
  for (let cursor: Checked['cursor'] = null; ; ) {
    const step = await survived(
      aws.run((platform) => checkStep(platform, { ...mailed, uploaded }, cursor, slice), kill),
    );
    if (step?.done) return step;
    cursor = step?.cursor ?? cursor;
  }
}

export async function sendAll(
  aws: LightAws,
  kill: Kill,
  recipients: string,
  { onSlice = () => undefined }: Pick<Mailing, 'onSlice'>,
): Promise<void> {
  const all = { ...of, uploaded, recipients, template };
  for (let cursor: SendCursor | null = null; ; ) {
    const at: SendCursor | null = cursor;
    const step: SentSlice | undefined = await survived(
      aws.run((platform) => sendSlice(senderOf(aws, platform), all, at), kill),
    );
    await hearAll(aws, kill);
    if (step) {
      onSlice(Object.values(step.counts).reduce((sum, n) => sum + n, 0));
      cursor = step.cursor;
      if (step.done) return;
      await aws.wait(step.waitSeconds);
    }
  }
}

/** As the queue: ten at a time, and again what was not taken. */
export async function hearAll(aws: LightAws, kill: Kill): Promise<void> {
  const waiting = aws.mail.takeEvents();
  for (let n = 0; n < waiting.length; ) {
    const Records = waiting.slice(n, n + 10).map((body, k) => ({ messageId: String(k), body }));
    n += Records.length;
    const answer = (await survived(aws.run((platform) => mailEvents(platform)({ Records }), kill))) as
      | { batchItemFailures: { itemIdentifier: string }[] }
      | undefined;
    const again = answer ? answer.batchItemFailures.map((f) => Number(f.itemIdentifier)) : Records.keys();
    for (const k of again) waiting.push(Records[k]?.body ?? '');
  }
}

/** What is in the ledger against what SES took, row by row. */
export async function audit(aws: LightAws, emails: number): Promise<Pick<Mailed, 'wrong' | 'states'>> {
  const wrong: string[] = [];
  const states: Partial<Record<EntryState, number>> = {};
  const seen = new Uint8Array(aws.mail.taken.length);
  for (const item of aws.table.items('LEDGER#')) {
    const { record } = unmarshall(item);
    const { row, state } = ledger.entry.read(record);
    const taken = aws.mail.taken[row] ?? 0;
    states[state] = (states[state] ?? 0) + 1;
    seen[row] = (seen[row] ?? 0) + 1;
    if (seen[row] !== 1) wrong.push(`row ${row} has ${seen[row]} entries`);
    if (taken > 1) wrong.push(`row ${row} was sent ${taken} times`);
    const right: Record<EntryState, boolean> = {
      queued: false,
      claimed: false,
      // the function was killed between the claim and SES, or SES's answer was lost with a refusal
      unknown: taken === 0,
      // every event has been heard
      accepted: false,
      refused: taken === 0 && aws.mail.refused.has(row),
      delivered: taken === 1,
      bounced: taken === 1,
      complained: taken === 1,
    };
    if (!right[state]) wrong.push(`row ${row} is ${state}, and SES took it ${taken} times`);
  }
  const total = entryState.options.reduce((sum, state) => sum + (states[state] ?? 0), 0);
  if (total !== emails) wrong.push(`${total} entries for ${emails} e-mails`);
  const tally = await aws.run((platform) => tallyOf(new Table(platform), of));
  const told = entryState.options.filter((state) => (tally[state] ?? 0) !== (states[state] ?? 0));
  if (told.length > 0) wrong.push(`the counters differ from the entries in ${told.join(', ')}`);
  const sent = aws.mail.taken.reduce((sum, n) => sum + n, 0);
  const known = total - (states.refused ?? 0) - (states.unknown ?? 0);
  if (sent !== known) wrong.push(`SES took ${sent} messages and the ledger knows of ${known}`);
  return { wrong: wrong.slice(0, 20), states };
}
