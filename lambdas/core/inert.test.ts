import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inert } from './inert.ts';

it('writes out whatever moves, hides or breaks a line', () => {
  expect(inert('a\r\nb\u0000c')).toBe('a\\u000d\\u000ab\\u0000c');
  expect(inert('x\u202egpj.exe\u200b\u2028\ufeff')).toBe('x\\u202egpj.exe\\u200b\\u2028\\ufeff');
  expect(inert('\u{e0041}')).toBe('\\ue0041');
  expect(inert('plain text, Ünïcode, 漢字 and ${jndi:x} {% y %}')).toBe(
    'plain text, Ünïcode, 漢字 and ${jndi:x} {% y %}',
  );
});

it('gives one line of bounded, well-formed text without control characters for any input', () => {
  const any = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((c) => String.fromCharCode(...c)),
  );
  fc.assert(
    fc.property(any, fc.integer({ min: 1, max: 20 }), (text, limit) => {
      const shown = inert(text, limit);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(shown.isWellFormed()).toBe(true);
      expect([...shown].length).toBeLessThanOrEqual(limit + 1);
    }),
  );
});

it('says that it cut, and never cuts through a character', () => {
  expect(inert('😀😀😀', 2)).toBe('😀😀…');
  expect(inert('abc', 3)).toBe('abc');
});
