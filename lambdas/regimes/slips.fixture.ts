import { Temporal } from 'temporal-polyfill';
import { calendarName } from '../core/calendar.ts';
import { anchor, comparator, countedUnit, type Relation } from '../core/deadline.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { ObligationRule, Regime } from '../core/regime.ts';

type Path = (string | number)[];

/** One value of a regime's file replaced by a wrong one; `undefined`: left out. */
export interface Slip {
  path: Path;
  to: Json | undefined;
}

/** A copy of a regime's JSON with a slip in it. */
export function slipped(law: JsonObject, { path, to }: Slip): JsonObject {
  const root = structuredClone(law);
  const last = path.at(-1) ?? '';
  const parent = path.slice(0, -1).reduce<Json>((at, key) => (at as JsonObject)[key] ?? null, root) as JsonObject;
  if (to !== undefined) parent[last] = to;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return root;
}

/** Of the anchors that no law in force knows, one is as wrong as the others. */
const anchors = anchor.options.filter(
  (one) => one !== 'contingency_plan_activation' && one !== 'workforce_access_change',
);
const units = ['calendar_days', 'business_days', 'hours', 'none'];
const around = (n: number) => [n - 1, n + 1, n * 2];

/** Anchors that read one and the same fact (of cascades, `after` says which), and calendars with the same days: no example can tell them apart. */
const alike = [
  ['discovery', 'knowledge'],
  ['awareness', 'awareness_by_service_provider'],
  ['determination', 'determination_by_service_provider'],
  ['individual_notice_sent', 'hhs_notice_sent'],
  ['us_federal', 'us_federal_sec'],
  ['us_ny', 'us_il'],
];
const areAlike = (a: string, b: string) => alike.some((same) => same.includes(a) && same.includes(b));

/** What a relation does: `after` says only what the anchor says already. */
const effects: Record<Relation, 'earlier' | 'first' | 'nothing'> = {
  contemporaneous_with: 'earlier',
  earlier_of: 'earlier',
  not_later_than: 'earlier',
  simultaneous: 'earlier',
  without_delaying: 'earlier',
  before: 'first',
  after: 'nothing',
};

function* instead<T extends Json>(path: Path, was: unknown, choices: readonly (T | undefined)[]): Generator<Slip> {
  for (const to of choices)
    if (to !== was && !(typeof to === 'string' && areAlike(to, String(was)))) yield { path, to };
}

function* ofDeadline(at: Path, { deadline }: ObligationRule): Generator<Slip> {
  yield* instead([...at, 'unit'], deadline.unit, units);
  yield* instead([...at, 'anchor'], deadline.anchor, anchors);
  if (deadline.unit === 'none') return;
  yield* instead([...at, 'value'], deadline.value, around(deadline.value));
  if (deadline.unit === 'business_days') {
    // The label in the working tells calendars with the same days apart.
    for (const to of calendarName.options) if (to !== deadline.calendar) yield { path: [...at, 'calendar'], to };
    if (deadline.cutoff) {
      yield { path: [...at, 'cutoff'], to: undefined };
      yield { path: [...at, 'cutoff', 'time'], to: '17:00' };
      yield { path: [...at, 'cutoff', 'zone'], to: 'America/Chicago' };
    }
  }
  if (deadline.after && deadline.after.length > 1) yield { path: [...at, 'after', 0], to: undefined };
  if (deadline.after && deadline.after.length > 1) yield { path: [...at, 'after', 1], to: undefined };
}

function* ofThreshold(at: Path, { threshold }: ObligationRule): Generator<Slip> {
  if (threshold === null) {
    yield { path: at, to: { value: 500, op: 'gte', unit: 'persons' } };
    return;
  }
  yield { path: at, to: null };
  if (threshold.unit === 'risk') {
    yield* instead([...at, 'value'], threshold.value, ['risk', 'high']);
    return;
  }
  yield* instead([...at, 'value'], threshold.value, around(threshold.value));
  yield* instead([...at, 'op'], threshold.op, comparator.options);
  yield* instead([...at, 'unit'], threshold.unit, countedUnit.options);
}

