import { z } from 'zod';
import { facts } from './facts.ts';
import { inert } from './inert.ts';
import { type Obligation, obligation } from './obligation.ts';

/** Every version of what people have learned of an incident. Created, never changed: the newest is what the clocks are computed from. */
export const factsVersion = z.strictObject({
  n: z.int().positive(),
  facts,
  reason: z.string(),
  /** a person, or the function of Tourniquet that took it from a finding or the settings */
  by: z.string(),
  at: z.iso.datetime(),
});
export type FactsVersion = z.infer<typeof factsVersion>;

/** Every version of the computed obligations, with the facts that it was computed from. The newest is the schedule. */
export const scheduleVersion = z.strictObject({
  n: z.int().positive(),
  facts: z.int().positive(),
  reason: z.string(),
  at: z.iso.datetime(),
  obligations: z.array(obligation),
});
export type ScheduleVersion = z.infer<typeof scheduleVersion>;

const work = z.strictObject({
  /** the address of the person of the settings who sees to it; absent: the privacy officer of the entity */
  owner: z.email().optional(),
  /** the marks that people were reminded of, each once */
  reminded: z.array(z.string()),
});

/** Which versions are the newest, and what people and the tick did about each obligation (by `regime/obligation`). */
export const clocks = z.strictObject({
  incident: z.string(),
  facts: z.int().positive(),
  schedule: z.int().positive(),
  /** who set the discovery; absent: it is still that of the first finding */
  discoveryBy: z.string().optional(),
  work: z.record(z.string(), work),
  /** why the laws as deployed could not be computed at the last look; absent: they could */
  problem: z.string().optional(),
});
export type Clocks = z.infer<typeof clocks>;

/** What one person is to be told of the clocks. Written in the transaction that takes the marks, and told afterwards. */
export const reminder = z.strictObject({
  id: z.string(),
  incident: z.string(),
  /** addresses of the settings: people who are told the same are told at once */
  to: z.array(z.email()).min(1),
  /** one sentence about the clocks as a whole */
  says: z.string().optional(),
  marks: z.array(z.strictObject({ of: z.string(), marks: z.array(z.string()).min(1) })),
  at: z.iso.datetime(),
  tried: z.int().nonnegative(),
  toldAt: z.iso.datetime().optional(),
});
export type Reminder = z.infer<typeof reminder>;

export const keyOf = ({ regime, obligation: name }: Pick<Obligation, 'regime' | 'obligation'>): string =>
  `${regime}/${name}`;

const over: ReadonlySet<string> = new Set(['not-owed', 'sent', 'sent-late', 'not-law', 'exempt']);

/** Whether a notice is still to be sent as far as anybody knows. Laws of States where nobody is known to live do not run. */
export function runs(one: Obligation): boolean {
  return one.owed !== false && one.inView && !over.has(one.status);
}

/** What makes a new version. Whether a day has passed is no new version: everybody can see that. */
const weighty = (one: Obligation) => ({
  owed: one.owed,
  due: one.due,
  governs: one.governs,
  projected: one.projected,
  inView: one.inView,
  sendFirst: one.sendFirst,
  over: over.has(one.status) && one.status,
});

const owedWords: Record<string, string> = {
  true: 'owed',
  unknown: 'treated as owed until counted',
  false: 'not owed',
};

/**
 * How obligations differ from those before, one short line each, those that are still to be sent first, the soonest before; none where no date and no
 * duty has changed.
 */
export function differences(before: readonly Obligation[], after: readonly Obligation[]): string[] {
  const old = new Map(before.map((one) => [keyOf(one), one]));
  const changed = after.flatMap((one) => {
    const was = old.get(keyOf(one));
    old.delete(keyOf(one));
    const same = was && JSON.stringify(weighty(was)) === JSON.stringify(weighty(one));
    return same ? [] : [{ one, was, rank: rankOf(one, was) }];
  });
  const sorted = changed.sort((a, b) => a.rank - b.rank || (a.one.due ?? '9999').localeCompare(b.one.due ?? '9999'));
  return [
    ...sorted.map(({ one, was }) => `${one.regime} ${one.obligation} ${became(one, was)}`),
    ...[...old.values()].map((one) => `${one.regime} ${one.obligation} is not listed any more`),
  ];
}

/** What is still to be sent, what was until now, what is in view, and the rest. */
function rankOf(one: Obligation, was: Obligation | undefined): number {
  return [runs(one), was !== undefined && runs(was), one.inView || was?.inView, true].indexOf(true);
}

function became(one: Obligation, was: Obligation | undefined): string {
  const projected = one.projected ? ' (projected)' : '';
  if (over.has(one.status)) return one.status.replaceAll('-', ' ');
  if (was && one.due !== was.due)
    return `due ${one.due ?? 'without a day'}, was ${was.due ?? 'without a day'}${projected}`;
  if (was?.owed !== one.owed) return `${owedWords[String(one.owed)]}${one.due ? `, due ${one.due}${projected}` : ''}`;
  if (was?.inView !== one.inView) return one.inView ? `now in view, due ${one.due}${projected}` : 'not in view';
  return `governs: ${one.governs}${one.due ? `, due ${one.due}${projected}` : ''}`;
}

const namedDifferences = 8;

/** The first of many differences, and how many more: the version of the schedule has all. */
export function few(lines: readonly string[]): string {
  const more = lines.length - namedDifferences;
  const shown = more > 1 ? lines.slice(0, namedDifferences) : lines;
  return inert(`${shown.join('; ')}${more > 1 ? `; and ${more} more` : ''}`, 1500);
}
