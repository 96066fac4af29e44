import { z } from 'zod';

const what = z.string();
const mend = {
  what,
  /** what it costs in an incident, one sentence */
  cost: z.string(),
  /** the command that mends it, or that shows why it could not be looked at */
  command: z.string(),
};

/** One thing that was looked at. `unknown`: AWS did not say, which is no better than missing until somebody has looked. */
export const line = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('ok'), what }),
  z.strictObject({ state: z.literal('missing'), ...mend }),
  z.strictObject({ state: z.literal('unknown'), ...mend }),
]);
export type Line = z.infer<typeof line>;

/** What the doctor found, check by check. */
export const readiness = z.strictObject({
  examinedAt: z.iso.datetime(),
  checks: z.array(z.strictObject({ id: z.string(), title: z.string(), lines: z.array(line) })),
});
export type Readiness = z.infer<typeof readiness>;