function* ofOrder(at: Path, { order }: ObligationRule): Generator<Slip> {
  if (!order) return;
  const own = effects[order.relation];
  if (own !== 'nothing') yield { path: at, to: undefined };
  for (const to of ['simultaneous', 'before', 'after'] as const)
    if (effects[to] !== own) yield { path: [...at, 'relation'], to };
}

function* ofRule(at: Path, rule: ObligationRule): Generator<Slip> {
  yield* ofDeadline([...at, 'deadline'], rule);
  yield* ofThreshold([...at, 'threshold'], rule);
  yield* ofOrder([...at, 'order'], rule);
  if (rule.covers) yield { path: [...at, 'covers'], to: undefined };
  if (rule.extension) {
    yield { path: [...at, 'extension'], to: undefined };
    const { calendarDays } = rule.extension;
    yield* instead([...at, 'extension', 'calendarDays'], calendarDays, around(calendarDays));
  }
  for (const [end, day] of Object.entries(rule.inForce))
    for (const to of [undefined, ...[-1, 1].map((days) => Temporal.PlainDate.from(day).add({ days }).toString())])
      yield { path: [...at, 'inForce', end], to };
  if (rule.alternatives.length > 0 && rule.deadline.anchor === 'calendar_year_end')
    yield { path: [...at, 'alternatives'], to: [] };
}

/** Every slip that one value of a law in force could suffer and that would make what is computed wrong. */
export function slips(regime: Regime): Slip[] {
  const found: Slip[] = [];
  if (regime.status !== 'in_force') return regime.obligations.length > 0 ? [{ path: ['status'], to: 'in_force' }] : [];
  found.push({ path: ['status'], to: 'proposed_not_in_force' });
  found.push(...instead(['covers', 'kinds'], regime.covers.kinds, [['circia-entity']]));
  for (const [index, rule] of regime.obligations.entries()) found.push(...ofRule(['obligations', index], rule));
  const { residentsOf } = regime.covers;
  for (const [index, d] of regime.deemed.entries())
    if (d.effect === 'satisfied' && d.provided) found.push({ path: ['deemed', index, 'provided'], to: undefined });
  if (regime.covers.withoutIndividuals) found.push({ path: ['covers', 'withoutIndividuals'], to: undefined });
  if (residentsOf) found.push(...instead(['covers', 'residentsOf'], residentsOf, ['NY', 'GU', undefined]));
  for (const [index, { kind, oralCalendarDays }] of regime.delays.entries()) {
    found.push(
      ...instead(['delays', index, 'oralCalendarDays'], oralCalendarDays, [...around(oralCalendarDays ?? 30), null]),
    );
    found.push(...instead(['delays', index, 'kind'], kind, ['law_enforcement', 'attorney_general']));
  }
  if (regime.delays.length === 0)
    found.push({ path: ['delays'], to: [{ kind: 'law_enforcement', citation: 'none', oralCalendarDays: 30 }] });
  else found.push({ path: ['delays'], to: [] });
  for (const [index, { shownBy }] of regime.exemptions.entries())
    if (shownBy !== 'exclusion') {
      found.push({ path: ['exemptions', index], to: undefined });
      found.push({ path: ['exemptions', index, 'shownBy'], to: 'exclusion' });
    }
  for (const [index, deemed] of regime.deemed.entries()) {
    found.push({ path: ['deemed', index], to: undefined });
    if (deemed.effect === 'exempt') found.push({ path: ['deemed', index, 'unverified'], to: !deemed.unverified });
  }
  if (regime.roll) {
    found.push({ path: ['roll'], to: undefined });
    found.push(...instead(['roll', 'calendar'], regime.roll.calendar, calendarName.options));
  }
  return found;
}
