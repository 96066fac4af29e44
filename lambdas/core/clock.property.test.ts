import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  endOf,
  hangsOn,
  inForce,
  keyOf,
  regimes,
  someCounts,
  someDay,
  someFacts,
  someLaw,
  someZone,
  withNamed,
  worked,
} from './clock.fixture.ts';
import type { Facts } from './facts.ts';
import { factsOf } from './facts.ts';
import { obligationsOf } from './obligation.ts';

const many = { numRuns: 250 };
const moved = (facts: Facts, days: number): Facts =>
  factsOf({
    ...facts,
    anchors: Object.fromEntries(Object.entries(facts.anchors).map(([name, on]) => [name, addDays(on ?? '', days)])),
  });

describe('whatever the facts', () => {
  it.each(inForce)('a later discovery makes nothing due earlier under $id', ({ id }) => {
    fc.assert(
      fc.property(someFacts, fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 500 })), (facts, days) => {
        const before = worked(withNamed(id), facts);
        const after = worked(withNamed(id), moved(facts, days));
        for (const [key, one] of Object.entries(before)) {
          expect(endOf(after[key] ?? one), key).toBeGreaterThanOrEqual(endOf(one));
          expect(after[key]?.owed, key).toBe(one.owed);
        }
      }),
      { numRuns: 6 },
    );
  });

  it('an earlier event of any one kind makes nothing due later', () => {
    fc.assert(
      fc.property(someLaw, someFacts, someDay, (law, facts, day) => {
        const names = Object.keys(facts.anchors).filter((name) => name !== 'discovery');
        for (const name of names) {
          const { discovery } = facts.anchors;
          const at = facts.anchors[name as keyof Facts['anchors']] ?? discovery;
          const earlier = day < at && day >= discovery ? day : discovery;
          const before = worked(withNamed(law), facts);
          const after = worked(withNamed(law), { ...facts, anchors: { ...facts.anchors, [name]: earlier } });
          for (const [key, one] of Object.entries(before))
            expect(endOf(after[key] ?? one), `${key} ${name}`).toBeLessThanOrEqual(endOf(one));
        }
      }),
      many,
    );
  });

  it('a day is the same day in every zone', () => {
    fc.assert(
      fc.property(someLaw, someFacts, someZone, (law, facts, zone) => {
        const here = worked(withNamed(law), facts);
        const there = worked(withNamed(law), { ...facts, entity: { ...facts.entity, zone } });
        for (const [key, one] of Object.entries(here)) {
          const other = there[key];
          expect(other?.owed, key).toBe(one.owed);
          // an hour of the day is another instant in another zone, and may bring a notice before or after a midnight
          if (one.due?.includes('T') || other?.due?.includes('T')) continue;
          expect(other?.due, key).toBe(one.due);
          expect(other?.legalRollDate, key).toBe(one.legalRollDate);
        }
      }),
      many,
    );
  });

  it('a count that nobody knows owes no less, and nothing later, than any count would', () => {
    fc.assert(
      fc.property(someLaw, someFacts, someCounts, (law, facts, individuals) => {
        const laws = withNamed(law);
        const { individuals: _, ...uncounted } = facts;
        const unknown = worked(laws, uncounted);
        for (const [key, one] of Object.entries(worked(laws, { ...facts, individuals }))) {
          if (one.owed === false) continue;
          expect(unknown[key]?.owed, key).not.toBe(false);
          expect(endOf(unknown[key] ?? one), key).toBeLessThanOrEqual(endOf(one));
          const rule = laws.find(({ id }) => id === one.regime)?.obligations.find(({ id }) => id === one.obligation);
          const branches = [key, ...(rule?.alternatives.map(keyOf) ?? [])];
          const governing = branches.flatMap((name) => (unknown[name]?.governs ? [endOf(unknown[name])] : []));
          expect(Math.min(...governing), key).toBeLessThanOrEqual(endOf(one));
        }
      }),
      many,
    );
  });

  it('what is not owed has no day, and what is owed says how it came about', () => {
    fc.assert(
      fc.property(someLaw, someFacts, (law, facts) => {
        for (const one of Object.values(worked(withNamed(law), facts, '2045-01-01')))
          if (one.owed === false) expect(one).toMatchObject({ due: null, dueLocal: null, governs: false });
          else expect(one.working.length).toBeGreaterThan(10);
      }),
      many,
    );
  });

  it('computing again gives the same, and changes nothing that it was given', () => {
    fc.assert(
      fc.property(someFacts, (facts) => {
        const text = JSON.stringify(facts);
        const first = obligationsOf(regimes, facts, '2040-01-01');
        expect(JSON.stringify(facts)).toBe(text);
        expect(obligationsOf(regimes, factsOf(JSON.parse(text)), '2040-01-01')).toEqual(first);
      }),
      { numRuns: 8 },
    );
  });
});

