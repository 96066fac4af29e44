import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../core/json.ts';
import { obligationsOf } from '../core/obligation.ts';
import type { Regime } from '../core/regime.ts';
import { InvalidRegime, regimesOf } from '../core/regime.ts';

const folder = new URL('.', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const texts = files.map((name) => readFileSync(new URL(name, folder), 'utf8'));
const regimes = regimesOf(texts.map((text) => JSON.parse(text)));

/** The examples of one regime whose outcome, worked with all regimes, differs from what they expect. */
function failing(all: readonly Regime[], id: string): string[] {
  const examples = all.find((regime) => regime.id === id)?.examples ?? [];
  return examples.flatMap(({ why, facts, today, expect: expected }) => {
    const outcome = obligationsOf(all, facts, today).filter(({ regime }) => regime === id);
    try {
      expect(outcome).toMatchObject(expected);
      return [];
    } catch {
      return [why];
    }
  });
}

/** A copy of every file's JSON in which one value of one regime is replaced. */
function mutated(id: string, path: (string | number)[], value: Json): unknown[] {
  return texts.map((text) => {
    const root = JSON.parse(text) as JsonObject;
    if (root.id !== id) return root;
    const last = path.at(-1) ?? '';
    const parent = path.slice(0, -1).reduce<Json>((at, key) => (at as JsonObject)[key] ?? null, root);
    (parent as JsonObject)[last] = value;
    return root;
  });
}

const units = ['calendar_days', 'business_days', 'hours', 'none'];
const anchors = ['discovery', 'calendar_year_end', 'determination', 'individual_notice_sent'];
const comparators = ['gt', 'gte', 'lt'];
const countedUnits = ['persons', 'residents_of_one_state'];
const around = (n: number) => [n - 1, n + 1, n * 2];

/** Every wrong number, unit, anchor, comparator and order that one slip could put into a regime. */
function slips(regime: Regime): [(string | number)[], Json][] {
  const found: [(string | number)[], Json][] = [];
  const other = (path: (string | number)[], was: unknown, choices: Json[]) => {
    for (const choice of choices) if (choice !== was) found.push([path, choice]);
  };
  for (const [index, { deadline, threshold, order, alternatives }] of regime.obligations.entries()) {
    const at = ['obligations', index];
    other([...at, 'deadline', 'value'], deadline.value, around(deadline.value));
    other([...at, 'deadline', 'unit'], deadline.unit, units);
    other([...at, 'deadline', 'anchor'], deadline.anchor, anchors);
    if (threshold) {
      other([...at, 'threshold', 'value'], threshold.value, around(threshold.value));
      other([...at, 'threshold', 'op'], threshold.op, comparators);
      other([...at, 'threshold', 'unit'], threshold.unit, countedUnits);
      other([...at, 'threshold'], threshold, [null]);
    } else other([...at, 'threshold'], null, [{ value: 500, op: 'gte', unit: 'persons' }]);
    if (order)
      other([...at, 'order'], order, [
        { relation: 'contemporaneous_with', regime: regime.id, obligation: regime.obligations[0]?.id ?? '' },
      ]);
    if (deadline.anchor !== 'discovery' && alternatives.length > 0) other([...at, 'alternatives'], alternatives, [[]]);
  }
  for (const [index, { oralCalendarDays }] of regime.delays.entries())
    other(['delays', index, 'oralCalendarDays'], oralCalendarDays, [...around(oralCalendarDays ?? 30), null]);
  other(['delays'], regime.delays, [[]]);
  other(['status'], regime.status, ['proposed_not_in_force']);
  return found;
}

describe('the regimes', () => {
  it('are each in a file named after their id', () => {
    expect(files.map((name) => basename(name, '.json'))).toEqual(regimes.map(({ id }) => id));
    expect(regimes.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['us-hipaa-hhs-500plus', 'us-hipaa-hhs-lt500', 'us-hipaa-individual', 'us-hipaa-media']),
    );
  });
});

describe.each(regimes)('$id', (regime) => {
  it.each(regime.examples)('$why', ({ facts, today, expect: expected }) => {
    const outcome = obligationsOf(regimes, facts, today).filter((obligation) => obligation.regime === regime.id);
    expect(outcome).toMatchObject(expected);
  });

  it('passes its own examples when nothing is wrong with it', () => {
    expect(failing(regimes, regime.id)).toEqual([]);
  });

  it.each(
    slips(regime).map(([path, value]) => ({ path: path.join('.'), value: JSON.stringify(value), at: path, to: value })),
  )('is caught with $path = $value', ({ at, to }) => {
    let wrong: Regime[];
    try {
      wrong = regimesOf(mutated(regime.id, at, to));
    } catch (refusal) {
      expect(refusal).toBeInstanceOf(InvalidRegime);
      return;
    }
    expect(failing(wrong, regime.id)).not.toEqual([]);
  });
});
