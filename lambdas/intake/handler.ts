import { z } from 'zod';
import { MalformedFinding } from '../core/finding.ts';
import { inert } from '../core/inert.ts';
import { lambda } from '../platform/handler.ts';
import { retried } from '../platform/incidents.ts';
import { at } from '../platform/plans.ts';
import type { Platform } from '../platform/platform.ts';
import { keepRaw } from '../platform/raw.ts';
import { keys, records } from '../platform/records.ts';
import { Table } from '../platform/table.ts';
import { readFindings } from '../sources/index.ts';
import { type Taken, take } from './take.ts';

const queueEvent = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })).min(1) });

/** Findings queue → incidents. A message that could not be taken in is reported back and comes again; an unreadable one is kept, told and done. */
export const { build, handler } = lambda('intake', queueEvent, async ({ Records }, platform) => {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  const taken: (Taken | { refused: string })[] = [];
  for (const { messageId, body } of Records) {
    try {
      if (isHeartbeat(parsed(body))) platform.metrics.count('HeartbeatSeen');
      else taken.push(...(await takeIn(platform, body)));
    } catch (error) {
      platform.log.error('finding not taken in; the queue brings it again', {
        error: error instanceof Error ? error.name : 'unknown',
      });
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures, taken };
});

/** The heartbeat goes the way of the findings and is none: it says that the way is open, and whoever forges it says no more than that. */
const heartbeat = z.object({ source: z.literal('tourniquet.heartbeat'), 'detail-type': z.literal('Heartbeat') });

function isHeartbeat(event: unknown): boolean {
  return heartbeat.safeParse(event).success;
}

async function takeIn(platform: Platform, body: string): Promise<(Taken | { refused: string })[]> {
  const raw = await keepRaw(platform, body);
  const results: (Taken | { refused: string })[] = [];
  const all = readFindings(parsed(body));
  for (const read of all) if (!(read instanceof MalformedFinding)) results.push(await take(platform, read, raw));
  const errors = all.filter((read) => read instanceof MalformedFinding);
  if (errors.length > 0) results.push(await refuse(platform, errors, raw));
  return results;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** A value that stands in the wrong field may be anything, patient data too: it stays in the raw event. */
function withoutValue(message: string): string {
  return message.replace(/ is "(?:[^"\\]|\\.)*(?:"|…|$)/g, ' is "…"');
}

/** Bad input gets one clear error and is kept (invariant 14); the alarm on FindingRefused brings a person to look. */
async function refuse(platform: Platform, errors: MalformedFinding[], raw: string): Promise<{ refused: string }> {
  const table = new Table(platform);
  const key = keys.rejected(raw);
  const error = inert(errors.map((e) => withoutValue(e.message)).join('; '), 1000);
  const field = inert(errors.map((e) => e.field).join(', '));
  const record = records.rejected.write({ error, field, receivedAt: at(platform), raw });
  await retried(async () => table.write([{ key, record, was: (await table.get(key))?.rev }]));
  platform.metrics.count('FindingRefused', errors.length);
  platform.log.warn('finding refused', { field, kept: raw });
  return { refused: error };
}