const someHold = fc.record({
  kind: fc.constantFrom('oral', 'written'),
  authority: fc.constantFrom('law_enforcement', 'attorney_general'),
  date: someDay,
  days: fc.integer({ min: 0, max: 200 }),
});

describe('what people add to the facts', () => {
  it('a hold brings nothing forward', () => {
    fc.assert(
      fc.property(someLaw, someFacts, fc.array(someHold, { minLength: 1, maxLength: 3 }), (law, facts, given) => {
        const holds = given.map(({ days, ...one }) => ({ ...one, until: addDays(one.date, days) }));
        const before = worked(withNamed(law), facts);
        const first = [facts.anchors.discovery, facts.businessAssociate?.discovery ?? '9'].sort()[0] ?? '';
        const after = worked(
          withNamed(law),
          factsOf({ ...facts, holds: holds.filter(({ date }) => date >= first.slice(0, 10)) }),
        );
        for (const [key, one] of Object.entries(before)) {
          expect(endOf(after[key] ?? one), key).toBeGreaterThanOrEqual(endOf(one));
          expect(after[key]?.owed, key).toBe(one.owed);
        }
      }),
      many,
    );
  });

  it('a notice that is sent moves nothing that does not hang on it', () => {
    fc.assert(
      fc.property(someLaw, someFacts, fc.nat(), fc.integer({ min: 0, max: 90 }), (law, facts, pick, days) => {
        const laws = withNamed(law);
        const before = worked(laws, facts);
        const keys = Object.keys(before);
        const key = keys[pick % keys.length] ?? '';
        const [regime = '', obligation = ''] = key.split('/');
        const sent = [{ regime, obligation, on: addDays(facts.anchors.discovery, days) }];
        const after = worked(laws, factsOf({ ...facts, sent }));
        const touched = new Set([key]);
        for (let n = 0; n !== touched.size; ) {
          n = touched.size;
          for (const each of laws)
            for (const { id } of each.obligations)
              if (hangsOn(each, id).some((name) => touched.has(name))) touched.add(`${each.id}/${id}`);
        }
        for (const [name, one] of Object.entries(before))
          if (!touched.has(name))
            expect(after[name], `${name} by ${key}`).toMatchObject({ due: one.due, owed: one.owed });
        expect(after[key]?.status.startsWith('sent') || after[key]?.owed === false).toBe(true);
      }),
      many,
    );
  });

  it('an exemption that is claimed adds no duty', () => {
    fc.assert(
      fc.property(someLaw, someFacts, fc.nat(), (law, facts, pick) => {
        const claimable = (regimes.find(({ id }) => id === law)?.exemptions ?? []).filter(
          ({ shownBy }) => shownBy === 'exclusion',
        );
        const chosen = claimable[pick % Math.max(1, claimable.length)];
        if (chosen === undefined) return;
        const exemption = chosen.id;
        const reached = (obligation: string) => chosen.obligations?.includes(obligation) ?? true;
        const on = facts.anchors.discovery;
        const exclusions = [{ regime: law, exemption, reason: 'as found', on, signedBy: 'counsel' }];
        const before = worked(withNamed(law), facts);
        for (const [key, one] of Object.entries(worked(withNamed(law), factsOf({ ...facts, exclusions })))) {
          if (one.owed !== false) expect(before[key]?.owed, key).not.toBe(false);
          if (one.regime === law && reached(one.obligation)) expect(one.owed, key).toBe(false);
          if (one.regime === law && !reached(one.obligation) && before[key]?.owed !== false)
            expect(one.owed === false ? one.working : '', key).toMatch(/^$|is not owed, so neither/);
        }
      }),
      many,
    );
  });

  it('every law of the folder is reached by these', () => {
    expect(inForce.length).toBeGreaterThan(60);
  });
});
