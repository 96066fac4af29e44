import { canonical } from './json.ts';

export type Standing = 'done' | 'due' | 'changed';

/**
 * Where a part of a resource stands on the way from one recorded state to another: already there (the write happened before),
 * still at the start (write), or somewhere else (somebody changed it: refuse). Makes apply and undo idempotent.
 */
export function standing<T>(live: T, from: T, to: T, same: (a: T, b: T) => boolean = equal): Standing {
  if (same(live, to)) return 'done';
  return same(live, from) ? 'due' : 'changed';
}

/** Equal as JSON, whatever the order of keys. */
export function equal(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}
