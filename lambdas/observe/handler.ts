import { z } from 'zod';
import { changeRef } from '../core/change.ts';
import { lambda } from '../platform/handler.ts';
import { capture } from './capture.ts';
import { checkRestore } from './restore.ts';
import { reverify, verify, verifyRestored } from './verify.ts';

const of = { incident: z.string(), plan: z.int(), step: z.int() };

const input = z.discriminatedUnion('op', [
  z.object({ op: z.literal('capture'), ...of, attempt: z.int() }),
  z.object({ op: z.literal('verify'), ...of, change: changeRef }),
  z.object({ op: z.literal('reverify'), change: changeRef }),
  z.object({ op: z.literal('check-restore'), incident: z.string(), request: z.string() }),
  z.object({ op: z.literal('verify-restored'), incident: z.string(), change: changeRef }),
]);

/** Everything that reads a member account around a change; it never writes there. */
export const { build, handler } = lambda('observe', input, async (event, platform): Promise<unknown> => {
  switch (event.op) {
    case 'capture':
      return capture(platform, event);
    case 'verify':
      return verify(platform, event);
    case 'reverify':
      return reverify(platform, event);
    case 'check-restore':
      return checkRestore(platform, event);
    case 'verify-restored':
      return verifyRestored(platform, event);
  }
});
