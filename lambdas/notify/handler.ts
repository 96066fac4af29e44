import { z } from 'zod';
import { lambda } from '../platform/handler.ts';
import { ask } from './ask.ts';
import { begin, checked } from './begin.ts';
import { hold } from './hold.ts';
import { finished, prove } from './prove.ts';
import { release } from './release.ts';

const of = { incident: z.string(), notice: z.string(), attempt: z.int(), run: z.int() };
const count = z.int().nonnegative();
const input = z.discriminatedUnion('op', [
  z.object({ op: z.literal('begin'), ...of }),
  z.object({
    op: z.literal('checked'),
    ...of,
    counts: z.object({
      rows: count,
      email: count,
      letters: count,
      substitute: count,
      none: count,
      already: count.default(0),
      bad: count,
    }),
    duplicates: count,
    hash: z.string(),
  }),
  z.object({
    op: z.literal('ask'),
    ...of,
    who: z.enum(['officer', 'counsel']),
    quote: z.object({ possible: z.boolean(), lines: z.array(z.string()) }).optional(),
  }),
  z.object({ op: z.literal('release'), ...of }),
  z.object({ op: z.literal('finished'), ...of }),
  z.object({ op: z.literal('prove'), ...of, counts: z.record(z.string(), count), digest: z.string() }),
  z.object({
    op: z.literal('hold'),
    ...of,
    failure: z.looseObject({ Error: z.string(), Cause: z.string().optional() }).optional(),
  }),
]);
export type Input = z.infer<typeof input>;
export type Of<Op extends Input['op'] = Input['op']> = Extract<Input, { op: Op }>;

/** The steps of the notify machine between which other functions check, ask and send. Each may be called again. */
export const { build, handler } = lambda('notify', input, async (event, platform): Promise<unknown> => {
  switch (event.op) {
    case 'begin':
      return begin(platform, event);
    case 'checked':
      return checked(platform, event);
    case 'ask':
      return ask(platform, event);
    case 'release':
      return release(platform, event);
    case 'finished':
      return { finishedAt: (await finished(platform, event)).finishedAt };
    case 'prove':
      return prove(platform, event);
    case 'hold':
      return hold(platform, event);
  }
});
