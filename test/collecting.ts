import { Temporal } from 'temporal-polyfill';
import { collectorManifest } from '../lambdas/core/manifest.ts';
import type { Target } from '../lambdas/core/target.ts';
import type { Collected, Collector } from '../lambdas/platform/action.ts';
import { type AccountSeed, stage } from './member-account.ts';

/** When collectors run in tests, and the earliest time that the findings speak of. */
export const at: Temporal.Instant = Temporal.Instant.from('2026-03-01T10:00:00Z');
const since = at.subtract({ hours: 2 });

/** The lines of a body of JSON lines; a body of one JSON text is one line. */
export const lines = (c: Collected) =>
  new TextDecoder()
    .decode(c.body)
    .split('\n')
    .filter(Boolean)
    .map((l) => JSON.parse(l));

/** Runs a collector in the target's account with exactly its declared permissions; `used` is what it was authorised for. */
export function run(
  collector: Collector,
  manifest: unknown,
  target: Target,
  seed: AccountSeed,
  prepare?: (s: ReturnType<typeof stage>) => void,
) {
  const used = new Set<string>();
  const s = stage({ [target.account]: seed }, target, at, used);
  prepare?.(s);
  const { permissions } = collectorManifest.parse(manifest);
  return { used, s, collected: collector.collect(target, s.member(permissions), since) };
}
