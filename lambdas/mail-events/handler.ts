import { z } from 'zod';
import { lambda } from '../platform/handler.ts';
import { type Heard, hear, readEvent } from './hear.ts';

const batch = z.looseObject({ Records: z.array(z.looseObject({ messageId: z.string(), body: z.string() })) });

/** Events of SES from their queue. What is none of ours is let go; what could not be written comes again. */
export const { build, handler } = lambda('mail-events', batch, async ({ Records }, platform) => {
  const heard = Records.flatMap(({ messageId: id, body }) => {
    const event = readEvent(body);
    return event ? [{ id, event }] : [];
  });
  if (heard.length < Records.length)
    platform.log.info('let go events that name no entry of the ledger', { events: Records.length - heard.length });
  const failed: string[] = [];
  for (const group of Map.groupBy(heard, ({ event }) => shardOf(event)).values())
    try {
      await hear(
        platform,
        group.map(({ event }) => event),
      );
    } catch (error) {
      platform.log.warn('could not write what became of e-mails', {
        events: group.length,
        error: error instanceof Error ? error.name : 'unknown',
      });
      failed.push(...group.map(({ id }) => id));
    }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
});

const shardOf = ({ incident, notice, shard }: Heard): string => `${incident} ${notice} ${shard}`;
