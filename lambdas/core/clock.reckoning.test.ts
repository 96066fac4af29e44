import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, keyOf, regimes, someDay, someZone, withNamed, worked } from './clock.fixture.ts';
import type { Facts } from './facts.ts';
import { factsOf } from './facts.ts';
import type { ObligationRule, Regime } from './regime.ts';

/** Every number of every law, reckoned a second time without the engine: from the JSON, with Date, Intl and lists of holidays. */

const hourMs = 3_600_000;
const lawful = regimes.filter(({ status }) => status === 'in_force');
const inForceNow = ({ inForce: { from = '', until = '9999' } = {} }: Partial<Pick<ObligationRule, 'inForce'>>) =>
  from <= '2026-03-01' && until > '2039';

interface Ruled {
  regime: Regime;
  rule: ObligationRule;
  key: string;
}
const ruled: Ruled[] = lawful.flatMap((regime) =>
  regime.obligations
    .filter((rule) => inForceNow(rule))
    .map((rule) => ({ regime, rule, key: keyOf({ regime: regime.id, obligation: rule.id }) })),
);
const runsAlone = ({ rule: { deadline, order } }: Ruled) => !deadline.after && (!order || order.relation === 'after');

const everyEvent = [
  ...(['determination', 'confirmation', 'awareness', 'scopeIdentified', 'detection', 'materiality'] as const),
  ...(['reasonableBelief', 'noticeDecision', 'paymentMade', 'informationAvailable'] as const),
];

/** Facts under which a rule runs from this moment whatever its anchor, and as many are affected as make it owed or not known. */
function from(when: string, { regime, rule }: Ruled, zone: string, more: object = {}): Facts {
  const kinds = rule.covers?.kinds ?? (regime.covers.kinds === 'any' ? ['any-body'] : regime.covers.kinds);
  const anchors = Object.fromEntries(['discovery', ...everyEvent].map((name) => [name, when]));
  return factsOf({ entity: { kinds, zone }, anchors, ...more });
}

const dueOf = (one: Ruled, facts: Facts) => worked(withNamed(one.regime.id), facts)[one.key];

describe('calendar days', () => {
  const alone = ruled.filter((one) => runsAlone(one) && one.rule.deadline.unit === 'calendar_days');

  it.each(alone)('of $key are those of the proleptic calendar, through leap years and year ends', (one) => {
    const { deadline } = one.rule;
    const n = 'value' in deadline ? deadline.value : 0;
    const days = fc.oneof(
      someDay,
      fc.constantFrom('2027-12-31', '2028-02-28', '2028-02-29', '2031-12-31', '2032-01-01'),
    );
    fc.assert(
      fc.property(days, someZone, (day, zone) => {
        const first = deadline.anchor === 'calendar_year_end' ? `${day.slice(0, 4)}-12-31` : day;
        expect(dueOf(one, from(day, one, zone))?.due).toBe(addDays(first, n));
      }),
      { numRuns: 12 },
    );
  });

  it('are many: the laws have not been lost on the way', () => {
    expect(alone.length).toBeGreaterThan(40);
  });
});

describe('hours', () => {
  const alone = ruled.filter((one) => runsAlone(one) && one.rule.deadline.unit === 'hours');
  // about the changes of the clock in New York, London, Lord Howe (half an hour) and Santiago, and any moment
  const instants = fc.oneof(
    fc.constantFrom('2026-03-08T06:30:00Z', '2026-11-01T05:30:00Z', '2027-03-28T00:59:59Z', '2026-10-03T15:00:00Z'),
    fc
      .integer({ min: 0, max: 400_000_000 })
      .map((s) => `${new Date(Date.UTC(2026, 2, 1) + s * 1000).toISOString().slice(0, 19)}Z`),
  );

  it.each(alone)('of $key are elapsed time, whatever the clocks on the wall do', (one) => {
    const { deadline } = one.rule;
    const n = 'value' in deadline ? deadline.value : 0;
    fc.assert(
      fc.property(instants, someZone, (at, zone) => {
        const { due = null, dueLocal = null } = dueOf(one, from(at, one, zone)) ?? {};
        expect(Date.parse(due ?? '') - Date.parse(at)).toBe(n * hourMs);
        expect(Date.parse(dueLocal ?? '')).toBe(Date.parse(due ?? ''));
      }),
      { numRuns: 40 },
    );
    fc.assert(
      fc.property(someDay, someZone, (day, zone) => {
        const start = new Date(Date.parse(dueOf(one, from(day, one, zone))?.due ?? '') - n * hourMs);
        const local = (at: Date) => new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(at);
        expect([local(new Date(start.getTime() - 1)) < day, local(start)]).toEqual([true, day]);
      }),
      { numRuns: 40 },
    );
  });
});

