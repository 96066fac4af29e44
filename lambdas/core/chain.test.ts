import fc from 'fast-check';
import { expect, it } from 'vitest';
import { append, broken, emptyChain } from './chain.ts';

const texts = fc.array(fc.record({ text: fc.string({ unit: 'grapheme' }) }), { minLength: 1, maxLength: 8 });

it('is whole however the entries were appended, and ends where the last one does', () => {
  fc.assert(
    fc.property(texts, texts, (first, second) => {
      const one = append(emptyChain, first);
      const two = append(one.end, second);
      const all = [...one.entries, ...two.entries];
      expect(broken(all)).toBeUndefined();
      expect(all.map((e) => e.seq)).toEqual(all.map((_, i) => i + 1));
      expect(two.end).toEqual({ seq: all.length, hash: all.at(-1)?.hash });
      expect(append(emptyChain, [...first, ...second]).end).toEqual(two.end);
    }),
  );
});

it('names the first entry that was changed, moved, put in or taken out', () => {
  const { entries } = append(emptyChain, [{ text: 'a' }, { text: 'b' }, { text: 'c' }, { text: 'd' }]);
  const [a, b, c, d] = entries;
  if (!a || !b || !c || !d) throw new Error('four entries were appended');
  const forged = append({ seq: 1, hash: a.hash }, [{ text: 'B' }]).entries;
  expect(broken([a, { ...b, text: 'B' }, c, d])?.seq).toBe(2);
  expect(broken([a, c, d])).toBe(c);
  expect(broken([b, c, d])).toBe(b);
  expect(broken([a, c, b, d])).toBe(c);
  expect(broken([a, ...forged, c, d])).toBe(c);
  expect(broken([a, b, b, c])).toBe(b);
});

it('continues with nothing as the same chain', () => {
  expect(append(emptyChain, [])).toEqual({ end: emptyChain, entries: [] });
  expect(broken([])).toBeUndefined();
});

it('covers every field by its canonical form, whatever the order of keys', () => {
  const [one] = append(emptyChain, [{ x: 1, y: { a: 1, b: 2 } }]).entries;
  const [other] = append(emptyChain, [{ y: { b: 2, a: 1 }, x: 1 }]).entries;
  expect(one?.hash).toBe(other?.hash);
});
