import { z } from 'zod';
import { changeRef } from '../core/change.ts';
import { lambda } from '../platform/handler.ts';
import { requireUnpaused } from '../platform/pause.ts';
import { apply } from './apply.ts';
import { record } from './record.ts';
import { requireTurn } from './turn.ts';
import { undo } from './undo.ts';

const of = { incident: z.string(), plan: z.int(), step: z.int() };

const input = z.discriminatedUnion('op', [
  z.object({ op: z.literal('record'), ...of, approval: z.string().optional() }),
  z.object({ op: z.literal('apply'), ...of, change: changeRef }),
  z.object({ op: z.literal('undo'), incident: z.string(), approval: z.string(), change: changeRef }),
]);

/** The only function that writes to a member account: record, apply, undo. */
export const { build, handler } = lambda('act', input, async (event, platform): Promise<unknown> => {
  switch (event.op) {
    case 'record':
      await requireUnpaused(platform);
      await requireTurn(platform, event);
      return record(platform, event);
    case 'apply':
      return apply(platform, event);
    case 'undo':
      return undo(platform, event);
  }
});
