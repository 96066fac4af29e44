import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { type Facts, factsOf, stateCodes } from './facts.ts';
import { type Obligation, obligationsOf } from './obligation.ts';
import { type Regime, regimesOf } from './regime.ts';

const folder = new URL('../regimes/', import.meta.url);
/** Every law as deployed. */
export const regimes: Regime[] = regimesOf(
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))),
);
export const inForce = regimes.filter(({ status }) => status === 'in_force');

/** The obligations on which one hangs: `regime/obligation`, of its own words only. */
export function hangsOn(regime: Regime, id: string): string[] {
  const rules = regime.obligations.filter((rule) => rule.id === id);
  const named = rules.flatMap(({ order, deadline }) => [...(order ? [order] : []), ...(deadline.after ?? [])]);
  const by = regime.deemed.flatMap((d) => (d.effect === 'satisfied' && d.obligations.includes(id) ? [d.by] : []));
  return [...named, ...by].map((one) => `${one.regime}/${one.obligation}`);
}

/** A law with all those that it names, so that it can be computed without the rest. */
export function withNamed(id: string): Regime[] {
  const found = new Set(regimes.filter((one) => one.id === id));
  for (const regime of found) {
    const others = regime.obligations.flatMap((rule) => [
      ...hangsOn(regime, rule.id).map((key) => key.split('/')[0]),
      ...rule.alternatives.map((one) => one.regime),
    ]);
    for (const other of regimes) if (others.includes(other.id)) found.add(other);
  }
  return [...found];
}

export const keyOf = ({ regime, obligation }: Pick<Obligation, 'regime' | 'obligation'>) => `${regime}/${obligation}`;

/** The obligations by `regime/obligation`, of these laws whatever the kinds of the entity. */
export function worked(laws: readonly Regime[], facts: Facts, today?: string): Record<string, Obligation> {
  const asked = { ...facts, regimes: laws.map(({ id }) => id) };
  return Object.fromEntries(obligationsOf(laws, asked, today).map((one) => [keyOf(one), one]));
}

/** Milliseconds of the last second in time; what has no number is never late. */
export const endOf = ({ dueLocal }: Pick<Obligation, 'dueLocal'>) =>
  dueLocal === null ? Infinity : Date.parse(dueLocal);

const dayMs = 86_400_000;
export const addDays = (day: string, n: number) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + n * dayMs).toISOString().slice(0, 10);

/** A day on which every law of today is in force. */
export const someDay = fc.integer({ min: 0, max: 365 * 12 }).map((n) => addDays('2026-03-01', n));

/** Zones with and without summer time, on both sides of the date line, and with odd offsets. */
export const someZone = fc.constantFrom(
  ...['America/New_York', 'America/Los_Angeles', 'America/St_Johns', 'Europe/London', 'Africa/Casablanca'],
  ...['Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia', 'Pacific/Pago_Pago', 'UTC', 'America/Santiago'],
);

const allKinds = [
  ...new Set(
    regimes.flatMap(({ covers, obligations }) => [
      ...(covers.kinds === 'any' ? [] : covers.kinds),
      ...obligations.flatMap((rule) => rule.covers?.kinds ?? []),
    ]),
  ),
];
const someKinds = fc.subarray(allKinds, { minLength: 1 });

/** Counts around the numbers that laws ask for; nobody has counted in some, or not every State. */
export const someCounts = fc
  .record({
    counted: fc.dictionary(
      fc.constantFrom(...stateCodes),
      fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.constantFrom(1, 249, 250, 251, 499, 500, 501, 1000, 1001)),
      { maxKeys: 5 },
    ),
    elsewhere: fc.option(fc.integer({ min: 0, max: 2000 }), { nil: undefined }),
  })
  .map(({ counted, elsewhere }) => {
    const sum = Object.values(counted).reduce((a, b) => a + b, 0);
    return { byState: counted, ...(elsewhere === undefined ? {} : { total: Math.max(1, sum + elsewhere) }) };
  });

const laterAnchors = [
  ...(['determination', 'confirmation', 'awareness', 'scopeIdentified', 'detection', 'materiality'] as const),
  ...(['reasonableBelief', 'noticeDecision', 'paymentMade', 'informationAvailable'] as const),
];

/** Facts that do not contradict each other, with dates only. */
export const someFacts = fc
  .record({
    kinds: someKinds,
    zone: someZone,
    discovery: someDay,
    later: fc.dictionary(fc.constantFrom(...laterAnchors), fc.integer({ min: 0, max: 40 }), { maxKeys: 3 }),
    individuals: fc.option(someCounts, { nil: undefined }),
  })
  .map(({ kinds, zone, discovery, later, individuals }) =>
    factsOf({
      entity: { kinds, zone },
      anchors: {
        discovery,
        ...Object.fromEntries(Object.entries(later).map(([name, n]) => [name, addDays(discovery, n)])),
      },
      ...(individuals ? { individuals } : {}),
    }),
  );

/** By its id, which says more than the whole law where a property fails. */
export const someLaw = fc.constantFrom(...inForce.map(({ id }) => id));
