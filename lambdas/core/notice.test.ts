import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, it } from 'vitest';
import { approvalExpiry, approvalReminders, noticeHash, noticeKey, noticeOfKey } from './notice.ts';

const now = Temporal.Instant.from('2026-11-21T12:00:00Z');

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

it('waits three days for an approval, however late it is, and reminds the sooner the less time is left', () => {
  const reminders = (due: string | null) => approvalReminders(now, due).map((minutes) => minutes / 60);
  expect(now.until(approvalExpiry(now), { largestUnit: 'hour' }).hours).toBe(72);
  for (const far of [null, '2027-01-20T23:59:59-05:00']) expect(reminders(far)).toEqual([24, 48]);
  expect(reminders('2026-11-22T00:00:00Z')).toEqual([4, 8, 24, 48]);
  for (const late of ['2026-11-21T12:10:00Z', '2026-11-01T12:00:00Z']) expect(reminders(late)).toEqual([1, 2, 24, 48]);
});
