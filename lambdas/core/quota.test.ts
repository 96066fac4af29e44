import { describe, expect, it } from 'vitest';
import { allowance, costs, hours, type Quota, quote } from './quota.ts';

const quota: Quota = { production: true, sending: true, daily: 50_000, perSecond: 14, sentToday: 0 };
const mailing = { emails: 10, letters: 3, substitute: 2, bytes: 30_000 };

describe('the time that a mailing takes', () => {
  it('is the rate alone where the quota is not reached', () => {
    expect(hours(10, quota)).toBeCloseTo(10 / (14 * 0.9 * 3600));
    expect(hours(1_000_000, { ...quota, daily: -1 })).toBeCloseTo(1_000_000 / 45_360);
    expect(hours(1_000_000, { ...quota, daily: -1 })).toBeCloseTo(22.05, 1);
  });
  it('waits for the quota of the next days where it is', () => {
    // 45,000 a day: 22 full days after the first, and the last 10,000 at 45,360 an hour
    expect(hours(1_000_000, quota)).toBeCloseTo(22 * 24 + 10_000 / 45_360, 3);
    expect(hours(45_000, quota)).toBeLessThan(1);
    expect(hours(45_001, quota)).toBeGreaterThan(24);
  });
  it('leaves a tenth of the quota to pages, and counts what was sent today', () => {
    expect(allowance(quota)).toBe(45_000);
    expect(allowance({ ...quota, sentToday: 45_001 })).toBe(0);
    expect(allowance({ ...quota, daily: -1 })).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a quote', () => {
  it('for ten people says minutes, cents and postage', () => {
    expect(quote(mailing, quota, 'us-east-1')).toEqual({
      possible: true,
      lines: [
        '10 e-mails: less than a minute at 14 a second and 50,000 in 24 hours, of which 0 are used; a tenth is left free for pages to people on call.',
        'less than $0.01 for SES and less than $0.01 for the ledger.',
        '3 letters by first-class mail: $2.34 postage ($0.78 each, without printing; confirm the price).',
        expect.stringMatching(/^2 people have insufficient contact information/),
      ],
    });
  });
  it('for a million says days and dollars', () => {
    const { lines } = quote({ ...mailing, emails: 1_000_000 }, quota, 'us-east-1');
    expect(lines[0]).toMatch(/^1,000,000 e-mails: about 22\.0 days/);
    expect(lines[1]).toBe('$103.60 for SES and $3.75 for the ledger.');
    expect(costs({ ...mailing, letters: 1_000_000 }).postage).toBe(780_000);
  });
  it.each<[string, Partial<Quota>, RegExp]>([
    ['in the sandbox', { production: false }, /sandbox.*ask AWS for production access/],
    ['while sending is stopped', { sending: false }, /stopped sending/],
    ['without any quota', { daily: 0 }, /leaves nothing to send/],
  ])('%s is a refusal in words', (_, change, words) => {
    const { possible, lines } = quote(mailing, { ...quota, ...change }, 'us-east-1');
    expect(possible).toBe(false);
    expect(lines[0]).toMatch(words);
  });
  it('asks nothing of SES where nobody is e-mailed', () => {
    expect(quote({ ...mailing, emails: 0 }, { ...quota, production: false }, 'us-east-1').possible).toBe(true);
  });
});
