import large from '../regimes/us-hipaa-hhs-500plus.json' with { type: 'json' };
import small from '../regimes/us-hipaa-hhs-lt500.json' with { type: 'json' };
import individual from '../regimes/us-hipaa-individual.json' with { type: 'json' };
import media from '../regimes/us-hipaa-media.json' with { type: 'json' };
import { factsOf } from './facts.ts';
import type { Obligation } from './obligation.ts';
import { obligationsOf } from './obligation.ts';
import { regimesOf } from './regime.ts';

/** The HIPAA regimes as deployed. */
export const hipaa = regimesOf([individual, media, large, small]);
/** A covered entity in New York. */
export const entity = { kinds: ['hipaa-covered-entity'], zone: 'America/New_York', states: ['NY'] };

/** Obligations by their id, for facts that add to or replace discovery on a day by that entity. */
export function under(
  discovery: string,
  more: object = {},
  today?: string,
  regimes = hipaa,
): Record<string, Obligation> {
  const all = obligationsOf(regimes, factsOf({ entity, anchors: { discovery }, ...more }), today);
  return Object.fromEntries(all.map((one) => [one.obligation, one]));
}
/** Due date by obligation id. */
export const dues = (all: Record<string, Obligation>) =>
  Object.fromEntries(Object.entries(all).map(([id, { due }]) => [id, due]));
