import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { Page, wrap } from '../../bin/page.ts';
import { daysLeft, elapsed, spoken } from './durations.ts';

const text = fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 40 })).map((words) => words.join(' '));

describe('a page', () => {
  it('sets no line wider than it is, and loses no letter', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 60, max: 100 }), fc.integer({ min: 0, max: 30 }), (said, columns, indent) => {
        const lines = new Page({ columns, colour: false }).hanging(' '.repeat(indent), said);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
        expect(lines.join('').replaceAll(' ', '')).toBe(said.replaceAll(' ', ''));
      }),
    );
  });

  it('is at most 100 columns wide, however wide the terminal', () => {
    expect(new Page({ columns: 300, colour: false }).width).toBe(100);
    expect(new Page({ colour: false }).width).toBe(100);
    expect(new Page({ columns: 80, colour: false }).width).toBe(80);
  });

  it('says the same with and without colour', () => {
    const plain = new Page({ colour: false });
    const coloured = new Page({ colour: true });
    expect(plain.paint('bad', 'open')).toBe('open');
    expect(coloured.paint('bad', 'open')).not.toBe('open');
    expect(stripVTControlCharacters(coloured.paint('bad', 'open'))).toBe('open');
  });

  it('breaks at spaces and cuts only what fits on no line', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('a 0123456789', 4)).toEqual(['a', '0123', '4567', '89']);
  });
});

describe('time', () => {
  const at = '2026-11-21T02:06:30.000Z';
  it.each([
    ['2026-11-21T02:06:32.450Z', '+00:02.4', '2.5 s'],
    ['2026-11-21T02:07:16.000Z', '+00:46.0', '46 s'],
    ['2026-11-21T02:10:03.000Z', '+03:33.0', '3 min 33 s'],
    ['2026-11-21T04:11:32.000Z', '+2:05:02', '2 h 5 min'],
  ])('until %s is %s, said as %s', (to, stamped, said) => {
    expect(elapsed(at, to)).toBe(stamped);
    expect(spoken(at, to)).toBe(said);
  });

  it('counts the days that are left in the calendar of the zone', () => {
    const now = Temporal.Instant.from(at);
    expect(daysLeft(now, '2027-01-19', 'America/Los_Angeles')).toBe(60);
    expect(daysLeft(now, '2027-01-19', 'UTC')).toBe(59);
  });
});
