import { expect, it } from 'vitest';
import { z } from 'zod';
import { recordType } from './record.ts';

const v3 = recordType('page', 3, z.strictObject({ text: z.string(), level: z.int() }), {
  1: ({ words, ...rest }) => ({ ...rest, text: words }),
  2: (older) => ({ ...older, level: 0 }),
});

it('writes its version, and reads back what it wrote', () => {
  const stored = v3.write({ text: 'x', level: 1 });
  expect(stored).toEqual({ text: 'x', level: 1, schemaVersion: 3 });
  expect(v3.read(stored)).toEqual({ text: 'x', level: 1 });
});

it('upgrades an older record on read, version by version', () => {
  expect(v3.read({ schemaVersion: 1, words: 'x' })).toEqual({ text: 'x', level: 0 });
  expect(v3.read({ schemaVersion: 2, text: 'x' })).toEqual({ text: 'x', level: 0 });
});

it.each([
  [
    'a newer version',
    { schemaVersion: 4, text: 'x', level: 1 },
    /page: version 4 is newer than 3.*deploy the release that wrote it/,
  ],
  ['no version', { text: 'x', level: 1 }, /page: no schemaVersion/],
  ['nothing', undefined, /page: no schemaVersion/],
  ['a version of text', { schemaVersion: '3', text: 'x', level: 1 }, /no schemaVersion/],
  ['what it does not know', { schemaVersion: 3, text: 'x', level: 1, more: true }, /page: .*more/],
  ['what lacks a field', { schemaVersion: 3, text: 'x' }, /page: (?:.|\n)*level/],
])('refuses %s by name', (_what, stored, words) => {
  expect(() => v3.read(stored)).toThrow(
    expect.objectContaining({ name: 'UnreadableRecord', message: expect.stringMatching(words) }),
  );
});

it('refuses to write what it could not read', () => {
  expect(() => v3.write({ text: 'x' } as { text: string; level: number })).toThrow();
});

it('says when a way from an old version is missing', () => {
  const gap = recordType('gap', 3, z.looseObject({}), { 2: (older) => older });
  expect(() => gap.read({ schemaVersion: 1 })).toThrow('no way from version 1 to 3');
});
