import { hashOf } from './json.ts';

/** Where a hash chain ends: the next entry carries `hash` as its `previous`. */
export interface Link {
  seq: number;
  hash: string;
}

export const emptyChain: Link = { seq: 0, hash: '0'.repeat(64) };

export type Chained<T> = T & { seq: number; previous: string; hash: string };

/** Appends to a hash chain; each hash covers the entry, its number and the hash before it (canonical JSON, SHA-256). Pure. */
export function append<T extends object>(end: Link, entries: readonly T[]): { end: Link; entries: Chained<T>[] } {
  const chained: Chained<T>[] = [];
  let last = end;
  for (const entry of entries) {
    const linked = { ...entry, seq: last.seq + 1, previous: last.hash };
    const hash = hashOf(linked);
    chained.push({ ...linked, hash });
    last = { seq: linked.seq, hash };
  }
  return { end: last, entries: chained };
}

/** The first entry that does not follow from the one before it, or undefined when the chain is whole. */
export function broken<T extends object>(entries: readonly Chained<T>[]): Chained<T> | undefined {
  let last = emptyChain;
  return entries.find((entry) => {
    const { hash, ...linked } = entry;
    const follows = entry.seq === last.seq + 1 && entry.previous === last.hash && hash === hashOf(linked);
    last = { seq: entry.seq, hash };
    return !follows;
  });
}