// as the Office of Personnel Management lists them: the days on which they are kept
const federalHolidays = new Set([
  ...['2026-05-25', '2026-06-19', '2026-07-03', '2026-09-07', '2026-10-12', '2026-11-11', '2026-11-26', '2026-12-25'],
  ...['2027-01-01', '2027-01-18', '2027-02-15', '2027-05-31', '2027-06-18', '2027-07-05', '2027-09-06', '2027-10-11'],
  ...['2027-11-11', '2027-11-25', '2027-12-24', '2027-12-31', '2028-01-17', '2028-02-21', '2028-05-29', '2028-06-19'],
  ...['2028-07-04', '2028-09-04', '2028-10-09', '2028-11-10', '2028-11-23', '2028-12-25'],
]);

describe('business days', () => {
  const federal = ruled.filter(
    ({ rule: { deadline } }) => deadline.unit === 'business_days' && deadline.calendar.startsWith('us_federal'),
  );

  it.each(federal.filter(runsAlone))('of $key leave out weekends and federal holidays', (one) => {
    const { deadline } = one.rule;
    const n = 'value' in deadline ? deadline.value : 0;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 900 }), (offset) => {
        const day = addDays('2026-05-20', offset);
        let last = day;
        for (let left = n; left > 0; ) {
          last = addDays(last, 1);
          if (![0, 6].includes(new Date(last).getUTCDay()) && !federalHolidays.has(last)) left -= 1;
        }
        expect(dueOf(one, from(day, one, 'America/New_York'))?.dueLocal?.slice(0, 10)).toBe(last);
      }),
      { numRuns: 100 },
    );
  });
});

interface RawRule {
  id: string;
  threshold: { unit: string; value: number | string; op: 'gt' | 'gte' | 'lt' } | null;
  inForce?: { from?: string; until?: string };
}
interface Raw {
  id: string;
  status: string;
  covers: { kinds: 'any' | string[]; residentsOf?: string };
  obligations: RawRule[];
}

const folder = new URL('../regimes/', import.meta.url);
const thresholds = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Raw)
  .filter(({ status }) => status === 'in_force')
  .flatMap((raw) => raw.obligations.map((rule) => ({ raw, rule, key: `${raw.id}/${rule.id}` })))
  .filter(({ rule, key }) => rule.threshold !== null && inForceNow(rule) && ruled.some((one) => one.key === key));

/** Facts in which exactly `n` of what a threshold counts are affected. */
function counted(unit: string, n: number, state: string): object {
  if (unit === 'hours_of_disruption') return { disruptionHours: n };
  return { individuals: { total: n, byState: { [unit === 'residents_of_one_state' ? 'OH' : state]: n } } };
}

describe('every threshold', () => {
  it.each(thresholds.filter(({ rule }) => rule.threshold?.unit !== 'risk'))(
    'of $key is met or not at n-1, n and n+1',
    ({ raw, rule, key }) => {
      const one = ruled.find((each) => each.key === key);
      const { value, op, unit } = rule.threshold ?? { value: 0, op: 'gte', unit: '' };
      const edge = Number(value);
      if (!one) return;
      for (const n of [edge - 1, edge, edge + 1].filter((count) => count > 0)) {
        const met = op === 'gt' ? n > edge : op === 'gte' ? n >= edge : n < edge;
        const facts = from('2026-11-21', one, 'America/New_York', counted(unit, n, raw.covers.residentsOf ?? 'OH'));
        expect(dueOf(one, facts)?.owed, `${n}`).toBe(met);
      }
    },
  );

  it.each(thresholds.filter(({ rule }) => rule.threshold?.unit === 'risk'))(
    'of $key is met by the risk that it names and by a higher one',
    ({ rule, key }) => {
      const one = ruled.find((each) => each.key === key);
      if (!one) return;
      const of = (riskToIndividuals: string) =>
        dueOf(one, from('2026-11-21', one, 'Europe/Dublin', { riskToIndividuals }))?.owed;
      expect(['unlikely', 'risk', 'high'].map(of)).toEqual([false, rule.threshold?.value === 'risk', true]);
    },
  );

  it('is among these', () => {
    expect(thresholds.length).toBeGreaterThan(60);
  });
});
