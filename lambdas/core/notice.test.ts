import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, it } from 'vitest';
import { approvalExpiry, noticeHash, noticeKey, noticeOfKey } from './notice.ts';

const now = Temporal.Instant.from('2026-11-21T12:00:00Z');
const hoursUntil = (due: string | null) => now.until(approvalExpiry(now, due), { largestUnit: 'hour' }).hours;

it('reads a key back as it was made, also where the id of a regime holds dots', () => {
  const regime = fc.constantFrom('us-ca-1798.82', 'us-ca-hsc-1280.15', 'us-hipaa-individual', 'a.b.c');
  const obligation = fc.constantFrom('individual', 'hhs_large', 'ag');
  fc.assert(
    fc.property(fc.record({ regime, obligation, draft: fc.integer({ min: 1, max: 999_999 }) }), (of) => {
      expect(noticeOfKey(noticeKey(of))).toEqual(of);
    }),
  );
  for (const wrong of ['', 'us-md.ag', 'us-md.ag.0', 'us-md.ag.1#', 'US.ag.1', '../x.ag.1'])
    expect(noticeOfKey(wrong)).toBeUndefined();
});

it('binds an approval to text, recipients, notice and draft, each by itself', () => {
  const of = { regime: 'us-md', obligation: 'ag', draft: 1, textHash: 'a', recipientsHash: 'b' };
  const others = [
    { regime: 'us-nj' },
    { obligation: 'individual' },
    { draft: 2 },
    { textHash: 'c' },
    { recipientsHash: null },
  ];
  const hashes = [of, ...others.map((o) => ({ ...of, ...o }))].map(noticeHash);
  expect(new Set(hashes).size).toBe(6);
  expect(noticeHash({ ...of })).toBe(hashes[0]);
});

it('waits three days for an approval, or until the notice is due, but an hour at least', () => {
  expect(hoursUntil(null)).toBe(72);
  expect(hoursUntil('2027-01-20T23:59:59-05:00')).toBe(72);
  expect(hoursUntil('2026-11-21T17:00:00-05:00')).toBe(10);
  expect(hoursUntil('2026-11-21T12:10:00Z')).toBe(1);
  expect(hoursUntil('2026-11-01T12:00:00Z')).toBe(1);
});
